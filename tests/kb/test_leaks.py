"""A secret word is put into everything that must not show, and then every public door is tried for it.

The addresses that are asked for hold no secret word themselves, so that a page that repeats its address tells nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import product

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from kb.models import Article, Attachment, Folder, Person, State
from tests import factories
from tests.conftest import START, Clock
from tests.kb.stage import Page, Stage

Open = Callable[[Person], FlaskClient]
SECRET = "xyzzyplugh"
YESTERDAY, TOMORROW = START - timedelta(days=1), START + timedelta(days=1)
HIDDEN = (
    "draft",
    "in-review",
    "approved",
    "rejected",
    "scheduled",
    "expired",
    "withdrawn",
    "staff-only",
    "group-only",
    "outdated",
)
"""Keys of the articles that hold the secret; "outdated" shows, but no longer the words that it had."""


class Vault:
    """Everything that must not show, and its addresses."""

    def __init__(self, session: Session, site: Stage) -> None:
        self._session, self._topic = session, factories.topic(session, "quiet", en="Quiet", hu="Csendes")
        self._site = site
        self.files: list[Attachment] = []
        group = factories.group(session)
        factories.audience(session, "partners", [group])
        for key, state in (
            ("draft", State.DRAFT),
            ("in-review", State.IN_REVIEW),
            ("approved", State.APPROVED),
        ):
            self._hide(key, state=state)
        self._hide("rejected", state=State.REJECTED)
        self._hide("withdrawn", state=State.WITHDRAWN)
        self._hide("scheduled", publish_at=TOMORROW)
        self._hide("expired", publish_at=YESTERDAY, expires_at=START)
        self._hide("staff-only", audience="agent")
        self._hide("group-only", audience="partners")
        outdated = self._hide("outdated", publish_at=YESTERDAY)
        factories.revision(session, outdated, title="Outdated", body="Nothing to see.")
        for key, parent in (("locked", None), ("locked-below", self._topic)):
            locked = factories.topic(session, key, parent, en=f"Locked {SECRET}")
            factories.article(session, f"in-{key}", audience="agent", topics=[locked], title="Inside")
        session.add(Folder(key="locked", query="*", audience="agent", names={"en": f"Locked {SECRET}"}))
        self._leave_traces()
        session.commit()

    def _hide(self, key: str, **more: object) -> Article:
        """An article that says the secret in every way it can."""
        made = factories.article(
            self._session,
            key,
            title=key.capitalize(),
            body=f"## {SECRET}\n\nThe word is {SECRET}. {{{{snippet:secret}}}} [{SECRET}](kb:prices)",
            summary=f"About {SECRET}",
            tags=[SECRET],
            topics=[self._topic],
            **more,  # type: ignore[arg-type]
        )
        revision = factories.newest(made)
        revision.title = f"{key.capitalize()} {SECRET}"  # after its slug was made
        revision.change_note = SECRET
        if key != "outdated":
            self.files.append(
                factories.attachment(self._session, made, f"{SECRET}.txt", f"{SECRET} {key}".encode())
            )
        self._session.flush()
        return made

    def _leave_traces(self) -> None:
        """What shows and refers to it, and what a hidden article alone would show."""
        links = " ".join(f"[more](kb:{key})" for key in HIDDEN)
        pictures = " ".join(f"![more](attachment:{file.id})" for file in self.files)
        factories.snippet(self._session, "secret", en=f"The snippet says {SECRET}.")
        factories.article(
            self._session,
            "innocent",
            title="Innocent",
            body=f"{links} {pictures} {{{{snippet:unknown}}}}",
            topics=[self._topic, self._site.sim],
            related=list(HIDDEN),
        )


@pytest.fixture
def vault(session: Session, site: Stage) -> Vault:
    return Vault(session, site)


def sensible(vault: Vault) -> dict[str, list[str]]:
    """Values for the parts of addresses: whatever somebody could guess."""
    keys = [*HIDDEN, "innocent", "roaming", "in-locked"]
    return {
        "portal": ["help", "internal"],
        "language": ["en", "hu"],
        "slug": [*keys, "roaming-abroad", "inside"],
        "key": [*keys, "quiet", "locked", "locked-below", "sim", "travel"],
        "filename": ["secret.txt"],
        "attachment_id": [str(number) for number in range(1, len(vault.files) + 2)],
    }


NEARLY = ("xyzzyplugq", "xyzzplugh", "xyzzypulgh", "yxzzyplugh", "xyzzy+plugh", "xyzzyplug", "чнЯЯнздгпр")
"""The secret with slips of the hand, in two words, not yet finished, and typed on a keyboard set to Cyrillic."""

QUERIES = ["", "?view=print", "?page=2", "?limit=100", "?lang=en&portal=help"]
QUESTIONS = [
    "kind:faq",
    "*",
    "tag:*",
    "topic:quiet",
    "the word is",
    "about",
    "a*",
    "changed:7d",
    "NOT roaming",
    "title:draft",
    "",
]


def addresses(app: Flask, vault: Vault) -> Iterator[str]:
    """Every GET route with every sensible value, with queries."""
    values = sensible(vault)
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint == "static":
            continue
        names = sorted(rule.arguments)
        for chosen in product(*(values.get(name, ["1", "2"]) for name in names)):
            _, path = rule.build(dict(zip(names, chosen, strict=True))) or ("", "")
            asking = "search" in path or "suggest" in path
            yield from (f"{path}{query}" for query in QUERIES[: 1 if names and not asking else None])
            if asking:
                yield from (f"{path}?q={question}&limit=100" for question in QUESTIONS)


def assert_silent(answer: TestResponse, path: str) -> None:
    told = answer.text + str(answer.headers)
    assert SECRET not in told.lower(), f"{path} tells the secret with status {answer.status_code}"


@pytest.fixture(params=["anonymous", "outsider", "customer"])
def stranger(
    request: pytest.FixtureRequest, client: FlaskClient, client_of: Open, outsider: Person, customer: Person
) -> FlaskClient:
    """Somebody who may see nothing but what is public."""
    return {"anonymous": client, "outsider": client_of(outsider), "customer": client_of(customer)}[
        request.param
    ]


def test_no_door_tells_a_stranger_what_must_not_show(app: Flask, stranger: FlaskClient, vault: Vault) -> None:
    tried = 0
    for path in addresses(app, vault):
        assert_silent(stranger.get(path, buffered=True), path)
        tried += 1
    assert tried > 250


def test_not_even_to_those_who_know_the_word(stranger: FlaskClient, vault: Vault) -> None:
    for path in (
        f"/api/v1/search?q={SECRET}",
        f"/api/v1/search?q=tag:{SECRET}",
        f"/api/v1/search?q={SECRET[:5]}*",
        f"/api/v1/search?q=title:{SECRET}&portal=help",
    ):
        assert stranger.get(path).get_json()["total"] == 0, path
    for prefix in (SECRET, SECRET[:3], "draft", "Staff-only"):
        assert stranger.get(f"/help/en/suggest?q={prefix}").get_json() == {"suggestions": []}
    assert stranger.get("/api/v1/search?q=draft&lang=en").get_json()["total"] == 0
    page = stranger.get(f"/help/en/search?q={SECRET}").text
    assert '<ol class="results"' not in page


def test_the_index_spells_no_word_for_a_stranger_that_only_hidden_articles_have(
    stranger: FlaskClient, vault: Vault
) -> None:
    for near in NEARLY:
        for path in (
            f"/help/en/search?q={near}",
            f"/help/en/search?q=roaming+{near}",
            f"/api/v1/search?q={near}",
            f"/help/en/suggest?q={near}",
        ):
            assert_silent(stranger.get(path), path)


def test_counts_do_not_tell_that_there_is_more(stranger: FlaskClient, vault: Vault) -> None:
    assert "Quiet 2" in Page(stranger.get("/help/en/topics/")).words
    told = {topic["key"]: topic["articles"] for topic in stranger.get("/api/v1/topics").get_json()["topics"]}
    assert told["quiet"] == 2, "the innocent one, and the outdated one in its new words"
    listed = stranger.get("/api/v1/articles?limit=100").get_json()
    assert {card["key"] for card in listed["articles"]} == {"innocent", "outdated", "prices", "roaming"}
    assert listed["total"] == 4


def test_a_file_of_a_hidden_article_is_a_secret_too(
    stranger: FlaskClient, client_of: Open, agent: Person, author: Person, vault: Vault
) -> None:
    for file in vault.files:
        answer = stranger.get(f"/files/{file.id}/{file.filename}")
        assert answer.status_code == 404
        assert f"{SECRET} " not in answer.text
    seen = [client_of(agent).get(f"/files/{file.id}/x.txt").status_code for file in vault.files]
    assert seen.count(200) == 1, "agents see that of the article for agents"
    assert client_of(author).get(f"/files/{vault.files[0].id}/x.txt").status_code == 200


def test_the_secrets_are_told_to_those_who_may_know(
    client_of: Open, admin: Person, agent: Person, clock: Clock, client: FlaskClient, vault: Vault
) -> None:
    for path in ("/internal/en/a/staff-only", "/internal/en/topics/quiet", "/internal/en/feed.atom"):
        assert SECRET in client_of(agent).get(path).text, f"the test would not see a leak of {path}"
    assert (
        SECRET in client_of(agent).get(f"/api/v1/search?q={SECRET}").get_json()["results"][0]["title"].lower()
    )
    for near in NEARLY:
        told = client_of(agent).get(f"/api/v1/search?q={near}").text
        assert SECRET in told.lower(), f"the test would not see a leak by {near}"
    clock.advance(days=1)
    for path in (
        "/help/en/a/scheduled",
        "/help/en/",
        "/help/en/tags/",
        "/help/en/topics/quiet",
        "/help/en/feed.atom",
    ):
        assert SECRET in client.get(path).text, f"the test would not see a leak of {path}"
    assert client.get(f"/api/v1/search?q={SECRET}").get_json()["total"] == 1

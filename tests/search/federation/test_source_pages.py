"""The pages on which administrators keep sources outside."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.concurrency import version_of
from kb.config import Config
from kb.context import Services
from kb.errors import N_
from kb.models import AuditEntry, Person
from search.federation import health
from search.federation.crawling import NEVER
from search.models import CrawledPage, SearchSource
from tests import factories
from tests.conftest import START
from tests.search.federation.elsewhere import XML, Elsewhere, Told

Browser = Callable[[Person], FlaskClient]


@pytest.fixture
def config(config: Config, elsewhere: Elsewhere) -> Config:
    """Settings that allow the server."""
    return replace(config, external_hosts=frozenset({elsewhere.host}))


@pytest.fixture
def desk(client_of: Browser, admin: Person) -> FlaskClient:
    return client_of(admin)


def typed(elsewhere: Elsewhere, **more: Any) -> dict[str, Any]:
    """A form as somebody fills it in, of a Discourse."""
    return {
        "key": "forum",
        "names_en": "The forum",
        "names_hu": "A fórum",
        "url": elsewhere.url("/"),
        "audience": "public",
        "budget_ms": "500",
        "ttl_s": "300",
        "position": "0",
        "is_active": "y",
    } | more


def made(session: Session, elsewhere: Elsewhere, kind: str = "discourse", **more: Any) -> SearchSource:
    settings = {"pages": 5, "pause_s": 0, "hours": 24} if kind == "sitemap" else {}
    path = "/sitemap.xml" if kind == "sitemap" else "/"
    fields = {
        "key": kind,
        "names": {"en": f"The {kind}"},
        "url": elsewhere.url(path),
        "settings": settings,
    } | more
    source = SearchSource(kind=kind, **fields)
    session.add(source)
    session.commit()
    return source


def stored(session: Session) -> SearchSource:
    session.rollback()  # what it has read so far is from before
    session.expire_all()
    return session.scalars(select(SearchSource)).one()


# Keeping them.


def test_a_source_is_added_changed_and_deleted(
    desk: FlaskClient, session: Session, elsewhere: Elsewhere
) -> None:
    factories.portal(session, "help")
    session.commit()
    new = "/search/sources/new?kind=discourse"
    answer = desk.post(new, data=typed(elsewhere, portals=["help"], languages=["en", "hu"]))
    source = stored(session)
    assert (answer.status_code, answer.location) == (303, f"/search/sources/{source.id}")
    assert (source.key, source.kind, source.names) == (
        "forum",
        "discourse",
        {"en": "The forum", "hu": "A fórum"},
    )
    assert (source.portals, source.languages, source.settings) == (["help"], ["en", "hu"], {})
    page = desk.get(answer.location).text
    assert 'value="The forum"' in page
    data = typed(elsewhere, names_en="Our forum", version=version_of(source), budget_ms="50")
    assert desk.post(answer.location, data=data).status_code == 303
    assert (stored(session).names["en"], stored(session).budget_ms) == ("Our forum", 50)
    assert "Our forum" in desk.get("/search/sources/").text
    assert "Our forum" in desk.get(f"{answer.location}/delete").text
    assert desk.post(f"{answer.location}/delete").status_code == 303
    session.rollback()
    assert session.scalars(select(SearchSource)).all() == []


def test_json_and_sitemaps_keep_what_is_their_own(
    desk: FlaskClient, services: Services, session: Session, elsewhere: Elsewhere
) -> None:
    own = {"items_path": "data.hits", "title_path": " t ", "link_path": "u", "snippet_path": ""}
    data = typed(elsewhere, key="a", url=elsewhere.url("/s?q={q}"), **own)
    assert desk.post("/search/sources/new?kind=json", data=data).status_code == 303
    assert stored(session).settings == {
        "items_path": "data.hits",
        "title_path": "t",
        "link_path": "u",
        "snippet_path": "",
        "language_path": "",
    }
    with services.database.transaction() as writing:
        writing.delete(writing.get_one(SearchSource, stored(session).id))
    data = typed(elsewhere, url=elsewhere.url("/sitemap.xml"), pages="10", pause_s="2", hours="48")
    assert desk.post("/search/sources/new?kind=sitemap", data=data).status_code == 303
    assert stored(session).settings == {"pages": 10, "pause_s": 2, "hours": 48}


@pytest.mark.parametrize(
    ("kind", "wrong", "why"),
    [
        ("discourse", {"names_en": "", "names_hu": " "}, "Give a name in at least one language."),
        ("discourse", {"names_en": "x" * 101}, "longer than 100"),
        ("discourse", {"key": "No Key"}, "Use lower-case letters"),
        ("discourse", {"key": "articles"}, "used by Kalauz itself"),
        ("discourse", {"url": "http://evil.example/"}, "evil.example is not on the list"),
        ("discourse", {"url": "file:///etc/passwd"}, "Give an http or https address"),
        ("discourse", {"budget_ms": "10"}, "between 50 and 2000"),
        ("discourse", {"ttl_s": "x"}, "Not a valid integer"),
        ("discourse", {"audience": "nobody"}, "Not a valid choice"),
        ("discourse", {"portals": ["nowhere"]}, "not a valid choice"),
        (
            "json",
            {"url": "{base}/s", "title_path": "t", "link_path": "u"},
            "Put {q} where the question goes.",
        ),
        (
            "json",
            {"url": "{base}/s?q={q}", "title_path": "a..b", "link_path": "u"},
            "names with dots between",
        ),
        ("json", {"url": "{base}/s?q={q}", "title_path": "", "link_path": "u"}, "required"),
        ("mediawiki", {"url": "{base}/api.php?action=query"}, "without a question mark"),
        ("sitemap", {"pages": "0", "pause_s": "1", "hours": "24"}, "between 1 and 2000"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(
    desk: FlaskClient, session: Session, elsewhere: Elsewhere, kind: str, wrong: dict[str, Any], why: str
) -> None:
    base = elsewhere.url("")
    given = {name: value.replace("{base}", base) if name == "url" else value for name, value in wrong.items()}
    answer = desk.post(f"/search/sources/new?kind={kind}", data=typed(elsewhere, position="77") | given)
    assert answer.status_code == 422
    assert why in answer.text
    assert 'value="77"' in answer.text
    assert session.scalars(select(SearchSource)).all() == []


def test_of_two_who_change_the_same_the_second_is_told(
    desk: FlaskClient, session: Session, elsewhere: Elsewhere
) -> None:
    source = made(session, elsewhere)
    seen = version_of(source)
    for name, status in (("First", 303), ("Second", 409)):
        answer = desk.post(f"/search/sources/{source.id}", data=typed(elsewhere, names_en=name, version=seen))
        assert answer.status_code == status
    assert "Second" in answer.text
    assert stored(session).names["en"] == "First"


def test_a_key_is_taken_once(desk: FlaskClient, session: Session, elsewhere: Elsewhere) -> None:
    made(session, elsewhere, key="forum")
    assert desk.post("/search/sources/new?kind=discourse", data=typed(elsewhere)).status_code == 409


def test_a_new_address_forgets_what_was_wrong_with_the_old_one(
    desk: FlaskClient, session: Session, elsewhere: Elsewhere
) -> None:
    source = made(session, elsewhere, error="It hung up.", tried_at=START)
    assert "It hung up." in desk.get(f"/search/sources/{source.id}").text
    assert "No answer" in desk.get("/search/sources/").text
    desk.post(
        f"/search/sources/{source.id}",
        data=typed(elsewhere, url=elsewhere.url("/other"), version=version_of(source)),
    )
    assert (stored(session).error, stored(session).tried_at) == ("", None)


def test_why_a_source_does_not_answer_is_said_in_the_language_of_whoever_asks(
    desk: FlaskClient, session: Session, elsewhere: Elsewhere
) -> None:
    why = health.stored(N_("It did not answer within %(seconds)s seconds.", seconds="2"))
    source = made(session, elsewhere, error=why, tried_at=START)
    pages = [
        desk.get(f"/search/sources/{source.id}", headers={"Accept-Language": code}).text
        for code in ("en", "sv")
    ]
    assert ["It did not answer within 2 seconds." in page for page in pages] == [True, False]
    assert "2 sekunder" in pages[1]


def test_every_change_is_in_the_audit_log_in_words(
    desk: FlaskClient, session: Session, elsewhere: Elsewhere
) -> None:
    assert desk.post("/search/sources/new?kind=discourse", data=typed(elsewhere)).status_code == 303
    session.rollback()
    entry = session.scalars(select(AuditEntry).where(AuditEntry.subject_kind == "search_source")).one()
    assert (entry.action, entry.subject) == ("created", "forum")
    page = desk.get("/admin/audit").text
    assert "Search source" in page
    assert "Readers wait (milliseconds)" in page


@pytest.mark.parametrize(
    "path", ["", "new", "new?kind=nonsense", "new?kind=sitemap", "new?kind=json", "99", "0"]
)
def test_pages_open_for_administrators(desk: FlaskClient, path: str) -> None:
    assert desk.get(f"/search/sources/{path}").status_code == (404 if path in {"99", "0"} else 200)


@pytest.mark.parametrize(
    "who", ["author", "reviewer", "supervisor", "specialist", "agent", "customer", "outsider"]
)
def test_nobody_else_sees_or_changes_them(
    request: pytest.FixtureRequest, client_of: Browser, session: Session, elsewhere: Elsewhere, who: str
) -> None:
    source = made(session, elsewhere)
    client = client_of(request.getfixturevalue(who))
    for path in ("", "new", f"{source.id}", f"{source.id}/delete"):
        assert client.get(f"/search/sources/{path}").status_code == 403
    for path in (
        "new?kind=discourse",
        f"{source.id}",
        f"{source.id}/test",
        f"{source.id}/read",
        f"{source.id}/delete",
    ):
        assert client.post(f"/search/sources/{path}", data=typed(elsewhere)).status_code == 403
    assert stored(session).key == "discourse"
    assert not elsewhere.asked


def test_forms_need_their_token(
    app: Flask, desk: FlaskClient, session: Session, elsewhere: Elsewhere
) -> None:
    source = made(session, elsewhere)
    app.config["WTF_CSRF_ENABLED"] = True
    for path in (
        "new?kind=discourse",
        f"{source.id}",
        f"{source.id}/test",
        f"{source.id}/read",
        f"{source.id}/delete",
    ):
        assert desk.post(f"/search/sources/{path}", data=typed(elsewhere)).status_code == 400
    assert not elsewhere.asked


# Trying them.


def test_trying_a_source_shows_its_answers_escaped(
    both_databases: str, desk: FlaskClient, session: Session, elsewhere: Elsewhere
) -> None:
    found = {
        "posts": [{"topic_id": 7, "post_number": 2, "blurb": "<script>alert(1)</script> Pull the plug"}],
        "topics": [{"id": 7, "title": "Frozen router", "slug": "frozen"}],
    }
    elsewhere.told["/search.json"] = Told(json.dumps(found).encode())
    source = made(session, elsewhere, error="It hung up.", tried_at=START)
    page = desk.post(f"/search/sources/{source.id}/test", data={"question": "router"}).text
    assert "Frozen <mark>router</mark>" in page
    assert elsewhere.url("/t/frozen/7/2") in page
    assert "<script>alert" not in page
    assert "milliseconds" in page
    assert 'value="The discourse"' in page  # the form below shows what is stored
    assert stored(session).error == ""


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (Told(status=500), "status 500"),
        (Told(b"{"), "JSON that cannot be read"),
        (Told(b"{}", "text/html"), "text/html"),
    ],
)
def test_trying_a_broken_source_says_why(
    desk: FlaskClient, session: Session, elsewhere: Elsewhere, told: Told, why: str
) -> None:
    elsewhere.told["/search.json"] = told
    source = made(session, elsewhere)
    answer = desk.post(f"/search/sources/{source.id}/test", data={"question": "router"})
    assert answer.status_code == 200
    assert why in answer.text


@pytest.mark.parametrize("question", ["", "  ", "kind:faq", "x" * 5000, "\0", '"" ** -- +'])
def test_any_question_can_be_tried(
    desk: FlaskClient, session: Session, elsewhere: Elsewhere, question: str
) -> None:
    elsewhere.told["/search.json"] = Told(b"{}")
    source = made(session, elsewhere)
    answer = desk.post(f"/search/sources/{source.id}/test", data={"question": question})
    assert answer.status_code == 200


def test_looking_at_a_sitemap_shows_its_first_page(
    desk: FlaskClient, session: Session, elsewhere: Elsewhere
) -> None:
    elsewhere.told |= {
        "/sitemap.xml": Told(b"<urlset><url><loc>/a</loc></url></urlset>", XML),
        "/a": Told(b"<main><h1>Roaming</h1><p>Switch it on.</p></main>", "text/html"),
    }
    source = made(session, elsewhere, "sitemap")
    page = desk.post(f"/search/sources/{source.id}/test").text
    assert "It lists 1 page that may be read." in page
    assert "Switch it on." in page
    elsewhere.told["/sitemap.xml"] = Told(status=404)
    assert "status 404" in desk.post(f"/search/sources/{source.id}/test").text


def test_all_pages_are_read_again_when_somebody_says_so(
    desk: FlaskClient, session: Session, elsewhere: Elsewhere
) -> None:
    source = made(session, elsewhere, "sitemap", tried_at=START)
    row = CrawledPage(
        source_id=source.id,
        url="x",
        url_hash="x",
        title="x",
        text="x",
        language="en",
        changed_at=START,
        read_at=START,
    )
    session.add(row)
    session.commit()
    assert "1 page is in the index." in desk.get(f"/search/sources/{source.id}").text
    assert desk.post(f"/search/sources/{source.id}/read").status_code == 303
    assert stored(session).tried_at is None
    session.refresh(row)
    assert row.read_at == NEVER


def test_only_sitemaps_have_pages_to_read(desk: FlaskClient, session: Session, elsewhere: Elsewhere) -> None:
    source = made(session, elsewhere)
    assert desk.post(f"/search/sources/{source.id}/read").status_code == 404

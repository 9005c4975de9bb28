"""Help inside of other sites' pages: who may show it, what it shows, and that it shows nobody more than anybody."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from cbr.models import GuidedRun
from kb import theme
from kb.context import Services
from kb.errors import Conflict, Invalid, LoginRequired
from kb.models import Feedback, Person, Portal
from kb.permissions import SYSTEM
from kb.viewers import ANONYMOUS
from routing.models import Contact
from search.learning.wiring import Learning
from search.models import AskedQuestion, ClickSignal, OpenedAnswer
from tests import factories
from tests.cbr.stage import phones, solved
from tests.conftest import START, Clock
from tests.kb.stage import Stage, statements
from tests.routing.stage import queue
from widgets.embed import crossing, facts, settings
from widgets.embed.models import HelpWidget
from widgets.embed.rules import Rule, fitting, path_of, rules_of, rules_text

Open = Callable[[Person], FlaskClient]

SHOP = "https://shop.example"
BASE = "/embed/v1/help"
PARTS = ("shell", "en/home", "en/answers?q=roaming", "en/a/roaming-abroad", "en/guided/")
LOADER_BYTES, WIDGET_BYTES = 2 * 1024, 14 * 1024
MOST_QUESTIONS = 12


def portal(session: Session, key: str = "help") -> Portal:
    return session.scalars(select(Portal).where(Portal.key == key)).one()


def arranged(session: Session, *origins: str, rules: str = "", **rest: Any) -> HelpWidget:
    """The widget of the portal `help` as an administrator saves it."""
    made = settings.save(
        session,
        portal(session),
        origins=origins,
        rules=rules_of(rules),
        topics={"phones", "sim"},
        by=SYSTEM,
        now=START,
        **rest,
    )
    session.commit()
    return made


@pytest.fixture
def shop(session: Session, site: Stage, client: FlaskClient) -> FlaskClient:
    """A browser on a page that is on the list."""
    arranged(session, SHOP)
    client.environ_base["HTTP_ORIGIN"] = SHOP
    return client


# Whose pages


@pytest.mark.parametrize("part", PARTS)
def test_a_page_on_the_list_may_read_it_and_no_other(shop: FlaskClient, part: str) -> None:
    answer = shop.get(f"{BASE}/{part}")
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == SHOP
    assert "Origin" in answer.headers["Vary"]
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://shop.example", f"{SHOP}.evil.example", "null", "https://[", ""]
)
@pytest.mark.parametrize("part", PARTS)
def test_another_page_is_refused_and_counted(shop: FlaskClient, part: str, origin: str) -> None:
    def counted() -> float:
        return float(crossing.REFUSED.labels("help")._value.get())

    before = counted()
    answer = shop.get(f"{BASE}/{part}", headers={"Origin": origin})
    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert counted() == before + 1


def test_without_a_list_only_this_services_own_pages_show_it(client: FlaskClient, site: Stage) -> None:
    assert client.get(f"{BASE}/shell", headers={"Origin": SHOP}).status_code == 403
    assert client.get(f"{BASE}/shell", headers={"Origin": "http://localhost"}).status_code == 200
    assert client.get(f"{BASE}/shell").status_code == 200


def test_a_browser_is_told_what_it_may_send(shop: FlaskClient) -> None:
    answer = shop.options(f"{BASE}/en/guided/")
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, POST"
    assert shop.options(f"{BASE}/en/guided/", headers={"Origin": "https://evil.example"}).status_code == 403


def test_what_another_page_sends_is_refused(shop: FlaskClient, session: Session) -> None:
    evil = {"Origin": "https://evil.example"}
    sent = {"helpful": "yes"}
    assert shop.post(f"{BASE}/en/a/roaming-abroad/feedback", data=sent, headers=evil).status_code == 403
    assert session.scalars(select(Feedback)).all() == []
    session.rollback()
    assert shop.post(f"{BASE}/en/a/roaming-abroad/feedback", data=sent).status_code == 200
    assert [one.portal for one in session.scalars(select(Feedback))] == ["help"]


# To whom it shows what


def test_a_login_counts_for_nothing_in_another_page(
    session: Session, site: Stage, client_of: Open, agent: Person, admin: Person
) -> None:
    factories.article(session, "secret", title="Roaming for agents", audience="agent", topics=[site.phones])
    session.commit()
    for person in (agent, admin):
        client = client_of(person)
        shown = "".join(client.get(f"{BASE}/{part}").text for part in PARTS)
        assert "Roaming abroad" in shown
        assert "for agents" not in shown
        assert client.get(f"{BASE}/en/a/roaming-for-agents").status_code == 404


def test_a_closed_portal_has_no_widget(
    client_of: Open, client: FlaskClient, agent: Person, site: Stage
) -> None:
    for browser in (client, client_of(agent)):
        for path in ("/embed/v1/internal/shell", "/embed/v1/internal/theme.css", "/embed/example/internal"):
            assert browser.get(path).status_code == 404
        assert browser.get("/embed/v1/nowhere/shell").status_code == 404
        assert "secret desk" not in browser.get("/embed.js").text


# What it shows


@pytest.mark.parametrize(
    ("wanted", "language"),
    [("hu-HU", "hu"), ("hu", "hu"), ("de,hu", "hu"), ("xx", "en"), ("", "en"), ("🙂", "en")],
)
def test_it_speaks_the_language_of_the_page(
    client: FlaskClient, site: Stage, wanted: str, language: str
) -> None:
    shown = client.get(f"{BASE}/shell", query_string={"lang": wanted}).text
    assert f'class="help" lang="{language}" dir="ltr"' in shown
    assert f"{BASE}/{language}/answers" in shown


def test_what_fits_the_page_comes_first_then_what_is_read_most(
    session: Session, site: Stage, client: FlaskClient
) -> None:
    def first(**asked: str) -> list[str]:
        return re.findall(
            r'<a class="line"[^>]*>([^<]+)', client.get(f"{BASE}/en/home", query_string=asked).text
        )

    session.add(ClickSignal(article_id=site.prices.id, language="en", opened=3.0, as_of=START))
    session.commit()
    assert first() == ["Prices", "Roaming abroad"]
    arranged(session, rules="/travel/* = roaming\n/none = sim")
    assert first(page="https://shop.example/travel/spain?x=1") == ["Roaming abroad", "Prices"]
    assert first(page="https://shop.example/") == ["Prices", "Roaming abroad"]
    assert first(topic="phones")[0] == "Prices"
    assert first(topic="nowhere") == ["Prices", "Roaming abroad"]


def test_an_answer_that_is_opened_is_noted_and_so_is_whether_it_helped(
    app: Flask, session: Session, shop: FlaskClient
) -> None:
    learning: Learning = app.extensions["learning"]
    typing = shop.get(f"{BASE}/en/answers?q=roaming&typing=1").text
    assert "?from=" not in typing
    link = re.search(r'href="([^"]+from=[^"]+)"', shop.get(f"{BASE}/en/answers?q=roaming").text)
    assert link
    article = shop.get(link[1].replace("&amp;", "&")).text
    token = re.search(r'name="question" value="([^"]+)"', article)
    assert token
    shop.post(f"{BASE}/en/a/roaming-abroad/feedback", data={"helpful": "yes", "question": token[1]})
    learning.log.flush()
    (asked,) = session.scalars(select(AskedQuestion))
    assert (asked.surface, asked.portal, asked.text) == ("widget", "help", "roaming")
    assert session.scalars(select(OpenedAnswer.verdict)).all() == ["helpful"]


def test_whoever_wants_no_trace_leaves_none(app: Flask, session: Session, shop: FlaskClient) -> None:
    learning: Learning = app.extensions["learning"]
    shown = shop.get(f"{BASE}/en/answers?q=roaming", headers={"Sec-GPC": "1"}).text
    assert "?from=" not in shown
    learning.log.flush()
    assert session.scalars(select(AskedQuestion)).all() == []


@pytest.mark.parametrize(
    "question", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a* " * 300]
)
def test_any_question_is_answered_and_nothing_of_it_is_markup(
    client: FlaskClient, site: Stage, question: str
) -> None:
    answer = client.get(f"{BASE}/en/answers", query_string={"q": question})
    assert answer.status_code == 200
    assert "<script" not in answer.text
    assert "<img" not in answer.text


def test_who_asks_again_is_told_that_nothing_has_changed(shop: FlaskClient) -> None:
    for part in PARTS[:2]:
        first = shop.get(f"{BASE}/{part}")
        again = shop.get(f"{BASE}/{part}", headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["Access-Control-Allow-Origin"] == SHOP


def test_it_asks_the_database_little(shop: FlaskClient, services: Services) -> None:
    for part in PARTS:
        shop.get(f"{BASE}/{part}")
        with statements(services.database.engine) as asked:
            shop.get(f"{BASE}/{part}")
        assert len(asked) <= MOST_QUESTIONS, part + "\n".join(asked)


def test_what_the_page_knows_is_not_asked_and_goes_along(
    session: Session, site: Stage, shop: FlaskClient, clock: Clock
) -> None:
    queue(session)
    solved(session, phones(session), "Switch roaming on.", abroad=True)
    session.commit()
    told = json.dumps({"abroad": True, "nobody_knows": "this", "odd": {}, "": 1})
    begun = shop.post(f"{BASE}/en/guided/", data={"case_type": "phones", "facts": told}).location
    run = session.scalars(select(GuidedRun)).one()
    assert run.facts == {"abroad": True}
    assert shop.get(begun).status_code == 200
    stamp = re.search(r'name="stamp"[^>]*value="([^"]+)"', shop.get(f"{BASE}/en/ask").text)
    assert stamp
    clock.advance(seconds=5)
    asked = {"question": "Help", "kind": "message", "email": "a@b.example", "agreed": "y", "stamp": stamp[1]}
    assert shop.post(f"{BASE}/en/ask", data={**asked, "facts": told}).status_code == 303
    session.rollback()
    assert session.scalars(select(Contact.facts)).one() == {"abroad": True, "nobody_knows": "this"}


@pytest.mark.parametrize("told", ["{", "[]", "null", '"x"', "[" * 5000, "x" * 30_000, '{"a": 1e999}', "\0"])
def test_what_a_page_says_in_no_words_is_nothing(told: str) -> None:
    assert facts.told(told) == {}


# The tag


def test_the_loader_knows_the_panel_the_words_and_the_colours(
    session: Session, site: Stage, client: FlaskClient
) -> None:
    portal(session).tokens = {"brand": "#ffdd00"}
    session.commit()
    answer = client.get("/embed.js")
    known = json.loads(re.search(r"\}\)\((\{.*\})\);\s*$", answer.text, re.S)[1])  # type: ignore[index]
    assert known["words"]["hu"] == "Súgó"
    assert known["brands"] == {"": [theme.BRAND, "#ffffff"], "help": ["#ffdd00", "#000000"]}
    panel = client.get(known["module"], buffered=True)
    assert panel.status_code == 200
    assert panel.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "public, max-age=300"


def test_it_is_small(client: FlaskClient, site: Stage) -> None:
    packed = {
        path: len(gzip.compress(client.get(path, buffered=True).data, 9))
        for path in ("/embed.js", "/static/widgets/embed/help.js", f"{BASE}/theme.css", f"{BASE}/shell")
    }
    assert packed["/embed.js"] <= LOADER_BYTES
    assert sum(packed.values()) <= WIDGET_BYTES, packed


def test_its_looks_owe_nothing_to_the_page_around(client: FlaskClient, site: Stage) -> None:
    looks = client.get(f"{BASE}/theme.css").text
    assert not re.search(r"[\d.]rem\b|:root|url\(|@import", looks)
    assert "prefers-color-scheme" in looks
    for scheme in ("light", "dark"):
        assert "prefers-color-scheme" not in client.get(f"{BASE}/theme.css?scheme={scheme}").text
    assert client.get(f"{BASE}/theme.css?scheme=%7B").text == looks


# What an administrator arranges


@pytest.mark.parametrize(
    ("origins", "rules", "field"),
    [
        (["shop.example"], [], "origins"),
        (["https://shop.example/path"], [], "origins"),
        (["*"], [], "origins"),
        ([f"https://s{number}.example" for number in range(101)], [], "origins"),
        ([], [Rule("/x", "", "nothing-here")], "rules"),
    ],
)
def test_what_cannot_be_is_refused(
    session: Session, site: Stage, origins: list[str], rules: list[Rule], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        settings.save(
            session, portal(session), origins=origins, rules=rules, topics={"phones"}, by=SYSTEM, now=START
        )
    assert list(refused.value.fields) == [field]


def test_only_administrators_arrange_it_and_no_save_is_lost(session: Session, site: Stage) -> None:
    with pytest.raises(LoginRequired):
        settings.save(session, portal(session), origins=[], rules=[], topics=(), by=ANONYMOUS, now=START)
    arranged(session, f"{SHOP}/", " https://b.example", SHOP)
    (held,) = session.scalars(select(HelpWidget))
    assert held.origins == [SHOP, "https://b.example"]
    with pytest.raises(Conflict):
        arranged(session, seen="something else")


def test_the_page_keeps_what_was_typed_and_says_what_to_mend(
    session: Session, site: Stage, client_of: Open, admin: Person, supervisor: Person
) -> None:
    client, path = client_of(admin), f"/admin/portals/{portal(session).id}/widget"
    assert 'data-portal="help"' in client.get(path).text
    session.rollback()
    refused = client.post(path, data={"origins": SHOP, "rules": "no rule at all"})
    assert refused.status_code == 422
    assert "no rule at all</textarea>" in refused.text
    assert client.post(path, data={"origins": SHOP, "rules": "/a = sim\n/b = prices"}).status_code == 303
    (held,) = session.scalars(select(HelpWidget))
    assert held.rules == [["/a", "topic", "sim"], ["/b", "article", "prices"]]
    assert client_of(supervisor).get(path).status_code == 403


PATTERNS = st.from_regex(r"/[a-z*?\[\]!-]{0,12}", fullmatch=True)


@given(rules=st.lists(st.tuples(PATTERNS, st.from_regex(r"[a-z0-9-]{1,9}", fullmatch=True)), max_size=5))
def test_rules_are_read_as_they_are_written(rules: list[tuple[str, str]]) -> None:
    written = [[pattern, "", key] for pattern, key in rules]
    assert [list(rule) for rule in rules_of(rules_text(written))] == written


@given(page=st.text(max_size=80), pattern=PATTERNS)
def test_any_address_has_a_path_and_what_is_written_out_fits_itself(page: str, pattern: str) -> None:
    assert path_of(page)
    fitting([[pattern, "topic", "x"]], page)
    if "*" not in pattern and "?" not in pattern:
        assert fitting([[pattern, "topic", "x"]], f"https://x.example{pattern}")

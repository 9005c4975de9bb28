"""What the page's script and other programs are offered while somebody types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kb.models import Person
from kb.portals import FEATURES
from search.learning.others import OtherQuestions
from search.models import SynonymGroup
from tests import factories
from tests.conftest import START, Clock


@pytest.fixture
def site(session: Session) -> None:
    """Two open articles, one for staff alone in a topic of its own."""
    sim = factories.topic(session, "sim", en="SIM cards", hu="SIM-kártyák")
    desk = factories.topic(session, "desk", en="SIM fraud desk", hu="SIM-csalások")
    audiences = ["public", "agent"]
    factories.portal(session, audiences=audiences, features=list(FEATURES))
    factories.article(session, "new-sim", title="A new SIM <card>", topics=[sim])
    factories.article(session, "lost", title="Lost phone", topics=[sim])
    factories.article(session, "fraud", title="SIM fraud", topics=[desk], audience="agent")
    session.commit()


def lines(client: FlaskClient, path: str) -> list[dict[str, Any]]:
    """What goes on."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.get_json()["suggestions"]
    return found


def test_titles_and_topics_go_on_as_typed(client: FlaskClient, site: None) -> None:
    assert lines(client, "/help/en/suggest?q=si") == [
        {
            "type": "article",
            "title": "A new SIM <card>",
            "html": "A new <mark>SI</mark>M &lt;card&gt;",
            "url": "/help/en/a/a-new-sim-card",
        },
        {
            "type": "topic",
            "title": "SIM cards",
            "html": "<mark>SI</mark>M cards",
            "url": "/help/en/topics/sim",
        },
    ]


def test_frequent_questions_come_first_but_not_twice(
    client: FlaskClient, site: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ["sim not working", "a new sim card?", "what is roaming", "Where is my <sim>?", "sim 3", "sim 4"]
    monkeypatch.setattr(OtherQuestions, "popular", lambda *_, **__: asked)
    found = lines(client, "/help/en/suggest?q=sim")
    assert [line["title"] for line in found if line["type"] == "question"] == [
        "sim not working",
        "Where is my <sim>?",
        "sim 3",
    ]
    assert found[0] == {
        "type": "question",
        "title": "sim not working",
        "html": "<mark>sim</mark> not working",
        "url": "/help/en/search?q=sim+not+working",
    }


def test_staff_are_offered_more_and_nobody_else_learns_of_it(
    client: FlaskClient,
    client_of: Callable[[Person], FlaskClient],
    agent: Person,
    outsider: Person,
    site: None,
) -> None:
    for stranger in (client, client_of(outsider)):
        assert "fraud" not in str(lines(stranger, "/help/en/suggest?q=sim")).lower()
        assert lines(stranger, "/help/en/suggest?q=fraud") == []
        assert lines(stranger, "/api/v1/suggest?q=fraud&portal=help") == []
    assert [line["type"] for line in lines(client_of(agent), "/help/en/suggest?q=fraud")] == [
        "article",
        "topic",
    ]


def test_titles_in_other_words_follow_where_few_have_those_that_were_typed(
    client: FlaskClient, session: Session, site: None
) -> None:
    session.add(SynonymGroup(language="en", words=["chip", "SIM", "subscriber card"]))
    factories.article(session, "chips", title="Chip with the phone")
    session.commit()
    found = lines(client, "/help/en/suggest?q=new chip")
    assert [line["html"] for line in found] == ["A <mark>new</mark> <mark>SIM</mark> &lt;card&gt;"]
    titles = [line["title"] for line in lines(client, "/help/en/suggest?q=chip")]
    assert titles == ["Chip with the phone", "A new SIM <card>"]
    assert lines(client, "/help/en/suggest?q=fraud chip") == [], "and no more than the viewer may see"


def test_nothing_is_offered_for_nothing(client: FlaskClient, site: None) -> None:
    for typed in ("", "%20", "!!", "%00", "x" * 3000):
        assert lines(client, f"/help/en/suggest?q={typed}") == []


def test_a_browser_may_keep_it_for_a_moment_and_nobody_else(client: FlaskClient, site: None) -> None:
    answer = client.get("/help/en/suggest?q=sim")
    assert answer.cache_control.private
    assert 0 < (answer.cache_control.max_age or 0) <= 60
    assert {"cookie", "authorization"} <= {name.lower() for name in answer.vary}
    again = client.get("/help/en/suggest?q=sim", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.text) == (304, "")


def test_what_expires_is_not_offered_from_the_second_on(
    client: FlaskClient, session: Session, site: None, clock: Clock
) -> None:
    factories.article(session, "offer", title="Offer of today", expires_at=START.replace(hour=20))
    session.commit()
    assert lines(client, "/help/en/suggest?q=offer")
    clock.now = START.replace(hour=20)
    assert lines(client, "/help/en/suggest?q=offer") == []


def test_a_portal_without_search_offers_nothing(client: FlaskClient, session: Session) -> None:
    factories.portal(session, features=["topics"])
    session.commit()
    assert client.get("/help/en/suggest?q=sim").status_code == 404


def test_programs_are_offered_the_same_with_full_addresses(client: FlaskClient, site: None) -> None:
    found = lines(client, "/api/v1/suggest?q=si&portal=help&lang=en")
    assert [(line["type"], line["key"], line["url"]) for line in found] == [
        ("article", "new-sim", "http://localhost/help/en/a/a-new-sim-card"),
        ("topic", "sim", "http://localhost/help/en/topics/sim"),
    ]
    assert [line["type"] for line in lines(client, "/api/v1/suggest?q=si")] == ["article"]


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ("", 422, "q"),
        ("q=" + "x" * 2001, 400, "q"),
        ("q=a&lang=hu,..", 422, "lang"),
        ("q=a&portal=help&lang=sv", 422, "lang"),
    ],
)
def test_programs_are_told_what_is_wrong(
    client: FlaskClient, site: None, query: str, status: int, field: str
) -> None:
    answer = client.get(f"/api/v1/suggest?{query}")
    assert answer.status_code == status
    assert field in answer.get_json()["fields"]

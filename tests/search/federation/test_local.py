"""Sources of this base: topics by their names, guides, and who may know of them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kb import context
from kb.models import Person
from search.engine import Filters, Hit
from search.federation.local import GuideSource, TopicSource
from search.federation.protocol import Asking
from search.federation.wiring import federation
from search.models import SearchSource
from tests import factories
from tests.conftest import START, Clock
from tests.search.federation.stage import NOW

SHOWN = ["search", "topics"]


@pytest.fixture(autouse=True)
def knowledge(session: Session) -> None:
    """An open and a closed portal over topics that are empty, filled, or filled for agents only."""
    phones = factories.topic(session, "phones", en="Phones", hu="Telefonok")
    cards = factories.topic(session, "sim", parent=phones, en="SIM cards", hu="SIM-kártyák")
    factories.topic(session, "empty", en="Empty phones")
    secret = factories.topic(session, "secret", en="Secret phones")
    factories.portal(session, "help", features=SHOWN)
    factories.portal(
        session, "desk", audiences=["public", "customer", "agent"], entry_audience="agent", features=SHOWN
    )
    factories.portal(session, "quiet", features=["search"])
    factories.portal(session, "narrow", topics=["sim"], features=SHOWN)
    factories.article(session, "pin", title="Change the PIN", topics=[cards])
    factories.article(
        session, "wizard", title="Phones step by step", kind="guide", body="Phones.", topics=[phones]
    )
    factories.article(session, "leak", title="Phones inside", topics=[secret], audience="agent")
    session.commit()


def asked(question: str, portal: str = "help", language: str = "en") -> Asking:
    """As the box asks, within a request to the portal."""
    context.enter_portal(portal, language)
    site, viewer = context.portal(), context.viewer()
    return Asking(
        question=question,
        languages=(language,),
        viewer=viewer,
        site=site,
        now=START,
        filters=Filters(audiences=viewer.audiences, now=NOW, languages=(language,)),
        address=_address,
    )


def _address(hit: Hit) -> str:
    return f"/a/{hit.slug}"


@pytest.mark.parametrize(
    ("question", "language", "expected"),
    [
        ("phone", "en", ["phones"]),
        ("where are SIM cards?", "en", ["sim"]),
        ("my SIM card in the phone", "en", ["sim", "phones"]),
        ("telefonok", "hu", ["phones"]),
        ("sim", "en", ["sim"]),
        ("router", "en", []),
        ("the", "en", []),
        ("", "en", []),
        ("phones kind:faq", "en", []),
        ("\0 \ud800 ((", "en", []),
    ],
)
def test_topics_are_found_by_their_names(
    app: Flask, question: str, language: str, expected: list[str]
) -> None:
    with app.test_request_context():
        found = TopicSource().ask(asked(question, language=language), 1.0)
        assert [item.url for item in found] == [f"/help/{language}/topics/{key}" for key in expected]
        assert all(item.kind == "topic" and item.source == "topics" for item in found)


def test_a_topic_says_where_it_stands_and_has_the_words_marked(app: Flask) -> None:
    with app.test_request_context():
        (item,) = TopicSource().ask(asked("sim"), 1.0)
        assert (item.title, item.snippet) == ("<mark>SIM</mark> cards", "Phones")


def test_a_topic_without_anything_for_the_viewer_is_not_named(app: Flask) -> None:
    with app.test_request_context():
        found = TopicSource().ask(asked("secret phones"), 1.0)
        assert "secret" not in str(found)
        assert "empty" not in str(found)


@pytest.mark.parametrize(("portal", "expected"), [("quiet", 0), ("narrow", 1), ("help", 2)])
def test_a_portal_shows_its_own_topics_only(app: Flask, portal: str, expected: int) -> None:
    with app.test_request_context():
        assert len(TopicSource().ask(asked("SIM cards for phones", portal), 1.0)) == expected


def test_guides_are_found_among_everything(app: Flask) -> None:
    with app.test_request_context():
        engine = app.extensions["search"].engine
        context.services().drain()
        (item,) = GuideSource(engine).ask(asked("phones"), 1.0)
        assert (item.source, item.kind, item.url) == ("guides", "guide", "/a/phones-step-by-step")
        hidden = replace(asked("phones").filters, audiences=frozenset())
        assert not GuideSource(engine).ask(replace(asked("phones"), filters=hidden), 1.0)


def test_sources_of_the_database_are_asked_as_of_this_request(
    app: Flask, session: Session, client: FlaskClient, agent: Person, clock: Clock
) -> None:
    """Nothing allows a host here, so that a source that is asked is one that fails."""
    source = SearchSource(
        key="wiki", names={"en": "The wiki"}, kind="mediawiki", url="https://wiki.example/api.php"
    )
    session.add(source)
    session.commit()
    with app.test_request_context():
        assert [one.source_name for one in federation().ask(asked("router"), []).failures] == ["The wiki"]
    source.is_active = False
    session.commit()
    with app.test_request_context():
        assert federation().ask(asked("router"), []).failures == ()


def test_guides_are_looked_for_only_where_there_may_be_one(app: Flask) -> None:
    with app.test_request_context():
        context.services().drain()
        asking = asked("phones step by step")
        said = federation().ask(asking, ()).items
        assert [item.source for item in said if item.kind == "guide"] == ["guides"]
        said = federation().ask(replace(asking, has_guides=False), ()).items
        assert [item.source for item in said if item.kind == "guide"] == []

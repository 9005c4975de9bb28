"""What others ask is shown only where it tells of nobody, and to nobody who may not read its answer."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from kb.db import Database
from kb.models import Article, Portal
from kb.permissions import SYSTEM
from kb.viewers import AGENT, PUBLIC, Viewer
from search.learning import decisions
from search.learning.others import FEWEST, OtherQuestions
from tests import factories
from tests.conftest import START
from tests.kb.stage import statements
from tests.processes import PATIENCE
from tests.search.learning.conftest import Ask, questions

MINUTE = timedelta(minutes=1)
ANYBODY = Viewer(audiences=frozenset({PUBLIC}))
STAFF = Viewer(audiences=frozenset({PUBLIC, AGENT}))


@pytest.fixture
def portal(session: Session) -> Portal:
    return factories.portal(session, "help", audiences=["public", "agent"])


@pytest.fixture
def open_one(session: Session, portal: Portal) -> Article:
    made = factories.article(session, "open")
    session.commit()
    return made


@pytest.fixture
def closed_one(session: Session, portal: Portal) -> Article:
    made = factories.article(session, "closed", audience="agent")
    session.commit()
    return made


def counted(session: Session) -> OtherQuestions:
    """What others ask, as of now."""
    engine = session.get_bind()
    assert isinstance(engine, Engine)
    others = OtherQuestions(Database(engine.url.render_as_string(hide_password=False)), lambda: START)
    others.count()
    vars(others)["_database"].engine.dispose()
    return others


def often(ask: Ask, text: str, article: Article, times: int = FEWEST, **more: Any) -> None:
    for _ in range(times):
        ask(text, shown=[article.id], **({"opened": [article.id]} | more))


def popular(
    session: Session, viewer: Viewer = ANYBODY, now: datetime = START, **more: str
) -> tuple[str, ...]:
    session.rollback()
    place: dict[str, Any] = {"portal": "help", "language": "en"} | more
    return counted(session).popular(session, viewer, now, **place)


def also(session: Session, text: str, viewer: Viewer = ANYBODY, **more: str) -> tuple[str, ...]:
    session.rollback()
    place: dict[str, Any] = {"portal": "help", "language": "en"} | more
    return counted(session).also_asked(session, viewer, START, text=text, **place)


def test_good_questions_that_are_asked_often_are_popular_the_commonest_first(
    both_databases: str, session: Session, ask: Ask, open_one: Article
) -> None:
    often(ask, "Change my PIN", open_one)
    often(ask, "Roaming abroad", open_one, times=FEWEST + 1)
    often(ask, "Asked too seldom", open_one, times=FEWEST - 1)
    assert popular(session) == ("Roaming abroad", "Change my PIN")


def test_its_commonest_words_stand_for_all(session: Session, ask: Ask, open_one: Article) -> None:
    for text in ("Change the PIN", "changing a PIN", "Change the PIN"):
        often(ask, text, open_one, times=1)
    assert popular(session) == ("Change the PIN",)


def test_one_visit_is_not_everybody(session: Session, ask: Ask, open_one: Article) -> None:
    often(ask, "My neighbour is loud", open_one, times=10, visitor="kim")
    assert popular(session) == ()


@pytest.mark.parametrize("outcome", [{"opened": []}, {"unhelpful": True, "opened": []}])
def test_a_question_without_a_good_answer_is_not_popular(
    session: Session, ask: Ask, open_one: Article, outcome: dict[str, Any]
) -> None:
    if outcome.get("unhelpful"):
        outcome = outcome | {"unhelpful": [open_one.id]}
    often(ask, "Change my PIN", open_one, **outcome)
    assert popular(session) == ()


@pytest.mark.parametrize("text", ["Is 070-123 45 67 yours", "Write to kim@example.com", "why " * 40])
def test_words_that_may_tell_of_somebody_are_not_shown(
    session: Session, ask: Ask, open_one: Article, text: str
) -> None:
    often(ask, text, open_one)
    assert popular(session) == ()


def test_a_question_is_shown_to_nobody_who_may_not_read_its_answer(
    both_databases: str, session: Session, ask: Ask, open_one: Article, closed_one: Article
) -> None:
    often(ask, "Discounts for leavers", closed_one)
    often(ask, "Change my PIN", open_one)
    often(ask, "Change my PUK", closed_one)
    assert popular(session) == ("Change my PIN",)
    assert set(popular(session, STAFF)) == {"Change my PIN", "Discounts for leavers", "Change my PUK"}
    often(ask, "Which discounts", closed_one)
    assert also(session, "Which discounts") == ()
    assert set(also(session, "Which discounts", STAFF)) == {"Discounts for leavers", "Change my PUK"}


def test_an_answer_that_is_gone_takes_its_questions_along(session: Session, ask: Ask, portal: Portal) -> None:
    made = factories.article(session, "short", expires_at=START + MINUTE)
    session.commit()
    often(ask, "Change my PIN", made)
    assert popular(session) == ("Change my PIN",)
    assert popular(session, now=START + MINUTE) == ()


def test_questions_stay_in_their_portal_and_language(session: Session, ask: Ask, open_one: Article) -> None:
    often(ask, "Change my PIN", open_one, portal="inside")
    often(ask, "Change my PUK", open_one, language="hu")
    assert popular(session) == ()
    assert also(session, "change PIN") == ()
    assert popular(session, portal="inside") == ("Change my PIN",)


def test_what_is_set_aside_is_shown_to_nobody(session: Session, ask: Ask, open_one: Article) -> None:
    often(ask, "You are thieves", open_one)
    assert popular(session) == ("You are thieves",)
    decisions.set_aside(session, [questions(session)[0].id], portals={"help"}, by=SYSTEM, now=START)
    session.commit()
    assert popular(session) == ()


def test_what_led_to_the_same_article_or_was_asked_next_was_also_asked(
    both_databases: str, session: Session, ask: Ask, open_one: Article
) -> None:
    other = factories.article(session, "other")
    session.commit()
    often(ask, "Change my PIN", open_one)
    often(ask, "New code for the SIM", open_one)
    often(ask, "Something else", other)
    for _ in range(FEWEST):
        first = ask("Locked card")
        often(ask, "Which PUK", other, times=1, previous=first)
    assert also(session, "changing the PIN") == ("New code for the SIM",)
    assert also(session, "locked cards") == ("Which PUK",)
    assert also(session, "?") == also(session, "never asked") == ()


def test_a_question_that_is_new_is_known_by_its_answers(
    session: Session, ask: Ask, open_one: Article
) -> None:
    often(ask, "Change my PIN", open_one)
    others = counted(session)
    place: dict[str, Any] = {"portal": "help", "language": "en", "text": "never asked"}
    assert others.also_asked(session, ANYBODY, START, **place) == ()
    assert others.also_asked(session, ANYBODY, START, articles=[open_one.id], **place) == ("Change my PIN",)


def test_whoever_asks_reads_it_from_memory(
    session: Session, database: Database, ask: Ask, open_one: Article
) -> None:
    often(ask, "Change my PIN", open_one)
    others = counted(session)
    place: dict[str, Any] = {"portal": "help", "language": "en"}
    with statements(database.engine) as asked:
        for _ in range(3):
            assert others.popular(session, ANYBODY, START, **place)
            others.also_asked(session, ANYBODY, START, text="PIN", **place)
            others.popular(session, ANYBODY, START, portal="nowhere", language="en")
    assert len(asked) == 1, "who may read what is looked up, once a minute"


def test_it_is_counted_in_the_background(
    session: Session, database: Database, ask: Ask, open_one: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.learning.others.PAUSE_S", 0.01)
    others = OtherQuestions(database, lambda: START)
    others.start()
    often(ask, "Change my PIN", open_one)
    deadline = time.monotonic() + PATIENCE
    while not others.popular(session, ANYBODY, START, portal="help", language="en"):
        session.rollback()
        assert time.monotonic() < deadline, "it was never counted"
    others.stop()

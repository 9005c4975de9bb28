"""What was opened moves the order a little, once, and fades away; each process learns of it within a minute."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import articles as verbs
from kb.db import Database
from kb.models import Article
from kb.permissions import SYSTEM
from search.learning.click_signals import AT_ONCE, READ_EVERY, SETTLED_AFTER, Signals, drop_faded, learn
from search.learning.signals import HALF_LIFE, MOST_OF_A_SHAPE, USUAL
from search.models import ClickSignal
from tests import factories
from tests.conftest import START
from tests.search.learning.conftest import Ask

LATER = START + SETTLED_AFTER


@pytest.fixture
def made(session: Session) -> list[Article]:
    """Three articles."""
    found = [factories.article(session, key) for key in ("one", "two", "three")]
    session.commit()
    return found


def learned(database: Database, now: datetime = LATER) -> int:
    return learn(database, now)


def sums(session: Session) -> dict[tuple[int, str], tuple[float, float, float, float]]:
    session.rollback()
    session.expire_all()
    return {
        (row.article_id, row.language): (row.expected, row.opened, row.helpful, row.unhelpful)
        for row in session.scalars(select(ClickSignal))
    }


def test_a_question_is_learned_from_once_and_after_it_has_settled(
    both_databases: str, database: Database, session: Session, ask: Ask, made: list[Article]
) -> None:
    one, two, three = (article.id for article in made)
    ask("pin", shown=[one, two, three], opened=[two], helpful=[one], unhelpful=[three])
    assert learned(database, LATER - timedelta(seconds=1)) == 0
    assert learned(database) == 1
    found = sums(session)
    assert found[one, "en"][1:] == (1, 1, 0)
    assert found[two, "en"][1:] == (1, 0, 0)
    assert found[three, "en"][1:] == (1, 0, 1)
    assert found[one, "en"][0] == pytest.approx(USUAL[0], abs=0.01)
    assert learned(database, LATER + timedelta(hours=1)) == 0
    assert sums(session) == found


def test_what_tells_nothing_of_openings_teaches_nothing(
    database: Database, session: Session, ask: Ask, made: list[Article]
) -> None:
    ask("pin", shown=[made[0].id], surface="api")
    ask("nothing")
    assert learned(database) == 2
    assert sums(session) == {}


def test_the_same_question_counts_a_few_times_a_day_however_often_the_job_runs(
    both_databases: str, database: Database, session: Session, ask: Ask, made: list[Article]
) -> None:
    one = made[0].id
    for minutes in range(0, 100, 10):
        moment = START + timedelta(minutes=minutes)
        ask("pin", shown=[one], opened=[one], now=moment)
        learned(database, moment + SETTLED_AFTER)
    assert sums(session)[one, "en"][1] == pytest.approx(MOST_OF_A_SHAPE, abs=0.1)


def test_many_questions_are_learned_from_in_batches(
    database: Database, session: Session, ask: Ask, made: list[Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.learning.click_signals.AT_ONCE", 3)
    assert AT_ONCE > 3
    for number in range(8):
        ask(f"pin number {number} {'x' * number}", shown=[made[0].id], opened=[made[0].id])
    assert learned(database) == 8
    assert sums(session)[made[0].id, "en"][1] == 8


def test_sums_fade_and_what_is_left_of_nothing_is_dropped(
    database: Database, session: Session, ask: Ask, made: list[Article]
) -> None:
    one = made[0].id
    ask("pin", shown=[one], opened=[one])
    learned(database)
    later = LATER + HALF_LIFE
    ask("puk", shown=[one], opened=[one], now=later - SETTLED_AFTER)
    learned(database, later)
    assert sums(session)[one, "en"][1] == pytest.approx(1.5, abs=0.01)
    for days, left in ((60, 1), (300, 0)):
        with database.transaction() as writing:
            drop_faded(writing, later + timedelta(days=days))
        assert len(sums(session)) == left


def test_signals_go_with_their_article_and_questions_about_it_do_no_harm(
    both_databases: str, database: Database, session: Session, ask: Ask, made: list[Article]
) -> None:
    one, two = made[0].id, made[1].id
    ask("pin", shown=[one, two], opened=[one])
    learned(database)
    ask("puk", shown=[one, two], opened=[one])
    verbs.delete(session, made[0], by=SYSTEM)
    session.commit()
    assert set(sums(session)) == {(two, "en")}
    assert learned(database, LATER + timedelta(hours=1)) == 1
    assert set(sums(session)) == {(two, "en")}


def test_a_process_reads_the_factors_at_most_once_a_minute(
    database: Database, session: Session, ask: Ask, made: list[Article]
) -> None:
    one, two = made[0].id, made[1].id
    signals = Signals(database)
    assert signals.factors(LATER) == {}
    for number in range(60):
        ask(f"shape {number} {'x' * number}", shown=[one, two], opened=[two])
    learned(database)
    assert signals.factors(LATER + READ_EVERY / 2) == {}
    found = signals.factors(LATER + READ_EVERY)
    assert found[str(two), "en"] > 1 > found[str(one), "en"]
    much_later = signals.factors(LATER + HALF_LIFE * 12)
    assert much_later == {}, "it has faded to 1"


def test_factors_that_cannot_be_read_stay_as_they_were(
    database: Database, ask: Ask, made: list[Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy.exc import OperationalError

    one = made[0].id
    for number in range(60):
        ask(f"shape {number} {'x' * number}", shown=[made[1].id, one], opened=[one])
    learned(database)
    signals = Signals(database)
    before = dict(signals.factors(LATER))
    assert before

    def fail(*_given: object) -> None:
        raise OperationalError("", None, OSError("gone"))

    monkeypatch.setattr(Database, "session", fail)
    assert signals.factors(LATER + READ_EVERY) == before

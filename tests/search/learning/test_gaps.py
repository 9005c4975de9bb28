"""The figures of the gap report, the questions that it lists, and what is decided about them."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kb import articles as verbs
from kb.db import Database
from kb.errors import LoginRequired, NotAllowed
from kb.models import Article, AuditEntry, Person, State
from kb.permissions import SYSTEM
from kb.viewers import ANONYMOUS
from search.learning import decisions, gaps, meanings
from search.learning.figures import DaySums, figures
from search.learning.grouping import Vectors
from search.learning.kinds import DayKinds
from search.learning.meanings import Meanings
from search.learning.misses import Scope
from search.models import AskedQuestion, GapDecision
from tests import factories
from tests.conftest import START
from tests.search.learning.conftest import Ask, questions

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
HERE = frozenset({"", "help"})


def scope(
    days: int = 30, language: str = "", portals: frozenset[str] = HERE, after: timedelta = MINUTE
) -> Scope:
    return Scope(portals, language, days, START + after)


def listed(session: Session, miss: str, **asked: Any) -> list[tuple[str, int]]:
    session.rollback()
    return [
        (line.wordings[0], line.missed) for line in gaps.lines(session, scope(**asked), miss, DayKinds(90))
    ]


def ids(session: Session) -> list[int]:
    return [question.id for question in questions(session)]


@pytest.fixture
def article(session: Session) -> Article:
    made = factories.article(session)
    session.commit()
    return made


def test_shares_are_of_what_could_have_been_otherwise(
    both_databases: str, session: Session, ask: Ask, article: Article
) -> None:
    first = ask("nothing found")
    ask("other words", shown=[article.id], opened=[article.id], previous=first)
    ask("not opened", shown=[article.id])
    ask("helped", shown=[article.id], helpful=[article.id])
    ask("by a machine", shown=[article.id], surface="api")
    found = figures(session, scope(), DaySums(90))
    assert found.asked == 5
    shares = {name: (share.part, share.whole) for name, share in found.shares.items()}
    assert shares == {"unanswered": (1, 5), "unopened": (1, 3), "reworded": (1, 5), "helpful": (1, 1)}


@pytest.mark.parametrize(("days", "bars"), [(7, 7), (30, 30), (90, 30)])
def test_a_course_shows_every_day_of_the_period_and_ends_today(
    both_databases: str, session: Session, ask: Ask, days: int, bars: int
) -> None:
    for ago in (0, days - 1, days + 1):
        ask(f"asked {ago} days ago", now=START - ago * DAY)
    found = figures(session, scope(days), DaySums(90))
    counts = [0] * bars
    counts[0] = counts[-1] = 1
    assert list(found.courses["asked"]) == counts
    assert [len(found.days), *map(len, found.courses.values())] == [bars] * 6
    assert (START.date() - found.days[-1]).days == days // bars - 1
    assert (START.date() - found.days[0]).days == days - 1
    assert found.courses["unanswered"][-1] == 100
    assert found.courses["helpful"] == [None] * bars


def test_days_that_are_over_are_counted_once_and_the_last_ones_every_time(
    both_databases: str, session: Session, ask: Ask
) -> None:
    for ago in (0, 1, 5, 9):
        ask(f"asked {ago} days ago", now=START - ago * DAY)
    sums = DaySums(90)
    assert figures(session, scope(), sums).asked == 4
    session.execute(delete(AskedQuestion))
    session.commit()
    assert figures(session, scope(), sums).asked == 2, "nothing can have become of the older ones"
    assert figures(session, scope(language="hu"), sums).asked == 0
    assert figures(session, scope(portals=frozenset({"other"})), sums).asked == 0
    assert figures(session, scope(after=21 * DAY), sums).asked == 1, "the first day is never taken whole"
    assert figures(session, scope(), DaySums(7)).asked == 0


def test_nothing_is_remembered_longer_than_questions_are_kept(session: Session, ask: Ask) -> None:
    ask("asked 9 days ago", now=START - 9 * DAY)
    sums = DaySums(7)
    assert figures(session, scope(), sums).asked == 1
    session.execute(delete(AskedQuestion))
    session.commit()
    assert figures(session, scope(), sums).asked == 0


def test_nothing_asked_is_no_division_by_nothing(session: Session) -> None:
    found = figures(session, scope(), DaySums(90))
    assert (found.asked, found.shares["unanswered"].percent) == (0, None)


def test_questions_that_missed_are_listed_by_shape_the_commonest_first(
    both_databases: str, session: Session, ask: Ask, article: Article
) -> None:
    for text in ("Change the PIN", "changing a PIN", "change the PIN"):
        ask(text)
    ask("Roaming")
    ask("Parcel", shown=[article.id])
    first = ask("Letter", shown=[article.id], opened=[article.id])
    ask("Again", shown=[article.id], opened=[article.id], previous=first)
    ask("By a machine", shown=[article.id], surface="api")
    assert [missed for _, missed in listed(session, "unanswered")] == [3, 1]
    assert listed(session, "unopened") == [("Parcel", 1)]
    assert listed(session, "reworded") == [("Letter", 1)]


def test_a_line_says_how_often_it_was_asked_at_all_and_how_lately(
    both_databases: str, session: Session, ask: Ask, article: Article
) -> None:
    ask("PIN", now=START - 29 * DAY)
    for _ in range(2):
        ask("PIN")
    ask("the pin", shown=[article.id], opened=[article.id])
    (line,) = gaps.lines(session, scope(), "unanswered", DayKinds(90))
    assert (line.missed, line.lately, line.asked, tuple(line.wordings)) == (3, 2, 4, ("PIN", "the pin"))
    assert line.question_id == ids(session)[3]


def test_only_what_the_scope_holds_is_looked_at(session: Session, ask: Ask) -> None:
    ask("here")
    ask("elsewhere", portal="inside")
    ask("without a portal", portal="")
    ask("magyarul", language="hu")
    ask("long ago", now=START - 8 * DAY)
    assert {text for text, _ in listed(session, "unanswered", days=7)} == {
        "here",
        "without a portal",
        "magyarul",
    }
    assert listed(session, "unanswered", days=7, language="hu") == [("magyarul", 1)]
    assert listed(session, "unanswered", portals=frozenset({"inside"})) == [("elsewhere", 1)]


# Meaning.


class ByFirstLetter:
    """An encoder to which questions with the same first letter mean the same."""

    near = 0.8

    def question(self, text: str) -> Vectors:
        made = np.zeros(32, dtype=np.float32)
        made[ord(text[0].lower()) % 32] = 1
        return made


def grouped(session: Session, known: Meanings, with_encoder: bool = True) -> list[Sequence[str]]:
    lines = gaps.lines(session, scope(), "unanswered", DayKinds(90))
    return [group.wordings for group in known.grouped(lines, ByFirstLetter() if with_encoder else None)]


def test_what_means_the_same_is_one_group_whatever_its_language(session: Session, ask: Ask) -> None:
    for text, language in [("PIN", "en"), ("PIN", "en"), ("puk", "hu"), ("sim", "en")]:
        ask(text, language=language)
    lines = gaps.lines(session, scope(), "unanswered", DayKinds(90))
    first, second = Meanings().grouped(lines, ByFirstLetter())
    assert (first.wordings, first.languages, first.missed, first.asked) == (
        ("PIN", "puk"),
        ("en", "hu"),
        3,
        3,
    )
    assert first.trend == 3
    assert set(first.questions) == {ids(session)[1], ids(session)[2]}
    assert second.wordings == ("sim",)


def test_without_an_encoder_every_shape_is_a_group(session: Session, ask: Ask) -> None:
    for text in ("PIN", "puk"):
        ask(text)
    assert grouped(session, Meanings(), with_encoder=False) == [("puk",), ("PIN",)]


def test_a_look_encodes_some_and_the_next_goes_on(
    session: Session, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meanings, "MOST_NEW", 2)
    for text in ("pa", "pb", "pc", "pd"):
        ask(text)
    known = Meanings()
    assert [len(words) for words in grouped(session, known)] == [2, 1, 1]
    assert [len(words) for words in grouped(session, known)] == [4]


# What is done about it.


def test_what_is_set_aside_is_not_listed_until_it_is_shown_again(
    both_databases: str, session: Session, ask: Ask
) -> None:
    for text in ("the PIN", "PINs", "puk"):
        ask(text)
    done = decisions.set_aside(session, [ids(session)[0]], portals=HERE, by=SYSTEM, now=START)
    session.commit()
    assert done == 1
    assert listed(session, "unanswered") == [("puk", 1)]
    (one,) = gaps.decided(session, scope())
    assert (one.first.text, one.first.state, one.asked) == ("the PIN", GapDecision.SET_ASIDE, 0)
    assert len(decisions.show_again(session, [one.first.id], portals=HERE, by=SYSTEM)) == 1
    session.commit()
    assert [missed for _, missed in listed(session, "unanswered")] == [2, 1]


def test_an_article_is_measured_by_what_was_asked_since(
    both_databases: str, session: Session, ask: Ask, article: Article
) -> None:
    for text in ("pin", "puk"):
        ask(text)
    decisions.drafted(session, ids(session), article.id, portals=HERE, by=SYSTEM, now=START)
    session.commit()
    ask("pin", shown=[article.id], opened=[article.id], now=START + MINUTE)
    ask("the puk", shown=[article.id], helpful=[article.id], now=START + MINUTE)
    ask("puk", shown=[article.id], unhelpful=[article.id], now=START + MINUTE)
    ask("pin", now=START + MINUTE)
    (one,) = gaps.decided(session, scope(after=2 * MINUTE))
    assert (len(one.decisions), one.asked, one.answered, one.is_published) == (2, 4, 2, True)


def test_an_article_that_was_begun_is_a_draft_and_one_that_was_deleted_is_gone(
    both_databases: str, session: Session, ask: Ask
) -> None:
    begun = factories.article(session, "begun", state=State.DRAFT)
    session.commit()
    ask("pin")
    decisions.drafted(session, ids(session), begun.id, portals=HERE, by=SYSTEM, now=START)
    session.commit()
    assert not gaps.decided(session, scope())[0].is_published
    verbs.delete(session, begun, by=SYSTEM)
    session.commit()
    session.expire_all()
    (one,) = gaps.decided(session, scope())
    assert (one.first.article_id, one.first.state) == (None, GapDecision.DRAFTED)


def test_a_decision_can_be_changed(session: Session, ask: Ask, article: Article) -> None:
    ask("pin")
    decisions.set_aside(session, ids(session), portals=HERE, by=SYSTEM, now=START)
    session.commit()
    decisions.drafted(session, ids(session), article.id, portals=HERE, by=SYSTEM, now=START + MINUTE)
    session.commit()
    (one,) = gaps.decided(session, scope())
    assert (one.first.state, one.first.article_id, one.first.at) == ("drafted", article.id, START + MINUTE)


def test_of_two_who_decide_at_once_nobody_is_told_of_a_mistake(
    both_databases: str, session: Session, database: Database, ask: Ask
) -> None:
    ask("pin")
    wanted, gate = ids(session), threading.Barrier(4)
    session.rollback()
    done: list[int] = []

    def decide() -> None:
        gate.wait()
        with database.transaction() as writing:
            done.append(decisions.set_aside(writing, wanted, portals=HERE, by=SYSTEM, now=START))

    threads = [threading.Thread(target=decide) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == [1] * 4
    assert len(session.scalars(select(GapDecision)).all()) == 1


def test_nothing_is_decided_about_portals_that_one_may_not_enter(session: Session, ask: Ask) -> None:
    ask("pin", portal="inside")
    assert decisions.set_aside(session, ids(session), portals=HERE, by=SYSTEM, now=START) == 0
    assert decisions.wordings(session, ids(session), portals=HERE, most=5) == ()
    inside = frozenset({"inside"})
    decisions.set_aside(session, ids(session), portals=inside, by=SYSTEM, now=START)
    (one,) = session.scalars(select(GapDecision)).all()
    assert decisions.show_again(session, [one.id], portals=HERE, by=SYSTEM) == []
    assert gaps.decided(session, scope()) == []


@pytest.mark.parametrize("given", [[], [0], [-1], [10**30], [10**6]])
def test_ids_of_nothing_decide_nothing(both_databases: str, session: Session, given: list[int]) -> None:
    assert decisions.set_aside(session, given, portals=HERE, by=SYSTEM, now=START) == 0
    assert decisions.show_again(session, given, portals=HERE, by=SYSTEM) == []


@pytest.mark.parametrize("who", ["agent", "reviewer", "outsider"])
def test_only_who_writes_articles_decides(
    session: Session, ask: Ask, who: str, request: pytest.FixtureRequest
) -> None:
    person: Person = request.getfixturevalue(who)
    by = factories.viewer(session, person)
    with pytest.raises(NotAllowed):
        decisions.set_aside(session, [1], portals=HERE, by=by, now=START)
    with pytest.raises(NotAllowed):
        decisions.show_again(session, [1], portals=HERE, by=by)
    with pytest.raises(LoginRequired):
        decisions.drafted(session, [1], 1, portals=HERE, by=ANONYMOUS, now=START)


def test_a_decision_is_in_the_audit_log(session: Session, ask: Ask) -> None:
    ask("pin")
    decisions.set_aside(session, ids(session), portals=HERE, by=SYSTEM, now=START)
    session.commit()
    (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.subject_kind == "gap_decision"))
    assert (entry.action, entry.after["text"]) == ("created", "pin")


def test_wordings_are_for_whoever_writes_the_answer(session: Session, ask: Ask) -> None:
    for text in ("the PIN", "a PIN", "the PIN", "PUK"):
        ask(text)
    first, *_, last = ids(session)
    assert decisions.wordings(session, [first, last], portals=HERE, most=5) == ("the PIN", "a PIN", "PUK")
    assert len(decisions.wordings(session, [first, last], portals=HERE, most=2)) == 2

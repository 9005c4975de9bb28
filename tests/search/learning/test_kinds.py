"""Kinds of question counted day by day: the same as if all were counted at once."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlalchemy.orm import Session

from search.learning.kinds import Counted, DayKinds
from search.learning.misses import Scope
from search.models import AskedQuestion
from tests.conftest import START
from tests.search.learning.conftest import Ask, questions

DAY = timedelta(days=1)
SCOPE = Scope(frozenset({"help", "inside"}), "", 30, START + timedelta(minutes=1))


def counted(session: Session, kinds: DayKinds, scope: Scope = SCOPE, **wanted: int) -> list[Counted]:
    session.rollback()
    return kinds.commonest(
        session,
        scope,
        "unanswered",
        (),
        most=wanted.get("most", 300),
        most_wordings=wanted.get("wordings", 5),
    )


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    asked=st.lists(
        st.tuples(
            st.sampled_from("abc"), st.sampled_from(("help", "inside")), st.integers(0, 40), st.booleans()
        ),
        max_size=12,
    )
)
def test_days_add_up_to_the_period(
    session: Session, ask: Ask, asked: list[tuple[str, str, int, bool]]
) -> None:
    session.execute(delete(AskedQuestion))
    session.commit()
    for text, portal, ago, found in asked:
        ask(text, portal=portal, now=START - ago * DAY, hits=int(found))
    within = [(portal, text, found) for text, portal, ago, found in asked if ago < 30]
    missed = Counter((portal, text) for portal, text, found in within if not found)
    every = Counter((portal, text) for portal, text, _ in within)
    kinds = DayKinds(90)
    for _ in range(2):  # once from the database, once from memory
        found_kinds = counted(session, kinds)
        told = {(one.kind[0], one.kind[2]): (one.missed, one.asked) for one in found_kinds}
        assert told == {kind: (number, every[kind]) for kind, number in missed.items()}
        assert [one.missed for one in found_kinds] == sorted(missed.values(), reverse=True)


@pytest.mark.parametrize("both", ["before", "after"])
def test_what_is_asked_later_is_counted_too(
    both_databases: str, session: Session, ask: Ask, both: str
) -> None:
    kinds = DayKinds(90)
    ask("PIN", now=START - 20 * DAY)
    if both == "before":
        kinds.count(session, SCOPE.now)
    ask("PIN")
    (found,) = counted(session, kinds)
    assert (found.missed, found.lately, found.newest) == (2, 1, questions(session)[1].id)
    ask("PIN", now=START - DAY)
    assert counted(session, kinds)[0].missed == 3


def test_the_commonest_wordings_come_first_and_of_equals_the_newest(session: Session, ask: Ask) -> None:
    for text in ("PIN", "pin?", "the PIN", "pin?"):
        ask(text)
    (found,) = counted(session, DayKinds(90), wordings=2)
    texts = {question.id: question.text for question in questions(session)}
    assert [texts[id_] for id_ in found.wordings] == ["pin?", "the PIN"]


def test_only_so_many_are_told_and_what_is_left_out_is_not(session: Session, ask: Ask) -> None:
    for text in ("one", "two", "three"):
        ask(text)
    kinds = DayKinds(90)
    assert [one.kind[2] for one in counted(session, kinds, most=2)] == ["three", "two"]
    without = {("help", "en", "three"), ("help", "en", "never asked")}
    session.rollback()
    found = kinds.commonest(session, SCOPE, "unanswered", without, most=1, most_wordings=5)
    assert [one.kind[2] for one in found] == ["two"]


def test_without_a_question_there_is_nothing(both_databases: str, session: Session) -> None:
    assert counted(session, DayKinds(90)) == []

"""Signals stay near 1, move little at a time, fade, and being first makes nobody more first."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from search.learning.signals import (
    HALF_LIFE,
    LEAST,
    MOST,
    MOST_OF_A_SHAPE,
    PRIOR_OPENED,
    USUAL,
    Seen,
    Sums,
    chances,
    day_of,
    factor,
    learned,
)
from tests.conftest import START

AMOUNT = st.floats(0, 1e6)
SUMS = st.builds(Sums, AMOUNT, AMOUNT, AMOUNT, AMOUNT)
MOST_BY_ONE = 0.035


def seen(shape: str = "pin", shown: tuple[int, ...] = (1, 2, 3), **opened: str) -> Seen:
    return Seen("en", shape, START, shown, {int(key[1:]): verdict for key, verdict in opened.items()})


@given(SUMS)
def test_a_factor_is_bounded(sums: Sums) -> None:
    assert LEAST <= factor(sums) <= MOST


@given(SUMS, st.floats(0, 1000))
def test_more_opened_or_helpful_is_never_worse(sums: Sums, more: float) -> None:
    assert factor(replace(sums, opened=sums.opened + more)) >= factor(sums)
    assert factor(replace(sums, helpful=sums.helpful + more)) >= factor(sums) - 1e-9


@given(SUMS, st.floats(0, 1000))
def test_more_expected_or_unhelpful_is_never_better(sums: Sums, more: float) -> None:
    assert factor(replace(sums, expected=sums.expected + more)) <= factor(sums)
    assert factor(replace(sums, unhelpful=sums.unhelpful + more)) <= factor(sums) + 1e-9


@given(SUMS)
def test_it_fades_to_1(sums: Sums) -> None:
    assert abs(factor(sums.faded(HALF_LIFE * 60)) - 1) < 1e-6
    assert sums.faded(HALF_LIFE * 60).is_negligible


@given(SUMS, st.floats(0, 365), st.floats(0, 365))
def test_fading_twice_is_fading_once_for_as_long(sums: Sums, one: float, other: float) -> None:
    twice = sums.faded(timedelta(days=one)).faded(timedelta(days=other))
    assert abs(factor(twice) - factor(sums.faded(timedelta(days=one + other)))) < 1e-6


def test_time_that_goes_backward_fades_nothing() -> None:
    assert Sums(opened=2).faded(timedelta(days=-3)) == Sums(opened=2)


@given(
    st.builds(Sums, st.floats(0, 500), st.floats(0, 500), st.floats(0, 500), st.floats(0, 500)),
    st.integers(0, 9),
    st.sampled_from(["", "helpful", "unhelpful", None]),
)
def test_one_visitor_moves_little(sums: Sums, rank: int, verdict: str | None) -> None:
    shown = tuple(range(10))
    opened = {} if verdict is None else {rank: verdict}
    said = learned([Seen("en", "pin", START, shown, opened)], USUAL, {})[rank, "en"]
    if sums.opened <= 5 * (sums.expected + PRIOR_OPENED):  # beyond it the bounds hold it
        assert abs(factor(sums + said) - factor(sums)) <= MOST_BY_ONE


def test_being_first_and_opened_as_usual_makes_nobody_more_first() -> None:
    questions = [
        Seen("en", f"shape {number}", START, (1, 2), {1: ""} if number % 100 < 36 else {})
        for number in range(1000)
    ]
    sums = learned(questions, USUAL, {})
    assert abs(factor(sums[1, "en"]) - 1) < 0.01


def test_who_is_opened_more_than_its_rank_expects_rises_and_the_passed_over_fall() -> None:
    questions = [Seen("en", f"shape {number}", START, (1, 2), {2: ""}) for number in range(200)]
    sums = learned(questions, USUAL, {})
    assert factor(sums[2, "en"]) > 1.1
    assert factor(sums[1, "en"]) < 0.95


def test_the_same_question_counts_a_few_times_a_day() -> None:
    sums = learned([seen(a1="")] * 50, USUAL, {})
    assert sums[1, "en"].opened == MOST_OF_A_SHAPE
    assert learned([seen(a1="")] * 50, USUAL, {day_of(seen()): MOST_OF_A_SHAPE}) == {}
    tomorrow = replace(seen(a1=""), at=START + timedelta(days=1))
    assert learned([seen(a1="")] * 50 + [tomorrow], USUAL, {})[1, "en"].opened == MOST_OF_A_SHAPE + 1


def test_an_article_counts_once_a_question() -> None:
    sums = learned([seen(shown=(1, 1, 1), a1="helpful")], USUAL, {})
    assert sums == {(1, "en"): Sums(expected=USUAL[0], opened=1, helpful=1)}


def test_what_was_opened_further_down_than_ranks_are_known_teaches_nothing() -> None:
    assert (99, "en") not in learned([seen(shown=(*range(20), 99), a99="")], USUAL, {})


@given(st.lists(st.floats(0, 1e5), max_size=12), st.lists(st.floats(0, 1e5), max_size=12))
def test_chances_are_chances_and_fall_with_the_rank(shown: list[float], opened: list[float]) -> None:
    found = chances(shown, opened)
    assert len(found) == len(USUAL)
    assert all(0 <= chance <= 1 for chance in found)
    assert list(found) == sorted(found, reverse=True)

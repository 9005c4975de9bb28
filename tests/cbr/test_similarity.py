"""What every measure promises, whatever its settings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cbr.case_type import Attribute, Choice, Kind
from cbr.similarity import (
    Cyclic,
    DistanceMeasure,
    Exponential,
    Interval,
    Linear,
    Overlap,
    Span,
    Step,
    Table,
    Taxonomy,
)
from cbr.values import compare
from tests.cbr import reference, strategies


@given(measure=strategies.distances, asked=strategies.numbers, held=st.lists(strategies.numbers, min_size=1))
def test_a_column_of_numbers_is_compared_as_each_of_them(
    measure: DistanceMeasure, asked: float, held: list[float]
) -> None:
    together = measure.many(asked, np.array(held)).tolist()
    assert together == [measure(asked, one) for one in held]
    assert all(0.0 <= similarity <= 1.0 for similarity in together)


@given(
    measure=strategies.distances,
    asked=st.one_of(strategies.numbers, strategies.spans),
    held=st.lists(strategies.numbers, min_size=1),
)
def test_bounds_hold_for_every_number_between(
    measure: DistanceMeasure, asked: float | Span, held: list[float]
) -> None:
    least, most = measure.bounds(asked, np.array([min(held)]), np.array([max(held)]))
    similarities = measure.many(asked, np.array(held))
    assert (least <= similarities).all()
    assert (similarities <= most).all()


SMALLEST = 5e-324


@pytest.mark.parametrize(
    "measure", [Linear(SMALLEST), Exponential(SMALLEST), Interval(0.0, SMALLEST), Step(SMALLEST)]
)
@pytest.mark.parametrize("held", [1.0, -1e15])
def test_the_smallest_range_leaves_nothing_alike_but_the_number_itself(
    measure: DistanceMeasure, held: float
) -> None:
    assert measure.many(0.0, np.array([0.0, held])).tolist() == [1.0, 0.0]
    assert [bound.tolist() for bound in measure.bounds(0.0, np.array([0.0]), np.array([abs(held)]))] == [
        [0.0],
        [1.0],
    ]


def test_around_the_smallest_circle_all_numbers_are_at_one_place() -> None:
    assert Cyclic(SMALLEST).many(0.0, np.array([0.0, 1.0, -1e15])).tolist() == [1.0, 1.0, 1.0]


@given(measure=strategies.distances, value=strategies.numbers)
def test_a_number_is_like_itself(measure: DistanceMeasure, value: float) -> None:
    assert measure(value, value) == 1.0


@given(data=st.data())
def test_two_values_of_any_kind_are_compared_as_the_formulas_say(data: st.DataObject) -> None:
    attribute = data.draw(strategies.attributes("one"))
    asked, held = (data.draw(strategies.VALUES[attribute.kind]) for _ in range(2))
    assert compare(attribute, asked, held) == reference.similarity(attribute, asked, held)
    assert compare(attribute, asked, None) is None


def test_a_span_that_goes_over_midnight_is_short() -> None:
    hours = Cyclic(24.0)
    assert [hours(Span(22.0, 2.0), hour) for hour in (23.0, 0.0, 2.0)] == [1.0, 1.0, 1.0]
    assert hours(Span(22.0, 2.0), 12.0) == pytest.approx(1 - 10 / 12)


def test_a_table_may_say_that_a_value_is_not_like_itself() -> None:
    assert Table({"unknown": {"unknown": 0.2}})("unknown", "unknown") == 0.2


def test_a_table_holds_in_both_directions_unless_it_is_told_not_to() -> None:
    entries = {"red": {"orange": 0.6}, "orange": {"red": 0.1}}
    assert Table(entries)("orange", "red") == 0.1
    assert Table({"red": {"orange": 0.6}}, symmetric=False)("orange", "red") == 0.0


def test_a_deep_tree_is_no_trouble() -> None:
    tree = Taxonomy({"0": ""} | {str(at): str(at - 1) for at in range(1, 300)})
    assert tree("299", "298") == 2 * 299 / (299 + 300)


def test_levels_are_as_far_apart_as_their_places() -> None:
    levels = tuple(Choice(level) for level in strategies.LEVELS)
    signal = Attribute("signal", Kind.ORDINAL, choices=levels, similarity=Linear(4.0))
    assert compare(signal, "none", "good") == 0.25


@pytest.mark.parametrize(
    ("over", "expected"), [("either", 1 / 3), ("mean", 0.5), ("asked", 0.5), ("smaller", 0.5)]
)
def test_an_overlap_divides_by_what_it_is_told(over: str, expected: float) -> None:
    assert Overlap(over)(frozenset("ab"), frozenset("bc")) == pytest.approx(expected)  # type: ignore[arg-type]


def test_two_empty_sets_are_the_same() -> None:
    assert Overlap()(frozenset(), frozenset()) == 1.0
    assert Overlap("asked")(frozenset(), frozenset("a")) == 0.0

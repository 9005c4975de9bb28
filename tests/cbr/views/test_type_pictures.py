"""Pictures of likeness: whatever is measured stays inside its picture, and says what the measure says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cbr.case_type import Attribute, Choice, Kind
from cbr.similarity import Cyclic, Exponential, Interval, Linear, Measure, Overlap, Step, Table
from cbr.views.type_pictures import HIGH, WIDE, Curve, Squares, picture

SIZES = st.floats(1e-6, 1e9)
MEASURES = st.one_of(
    st.builds(Linear, SIZES),
    st.builds(Exponential, SIZES),
    st.builds(Step, st.one_of(st.just(0.0), SIZES)),
    st.builds(Cyclic, SIZES),
    SIZES.map(lambda full: Interval(full, full * 2)),
    st.sampled_from([Overlap("either"), Overlap("mean"), Overlap("asked"), Overlap("smaller")]),
)


@given(MEASURES)
def test_a_curve_stays_in_its_place_and_begins_with_all_or_nothing(measure: Measure) -> None:
    drawn = picture(Attribute("one", Kind.NUMBER, similarity=measure))
    assert isinstance(drawn, Curve)
    points = [tuple(map(float, point.split(","))) for point in drawn.points.split()]
    assert all(0 <= x <= WIDE and 0 <= y <= HIGH for x, y in points)
    assert points[0] == ((0.0, HIGH) if drawn.of_sets else (0.0, 0.0))
    assert all(0 <= x <= WIDE for _, x in drawn.marks)


@pytest.mark.parametrize(("number", "more"), [(3, 0), (40, 24)])
def test_squares_say_what_the_table_says(number: int, more: int) -> None:
    choices = tuple(Choice(f"c{place}") for place in range(number))
    table = Table({"c0": {"c1": 0.5}}, otherwise=0.1)
    drawn = picture(Attribute("one", Kind.CATEGORY, choices=choices, similarity=table))
    assert isinstance(drawn, Squares)
    assert (drawn.rows[0][:3], drawn.rows[1][0], drawn.more) == ([1.0, 0.5, 0.1], 0.5, more)


def test_words_without_a_list_have_no_picture() -> None:
    assert picture(Attribute("one", Kind.CATEGORY)) is None

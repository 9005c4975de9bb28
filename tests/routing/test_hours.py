"""Opening hours and working time, over weekends, holidays, and the nights on which clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.hours import ALWAYS, WHOLE_DAY_MIN, Hours, Span, Unopened

DESK = Hours(
    "Europe/Budapest",
    ((Span(8 * 60, 12 * 60), Span(13 * 60, 17 * 60)),) * 5 + ((),) * 2,
    {date(2026, 12, 25): (), date(2026, 12, 24): (Span(8 * 60, 10 * 60),)},
)
NIGHT = Hours("Europe/Budapest", ((Span(0, 6 * 60), Span(22 * 60, WHOLE_DAY_MIN)),) * 7)
NEVER = Hours("UTC", ((),) * 7)
HOUR = timedelta(hours=1)


def at(day: int, hour: float, month: int = 11) -> datetime:
    """A moment in 2026, in UTC; the desk is an hour ahead in winter, two in summer."""
    return datetime(2026, month, day, tzinfo=UTC) + hour * HOUR


moments = st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: at(1, minutes / 60, month=1))


@st.composite
def _calendars(draw: st.DrawFn) -> Hours:
    def spans() -> tuple[Span, ...]:
        edges = sorted(draw(st.sets(st.integers(0, WHOLE_DAY_MIN // 15), max_size=6)))
        return tuple(Span(a * 15, b * 15) for a, b in zip(edges[::2], edges[1::2], strict=False))

    zone = draw(st.sampled_from(["Europe/Stockholm", "America/New_York", "Asia/Kolkata", "UTC"]))
    days = {
        draw(st.dates(date(2026, 1, 1), date(2027, 12, 31))): spans() for _ in range(draw(st.integers(0, 3)))
    }
    return Hours(zone, tuple(spans() for _ in range(7)), days)


def test_it_is_open_from_the_first_minute_and_not_at_the_last() -> None:
    answers = [DESK.is_open(at(23, hour)) for hour in (6.99, 7, 10.99, 11, 12, 15.99, 16)]
    assert answers == [False, True, True, False, True, True, False]


def test_it_opens_after_the_weekend() -> None:
    assert DESK.opens(at(20, 16)) == at(23, 7)
    assert DESK.opens(at(23, 9)) == at(23, 9)


def test_it_closes_at_noon_and_the_night_desk_not_at_midnight() -> None:
    assert DESK.closes(at(23, 9)) == at(23, 11)
    assert NIGHT.closes(at(23, 22)) == at(24, 5)


def test_a_day_has_as_many_hours_as_it_has() -> None:
    forward, back = at(28, 21, month=3), at(24, 20, month=10)
    assert NIGHT.between(forward, forward + 23 * HOUR) == 7 * HOUR
    assert NIGHT.between(back, back + 25 * HOUR) == 9 * HOUR


def test_eight_working_hours_go_over_the_weekend_and_the_holiday() -> None:
    assert DESK.after(at(20, 14), 8 * HOUR) == at(23, 14)
    assert DESK.after(at(24, 8, month=12), 2 * HOUR) == at(28, 8, month=12)


def test_what_never_opens_has_no_end() -> None:
    assert NEVER.opens(at(1, 0)) is None
    assert NEVER.closes(at(1, 0)) is None
    assert NEVER.after(at(1, 0), HOUR) is None
    assert NEVER.between(at(1, 0), at(30, 0)) == timedelta()


def test_what_is_always_open_never_closes() -> None:
    assert ALWAYS.closes(at(1, 5)) is None
    assert ALWAYS.after(at(1, 5), 100 * HOUR) == at(5, 9)


@pytest.mark.parametrize(
    "spans",
    [(Span(60, 60),), (Span(90, 60),), (Span(60, 120), Span(100, 200)), (Span(-1, 5),), (Span(0, 1441),)],
)
def test_hours_that_are_none_are_refused(spans: tuple[Span, ...]) -> None:
    with pytest.raises(Unopened):
        Hours("UTC", (spans,) + ((),) * 6)


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "Europe", "../etc/passwd", "", "\0"])
def test_a_zone_that_is_none_is_refused(zone: str) -> None:
    with pytest.raises(Unopened):
        Hours(zone, ((),) * 7)


def test_a_week_has_seven_days() -> None:
    with pytest.raises(Unopened):
        Hours("UTC", ((),) * 6)


@given(calendar=_calendars(), begin=moments, minutes=st.integers(0, 5000))
def test_the_working_time_up_to_the_moment_after_it_is_that_time(
    calendar: Hours, begin: datetime, minutes: int
) -> None:
    working = timedelta(minutes=minutes)
    end = calendar.after(begin, working)
    if end is None:
        assert not any(calendar.week)
    else:
        assert calendar.between(begin, end) == working


@given(calendar=_calendars(), begin=moments, parts=st.lists(st.integers(0, 3000), min_size=2, max_size=2))
def test_working_times_add_up(calendar: Hours, begin: datetime, parts: list[int]) -> None:
    middle = begin + timedelta(minutes=parts[0])
    end = middle + timedelta(minutes=parts[1])
    assert calendar.between(begin, end) == calendar.between(begin, middle) + calendar.between(middle, end)


@given(calendar=_calendars(), moment=moments)
def test_it_is_open_when_it_opens_and_not_when_it_closes(calendar: Hours, moment: datetime) -> None:
    opens, closes = calendar.opens(moment), calendar.closes(moment)
    assert calendar.is_open(moment) == (opens == moment)
    if opens is not None:
        assert calendar.is_open(opens)
    if closes is not None:
        assert not calendar.is_open(closes)

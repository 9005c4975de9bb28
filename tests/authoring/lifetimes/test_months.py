"""Days and months where somebody is, also when the clocks are changed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authoring.lifetimes import months

BUDAPEST = ZoneInfo("Europe/Budapest")
ZONES = [
    "UTC",
    "Europe/Budapest",
    "America/Santiago",
    "Africa/Cairo",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
]
FIRST = datetime(2001, 1, 2, tzinfo=UTC)
DAYS = st.dates(date(2001, 1, 2), date(2098, 12, 30))


@pytest.mark.parametrize(
    ("day", "hours", "begins", "ends"),
    [
        (date(2026, 3, 28), 24, "2026-03-27T23:00:00+00:00", "2026-03-28T23:00:00+00:00"),
        (date(2026, 3, 29), 23, "2026-03-28T23:00:00+00:00", "2026-03-29T22:00:00+00:00"),
        (date(2026, 10, 25), 25, "2026-10-24T22:00:00+00:00", "2026-10-25T23:00:00+00:00"),
        (date(2026, 10, 26), 24, "2026-10-25T23:00:00+00:00", "2026-10-26T23:00:00+00:00"),
    ],
)
def test_a_day_on_which_the_clocks_are_changed_is_shorter_or_longer(
    day: date, hours: int, begins: str, ends: str
) -> None:
    found = months.day_of(day, BUDAPEST)
    assert (found.hours, found.is_odd) == (hours, hours != 24)
    assert (found.begins_at.isoformat(), found.ends_at.isoformat()) == (begins, ends)


def test_half_an_hour_is_an_odd_day_too() -> None:
    assert months.day_of(date(2026, 4, 5), ZoneInfo("Australia/Lord_Howe")).hours == 24.5


def test_a_day_that_has_no_midnight_begins_when_it_begins() -> None:
    cairo = ZoneInfo("Africa/Cairo")
    day = months.day_of(date(2026, 4, 24), cairo)
    assert day.begins_at.astimezone(cairo).isoformat() == "2026-04-24T01:00:00+03:00"
    assert day.hours == 23
    assert months.day_of(date(2026, 4, 23), cairo).ends_at == day.begins_at


@pytest.mark.parametrize(
    ("moment", "name"),
    [
        ("2026-10-24T23:59:59+00:00", ""),
        ("2026-10-25T00:00:00+00:00", "CEST"),
        ("2026-10-25T00:30:00+00:00", "CEST"),
        ("2026-10-25T01:30:00+00:00", "CET"),
        ("2026-10-25T02:00:00+00:00", ""),
        ("2026-03-29T01:30:00+00:00", ""),
    ],
)
def test_a_time_that_comes_twice_is_named(moment: str, name: str) -> None:
    assert months.name_if_twofold(datetime.fromisoformat(moment), BUDAPEST) == name


@given(day=DAYS, zone=st.sampled_from(ZONES))
def test_the_weeks_of_a_month_are_whole_and_leave_no_moment_out(day: date, zone: str) -> None:
    weeks = months.weeks_of(day, ZoneInfo(zone))
    days = [one for week in weeks for one in week]
    assert {len(week) for week in weeks} == {7}
    assert all(week[0].date.isoweekday() == 1 for week in weeks)
    assert all(one.ends_at == following.begins_at for one, following in pairwise(days))
    dates = [one.date for one in days]
    assert day in dates
    assert months.span(weeks) == (days[0].begins_at, days[-1].ends_at)
    first = day.replace(day=1)
    assert first in dates[:7]
    assert months.next_month(day) - timedelta(days=1) in dates[-7:]


@given(
    moment=st.integers(0, 35 * 365 * 24 * 60).map(lambda minutes: FIRST + timedelta(minutes=minutes)),
    zone=st.sampled_from(ZONES),
)
def test_every_moment_belongs_to_the_day_that_a_clock_there_shows(moment: datetime, zone: str) -> None:
    known = ZoneInfo(zone)
    on = moment.astimezone(known).date()
    assert months.day_of(on, known).holds(moment)
    assert not months.day_of(on + timedelta(days=1), known).holds(moment)
    assert not months.day_of(on - timedelta(days=1), known).holds(moment)


@given(day=DAYS)
def test_the_month_after_the_month_before_is_this_month(day: date) -> None:
    first = day.replace(day=1)
    assert months.next_month(months.previous_month(day)) == first
    assert months.previous_month(months.next_month(day)) == first

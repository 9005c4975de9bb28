"""Moments as the clock on the wall shows them, above all on the days when the clocks are changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authoring.lifetimes.local_moments import MINUTE, from_local, parsed, to_local

BUDAPEST = ZoneInfo("Europe/Budapest")
ZONES = st.sampled_from(["UTC", "Europe/Budapest", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kolkata"])
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(moment=MOMENTS, zone=ZONES.map(ZoneInfo))
def test_what_is_shown_means_the_same_minute_or_the_first_of_two(moment: datetime, zone: ZoneInfo) -> None:
    moment = moment.replace(second=0, microsecond=0)
    shown = to_local(moment, zone)
    read = from_local(datetime.strptime(shown, MINUTE), zone)  # noqa: DTZ007
    assert read is not None
    assert read <= moment
    assert to_local(read, zone) == shown
    twice = moment.astimezone(zone).fold
    assert (read == moment) is not bool(twice)


@pytest.mark.parametrize("minute", [0, 30, 59])
def test_an_hour_that_is_left_out_is_no_moment(minute: int) -> None:
    assert from_local(datetime(2026, 3, 29, 2, minute), BUDAPEST) is None  # noqa: DTZ001


def test_the_minutes_around_the_hour_that_is_left_out_follow_each_other() -> None:
    before = from_local(datetime(2026, 3, 29, 1, 59), BUDAPEST)  # noqa: DTZ001
    after = from_local(datetime(2026, 3, 29, 3, 0), BUDAPEST)  # noqa: DTZ001
    assert before is not None
    assert after == before + timedelta(minutes=1)


@pytest.mark.parametrize("typed", ["0001-01-01T00:00", "9999-12-31T23:59"])
def test_a_moment_at_an_end_of_the_calendar_is_none(typed: str) -> None:
    assert parsed(typed) is None


def test_nothing_shows_as_nothing() -> None:
    assert to_local(None, BUDAPEST) == ""

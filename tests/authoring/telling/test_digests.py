"""A digest is due at seven in the morning on the person's own clock, whatever the clocks do at night."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authoring.telling.digests import is_due, last_morning
from kb.forms import ZONES

BUDAPEST = "Europe/Budapest"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "zone", "morning"),
    [
        ("2026-01-15 05:59:59", BUDAPEST, "2026-01-14 06:00"),
        ("2026-01-15 06:00:00", BUDAPEST, "2026-01-15 06:00"),
        ("2026-07-15 04:59:59", BUDAPEST, "2026-07-14 05:00"),
        ("2026-07-15 05:00:00", BUDAPEST, "2026-07-15 05:00"),
        ("2026-03-29 04:59:59", BUDAPEST, "2026-03-28 06:00"),  # summer time begins: 23 hours
        ("2026-03-29 05:00:00", BUDAPEST, "2026-03-29 05:00"),
        ("2026-10-25 05:00:00", BUDAPEST, "2026-10-24 05:00"),  # it ends: 25 hours
        ("2026-10-25 06:00:00", BUDAPEST, "2026-10-25 06:00"),
        ("2026-01-14 19:00:00", "Pacific/Auckland", "2026-01-14 18:00"),
        ("2026-01-15 10:00:00", "Pacific/Pago_Pago", "2026-01-14 18:00"),
        ("2026-01-15 01:00:00", "Asia/Kolkata", "2026-01-14 01:30"),
    ],
)
def test_the_last_morning_is_that_of_the_person_s_clock(now: str, zone: str, morning: str) -> None:
    assert last_morning(at(now), zone) == at(morning)


@given(
    now=st.integers(0, 15 * 365 * 24 * 60).map(lambda minutes: at("2020-01-01") + timedelta(minutes=minutes)),
    zone=st.sampled_from(ZONES),
)
def test_a_morning_is_never_ahead_and_never_two_days_ago(now: datetime, zone: str) -> None:
    morning = last_morning(now, zone)
    assert timedelta() <= now - morning < timedelta(hours=49)
    assert morning.astimezone(ZoneInfo(zone)).hour in {7, 8}


def test_a_digest_is_due_once_a_morning() -> None:
    assert is_due(at("2026-01-15 06:00"), BUDAPEST, at("2026-01-14 06:00:05"))
    assert not is_due(at("2026-01-15 06:10"), BUDAPEST, at("2026-01-15 06:00:00"))
    assert not is_due(at("2026-01-16 05:59"), BUDAPEST, at("2026-01-15 06:00:05"))
    assert is_due(at("2026-01-15 06:00"), BUDAPEST, None)

"""A time that is typed is a span of seconds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.dates import Span, span

NOW = 1_780_000_000


def at(year: int, month: int = 1, day: int = 1) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("2026", Span(at(2026), at(2027))),
        ("2026-12", Span(at(2026, 12), at(2027))),
        ("2026-02-28", Span(at(2026, 2, 28), at(2026, 3, 1))),
        ("2026-01-01..", Span(at(2026), None)),
        ("..2026-01-31", Span(None, at(2026, 2, 1))),
        ("2026-01..2026-02", Span(at(2026), at(2026, 3))),
        ("2W", Span(NOW - 14 * 86_400, None)),
        ("30d..7d", Span(NOW - 30 * 86_400, NOW - 7 * 86_400)),
        ("1h..", Span(NOW - 3_600, None)),
    ],
)
def test_a_time_is_read(typed: str, expected: Span) -> None:
    assert span(typed, now=NOW) == expected


@pytest.mark.parametrize(
    "typed", ["", "..", "soon", "2026-13", "2026-02-30", "0000", "9999", "99999d", "5", "2026..x", "x..2026"]
)
def test_a_time_that_does_not_exist_is_none(typed: str) -> None:
    assert span(typed, now=NOW) is None


@given(st.text(alphabet="0123456789-.dwmyh ", max_size=30))
def test_whatever_is_typed_there_is_no_error(typed: str) -> None:
    span(typed, now=NOW)

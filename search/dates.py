"""When an article was changed, as people type it: ``30d``, ``2026-01..``, ``2026-01-01..2026-02-15``. In UTC."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import NamedTuple

UNITS = {"h": 3_600, "d": 86_400, "w": 7 * 86_400, "m": 30 * 86_400, "y": 365 * 86_400}  # seconds
_AGO = re.compile(r"(\d{1,4})([hdwmy])", re.ASCII)
_CALENDAR = re.compile(r"(\d{4})(?:-(\d\d?))?(?:-(\d\d?))?", re.ASCII)


class Span(NamedTuple):
    """``since <= moment < until`` in unix seconds; None leaves that end open."""

    since: int | None
    until: int | None


def span(typed: str, *, now: int) -> Span | None:
    """The span that was typed, or None where it cannot be read.

    Both ends of ``a..b`` are included; either may be left away. A time ago alone (``30d``) means since then.

    >>> span("2026-01", now=0)
    Span(since=1767225600, until=1769904000)
    >>> span("7d", now=1_000_000), span("..1d", now=1_000_000), span("soon", now=0)
    (Span(since=395200, until=None), Span(since=None, until=913600), None)
    """
    first, dots, last = typed.strip().lower().partition("..")
    start, end = _period(first, now), _period(last, now)
    if not dots:
        return None if start is None else Span(start[0], None if _AGO.fullmatch(first) else start[1])
    if (first and start is None) or (last and end is None) or not (start or end):
        return None
    return Span(start[0] if start else None, end[1] if end else None)


def _period(typed: str, now: int) -> tuple[int, int] | None:
    """First second of what was typed and the second after its last; a time ago is a moment."""
    if ago := _AGO.fullmatch(typed):
        moment = now - int(ago[1]) * UNITS[ago[2]]
        return moment, moment
    calendar = _CALENDAR.fullmatch(typed)
    if calendar is None:
        return None
    year, month, day = (int(part) if part else None for part in calendar.groups())
    try:
        start = date(year or 0, month or 1, day or 1)
        return _midnight(start), _midnight(_after(start, month, day))
    except (ValueError, OverflowError):
        return None


def _after(start: date, month: int | None, day: int | None) -> date:
    if day:
        return date.fromordinal(start.toordinal() + 1)
    if month and month < 12:
        return start.replace(month=month + 1)
    return date(start.year + 1, 1, 1)


def _midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())

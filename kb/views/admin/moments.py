"""Days as people give them, as moments in their own zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kb import context

FIRST, LAST = date(2, 1, 1), date(9998, 12, 31)  # days further out lie outside the calendar in some zone


def beginning(day: date) -> datetime:
    """The first moment of a day where the viewer is; a day at an end of the calendar counts as one inside it."""
    inside = min(max(day, FIRST), LAST)
    return datetime.combine(inside, time.min, ZoneInfo(context.zone())).astimezone(UTC)


def end(day: date) -> datetime:
    """The first moment after a day where the viewer is."""
    return beginning(min(day, LAST) + timedelta(days=1))


def day_from(text: str) -> date | None:
    """The day of an ISO date in an address, None when it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None

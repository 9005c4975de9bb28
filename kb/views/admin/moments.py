"""Days as people give them, as moments in their own zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kb import context


def beginning(day: date) -> datetime:
    """The first moment of a day where the viewer is."""
    return datetime.combine(day, time.min, ZoneInfo(context.zone())).astimezone(UTC)


def end(day: date) -> datetime:
    """The first moment after a day where the viewer is."""
    return beginning(day + timedelta(days=1))


def day_from(text: str) -> date | None:
    """The day of an ISO date in an address, None when it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None

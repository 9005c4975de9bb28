"""When a daily digest is due: at seven in the morning where the person is."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

MORNING = time(7)


def last_morning(now: datetime, zone: str) -> datetime:
    """The last seven o'clock on a person's own clock, in UTC.

    >>> last_morning(datetime(2026, 3, 29, 5, 0, tzinfo=UTC), "Europe/Budapest")  # summer time has begun at night
    datetime.datetime(2026, 3, 29, 5, 0, tzinfo=datetime.timezone.utc)
    >>> last_morning(datetime(2026, 3, 28, 5, 0, tzinfo=UTC), "Europe/Budapest")
    datetime.datetime(2026, 3, 27, 6, 0, tzinfo=datetime.timezone.utc)
    """
    place = ZoneInfo(zone)
    today = now.astimezone(place).date()
    mornings = (datetime.combine(today - timedelta(days=days), MORNING, place) for days in (0, 1, 2))
    return next(morning for morning in (one.astimezone(UTC) for one in mornings) if morning <= now)


def is_due(now: datetime, zone: str, digested_at: datetime | None) -> bool:
    """Whether a morning has come since a person's last digest."""
    return digested_at is None or digested_at < last_morning(now, zone)

"""Days and months where somebody is: which moments belong to a day, also when the clocks are changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS_OF_WEEK = 7
USUAL_HOURS = 24.0


@dataclass(frozen=True, slots=True)
class Day:
    """A day in a zone.

    Args:
        date: as it stands in the calendar there.
        begins_at: its first moment.
        ends_at: the first moment of the next day.
    """

    date: date
    begins_at: datetime
    ends_at: datetime

    @property
    def hours(self) -> float:
        """How long it is: 23 or 25 hours where the clocks are changed."""
        return (self.ends_at - self.begins_at) / timedelta(hours=1)

    @property
    def is_odd(self) -> bool:
        """Whether the clocks are changed on it."""
        return self.hours != USUAL_HOURS

    def holds(self, moment: datetime) -> bool:
        """Whether a moment belongs to it."""
        return self.begins_at <= moment < self.ends_at


def day_of(on: date, zone: ZoneInfo) -> Day:
    """A date as a day in a zone.

    >>> [day_of(date(2026, month, day), ZoneInfo("Europe/Budapest")).hours for month, day in ((3, 29), (10, 25))]
    [23.0, 25.0]
    """
    return Day(on, _beginning(on, zone), _beginning(on + timedelta(days=1), zone))


def _beginning(on: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(on, time.min, zone).astimezone(UTC)


def weeks_of(month: date, zone: ZoneInfo) -> list[list[Day]]:
    """The weeks, from Monday on, that hold a month, with the days of its neighbours that belong to them.

    Args:
        month: any day of it.
    """
    first = month.replace(day=1)
    start = first - timedelta(days=first.weekday())
    last = next_month(first) - timedelta(days=1)
    count = (last - start).days // DAYS_OF_WEEK + 1
    days = [day_of(start + timedelta(days=number), zone) for number in range(count * DAYS_OF_WEEK)]
    return [days[place : place + DAYS_OF_WEEK] for place in range(0, len(days), DAYS_OF_WEEK)]


def next_month(month: date) -> date:
    """The first day of the month after.

    >>> next_month(date(2026, 12, 31))
    datetime.date(2027, 1, 1)
    """
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def previous_month(month: date) -> date:
    """The first day of the month before.

    >>> previous_month(date(2026, 1, 31))
    datetime.date(2025, 12, 1)
    """
    return (month.replace(day=1) - timedelta(days=1)).replace(day=1)


def span(weeks: Sequence[Sequence[Day]]) -> tuple[datetime, datetime]:
    """From the first moment of these weeks to the first after them."""
    return weeks[0][0].begins_at, weeks[-1][-1].ends_at


def name_if_twofold(moment: datetime, zone: ZoneInfo) -> str:
    """The name of the time that is meant, such as CEST, where a clock there shows this time twice; else nothing."""
    local = moment.astimezone(zone)
    is_twofold = local.replace(fold=1 - local.fold).utcoffset() != local.utcoffset()
    return (local.tzname() or "") if is_twofold else ""

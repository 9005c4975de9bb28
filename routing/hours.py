"""When a service is open, and how long that is in working time; pure.

A calendar is a week of opening hours in one time zone, with single days that differ. What is asked of it is answered
in moments with a time zone, so that a day on which the clocks change is as long as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

WHOLE_DAY_MIN = 24 * 60
FARTHEST = timedelta(days=400)  # a calendar that is closed for so long never opens
DAY = timedelta(days=1)


class Span(NamedTuple):
    """Open hours of a day.

    Args:
        opens: minutes after midnight, 0 to 1439.
        closes: minutes after midnight, later than that and up to 1440.
    """

    opens: int
    closes: int


class Open(NamedTuple):
    """A time that is open without a break, the end not included."""

    since: datetime
    until: datetime


class Unopened(ValueError):
    """The spans of a day cross, end before they begin, or leave the day; or there is no such time zone."""


@dataclass(frozen=True, slots=True)
class Hours:
    """A calendar.

    Args:
        zone: name of the time zone, as "Europe/Budapest".
        week: the spans of each weekday, Monday first.
        days: the spans of single days that differ, as holidays; none where it is closed.

    Raises:
        Unopened: spans of one day cross, end before they begin, or leave the day; or there is no such time zone.
    """

    zone: str
    week: tuple[tuple[Span, ...], ...]
    days: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):  # the last for the name of a folder, as "Europe"
            raise Unopened("zone") from None
        if len(self.week) != len(WEEKDAYS):
            raise Unopened("week")
        for spans in (*self.week, *self.days.values()):
            edges = [edge for span in spans for edge in span]
            if any(span.opens >= span.closes for span in spans) or edges != sorted(edges):
                raise Unopened("spans")
            if edges and (edges[0] < 0 or edges[-1] > WHOLE_DAY_MIN):
                raise Unopened("spans")

    def is_open(self, at: datetime) -> bool:
        """Whether somebody is there at this moment."""
        return any(span.since <= at for span in self._until(at, at + timedelta(microseconds=1)))

    def opens(self, at: datetime) -> datetime | None:
        """The moment itself where it is open, else when it opens next; None where it never does."""
        found = next(self._until(at, at + FARTHEST), None)
        return None if found is None else max(found.since, at)

    def closes(self, at: datetime) -> datetime | None:
        """When it closes after it is open next; None where it never opens, or never closes."""
        spans = self._until(at, at + FARTHEST)
        found = next(spans, None)
        if found is None:
            return None
        until = found.until
        for span in spans:
            if span.since > until:
                return until
            until = span.until
        return until if until < at + FARTHEST - DAY else None

    def after(self, at: datetime, working: timedelta) -> datetime | None:
        """When so much working time has passed; None where the calendar does not have it within 400 days a day of it.

        Args:
            working: 0 or more.
        """
        left = working
        horizon = at + FARTHEST * (1 + working // DAY)
        for span in self._until(at, horizon):
            begin = max(span.since, at)
            if span.until - begin >= left:
                return begin + left
            left -= span.until - begin
        return None

    def between(self, begin: datetime, end: datetime) -> timedelta:
        """The working time from one moment to a later one; 0 where the end lies before the beginning."""
        spans = (min(span.until, end) - max(span.since, begin) for span in self._until(begin, end))
        return sum(spans, timedelta())

    def _until(self, begin: datetime, end: datetime) -> Iterator[Open]:
        """What is open in this time."""
        zone = ZoneInfo(self.zone)
        day = begin.astimezone(zone).date()
        last = end.astimezone(zone).date()
        while day <= last:
            for span in self.days.get(day, self.week[day.weekday()]):
                since, until = _moment(day, span.opens, zone), _moment(day, span.closes, zone)
                if since < end and until > begin and since < until:
                    yield Open(since, until)
            day += DAY


WEEKDAYS = range(7)
ALWAYS = Hours("UTC", ((Span(0, WHOLE_DAY_MIN),),) * len(WEEKDAYS))


def _moment(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """A time on the wall as a moment; what a change of clocks leaves out lies as far after the gap as it was in it."""
    hours, minutes = divmod(minute, 60)
    if hours == 24:
        return datetime.combine(day + DAY, time(), zone).astimezone(UTC)
    return datetime.combine(day, time(hours, minutes), zone).astimezone(UTC)

"""The report of a day: what became of the contacts that came, by hour, queue and level; never by person."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.permissions import require
from kb.viewers import Viewer
from routing import figures
from routing.figures import Counted
from routing.models import Contact
from routing.permissions import DIRECT
from routing.tally import NAMES, Counts, added

Key = TypeVar("Key", bound=Hashable)
HEADINGS = ("begins", "queue", "level", *NAMES)


@dataclass(frozen=True)
class Report:
    """What became of a day's contacts.

    Args:
        counted: all of it, by interval, queue and level.
        hours: from the first hour in which anybody came to the last.
        about: how often contacts that ended were filed under each topic.
    """

    counted: Sequence[Counted]
    total: Counts
    hours: Sequence[tuple[datetime, Counts]]
    queues: dict[int, Counts]
    levels: dict[int, Counts]
    about: Counter[str]


def of_day(
    session: Session, day: date, zone: ZoneInfo, *, viewer: Viewer, now: datetime, queue_id: int | None = None
) -> Report:
    """The report of a day.

    Args:
        zone: in which the day is one.
        queue_id: only of this queue.

    Raises:
        NotAllowed: this viewer does not direct.
    """
    require(viewer, DIRECT)
    since, until = (datetime.combine(one, time(), zone) for one in (day, day + timedelta(days=1)))
    counted = [
        one
        for one in figures.by_interval(session, since, until, now)
        if queue_id is None or one.queue_id == queue_id
    ]
    by_hour = by(counted, lambda one: one.begins.astimezone(zone).replace(minute=0).astimezone(UTC))
    return Report(
        counted,
        added(one.counts for one in counted),
        [(hour.astimezone(zone), by_hour.get(hour, Counts())) for hour in _hours(sorted(by_hour))],
        by(counted, lambda one: one.queue_id),
        dict(sorted(by(counted, lambda one: one.level).items())),
        _about(session, since, until, queue_id),
    )


def by(counted: Sequence[Counted], key: Callable[[Counted], Key]) -> dict[Key, Counts]:
    """All that have a key in common, together."""
    found: defaultdict[Key, list[Counts]] = defaultdict(list)
    for one in counted:
        found[key(one)].append(one.counts)
    return {common: added(counts) for common, counts in found.items()}


def rows(report: Report, zone: ZoneInfo, queue_keys: dict[int, str]) -> Iterator[list[object]]:
    """The lines of a table with `HEADINGS`; times in seconds.

    Args:
        queue_keys: id -> key.
    """
    for one in report.counted:
        counts = (round(getattr(one.counts, name)) for name in NAMES)
        begins = one.begins.astimezone(zone).isoformat(timespec="minutes")
        yield [begins, queue_keys.get(one.queue_id, ""), one.level, *counts]


def _about(session: Session, since: datetime, until: datetime, queue_id: int | None) -> Counter[str]:
    query = select(Contact.tags).where(
        Contact.came_at >= since, Contact.came_at < until, Contact.ended_at.is_not(None)
    )
    if queue_id is not None:
        query = query.where(Contact.queue_id == queue_id)
    return Counter(tag for tags in session.scalars(query) for tag in tags)


def _hours(known: Sequence[datetime]) -> Iterator[datetime]:
    """Each hour between the first and the last."""
    if known:
        hour = known[0]
        while hour <= known[-1]:
            yield hour
            hour += timedelta(hours=1)

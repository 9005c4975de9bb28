"""When somebody can be called back: the full hours of the coming days at which a queue is open; pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from routing.hours import Hours

HOUR = timedelta(hours=1)
SOONEST, FARTHEST = timedelta(minutes=30), timedelta(days=7)
LONGEST_CALL = timedelta(minutes=30)
MOST = 40


def slots(hours: Hours, now: datetime) -> list[datetime]:
    """The hours to choose from, the next one first.

    Args:
        hours: of the queue that calls.

    >>> from datetime import UTC
    >>> from routing.hours import ALWAYS
    >>> [str(one) for one in slots(ALWAYS, datetime(2026, 3, 2, 9, 40, tzinfo=UTC))[:2]]
    ['2026-03-02 11:00:00+00:00', '2026-03-02 12:00:00+00:00']
    """
    at, found = _full_hour(now + SOONEST), list[datetime]()
    while at <= now + FARTHEST and len(found) < MOST:
        if hours.between(at, at + LONGEST_CALL) == LONGEST_CALL:
            found.append(at)
            at += HOUR
            continue
        opens = hours.opens(at + LONGEST_CALL)
        if opens is None:
            break
        at = max(_full_hour(opens), at + HOUR)
    return found


def _full_hour(at: datetime) -> datetime:
    """This hour where it is full, else the next one."""
    begun = at.replace(minute=0, second=0, microsecond=0)
    return begun if begun == at else begun + HOUR

"""Questions counted day by day: days that are over are counted once a process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, func
from sqlalchemy.orm import InstrumentedAttribute, Session

from search.models import AskedQuestion

STILL_TOLD_OF = timedelta(days=3)
"""What was asked longer ago has become what it will be: nothing is told of it any more."""

ONE_DAY = timedelta(days=1)
T = TypeVar("T")


class Days(Generic[T]):
    """What was counted of each day.

    Args:
        count: (session, conditions that questions of some days fulfil) -> day (UTC) -> what is counted of it.
        nothing: of a day without questions.
        kept_days: how long questions are kept, in days; of what is older nothing is remembered either.
    """

    def __init__(
        self,
        count: Callable[[Session, Sequence[ColumnElement[bool]]], Mapping[date, T]],
        nothing: T,
        kept_days: int,
    ) -> None:
        self._count, self._nothing = count, nothing
        self._kept = timedelta(days=kept_days)
        self._known: dict[date, T] = {}

    def between(self, session: Session, since: datetime, now: datetime) -> dict[date, T]:
        """Day (UTC) -> what was counted, from a moment until now."""
        first, last = since.date(), now.date()
        days = [first + number * ONE_DAY for number in range((last - first).days + 1)]
        over = {on for on in days[1:] if last - self._kept < on <= last - STILL_TOLD_OF}
        found = {on: self._known[on] for on in days if on in over and on in self._known}
        for run in _runs([on for on in days if on not in found]):
            counted = self._count(session, _within(run[0], run[-1], since))
            found.update((on, counted.get(on, self._nothing)) for on in run)
        for on in [on for on in self._known if on <= last - self._kept]:
            self._known.pop(on, None)
        self._known.update((on, found[on]) for on in over)
        return found


def day(session: Session, moment: InstrumentedAttribute[datetime]) -> ColumnElement[Any]:
    """The day of a moment in UTC, whatever zone the database is in; its text begins with YYYY-MM-DD."""
    if session.get_bind().dialect.name == "postgresql":
        return func.date(func.timezone("UTC", moment))
    return func.date(moment)


def day_of(told: object) -> date:
    """A day as the database tells it."""
    return date.fromisoformat(str(told)[:10])


def _within(first: date, last: date, since: datetime) -> tuple[ColumnElement[bool], ...]:
    """Asked from one day to another, and after a moment."""
    return (
        AskedQuestion.at > since,
        AskedQuestion.at >= datetime.combine(first, time(), UTC),
        AskedQuestion.at < datetime.combine(last + ONE_DAY, time(), UTC),
    )


def _runs(days: Sequence[date]) -> Iterator[list[date]]:
    """Days that follow one another together.

    >>> [len(run) for run in _runs([date(2026, 1, 1), date(2026, 1, 5), date(2026, 1, 6)])]
    [1, 2]
    """
    run: list[date] = []
    for on in days:
        if run and on - run[-1] > ONE_DAY:
            yield run
            run = []
        run.append(on)
    if run:
        yield run

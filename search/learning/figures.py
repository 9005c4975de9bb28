"""How questions fared, and from day to day: what the gap report begins with."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from search.learning.click_signals import CLICKABLE
from search.learning.days import day
from search.learning.gaps import MISSES, Scope, Share, times
from search.learning.log_writing import HELPFUL, UNHELPFUL
from search.models import AskedQuestion, OpenedAnswer

BARS = 30
"""A course has at most so many bars."""

STILL_TOLD_OF = timedelta(days=3)
"""What was asked longer ago has become what it will be: nothing is told of it any more."""

MOST_DAYS = 400
"""Days that are remembered; each takes a counter for every portal and language."""

ONE_DAY = timedelta(days=1)
Sums = Mapping[tuple[str, str], Counter[str]]
"""Portal and language -> what was counted."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How the questions of a period fared.

    Args:
        asked: how many there were.
        shares: unanswered, unopened, reworded, helpful -> share.
        days: first days of the bars of a course.
        courses: asked, and the names of the shares -> a number for each bar, a percentage where it is a share.
    """

    asked: int
    shares: Mapping[str, Share]
    days: Sequence[date]
    courses: Mapping[str, Sequence[int | None]]


class DaySums:
    """What was counted day by day: days that are over are counted once a process.

    Args:
        kept_days: how long questions are kept, in days; of what is older nothing is remembered either.
    """

    def __init__(self, kept_days: int) -> None:
        self._kept = timedelta(days=kept_days)
        self._known: dict[date, Sums] = {}

    def of(self, session: Session, scope: Scope) -> dict[date, Counter[str]]:
        """Day (UTC) -> what was counted of the questions that are looked at."""
        found = {}
        for on, sums in self._all(session, scope).items():
            fitting = [
                counts
                for (portal, language), counts in sums.items()
                if portal in scope.portals and scope.language in {"", language}
            ]
            found[on] = sum(fitting, Counter[str]())
        return found

    def _all(self, session: Session, scope: Scope) -> dict[date, Sums]:
        first, last = scope.since.date(), scope.now.date()
        days = [first + number * ONE_DAY for number in range((last - first).days + 1)]
        over = {on for on in days[1:] if last - self._kept < on <= last - STILL_TOLD_OF}
        found = {on: self._known[on] for on in days if on in over and on in self._known}
        for run in _runs([on for on in days if on not in found]):
            counted = _counted(session, run[0], run[-1], scope.since)
            found.update((on, counted.get(on, {})) for on in run)
        if len(self._known) > MOST_DAYS:
            self._known.clear()
        self._known.update((on, found[on]) for on in over)
        return found


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


def figures(session: Session, scope: Scope, sums: DaySums) -> Figures:
    """How all questions fared, and from day to day."""
    width = -(-scope.days // BARS)
    bars = -(-scope.days // width)
    last = scope.now.date()
    courses: list[Counter[str]] = [Counter() for _ in range(bars)]
    for on, counts in sums.of(session, scope).items():
        courses[max(bars - 1 - (last - on).days // width, 0)].update(counts)
    total = sum(courses, Counter[str]())
    shares = [_shares(bar) for bar in courses]
    return Figures(
        asked=total["asked"],
        shares=_shares(total),
        days=[last - timedelta(days=(bars - place) * width - 1) for place in range(bars)],
        courses={
            "asked": [bar["asked"] for bar in courses],
            **{name: [one[name].percent for one in shares] for name in _shares(total)},
        },
    )


_COUNTED = ("asked", "clickable", *MISSES, "helpful", "unhelpful")


def _counted(session: Session, first: date, last: date, since: datetime) -> dict[date, Sums]:
    """What was asked from one day to another and after a moment, by day, portal and language."""

    def verdicts(verdict: str) -> ColumnElement[int]:
        given = select(func.count()).where(
            OpenedAnswer.question_id == AskedQuestion.id, OpenedAnswer.verdict == verdict
        )
        return func.sum(given.scalar_subquery())

    place = (day(session, AskedQuestion.at), AskedQuestion.portal, AskedQuestion.language)
    clickable = and_(AskedQuestion.hits > 0, AskedQuestion.surface.in_(CLICKABLE))
    counts = [times(condition) for condition in (clickable, *MISSES.values())]
    query = (
        select(*place, func.count(), *counts, verdicts(HELPFUL), verdicts(UNHELPFUL))
        .where(
            AskedQuestion.at > since,
            AskedQuestion.at >= datetime.combine(first, time(), UTC),
            AskedQuestion.at < datetime.combine(last + ONE_DAY, time(), UTC),
        )
        .group_by(*place)
    )
    found: dict[date, dict[tuple[str, str], Counter[str]]] = defaultdict(dict)
    for on, portal, language, *numbers in session.execute(query):
        counted = Counter(dict(zip(_COUNTED, map(int, numbers), strict=True)))
        found[date.fromisoformat(str(on)[:10])][portal, language] = counted
    return dict(found)


def _shares(counts: Mapping[str, int]) -> dict[str, Share]:
    return {
        "unanswered": Share(counts["unanswered"], counts["asked"]),
        "unopened": Share(counts["unopened"], counts["clickable"]),
        "reworded": Share(counts["reworded"], counts["asked"]),
        "helpful": Share(counts["helpful"], counts["helpful"] + counts["unhelpful"]),
    }

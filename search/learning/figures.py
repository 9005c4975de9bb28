"""How questions fared, and from day to day: what the gap report begins with."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from search.learning.click_signals import CLICKABLE
from search.learning.days import Days, day, day_of
from search.learning.log_writing import HELPFUL, UNHELPFUL
from search.learning.misses import MISSES, Scope, Share, times
from search.models import AskedQuestion, OpenedAnswer

BARS = 30
"""A course has at most so many bars."""

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
    """What was counted day by day.

    Args:
        kept_days: how long questions are kept, in days.
    """

    def __init__(self, kept_days: int) -> None:
        self._days: Days[Sums] = Days(_counted, {}, kept_days)

    def of(self, session: Session, scope: Scope) -> dict[date, Counter[str]]:
        """Day (UTC) -> what was counted of the questions that are looked at."""
        found = {}
        for on, sums in self._days.between(session, scope.since, scope.now).items():
            fitting = [
                counts
                for (portal, language), counts in sums.items()
                if portal in scope.portals and scope.language in {"", language}
            ]
            found[on] = sum(fitting, Counter[str]())
        return found


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


def _counted(session: Session, within: Sequence[ColumnElement[bool]]) -> dict[date, Sums]:
    """What was counted, by day, portal and language."""

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
        .where(*within)
        .group_by(*place)
    )
    found: dict[date, dict[tuple[str, str], Counter[str]]] = defaultdict(dict)
    for on, portal, language, *numbers in session.execute(query):
        counted = Counter(dict(zip(_COUNTED, map(int, numbers), strict=True)))
        found[day_of(on)][portal, language] = counted
    return dict(found)


def _shares(counts: Mapping[str, int]) -> dict[str, Share]:
    return {
        "unanswered": Share(counts["unanswered"], counts["asked"]),
        "unopened": Share(counts["unopened"], counts["clickable"]),
        "reworded": Share(counts["reworded"], counts["asked"]),
        "helpful": Share(counts["helpful"], counts["helpful"] + counts["unhelpful"]),
    }

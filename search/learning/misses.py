"""What counts as a miss, and which questions are looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Integer, and_, case, cast, exists, func
from sqlalchemy.orm import aliased

from search.learning.click_signals import CLICKABLE
from search.models import AskedQuestion, OpenedAnswer

Kind = tuple[str, str, str]
"""Portal, language, shape."""

_next = aliased(AskedQuestion)
_WAS_OPENED = exists().where(OpenedAnswer.question_id == AskedQuestion.id)
_WAS_REWORDED = exists().where(_next.previous == AskedQuestion.token)
MISSES: Mapping[str, ColumnElement[bool]] = {
    "unanswered": AskedQuestion.hits == 0,
    "unopened": and_(AskedQuestion.hits > 0, AskedQuestion.surface.in_(CLICKABLE), ~_WAS_OPENED),
    "reworded": _WAS_REWORDED,
}
"""What is counted as a miss: no article has its words; there were answers and none was opened; asked again in other
words within two minutes."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which questions are looked at.

    Args:
        portals: whose questions; those that the viewer may enter.
        language: code, or "" for all.
        days: the last so many.
    """

    portals: frozenset[str]
    language: str
    days: int
    now: datetime

    @property
    def since(self) -> datetime:
        """When the period begins."""
        return self.now - timedelta(days=self.days)

    @property
    def middle(self) -> datetime:
        """Its middle: what came after it is compared with what came before."""
        return self.now - timedelta(days=self.days) / 2


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many.

    >>> Share(1, 3).percent, Share().percent
    (33, None)
    """

    part: int = 0
    whole: int = 0

    def __add__(self, other: Share) -> Share:
        return Share(self.part + other.part, self.whole + other.whole)

    @property
    def percent(self) -> int | None:
        """Of a hundred; None of nothing."""
        return round(100 * self.part / self.whole) if self.whole else None


def times(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """How many rows fulfil a condition."""
    return func.sum(cast(case((condition, 1), else_=0), Integer))

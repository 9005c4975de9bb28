"""The quality index: of the points that reviewers looked at, the share they found met; by author, kind and month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Integer, Select, cast, func, select
from sqlalchemy.orm import Session

from authoring.models import ChecklistMark, Review
from kb.models import Article, Person, Revision, Translation

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Score:
    """Points that were met, of those that were looked at.

    >>> (Score(3, 4) + Score(1, 4)).percent, Score().percent
    (50, None)
    """

    met: int = 0
    looked_at: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(self.met + other.met, self.looked_at + other.looked_at)

    @property
    def percent(self) -> int | None:
        """Of a hundred; None where nobody looked."""
        return round(100 * self.met / self.looked_at) if self.looked_at else None


@dataclass(frozen=True, slots=True)
class Line:
    """What was found in one author's texts, or in everybody's.

    Args:
        kinds: kind -> score.
        points: point of the checklist -> score.
        months: one score a month, the oldest first.
        reviews: how many reviews it rests on.
    """

    person_id: int | None
    name: str
    total: Score
    kinds: Mapping[str, Score]
    points: Mapping[str, Score]
    months: Sequence[Score]
    reviews: int


@dataclass(slots=True)
class _Sums:
    kinds: dict[str, Score] = field(default_factory=lambda: defaultdict(Score))
    points: dict[str, Score] = field(default_factory=lambda: defaultdict(Score))
    months: dict[str, Score] = field(default_factory=lambda: defaultdict(Score))


def months_until(now: datetime) -> list[str]:
    """The last twelve months with the present one, the oldest first.

    >>> from datetime import UTC
    >>> months_until(datetime(2026, 2, 3, tzinfo=UTC))[-3:]
    ['2025-12', '2026-01', '2026-02']
    """
    last = now.year * 12 + now.month - 1
    return [f"{at // 12:04}-{at % 12 + 1:02}" for at in range(last - MONTHS + 1, last + 1)]


def index(session: Session, now: datetime, *, kind: str = "") -> tuple[Line, list[Line]]:
    """Everybody's together, and each author's, the lowest first: who could do with help.

    Args:
        kind: only articles of this kind; empty for all.
    """
    months = months_until(now)
    since = datetime.combine(date.fromisoformat(f"{months[0]}-01"), datetime.min.time(), now.tzinfo)
    found: dict[int | None, _Sums] = defaultdict(_Sums)
    names: dict[int | None, str] = {}
    for author_id, name, of_kind, item, day, met, looked_at in session.execute(_marks(since, kind)):
        score = Score(int(met), int(looked_at))
        names[author_id] = name or ""
        sums = found[author_id]
        sums.kinds[of_kind] += score
        sums.points[item] += score
        sums.months[str(day)[:7]] += score
    reviews: dict[int | None, int] = dict(session.execute(_reviews(since, kind)).all())
    lines = [
        _line(author_id, names[author_id], sums, months, reviews.get(author_id, 0))
        for author_id, sums in found.items()
    ]
    lines.sort(key=lambda line: (line.total.percent or 0, line.name))
    return _line(None, "", _together(found.values()), months, sum(reviews.values())), lines


def _marks(since: datetime, kind: str) -> Select[Any]:
    day = func.date(ChecklistMark.marked_at)
    groups = (Revision.author_id, Person.name, Article.kind, ChecklistMark.item, day)
    met = func.sum(cast(ChecklistMark.met, Integer))
    return _of(since, kind, *groups, met, func.count()).group_by(*groups)


def _reviews(since: datetime, kind: str) -> Select[Any]:
    reviews = func.count(ChecklistMark.review_id.distinct())
    return _of(since, kind, Revision.author_id, reviews).group_by(Revision.author_id)


def _of(since: datetime, kind: str, *columns: Any) -> Select[Any]:
    query = (
        select(*columns)
        .select_from(ChecklistMark)
        .join(Review, Review.id == ChecklistMark.review_id)
        .join(Revision, Revision.id == Review.revision_id)
        .join(Revision.translation)
        .join(Translation.article)
        .outerjoin(Person, Person.id == Revision.author_id)
        .where(ChecklistMark.marked_at >= since)
    )
    return query.where(Article.kind == kind) if kind else query


def _line(person_id: int | None, name: str, sums: _Sums, months: Sequence[str], reviews: int) -> Line:
    return Line(
        person_id=person_id,
        name=name,
        total=sum(sums.kinds.values(), Score()),
        kinds=dict(sums.kinds),
        points=dict(sums.points),
        months=[sums.months.get(month, Score()) for month in months],
        reviews=reviews,
    )


def _together(found: Iterable[_Sums]) -> _Sums:
    every = _Sums()
    for one in found:
        for name in ("kinds", "points", "months"):
            for key, score in getattr(one, name).items():
                getattr(every, name)[key] += score
    return every

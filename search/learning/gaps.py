"""The gap report's reads: which questions found no good answer, and what was done about them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Integer, and_, case, cast, exists, func, select
from sqlalchemy.orm import Session, aliased

from kb.models import Revision, State, Translation
from search.learning.click_signals import CLICKABLE
from search.learning.log_writing import UNHELPFUL
from search.models import AskedQuestion, GapDecision, OpenedAnswer

MOST_KINDS = 300
"""Kinds of question that a list is made of; who has more begins with these."""

MOST_WORDINGS = 5
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

    def where(self) -> tuple[ColumnElement[bool], ...]:
        """As the database understands it."""
        found: tuple[ColumnElement[bool], ...] = (
            AskedQuestion.at > self.since,
            AskedQuestion.portal.in_(sorted(self.portals)),
        )
        return (*found, AskedQuestion.language == self.language) if self.language else found


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


@dataclass(frozen=True, slots=True)
class Line:
    """A kind of question that missed.

    Args:
        question_id: the newest of its questions.
        missed: how often.
        lately: how often in the second half of the period.
        asked: how often it was asked at all.
        wordings: as it was asked, the commonest first.
    """

    kind: Kind
    question_id: int
    missed: int
    lately: int
    at: datetime
    asked: int = 0
    wordings: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of a decision.

    Args:
        asked: how often its questions were asked since.
        answered: how often the article was opened from them since and did not disappoint.
        is_published: whether readers see the article.
    """

    decisions: Sequence[GapDecision]
    asked: int
    answered: int
    is_published: bool

    @property
    def first(self) -> GapDecision:
        """The one that stands for all."""
        return self.decisions[0]


def times(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """How many rows fulfil a condition."""
    return func.sum(cast(case((condition, 1), else_=0), Integer))


def lines(session: Session, scope: Scope, miss: str) -> list[Line]:
    """The kinds of question that missed and about which nothing is decided, the commonest first; at most 300.

    Args:
        miss: one of `MISSES`.
    """
    columns = (AskedQuestion.portal, AskedQuestion.language, AskedQuestion.shape)
    missed, newest = func.count(), func.max(AskedQuestion.id)
    decided = exists().where(
        GapDecision.portal == AskedQuestion.portal,
        GapDecision.language == AskedQuestion.language,
        GapDecision.shape == AskedQuestion.shape,
    )
    query = (
        select(*columns, newest, missed, times(AskedQuestion.at > scope.middle), func.max(AskedQuestion.at))
        .where(*scope.where(), MISSES[miss], ~decided)
        .group_by(*columns)
        .order_by(missed.desc(), newest.desc())
        .limit(MOST_KINDS)
    )
    found = [
        Line((portal, language, shape), question_id, number, int(lately), at)
        for portal, language, shape, question_id, number, lately, at in session.execute(query)
    ]
    return _worded(session, scope, found)


def _worded(session: Session, scope: Scope, found: Sequence[Line]) -> list[Line]:
    """The same with how they were worded and how often they were asked at all."""
    if not found:
        return []
    columns = (AskedQuestion.portal, AskedQuestion.language, AskedQuestion.shape, AskedQuestion.text)
    shapes = sorted({line.kind[2] for line in found})
    query = select(*columns, func.count()).where(*scope.where(), AskedQuestion.shape.in_(shapes))
    texts: dict[Kind, Counter[str]] = defaultdict(Counter)
    for portal, language, shape, text, number in session.execute(query.group_by(*columns)):
        texts[portal, language, shape][text] += number
    return [
        replace(
            line,
            asked=texts[line.kind].total(),
            wordings=[text for text, _ in texts[line.kind].most_common(MOST_WORDINGS)],
        )
        for line in found
    ]


def decided(session: Session, scope: Scope) -> list[Decided]:
    """What was decided, the newest first, and what came of it: measured since it was decided.

    What was decided for several kinds of question at once, with one article, is one.
    """
    query = select(GapDecision).where(GapDecision.portal.in_(sorted(scope.portals)))
    if scope.language:
        query = query.where(GapDecision.language == scope.language)
    together: dict[tuple[str, int], list[GapDecision]] = defaultdict(list)
    for decision in session.scalars(query.order_by(GapDecision.at.desc(), GapDecision.id)):
        key = ("article", decision.article_id) if decision.article_id else ("decision", decision.id)
        together[key].append(decision)
    since = _since(session, [decision.id for held in together.values() for decision in held])
    published = _published(session, {key for what, key in together if what == "article"})
    return [
        Decided(
            decisions=held,
            asked=sum(since[decision.id].whole for decision in held),
            answered=sum(since[decision.id].part for decision in held),
            is_published=what == "article" and key in published,
        )
        for (what, key), held in together.items()
    ]


def _since(session: Session, ids: Sequence[int]) -> Mapping[int, Share]:
    """Decision -> of the questions asked since, those that its article answered."""
    if not ids:
        return {}
    answered = exists().where(
        OpenedAnswer.question_id == AskedQuestion.id,
        OpenedAnswer.article_id == GapDecision.article_id,
        OpenedAnswer.verdict != UNHELPFUL,
    )
    query = (
        select(GapDecision.id, times(answered), func.count())
        .join(
            AskedQuestion,
            and_(
                AskedQuestion.shape == GapDecision.shape,
                AskedQuestion.portal == GapDecision.portal,
                AskedQuestion.language == GapDecision.language,
                AskedQuestion.at > GapDecision.at,
            ),
        )
        .where(GapDecision.id.in_(ids))
        .group_by(GapDecision.id)
    )
    found = {decision_id: Share(int(part), whole) for decision_id, part, whole in session.execute(query)}
    return defaultdict(Share, found)


def _published(session: Session, ids: Iterable[int]) -> frozenset[int]:
    wanted = sorted(ids)
    if not wanted:
        return frozenset()
    query = (
        select(Translation.article_id)
        .join(Revision, Revision.translation_id == Translation.id)
        .where(Translation.article_id.in_(wanted), Revision.state == State.PUBLISHED)
    )
    return frozenset(session.scalars(query))

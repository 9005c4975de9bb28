"""The gap report's reads: which questions found no good answer, and what was done about them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session

from kb.models import Revision, State, Translation
from search.learning.kinds import DayKinds
from search.learning.log_writing import UNHELPFUL
from search.learning.misses import Kind, Scope, Share, times
from search.models import AskedQuestion, GapDecision, OpenedAnswer

MOST_KINDS = 300
"""Kinds of question that a list is made of; who has more begins with these."""

MOST_WORDINGS = 5


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
    asked: int
    wordings: Sequence[str]


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


def lines(session: Session, scope: Scope, miss: str, counted: DayKinds) -> list[Line]:
    """The kinds of question that missed and about which nothing is decided, the commonest first; at most 300.

    Args:
        miss: one of `MISSES`.
        counted: what was counted of the days.
    """
    decisions = select(GapDecision.portal, GapDecision.language, GapDecision.shape)
    without = {(row.portal, row.language, row.shape) for row in session.execute(decisions)}
    found = counted.commonest(session, scope, miss, without, most=MOST_KINDS, most_wordings=MOST_WORDINGS)
    texts = _texts(session, [id_ for kind in found for id_ in kind.wordings])
    told = [(kind, [texts[id_] for id_ in kind.wordings if id_ in texts]) for kind in found]
    return [
        Line(kind.kind, kind.newest, kind.missed, kind.lately, kind.asked, wordings)
        for kind, wordings in told
        if wordings  # none where all of its questions were thrown away meanwhile
    ]


def _texts(session: Session, ids: Sequence[int]) -> Mapping[int, str]:
    query = select(AskedQuestion.id, AskedQuestion.text).where(AskedQuestion.id.in_(ids))
    return {row.id: row.text for row in session.execute(query)}


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

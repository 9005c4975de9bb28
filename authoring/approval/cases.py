"""Reviews with what they are about, and which of them wait for whom, read in a constant number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row
from sqlalchemy.orm import Session, contains_eager, defer

from authoring.approval import deciders
from authoring.approval.outlines import about, is_open, outlined, steps_of
from authoring.models import Review
from authoring.workflow import OPEN, Decider, Matter, Refusal, Step, decides_as
from kb.models import Article, Revision, Translation
from kb.structure import Structure
from kb.viewers import Ground

UNDECIDED = (Review.outcome == OPEN,)


@dataclass(frozen=True, slots=True)
class Case:
    """A review with what it is about.

    Args:
        matter: the same as the rules see it.
        ground: where whoever decides has to hold their role.
    """

    review: Review
    revision: Revision
    matter: Matter
    ground: Ground

    @property
    def translation(self) -> Translation:
        """In which language."""
        return self.revision.translation

    @property
    def article(self) -> Article:
        """Of which article."""
        return self.translation.article

    @property
    def step(self) -> Step:
        """The step at hand, or at which it ended."""
        return self.matter.steps[min(self.review.step, len(self.matter.steps) - 1)]

    @property
    def is_open(self) -> bool:
        """Whether it waits for a decision."""
        return is_open(self.review.outcome, self.revision.state, after=self.review.after)


def case(session: Session, review: Review) -> Case:
    """One review."""
    return cases(session, Review.id == review.id)[0]


def cases(session: Session, *conditions: ColumnElement[bool]) -> list[Case]:
    """The reviews that are like that, what is due first standing first.

    Args:
        conditions: on Review, Revision, Translation and Article.
    """
    query = (
        about(conditions)
        .add_columns(Review, Revision)
        .options(
            defer(Revision.body),
            contains_eager(Revision.translation).contains_eager(Translation.article),
        )
    )
    rows = session.execute(query).all()
    outlines = outlined(session, rows, conditions)
    return [Case(row.Review, row.Revision, outlines[row.id].matter, outlines[row.id].ground) for row in rows]


def listed(session: Session, review_ids: Sequence[int]) -> list[Case]:
    """These reviews, what is due first standing first."""
    return cases(session, Review.id.in_(review_ids)) if review_ids else []


def all_open(session: Session) -> list[int]:
    """The ids of all reviews that wait for a decision, what is due first standing first."""
    return [row.id for row in _open(session)]


def waiting_for(
    session: Session, person_id: int, now: datetime, *, known: Structure | None = None
) -> list[int]:
    """The ids of what this person may decide at this moment, for themselves or for somebody who is away.

    Every work page says how many they are: whoever is asked by no step costs one look at the open reviews.
    """
    found = _open(session)
    who = deciders.candidate(session, person_id, now, known=known) if found else None
    if who is None:
        return []
    decider = who.anywhere()
    perhaps = [row for row in found if _may_ask(row, decider)]
    outlines = outlined(session, perhaps, UNDECIDED) if perhaps else {}
    return [
        review_id
        for review_id, one in outlines.items()
        if not isinstance(decides_as(one.matter, who.at(one.ground)), Refusal)
    ]


def _open(session: Session) -> list[Row[Any]]:
    rows = session.execute(about(UNDECIDED))
    return [row for row in rows if is_open(row.outcome, row.state, after=row.after)]


def _may_ask(row: Row[Any], decider: Decider) -> bool:
    """Whether any step of a review names them or somebody they stand in for: a look without what was decided before."""
    escalated = row.escalated_at is not None
    people = (decider, *decider.absent)
    return any(one.is_asked(step, escalated=escalated) for step in steps_of(row) for one in people)

"""Reviews with everything that the rules ask about them, read in a constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, contains_eager, defer, selectinload

from authoring.approval import deciders
from authoring.models import Review
from authoring.workflow import Link, Matter, Refusal, Ruling, Step, contributors, decides_as
from kb import articles
from kb.models import Article, Revision, State, Translation
from kb.structure import Structure
from kb.viewers import Ground

OPEN = "open"
SETTLED = frozenset({State.APPROVED, State.PUBLISHED, State.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Case:
    """A review with what it is about.

    Args:
        matter: the same as the rules see it.
    """

    review: Review
    revision: Revision
    matter: Matter

    @property
    def translation(self) -> Translation:
        """In which language."""
        return self.revision.translation

    @property
    def article(self) -> Article:
        """Of which article."""
        return self.translation.article

    @property
    def ground(self) -> Ground:
        """Where whoever decides has to hold their role."""
        return articles.ground_of(self.article, self.translation.language)

    @property
    def step(self) -> Step:
        """The step at hand, or at which it ended."""
        return self.matter.steps[min(self.review.step, len(self.matter.steps) - 1)]

    @property
    def is_open(self) -> bool:
        """Whether it waits for a decision: what was withdrawn or overtaken by other hands does not."""
        wanted = State.PUBLISHED if self.review.after else State.IN_REVIEW
        return self.review.outcome == OPEN and self.revision.state == wanted


def case(session: Session, review: Review) -> Case:
    """One review."""
    return cases(session, Review.id == review.id)[0]


def cases(session: Session, *conditions: ColumnElement[bool]) -> list[Case]:
    """The reviews that are like that, what is due first standing first.

    Args:
        conditions: on Review, Revision, Translation and Article.
    """
    query = (
        select(Review, Revision)
        .join(Revision, Revision.id == Review.revision_id)
        .join(Revision.translation)
        .join(Translation.article)
        .where(*conditions)
        .order_by(Review.due_at.is_(None), Review.due_at, Review.id)
        .options(
            selectinload(Review.decisions),
            defer(Revision.body),
            contains_eager(Revision.translation)
            .contains_eager(Translation.article)
            .selectinload(Article.topics),
        )
    )
    rows = [(review, revision) for review, revision in session.execute(query)]
    chains = _chains(session, {revision.translation_id for _, revision in rows})
    return [Case(review, revision, _matter(review, revision, chains)) for review, revision in rows]


def open_cases(session: Session) -> list[Case]:
    """Everything that waits for a decision."""
    return [one for one in cases(session, Review.outcome == OPEN) if one.is_open]


def waiting_for(
    session: Session, person_id: int, now: datetime, *, known: Structure | None = None
) -> list[Case]:
    """What this person may decide at this moment, for themselves or for somebody who is away."""
    found = open_cases(session)
    who = deciders.candidate(session, person_id, now, known=known) if found else None
    if who is None:
        return []
    return [one for one in found if not isinstance(decides_as(one.matter, who.at(one.ground)), Refusal)]


def _matter(review: Review, revision: Revision, chains: Mapping[int, Mapping[int, Link]]) -> Matter:
    barred = contributors(revision.id, chains[revision.translation_id])
    if review.urgent and review.started_by_id is not None:
        barred |= {review.started_by_id}
    return Matter(
        steps=[Step.from_json(step) for step in review.steps],
        rulings=[Ruling(one.step, one.verdict, one.person_id, one.for_id) for one in review.decisions],
        contributors=barred,
        escalated=review.escalated_at is not None,
    )


def _chains(session: Session, translation_ids: Iterable[int]) -> Mapping[int, Mapping[int, Link]]:
    """Translation -> revision -> how it hangs together with the others."""
    wanted = sorted(translation_ids)
    unsettled = _unsettled(session, wanted)
    columns = (Revision.translation_id, Revision.id, Revision.author_id, Revision.base_id, Revision.state)
    found: dict[int, dict[int, Link]] = defaultdict(dict)
    if wanted:
        for translation_id, revision_id, author_id, base_id, state in session.execute(
            select(*columns).where(Revision.translation_id.in_(wanted))
        ):
            settled = state in SETTLED and revision_id not in unsettled
            found[translation_id][revision_id] = Link(author_id, base_id, settled)
    return found


def _unsettled(session: Session, translation_ids: Sequence[int]) -> set[int]:
    """Revisions that show, or did, without anybody's approval: their words are still their authors' own."""
    if not translation_ids:
        return set()
    query = (
        select(Review.revision_id)
        .join(Revision, Revision.id == Review.revision_id)
        .where(Review.after, Review.outcome != "approved", Revision.translation_id.in_(translation_ids))
    )
    return set(session.scalars(query))

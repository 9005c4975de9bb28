"""Reviews in outline: what the rules ask about them, read as columns, since every work page says how many wait."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from authoring.models import Decision, Review
from authoring.workflow import OPEN, Link, Matter, Ruling, Step, contributors
from kb.models import ArticleTopic, Revision, State, Translation
from kb.viewers import Ground

SETTLED = frozenset({State.APPROVED, State.PUBLISHED, State.WITHDRAWN})
COLUMNS = (
    Review.id,
    Review.steps,
    Review.after,
    Review.urgent,
    Review.outcome,
    Review.started_by_id,
    Review.escalated_at,
    Review.revision_id,
    Revision.state,
    Revision.translation_id,
    Translation.language,
    Translation.article_id,
)
"""What `outlined` and `is_open` need of each review."""

Conditions = Sequence[ColumnElement[bool]]
"""On Review, Revision, Translation and Article."""

Chains = Mapping[int, Mapping[int, Link]]
"""Translation -> revision -> how it hangs together with the others."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A review as far as the rules look at it.

    Args:
        ground: where whoever decides has to hold their role.
    """

    matter: Matter
    ground: Ground


def about(conditions: Conditions) -> Select[Any]:
    """A query of the reviews that are like that, what is due first standing first."""
    order = (Review.due_at.is_(None), Review.due_at, Review.id)
    return _chosen(conditions, *COLUMNS).order_by(*order)


def is_open(outcome: str, state: str, *, after: bool) -> bool:
    """Whether a review waits for a decision: what was withdrawn or overtaken by other hands does not."""
    return outcome == OPEN and state == (State.PUBLISHED if after else State.IN_REVIEW)


def outlined(session: Session, rows: Sequence[Row[Any]], conditions: Conditions) -> dict[int, Outline]:
    """Review -> its outline, in the order of the rows.

    Args:
        rows: of `about(conditions)`, or some of them.
    """
    chains, rulings = _chains(session, conditions), _rulings(session, conditions)
    topics = _topics(session, conditions)
    return {
        row.id: Outline(
            Matter(
                steps=steps_of(row),
                rulings=rulings[row.id],
                contributors=_barred(row, chains),
                escalated=row.escalated_at is not None,
            ),
            Ground(frozenset(topics[row.article_id]), row.language),
        )
        for row in rows
    }


def steps_of(row: Row[Any]) -> list[Step]:
    """The steps of its workflow, as they were when it began."""
    return [Step.from_json(step) for step in row.steps]


def _chosen(conditions: Conditions, *columns: InstrumentedAttribute[Any]) -> Select[Any]:
    return (
        select(*columns)
        .select_from(Review)
        .join(Revision, Revision.id == Review.revision_id)
        .join(Revision.translation)
        .join(Translation.article)
        .where(*conditions)
    )


def _barred(row: Row[Any], chains: Chains) -> frozenset[int]:
    """Whose words, or whose haste, are under review."""
    barred = contributors(row.revision_id, chains[row.translation_id])
    if row.urgent and row.started_by_id is not None:
        barred |= {row.started_by_id}
    return barred


def _chains(session: Session, conditions: Conditions) -> Chains:
    translations = _chosen(conditions, Revision.translation_id)
    unsettled = _unsettled(session, translations)
    columns = (Revision.translation_id, Revision.id, Revision.author_id, Revision.base_id, Revision.state)
    found: dict[int, dict[int, Link]] = defaultdict(dict)
    for translation_id, revision_id, author_id, base_id, state in session.execute(
        select(*columns).where(Revision.translation_id.in_(translations))
    ):
        settled = state in SETTLED and revision_id not in unsettled
        found[translation_id][revision_id] = Link(author_id, base_id, settled)
    return found


def _unsettled(session: Session, translations: Select[Any]) -> set[int]:
    """Revisions that show, or did, without anybody's approval: their words are still their authors' own."""
    query = (
        select(Review.revision_id)
        .join(Revision, Revision.id == Review.revision_id)
        .where(Review.after, Review.outcome != "approved", Revision.translation_id.in_(translations))
    )
    return set(session.scalars(query))


def _rulings(session: Session, conditions: Conditions) -> Mapping[int, list[Ruling]]:
    """Review -> what was decided, in order."""
    columns = (Decision.review_id, Decision.step, Decision.verdict, Decision.person_id, Decision.for_id)
    query = select(*columns).where(Decision.review_id.in_(_chosen(conditions, Review.id)))
    found: dict[int, list[Ruling]] = defaultdict(list)
    for review_id, step, verdict, person_id, for_id in session.execute(query.order_by(Decision.id)):
        found[review_id].append(Ruling(step, verdict, person_id, for_id))
    return found


def _topics(session: Session, conditions: Conditions) -> Mapping[int, set[int]]:
    """Article -> the topics it is placed in."""
    articles = _chosen(conditions, Translation.article_id)
    query = select(ArticleTopic.article_id, ArticleTopic.topic_id).where(
        ArticleTopic.article_id.in_(articles)
    )
    found: dict[int, set[int]] = defaultdict(set)
    for article_id, topic_id in session.execute(query):
        found[article_id].add(topic_id)
    return found

"""The content standard: what a reviewer found met of the checklist of a kind, and the quality index it adds up to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from authoring.lifetimes import kinds
from authoring.models import ChecklistMark, Review
from kb.errors import N_, Invalid
from kb.models import Article


def mark(
    session: Session,
    review: Review,
    article: Article,
    person_id: int,
    marks: Mapping[str, bool],
    *,
    now: datetime,
) -> None:
    """Keep what a reviewer found, in place of what they had found before in this review.

    Args:
        marks: key of a point -> whether it is met; points that they said nothing about are left out.

    Raises:
        Invalid: the article's kind has no such point.
    """
    known = {point.key for point in kinds.rule_of(session, article.kind).checklist}
    if strange := set(marks) - known:
        reason = N_("The checklist has no point %(key)s.", key=", ".join(sorted(strange)))
        raise Invalid({"marks": reason})
    held = {one.item: one for one in _of(session, review, person_id)}
    for item, met in marks.items():
        found = held.get(item)
        if found is None:
            found = ChecklistMark(review_id=review.id, person_id=person_id, item=item)
            session.add(found)
        found.met, found.marked_at = met, now
    session.flush()


def _of(session: Session, review: Review, person_id: int) -> list[ChecklistMark]:
    query = select(ChecklistMark).where(
        ChecklistMark.review_id == review.id, ChecklistMark.person_id == person_id
    )
    return list(session.scalars(query))


def marks_of(session: Session, review: Review) -> dict[str, list[tuple[int | None, bool]]]:
    """Point -> what each reviewer found of it, in the order in which they said so: (person, met)."""
    query = select(ChecklistMark).where(ChecklistMark.review_id == review.id).order_by(ChecklistMark.id)
    found: dict[str, list[tuple[int | None, bool]]] = {}
    for one in session.scalars(query):
        found.setdefault(one.item, []).append((one.person_id, one.met))
    return found

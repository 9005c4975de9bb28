"""Who is told of a review: those who may decide it, supervisors when it is overdue, its author when it is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from authoring.approval import deciders
from authoring.approval.cases import Case
from authoring.telling import notices
from kb.viewers import Viewer


def path_of(review_id: int) -> str:
    """Where a review is, from the root of the site."""
    return f"/authoring/reviews/{review_id}"


def ask(session: Session, found: Case, *, now: datetime, why: str = "") -> None:
    """Tell everybody who may decide the step at hand. Where nobody may, it goes up to the supervisors at once.

    Args:
        why: the reason of a publication past the reviewers.
    """
    review = found.review
    people = deciders.asked(session, found.matter, found.ground, now)
    if not people:
        hand_up(session, found, now=now)
        return
    more = {"why": why} if why else {}
    notices.tell(
        session,
        people,
        "published_unreviewed" if review.after else "waiting",
        about=f"review {review.id} step {review.step}",
        path=path_of(review.id),
        now=now,
        **_title(found),
        **_due(found),
        **more,
    )


def hand_up(session: Session, found: Case, *, now: datetime) -> None:
    """Let the supervisors decide the step at hand too, and tell them."""
    review = found.review
    review.escalated_at = now
    session.flush()
    step = replace(found.step, role="supervisor", group="", people=(), quorum=1)
    steps = [step if number == review.step else one for number, one in enumerate(found.matter.steps)]
    matter = replace(found.matter, steps=steps, escalated=True)
    notices.tell(
        session,
        deciders.asked(session, matter, found.ground, now),
        "overdue",
        about=f"review {review.id} step {review.step} overdue",
        path=path_of(review.id),
        now=now,
        **_title(found),
        **_due(found),
    )


def tell_author(session: Session, found: Case, comment: str, *, by: Viewer, now: datetime) -> None:
    """Tell those who wrote a revision, and who handed it in, how its review ended."""
    review, revision = found.review, found.revision
    people = {revision.author_id, review.started_by_id} - {None, by.person_id}
    approved = review.outcome == "approved"
    more = {"publish_at": revision.publish_at.isoformat()} if approved else {}
    notices.tell(
        session,
        [one for one in people if one is not None],
        "approved" if approved else "returned",
        about=f"review {review.id} {review.outcome}",
        path=path_of(review.id),
        now=now,
        by=by.name,
        comment=comment,
        **_title(found),
        **more,
    )


def _title(found: Case) -> dict[str, str]:
    return {"title": found.revision.title, "language": found.translation.language}


def _due(found: Case) -> dict[str, str]:
    return {"due_at": found.review.due_at.isoformat()} if found.review.due_at else {}

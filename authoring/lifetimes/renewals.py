"""Renewing: the text of a revision goes on for longer, unchanged, once it is approved again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from authoring.approval import reviews
from kb import articles, texts
from kb.articles import Text
from kb.errors import N_, Conflict, Invalid
from kb.models import Revision, State
from kb.validity import Validity
from kb.viewers import Viewer

OPEN = (State.DRAFT, State.IN_REVIEW, State.APPROVED)


def renew(
    session: Session,
    revision: Revision,
    *,
    expires_at: datetime | None,
    review_by: datetime | None,
    by: Viewer,
    now: datetime,
    note: str = "",
) -> Revision:
    """A new revision that says the same for longer, handed to its reviewers. It counts from its approval.

    A translation stays made from what it was made from: renewing it does not bring it up to date.

    Args:
        expires_at: when the new one expires; None for never.
        review_by: when somebody should look at it again; None for never.
        note: why it still holds, for the reviewers; its change note.

    Raises:
        Invalid: a time is past, or the look would come after the expiry; the note cannot be kept.
        Conflict: it was never published or was withdrawn, has a successor, or somebody is at work on one.
    """
    translation = revision.translation
    if problems := _problems(expires_at, review_by, note, now):
        raise Invalid(problems)
    if reason := obstacle(session, revision):
        raise Conflict(reason)
    made_from = session.get(Revision, revision.made_from_id) if revision.made_from_id else None
    renewed = articles.revise(
        session,
        translation.article,
        translation.language,
        Text(revision.title, revision.body, revision.summary, tuple(revision.tags), note.strip()),
        validity=Validity(now, expires_at, review_by=review_by),
        by=by,
        now=now,
        base=revision,
        made_from=made_from,
        wording_only=True,
    )
    return reviews.submit(session, renewed, by=by, now=now)


def obstacle(session: Session, revision: Revision) -> str:
    """Why a revision cannot be renewed as it is, or nothing."""
    if revision.state != State.PUBLISHED:
        return N_("Only what was published can be renewed: edit it instead.")
    query = select(Revision.state).where(
        Revision.translation_id == revision.translation_id, Revision.number > revision.number
    )
    newer = set(session.scalars(query))
    if revision.superseded_at is not None or State.PUBLISHED in newer:
        return N_("There is a newer one already.")
    if newer.intersection(OPEN):
        return N_("Somebody is at work on a newer version: renew it with that one.")
    return ""


def _problems(
    expires_at: datetime | None, review_by: datetime | None, note: str, now: datetime
) -> dict[str, str]:
    problems = {}
    if expires_at is not None and expires_at <= now:
        problems["expires_at"] = N_("Choose a time in the future.")
    if review_by is not None and review_by <= now:
        problems["review_by"] = N_("Choose a time in the future.")
    elif review_by is not None and expires_at is not None and review_by >= expires_at:
        problems["review_by"] = N_("Look at it again before it expires.")
    if reason := texts.problem(note, articles.LONGEST_NOTE):
        problems["note"] = reason
    return problems

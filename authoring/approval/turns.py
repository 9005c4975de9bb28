"""One after the other: what changes the way of a text to its readers happens in turns."""

from __future__ import annotations

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from authoring.models import Review
from kb import journal
from kb.errors import N_, Conflict
from kb.models import Revision


def take_turn(session: Session) -> None:
    """Wait until nobody else is changing articles, and keep everybody else waiting until the transaction ends.

    On PostgreSQL it takes the journal's lock, which every such change takes at its first write anyhow: whoever locked
    a row before would wait crosswise for somebody who did it the other way round. SQLite has one writer.
    """
    session.flush()
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": journal.ADVISORY_LOCK})


def hold(session: Session, review: Review) -> Revision:
    """Take a turn, and read a review, its decisions, its revision and its article anew; no one else changes them now.

    Raises:
        Conflict: the review is gone with its article.
    """
    take_turn(session)
    session.expire(review)
    query = select(Review).where(Review.id == review.id).with_for_update()
    held = session.scalars(query.execution_options(populate_existing=True)).first()
    if held is None:
        raise Conflict(N_("The article is gone, and its review with it."))
    return reread(session, held.revision_id)


def reread(session: Session, revision_id: int) -> Revision:
    """A revision with its translation and its article as they are now."""
    revision = session.get_one(Revision, revision_id)
    session.expire(revision)
    session.expire(revision.translation)
    session.expire(revision.translation.article)
    return revision

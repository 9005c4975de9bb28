"""Publication: what readers get, from when on, and until when. Each verb checks the permission, then changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import articles, staleness
from kb.errors import N_, Conflict
from kb.models import Article, Attachment, Revision, State
from kb.permissions import PUBLISH_ARTICLES, require
from kb.validity import Validity
from kb.viewers import Viewer


def publish(
    session: Session,
    revision: Revision,
    *,
    by: Viewer,
    approved_at: datetime | None = None,
    same_facts: bool = False,
) -> None:
    """Let a revision show from its publish_at on; what shows now gives way at that moment.

    The article's files become readable and what the revision proposes for the article takes effect.

    Args:
        approved_at: it cannot have shown before; None for what is brought in from elsewhere with its own past.
        same_facts: a source revision that differs in words only from what shows before it: its translations stay
            current.

    Raises:
        Conflict: it is published already, or was rejected or withdrawn, or would have expired by then.
    """
    article = revision.translation.article
    require(by, PUBLISH_ARTICLES, articles.ground_of(article, revision.translation.language))
    if revision.state not in {State.DRAFT, State.IN_REVIEW, State.APPROVED}:
        raise Conflict(N_("Only a draft, or a revision in review or approved, can be published."))
    if approved_at is not None:
        revision.publish_at = max(revision.publish_at, approved_at)
        if revision.expires_at is not None and revision.expires_at <= revision.publish_at:
            raise Conflict(N_("It has expired before it was approved: give it a later expiry."))
    older_ones = _published_beside(session, revision)
    if same_facts:
        revision.facts_id = _facts_before(older_ones, revision)
    for older in older_ones:
        if older.superseded_at is None or older.superseded_at > revision.publish_at:
            older.superseded_at = revision.publish_at
    revision.state = State.PUBLISHED
    _settle_proposal(session, article, revision, by=by)
    for file in session.scalars(
        select(Attachment).where(Attachment.article_id == article.id, Attachment.readable_at.is_(None))
    ):
        file.readable_at = revision.publish_at
    session.flush()
    staleness.settle(session, article)


def _facts_before(older: Sequence[Revision], revision: Revision) -> int | None:
    """The name of the facts of what shows until this revision begins."""
    before = (
        one for one in older if Validity(one.publish_at, None, one.superseded_at).covers(revision.publish_at)
    )
    last = max(before, key=lambda one: one.number, default=None)
    return (last.facts_id or last.id) if last else None


def _settle_proposal(session: Session, article: Article, revision: Revision, *, by: Viewer) -> None:
    proposed = revision.proposed or {}
    if "kind" in proposed or "audience" in proposed:
        kind, audience = proposed.get("kind", article.kind), proposed.get("audience", article.audience)
        articles.change(session, article, kind=kind, audience=audience, by=by)
    if "topics" in proposed:
        articles.place(session, article, articles.topics_by_key(session, proposed["topics"]), by=by)


def _published_beside(session: Session, revision: Revision) -> Sequence[Revision]:
    query = select(Revision).where(
        Revision.translation_id == revision.translation_id,
        Revision.state == State.PUBLISHED,
        Revision.id != revision.id,
    )
    return session.scalars(query).all()


def withdraw(session: Session, revision: Revision, *, by: Viewer, now: datetime) -> None:
    """Take a published revision away from every reader at once; what it superseded does not come back.

    One that has not shown yet never will, and what it would have superseded goes on showing.

    Raises:
        Conflict: it is not published.
    """
    article = revision.translation.article
    require(by, PUBLISH_ARTICLES, articles.ground_of(article, revision.translation.language))
    if revision.state != State.PUBLISHED:
        raise Conflict(N_("Only a published revision can be withdrawn."))
    if revision.publish_at > now:
        _give_back(session, revision)
    revision.state = State.WITHDRAWN
    session.flush()
    staleness.settle(session, article)


def overtake(session: Session, revision: Revision) -> None:
    """A revision that was never published gives way to newer work: nobody will ever read it.

    Raises:
        Conflict: it was published.
    """
    if revision.state in {State.PUBLISHED, State.WITHDRAWN}:
        raise Conflict(N_("It was published; withdraw it instead."))
    revision.state = State.SUPERSEDED
    revision.superseded_at = revision.publish_at
    session.flush()


def _give_back(session: Session, revision: Revision) -> None:
    """What would give way to this revision goes on until the next one that succeeds it."""
    others = _published_beside(session, revision)
    for held in others:
        if held.superseded_at == revision.publish_at:
            later = [other.publish_at for other in others if other.number > held.number]
            held.superseded_at = min(later, default=None)
    revision.superseded_at = revision.publish_at

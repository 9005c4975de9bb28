"""Comments on a revision: made, resolved, opened again. What is not resolved follows the text to its next revisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, aliased

from authoring.models import Comment
from authoring.telling import notices
from kb import articles, texts
from kb.errors import N_, Invalid, NotFound
from kb.models import Person, Revision, Role
from kb.permissions import PUBLISH_ARTICLES, TRANSLATE_ARTICLES, require
from kb.viewers import Viewer

LONGEST_COMMENT = 5000
LONGEST_QUOTE = 300
COMMENT: frozenset[Role] = TRANSLATE_ARTICLES | PUBLISH_ARTICLES
"""Who talks about a text: those who write and those who approve."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment as it is shown.

    Args:
        author, resolver: names; empty where nobody is known.
        number: of the revision that it was made on.
    """

    comment: Comment
    author: str
    resolver: str
    number: int

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to deal with it."""
        return self.comment.resolved_at is None


def on(session: Session, revision: Revision) -> Sequence[Remark]:
    """The comments on a revision, and those on earlier ones that nobody resolved; open ones first."""
    resolver = aliased(Person)
    made_here, carried = Comment.revision_id == revision.id, Comment.resolved_at.is_(None)
    query = (
        select(Comment, Person.name, resolver.name, Revision.number)
        .join(Revision, Revision.id == Comment.revision_id)
        .outerjoin(Person, Person.id == Comment.person_id)
        .outerjoin(resolver, resolver.id == Comment.resolved_by_id)
        .where(
            Revision.translation_id == revision.translation_id,
            or_(made_here, and_(Revision.number < revision.number, carried)),
        )
        .order_by(Comment.resolved_at.is_not(None), Comment.id)
    )
    return [Remark(one, author or "", by or "", number) for one, author, by, number in session.execute(query)]


def may_comment(by: Viewer, revision: Revision) -> bool:
    """Whether this person may talk about a revision."""
    translation = revision.translation
    return by.may(COMMENT, articles.ground_of(translation.article, translation.language))


def _require(by: Viewer, revision: Revision) -> None:
    translation = revision.translation
    require(by, COMMENT, articles.ground_of(translation.article, translation.language))


def add(
    session: Session, revision: Revision, body: str, *, by: Viewer, now: datetime, quote: str = ""
) -> Comment:
    """Say something about a revision; its author and the article's owner are told.

    Args:
        quote: the passage that is meant, as it stands in the text.

    Raises:
        Invalid: it is empty, or too long.
        NotAllowed: this person may not.
    """
    _require(by, revision)
    body, quote = body.strip(), quote.strip()
    found = {"body": texts.problem(body, LONGEST_COMMENT), "quote": texts.problem(quote, LONGEST_QUOTE)}
    problems = {name: reason for name, reason in found.items() if reason}
    if not body:
        problems["body"] = N_("Write what you think first.")
    if problems:
        raise Invalid(problems)
    made = Comment(
        revision_id=revision.id, person_id=by.person_id or None, quote=quote, body=body, created_at=now
    )
    session.add(made)
    session.flush()
    _tell(session, revision, made, by, now)
    return made


def _tell(session: Session, revision: Revision, made: Comment, by: Viewer, now: datetime) -> None:
    translation = revision.translation
    concerned = {revision.author_id, translation.article.owner_id} - {None, by.person_id}
    notices.tell(
        session,
        [person_id for person_id in concerned if person_id is not None],
        "comment",
        about=f"comment {made.id}",
        path=f"/authoring/revisions/{revision.id}/comments#comment-{made.id}",
        now=now,
        title=revision.title,
        language=translation.language,
        by=by.name,
        comment=made.body,
    )


def settle(session: Session, comment_id: int, *, resolved: bool, by: Viewer, now: datetime) -> Revision:
    """Resolve a comment, or open it again; doing it twice changes nothing.

    Returns:
        The revision that it was made on.

    Raises:
        NotFound: there is no such comment.
        NotAllowed: this person may not.
    """
    comment = session.get(Comment, comment_id)
    if comment is None:
        raise NotFound(N_("It does not exist any more."))
    revision = session.get_one(Revision, comment.revision_id)
    _require(by, revision)
    if resolved != (comment.resolved_at is not None):
        comment.resolved_at = now if resolved else None
        comment.resolved_by_id = (by.person_id or None) if resolved else None
        session.flush()
    return revision

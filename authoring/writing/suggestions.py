"""Suggestions: what a reader at work thinks an article should say. Its owner takes it up or says why not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session

from authoring.models import Suggestion
from authoring.telling import notices
from kb import articles, texts
from kb.articles import may_revise
from kb.errors import N_, Conflict, Invalid, LoginRequired, NotAllowed, TooMany
from kb.models import Article, Person, Revision, Role
from kb.permissions import require
from kb.viewers import Viewer

LONGEST_SUGGESTION = 3000
LONGEST_ANSWER = 1000
MOST_A_DAY = 50  # of one person
OPEN, TAKEN, DECLINED = "open", "taken", "declined"
STATES = (OPEN, TAKEN, DECLINED)


def suggest(
    session: Session, article: Article, revision: Revision, body: str, *, by: Viewer, now: datetime
) -> Suggestion:
    """Leave a suggestion; the article's owner is told, or the supervisors where it has none.

    Args:
        revision: what they read, in whichever language.

    Raises:
        Invalid: it is empty, or too long.
        Conflict: the same person suggested the same before, and nobody has answered yet.
        TooMany: this person suggested a lot today.
    """
    if by.person_id is None:
        raise LoginRequired(N_("Log in to do this."))
    if not by.is_staff:
        raise NotAllowed(N_("Your roles do not allow this."))
    body = _checked(body, LONGEST_SUGGESTION, "body", N_("Write what should be better first."))
    _refuse_too_many(session, article, body, by, now)
    made = Suggestion(
        article_id=article.id,
        language=revision.translation.language,
        revision_id=revision.id,
        person_id=by.person_id,
        body=body,
        state=OPEN,
        created_at=now,
    )
    session.add(made)
    session.flush()
    notices.tell(
        session,
        [person_id for person_id in recipients(session, article) if person_id != by.person_id],
        "suggestion",
        about=f"suggestion {made.id}",
        path=path_of(made.id),
        now=now,
        title=revision.title,
        language=made.language,
        by=by.name,
        note=body,
    )
    return made


def path_of(suggestion_id: int) -> str:
    """Where a suggestion is, from the root of the site."""
    return f"/authoring/suggestions/{suggestion_id}"


def _checked(text: str, longest: int, name: str, missing: str) -> str:
    kept = text.strip()
    if reason := texts.problem(kept, longest) or ("" if kept else missing):
        raise Invalid({name: reason})
    return kept


def _refuse_too_many(session: Session, article: Article, body: str, by: Viewer, now: datetime) -> None:
    own = select(func.count(Suggestion.id)).where(Suggestion.person_id == by.person_id)
    today = session.scalar(own.where(Suggestion.created_at > now - timedelta(days=1))) or 0
    if today >= MOST_A_DAY:
        raise TooMany(N_("These are many suggestions for one day. Go on tomorrow."))
    same = own.where(Suggestion.article_id == article.id, Suggestion.state == OPEN, Suggestion.body == body)
    if session.scalar(same):
        raise Conflict(N_("You have suggested this already; it is not answered yet."))


def recipients(session: Session, article: Article) -> Sequence[int]:
    """Who answers suggestions about an article: its owner, else all supervisors, else the administrators."""
    owner = session.get(Person, article.owner_id) if article.owner_id else None
    if owner is not None and owner.is_active:
        return [owner.id]
    return _holding(session, Role.SUPERVISOR) or _holding(session, Role.ADMIN)


def _holding(session: Session, role: Role) -> Sequence[int]:
    held = cast(Person.roles, String).contains(f'"{role}"', autoescape=True)
    return session.scalars(select(Person.id).where(held, Person.is_active).order_by(Person.id)).all()


def may_answer(by: Viewer, article: Article, language: str) -> bool:
    """Whether this person may take up or decline suggestions about an article in a language."""
    return by.may(may_revise(article, language), articles.ground_of(article, language))


def take(session: Session, suggestion: Suggestion, *, by: Viewer, now: datetime) -> None:
    """Take it up: this person writes it; whoever suggested it is told.

    Raises:
        Conflict: somebody has answered it already.
        NotAllowed: this person may not write here.
    """
    _close(session, suggestion, TAKEN, "", by=by, now=now)


def decline(session: Session, suggestion: Suggestion, answer: str, *, by: Viewer, now: datetime) -> None:
    """Say why not; whoever suggested it is told.

    Raises:
        Invalid: there is no reason, or it is too long.
        Conflict: somebody has answered it already.
        NotAllowed: this person may not write here.
    """
    answer = _checked(answer, LONGEST_ANSWER, "answer", N_("Say why."))
    _close(session, suggestion, DECLINED, answer, by=by, now=now)


def _close(
    session: Session, suggestion: Suggestion, state: str, answer: str, *, by: Viewer, now: datetime
) -> None:
    article = session.get_one(Article, suggestion.article_id)
    language = suggestion.language
    require(by, may_revise(article, language), articles.ground_of(article, language))
    session.refresh(suggestion, with_for_update=True)
    if suggestion.state != OPEN:
        raise Conflict(N_("Somebody has answered this suggestion already."))
    suggestion.state, suggestion.answer = state, answer
    suggestion.closed_at, suggestion.closed_by_id = now, by.person_id or None
    session.flush()
    if suggestion.person_id is not None and suggestion.person_id != by.person_id:
        notices.tell(
            session,
            [suggestion.person_id],
            "suggestion_answered",
            about=f"suggestion {suggestion.id} {state}",
            path=path_of(suggestion.id),
            now=now,
            title=_title(session, suggestion, article),
            language=language,
            by=by.name,
            answer=answer,
        )


def _title(session: Session, suggestion: Suggestion, article: Article) -> str:
    read = session.get(Revision, suggestion.revision_id) if suggestion.revision_id else None
    return read.title if read else article.key

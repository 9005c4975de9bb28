"""Lists of suggestions: those that a person has to answer, their own, and all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select
from sqlalchemy.orm import Session, aliased

from authoring.models import Suggestion
from authoring.writing.suggestions import OPEN, TAKEN
from kb.listings import Listing, listing, matches
from kb.models import Article, Person, Revision, Role, State, Translation
from kb.viewers import Viewer

BOXES = ("mine", "to_me", "all")
"""What this person suggested, what they have to answer, and everything."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which suggestions to list; empty values do not filter.

    Args:
        box: of BOXES.
        state: open, taken or declined.
        text: in the suggestion, or in the title or key of its article.
    """

    box: str
    state: str = ""
    language: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A suggestion with what is shown beside it.

    Args:
        title: of what was read; the article's key where that is gone.
        person, answerer: names; empty where nobody is known.
    """

    suggestion: Suggestion
    key: str
    title: str
    person: str
    owner: str
    answerer: str


def suggestions(session: Session, viewer: Viewer, filters: Filters, page: int) -> Listing[Row]:
    """A page of a list, the newest first, in a constant number of queries."""
    query = select(Suggestion).join(Article, Article.id == Suggestion.article_id)
    query = query.where(*_conditions(viewer, filters)).order_by(Suggestion.id.desc())
    found = listing(session, query, page)
    return found.having(rows(session, found.rows))


def _conditions(viewer: Viewer, filters: Filters) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if filters.box == "mine":
        wanted.append(Suggestion.person_id == viewer.person_id)
    elif filters.box == "to_me":
        wanted.append(_to(viewer))
    if filters.state:
        wanted.append(Suggestion.state == filters.state)
    if filters.language:
        wanted.append(Suggestion.language == filters.language)
    if filters.text:
        titled = exists().where(Revision.id == Suggestion.revision_id, matches(Revision.title, filters.text))
        wanted.append(or_(matches(Suggestion.body, filters.text), matches(Article.key, filters.text), titled))
    return wanted


def _to(viewer: Viewer) -> ColumnElement[bool]:
    """Whether a suggestion is to this person: about their article, or to supervisors about one without an owner."""
    if viewer.person_id is None:
        return false()
    own = Article.owner_id == viewer.person_id
    if not viewer.has(Role.SUPERVISOR):
        return own
    owned = exists().where(Person.id == Article.owner_id, Person.is_active)
    return or_(own, ~owned)


def waiting_for(session: Session, viewer: Viewer) -> int:
    """How many open suggestions this person has to answer."""
    query = select(func.count(Suggestion.id)).join(Article, Article.id == Suggestion.article_id)
    return session.scalar(query.where(Suggestion.state == OPEN, _to(viewer))) or 0


def rows(session: Session, found: Sequence[Suggestion]) -> list[Row]:
    """Suggestions with names and titles, in one query."""
    owner, answerer = aliased(Person), aliased(Person)
    query = (
        select(Suggestion.id, Article.key, Revision.title, Person.name, owner.name, answerer.name)
        .join(Article, Article.id == Suggestion.article_id)
        .outerjoin(Revision, Revision.id == Suggestion.revision_id)
        .outerjoin(Person, Person.id == Suggestion.person_id)
        .outerjoin(owner, owner.id == Article.owner_id)
        .outerjoin(answerer, answerer.id == Suggestion.closed_by_id)
        .where(Suggestion.id.in_([one.id for one in found]))
    )
    beside = {suggestion_id: rest for suggestion_id, *rest in session.execute(query)}
    return [_row(one, *beside[one.id]) for one in found]


def _row(
    one: Suggestion, key: str, title: str | None, person: str | None, owner: str | None, answerer: str | None
) -> Row:
    return Row(one, key, title or key, person or "", owner or "", answerer or "")


def beside(session: Session, viewer: Viewer, article_id: int, language: str) -> list[Row]:
    """What to show beside the text while it is written: open suggestions, and those this person took up just now.

    A suggestion that was taken stays there until a revision by this person shows that was made after it.
    """
    query = (
        select(Suggestion)
        .where(
            Suggestion.article_id == article_id,
            Suggestion.language == language,
            or_(Suggestion.state == OPEN, and_(Suggestion.state == TAKEN, _unfinished(viewer))),
        )
        .order_by(Suggestion.state.desc(), Suggestion.id)
    )
    return rows(session, session.scalars(query).all())


def _unfinished(viewer: Viewer) -> ColumnElement[bool]:
    done = exists().where(
        Translation.article_id == Suggestion.article_id,
        Translation.language == Suggestion.language,
        Revision.translation_id == Translation.id,
        Revision.author_id == viewer.person_id,
        Revision.created_at > Suggestion.closed_at,
        Revision.state.in_([State.PUBLISHED, State.WITHDRAWN]),
    )
    return and_(Suggestion.closed_by_id == viewer.person_id, ~done)

"""What expires, is to be looked at again, or is to appear, and when. For those who work on articles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, Subquery, and_, func, literal, or_, select, union_all
from sqlalchemy.orm import Session, contains_eager

from kb.listings import PAGE_SIZE, Listing
from kb.models import Article, ArticleTopic, Person, Revision, State, Translation

KEPT = timedelta(days=30)
"""How long what has expired stays in the list."""

Condition = ColumnElement[bool]


class Event(NamedTuple):
    """A moment at which something happens to a published revision by itself.

    `what` is "expires", "review" (somebody should look at it again) or "appears".
    """

    what: str
    at: datetime
    revision_id: int
    article_id: int
    key: str
    kind: str
    language: str
    title: str
    owner_id: int | None
    owner: str | None


@dataclass(frozen=True, slots=True)
class Filters:
    """Which events; what is empty does not filter.

    Args:
        owner_id: of articles that this person owns.
        topic_ids: of articles in one of these topics; None for all.
        what: of this sort.
    """

    owner_id: int | None = None
    kind: str = ""
    topic_ids: frozenset[int] | None = None
    language: str = ""
    what: str = ""


def between(
    session: Session,
    since: datetime,
    until: datetime,
    filters: Filters,
    now: datetime,
    most: int | None = None,
) -> Sequence[Event]:
    """Everything from one moment to before another, in order, in one query.

    Args:
        most: how many at most; None for all.
    """
    events = _events(filters, now)
    query = select(events).where(events.c.at >= since, events.c.at < until)
    return _run(session, query.order_by(*_order(events)).limit(most))


def upcoming(session: Session, filters: Filters, now: datetime, page: int) -> Listing[Event]:
    """What is to come, after what is overdue for a look and what expired lately, a page at a time, in two queries."""
    events = _events(filters, now)
    wanted = select(events).where(or_(events.c.at >= now - KEPT, events.c.what == "review"))
    total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    pages = max(-(-total // PAGE_SIZE), 1)
    place = min(max(page, 1), pages)
    rows = wanted.order_by(*_order(events)).limit(PAGE_SIZE).offset((place - 1) * PAGE_SIZE)
    return Listing(_run(session, rows), total, place, pages)


def together(events: Sequence[Event]) -> list[list[Event]]:
    """What happens to several languages of an article at the same moment, as one; in the order of the moments."""

    def same(event: Event) -> tuple[datetime, str, int]:
        return event.at, event.what, event.article_id

    return [list(group) for _, group in groupby(sorted(events, key=same), key=same)]


def siblings(session: Session, revision: Revision, now: datetime) -> Sequence[Revision]:
    """The other languages of a revision's article that show, or showed last and expired."""
    own = select(Translation.article_id).where(Translation.id == revision.translation_id).scalar_subquery()
    query = (
        select(Revision)
        .join(Revision.translation)
        .options(contains_eager(Revision.translation))
        .where(
            Translation.article_id == own,
            Translation.id != revision.translation_id,
            Revision.state == State.PUBLISHED,
            Revision.publish_at <= now,
            or_(Revision.superseded_at.is_(None), Revision.superseded_at > now),
        )
    )
    return session.scalars(query.order_by(Translation.language)).all()


def _run(session: Session, query: Select[Any]) -> list[Event]:
    return [Event(*row) for row in session.execute(query)]


def _order(events: Subquery) -> tuple[Any, ...]:
    return events.c.at, events.c.what, events.c.revision_id


def _events(filters: Filters, now: datetime) -> Subquery:
    kinds: dict[str, tuple[Any, Condition]] = {
        "expires": (
            Revision.expires_at,
            and_(Revision.expires_at.is_not(None), _not_before(Revision.superseded_at, Revision.expires_at)),
        ),
        "review": (
            Revision.review_by,
            and_(
                Revision.review_by.is_not(None),
                *(_not_before(column, Revision.review_by) for column in _ENDS),
                *(or_(column.is_(None), column > now) for column in _ENDS),
            ),
        ),
        "appears": (
            Revision.publish_at,
            and_(Revision.publish_at > now, _not_before(Revision.superseded_at, Revision.publish_at)),
        ),
    }
    chosen = [
        _of(what, column, condition, filters)
        for what, (column, condition) in kinds.items()
        if filters.what in {"", what}
    ]
    return union_all(*chosen).subquery() if chosen else _nothing(filters)


_ENDS = (Revision.superseded_at, Revision.expires_at)


def _not_before(end: Any, moment: Any) -> Condition:
    """Whether a revision has not ended before that."""
    return or_(end.is_(None), end > moment)


def _nothing(filters: Filters) -> Subquery:
    return _of("", Revision.publish_at, Revision.id.is_(None), filters).subquery()


def _of(what: str, column: Any, condition: Condition, filters: Filters) -> Select[Any]:
    query = (
        select(
            literal(what).label("what"),
            column.label("at"),
            Revision.id.label("revision_id"),
            Article.id.label("article_id"),
            Article.key.label("key"),
            Article.kind.label("kind"),
            Translation.language.label("language"),
            Revision.title.label("title"),
            Article.owner_id.label("owner_id"),
            Person.name.label("owner"),
        )
        .select_from(Revision)
        .join(Revision.translation)
        .join(Translation.article)
        .outerjoin(Person, Person.id == Article.owner_id)
        .where(Revision.state == State.PUBLISHED, condition)
    )
    return _filtered(query, filters)


def _filtered(query: Select[Any], filters: Filters) -> Select[Any]:
    if filters.owner_id is not None:
        query = query.where(Article.owner_id == filters.owner_id)
    if filters.kind:
        query = query.where(Article.kind == filters.kind)
    if filters.language:
        query = query.where(Translation.language == filters.language)
    if filters.topic_ids is not None:
        placed = select(ArticleTopic.article_id).where(ArticleTopic.topic_id.in_(sorted(filters.topic_ids)))
        query = query.where(Article.id.in_(placed))
    return query

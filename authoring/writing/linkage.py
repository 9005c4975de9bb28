"""How articles hang together: who links to whom, links that lead nowhere, articles that nothing leads to.

Only what shows counts: a draft leads nobody anywhere. Each list is a page of a few queries, however many articles
there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from kb.concerns import lasts
from kb.db import unindexed
from kb.listings import PAGE_SIZE, Listing, matches
from kb.models import Article, ArticleTopic, Person, Revision, RevisionLink, State, Translation

LAST_PAGE = 2**31 // PAGE_SIZE  # what is further on than any database counts


@dataclass(frozen=True, slots=True)
class Filters:
    """Which articles to list; empty values do not filter.

    Args:
        text: in the title or key; of a broken link, also in the key that it leads to.
        topic_ids: a topic and all below it.
        owner_id: of the article; 0 for any.
    """

    text: str = ""
    kind: str = ""
    language: str = ""
    topic_ids: frozenset[int] = frozenset()
    owner_id: int = 0

    def conditions(self, *others: Any) -> Iterator[ColumnElement[bool]]:
        """As SQL.

        Args:
            others: columns in which the text may stand too.
        """
        if self.text:
            yield or_(*(matches(column, self.text) for column in (Revision.title, Article.key, *others)))
        if self.kind:
            yield Article.kind == self.kind
        if self.language:
            yield Translation.language == self.language
        if self.topic_ids:
            placed = select(ArticleTopic.article_id).where(ArticleTopic.topic_id.in_(sorted(self.topic_ids)))
            yield Article.id.in_(placed)
        if self.owner_id:
            yield Article.owner_id == self.owner_id


class Face(NamedTuple):
    """An article in one language, as these lists show it."""

    article_id: int
    key: str
    kind: str
    language: str
    title: str
    owner: str | None


class Broken(NamedTuple):
    """A link in something that shows, to an article of which nothing shows (`exists`), or to none at all."""

    face: Face
    target: str
    exists: bool


class Linked(NamedTuple):
    """An article with how many others link to it."""

    face: Face
    links: int


def _showing(now: datetime, revision: Any = Revision) -> ColumnElement[bool]:
    """As `concerns.shows`. Nearly everything shows: SQLite reads that from the index that has all the times in it."""
    return and_(
        revision.state == State.PUBLISHED, unindexed(revision.publish_at) <= now, _lasting(now, revision)
    )


def _lasting(now: datetime, revision: Any = Revision) -> ColumnElement[bool]:
    return and_(or_(revision.expires_at.is_(None), revision.expires_at > now), lasts(now, revision))


def _shown(now: datetime, *columns: Any) -> Select[Any]:
    """What shows, with the number of all rows in the last column."""
    query = select(Revision.id, *columns, func.count().over()).select_from(Revision)
    return query.join(Revision.translation).join(Translation.article).where(_showing(now))


def _showing_keys(now: datetime) -> Select[str]:
    target, translation, revision = aliased(Article), aliased(Translation), aliased(Revision)
    return (
        select(target.key)
        .join(translation, translation.article_id == target.id)
        .join(revision, revision.translation_id == translation.id)
        .where(_showing(now, revision))
    )


def broken(session: Session, filters: Filters, now: datetime, page: int) -> Listing[Broken]:
    """Links that lead nowhere now, by article."""
    target = aliased(Article)
    query = (
        _shown(now, RevisionLink.key, target.id)
        .join(RevisionLink, RevisionLink.revision_id == Revision.id)
        .outerjoin(target, target.key == RevisionLink.key)
        .where(RevisionLink.key.not_in(_showing_keys(now)), *filters.conditions(RevisionLink.key))
        .order_by(Article.key, Translation.language, RevisionLink.key)
    )
    found = _page(session, query, page)
    return found.having([Broken(face, key, target_id is not None) for face, key, target_id in found.rows])


def orphans(session: Session, filters: Filters, now: datetime, page: int) -> Listing[Face]:
    """Articles that readers can only search for: in no topic, and from no other linked, read next or replaced by."""
    replacing = aliased(Article)
    ways = (
        select(_links(now).subquery().c.key),
        _read_next(session, now),
        select(replacing.replaced_by).where(replacing.replaced_by.is_not(None)),
    )
    query = (
        _shown(now)
        .where(
            Article.id.not_in(select(ArticleTopic.article_id)),
            *(Article.key.not_in(way) for way in ways),
            *filters.conditions(),
            *_once(filters, now),
        )
        .order_by(Article.key, Translation.language)
    )
    found = _page(session, query, page)
    return found.having([face for (face,) in found.rows])


def _once(filters: Filters, now: datetime) -> Iterator[ColumnElement[bool]]:
    """An article stands in a list once, in its first language that shows, unless one or some words are asked for."""
    if not filters.language and not filters.text:
        translation, revision = aliased(Translation), aliased(Revision)
        first = (
            select(func.min(translation.id))
            .join(revision, revision.translation_id == translation.id)
            .where(_showing(now, revision))
            .group_by(translation.article_id)
        )
        yield Translation.id.in_(first)


def _links(now: datetime) -> Select[str, int]:
    """Links from articles that show to others: (key, id of the article that has it)."""
    target, translation, revision = aliased(Article), aliased(Translation), aliased(Revision)
    return (
        select(RevisionLink.key, translation.article_id.label("source"))
        .join(revision, revision.id == RevisionLink.revision_id)
        .join(translation, translation.id == revision.translation_id)
        .join(target, target.key == RevisionLink.key)
        .where(translation.article_id != target.id, _showing(now, revision))
    )


def _read_next(session: Session, now: datetime) -> Select[Any]:
    """The keys that articles which show name as what to read next."""
    naming, translation, revision = aliased(Article), aliased(Translation), aliased(Revision)
    postgresql = session.get_bind().dialect.name == "postgresql"
    unpack = func.json_array_elements_text if postgresql else func.json_each
    named = unpack(naming.related).table_valued("value", name="named")
    showing = (
        select(translation.article_id)
        .join(revision, revision.translation_id == translation.id)
        .where(_showing(now, revision))
    )
    query = select(named.c.value).select_from(naming).join(named, true())
    return query.where(naming.id.in_(showing), named.c.value != naming.key)


def linked(session: Session, filters: Filters, now: datetime, page: int) -> Listing[Linked]:
    """Articles that others link to, those that most link to first."""
    links = _links(now).subquery()
    sources = func.count(links.c.source.distinct())
    counted = select(links.c.key, sources.label("links")).group_by(links.c.key).subquery()
    query = (
        _shown(now, counted.c.links)
        .join(counted, counted.c.key == Article.key)
        .where(*filters.conditions(), *_once(filters, now))
        .order_by(counted.c.links.desc(), Article.key, Translation.language)
    )
    found = _page(session, query, page)
    return found.having([Linked(face, links) for face, links in found.rows])


def linking_to(session: Session, key: str, now: datetime) -> Sequence[Face]:
    """What shows and links to an article."""
    query = (
        select(RevisionLink.revision_id)
        .join(Revision, Revision.id == RevisionLink.revision_id)
        .join(Revision.translation)
        .join(Translation.article)
        .where(RevisionLink.key == key, Article.key != key, unindexed(Revision.state) == State.PUBLISHED)
        .where(unindexed(Revision.publish_at) <= now, _lasting(now))
        .order_by(Article.key, Translation.language)
    )
    return list(_faces(session, session.scalars(query).all()).values())


def _page(session: Session, query: Select[Any], page: int) -> Listing[tuple[Any, ...]]:
    """A page of rows that begin with a face, in two queries; a page beyond the end is the last one.

    Args:
        query: selects the id of a revision, more columns, and the number of all rows.
    """
    place = min(max(page, 1), LAST_PAGE)
    rows = session.execute(query.limit(PAGE_SIZE).offset((place - 1) * PAGE_SIZE)).all()
    if not rows and place > 1:
        first = session.execute(query.limit(1)).first()
        return _page(session, query, -(-first[-1] // PAGE_SIZE) if first else 1)
    total = rows[0][-1] if rows else 0
    faces = _faces(session, [row[0] for row in rows])
    found = [(faces[row[0]], *row[1:-1]) for row in rows]
    return Listing(found, total, place, max(-(-total // PAGE_SIZE), 1))


def _faces(session: Session, revision_ids: Sequence[int]) -> dict[int, Face]:
    """Revision id -> what lists show of it, in this order."""
    face = (Article.id, Article.key, Article.kind, Translation.language, Revision.title, Person.name)
    columns: Sequence[Any] = (Revision.id, *face)
    query: Select[Any] = (
        select(*columns)
        .join(Revision.translation)
        .join(Translation.article)
        .outerjoin(Person, Person.id == Article.owner_id)
        .where(Revision.id.in_(revision_ids))
    )
    found = {revision_id: Face(*rest) for revision_id, *rest in session.execute(query)}
    return {revision_id: found[revision_id] for revision_id in dict.fromkeys(revision_ids)}


def owners(session: Session) -> Sequence[Person]:
    """The people who own an article, by name."""
    owning = select(Article.owner_id).where(Article.owner_id.is_not(None))
    return session.scalars(select(Person).where(Person.id.in_(owning)).order_by(Person.name, Person.id)).all()

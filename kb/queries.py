"""Reads. Every read of an article starts from the viewer and the moment: `visible_to(viewer, now)`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, contains_eager

from kb.db import unindexed
from kb.models import (
    Article,
    ArticleTopic,
    Attachment,
    OldSlug,
    Revision,
    RevisionLink,
    State,
    Topic,
    Translation,
)
from kb.viewers import Viewer


class Card(NamedTuple):
    """What lists and links show of a visible article in one language."""

    article_id: int
    key: str
    kind: str
    language: str
    slug: str
    title: str
    summary: str
    audience: str
    changed_at: datetime
    revision_id: int


def visible_to(viewer: Viewer, now: datetime, *columns: Any) -> Select[Any]:
    """Select what this viewer may read at this moment, one row a translation.

    Args:
        columns: what to select of Revision, Translation and Article; the Revision entity when none is named.
    """
    query = (
        select(*(columns or (Revision,)))
        .select_from(Revision)
        .join(Revision.translation)
        .join(Translation.article)
        .where(
            unindexed(Revision.state) == State.PUBLISHED,
            Revision.publish_at <= now,
            or_(Revision.expires_at.is_(None), Revision.expires_at > now),
            or_(Revision.superseded_at.is_(None), Revision.superseded_at > now),
            Article.audience.in_(sorted(viewer.audiences)),
        )
    )
    return _within_portal(query, viewer, now)


def _within_portal(query: Select[Any], viewer: Viewer, now: datetime) -> Select[Any]:
    if viewer.portal_languages is not None:
        query = query.where(Translation.language.in_(sorted(viewer.portal_languages)))
    if viewer.hides_stale:
        query = query.where(or_(Revision.stale_at.is_(None), Revision.stale_at > now))
    if viewer.topic_ids is not None:
        placed = select(ArticleTopic.article_id).where(ArticleTopic.topic_id.in_(sorted(viewer.topic_ids)))
        query = query.where(Article.id.in_(placed))
    return query


CARD = (
    Article.id,
    Article.key,
    Article.kind,
    Translation.language,
    Translation.slug,
    Revision.title,
    Revision.summary,
    Article.audience,
    Revision.publish_at,
    Revision.id,
)


def article_by_slug(session: Session, viewer: Viewer, now: datetime, slug: str) -> Sequence[Revision]:
    """The visible revisions whose translation has this slug, in any language."""
    query = visible_to(viewer, now).where(Translation.slug == slug)
    return session.scalars(
        query.options(contains_eager(Revision.translation).contains_eager(Translation.article))
    ).all()


def article_by_key(session: Session, viewer: Viewer, now: datetime, key: str) -> Sequence[Revision]:
    """The visible revisions of the article with this key, in all languages."""
    query = visible_to(viewer, now).where(Article.key == key)
    return session.scalars(
        query.options(contains_eager(Revision.translation).contains_eager(Translation.article))
    ).all()


def slug_owner(session: Session, language: str, slug: str) -> Translation | None:
    """Whose slug this is or once was, visible or not; for redirects and for saying "it was here once"."""
    old = select(OldSlug.translation_id).where(OldSlug.slug == slug, OldSlug.language == language)
    found = or_(and_(Translation.slug == slug, Translation.language == language), Translation.id.in_(old))
    return session.scalars(select(Translation).where(found)).first()


def was_public(session: Session, viewer: Viewer, translation_id: int, now: datetime) -> bool:
    """Whether this viewer could once read the translation here: it is gone, not unknown."""
    query = _once_visible_to(viewer, now, Revision.id).where(Translation.id == translation_id)
    return session.scalar(query.limit(1)) is not None


def once_read(session: Session, viewer: Viewer, now: datetime, key: str) -> Article | None:
    """The article with this key, if this viewer could once read it here, in whichever language."""
    return session.scalars(_once_visible_to(viewer, now, Article).where(Article.key == key).limit(1)).first()


def _once_visible_to(viewer: Viewer, now: datetime, *columns: Any) -> Select[Any]:
    query = (
        select(*columns)
        .select_from(Revision)
        .join(Revision.translation)
        .join(Translation.article)
        .where(
            Revision.state.in_([State.PUBLISHED, State.WITHDRAWN, State.SUPERSEDED]),
            Revision.publish_at <= now,
            or_(Revision.superseded_at.is_(None), Revision.superseded_at > Revision.publish_at),
            Article.audience.in_(sorted(viewer.audiences)),
        )
    )
    return _within_portal(query, replace(viewer, hides_stale=False), now)


def replacement(
    session: Session, viewer: Viewer, now: datetime, article: Article, languages: Sequence[str]
) -> Card | None:
    """What to read instead of an article, if this viewer may read it; what is gone too leads on to its own.

    Args:
        languages: best first.
    """
    key, seen = article.replaced_by, {article.key}
    while key and key not in seen:
        seen.add(key)
        found = cards(session, visible_to(viewer, now, *CARD).where(Article.key == key))
        if found:
            return best_language(found, languages)[0]
        gone = once_read(session, viewer, now, key)
        key = gone.replaced_by if gone else None
    return None


def cards(session: Session, query: Select[Any]) -> list[Card]:
    """Run a query that selects CARD."""
    return [Card(*row) for row in session.execute(query)]


Cards = Sequence[Card]
Revisions = Sequence[Revision]


class Neighbours(NamedTuple):
    """What an article page shows around the article."""

    translations: list[Card]
    by_key: dict[str, Card]
    backlinks: list[Card]


def neighbours(
    session: Session,
    viewer: Viewer,
    now: datetime,
    article: Article,
    keys: Iterable[str],
    languages: Sequence[str],
) -> Neighbours:
    """Other languages, link targets and backlinks of an article, in one query.

    Args:
        keys: article keys that the page links to.
        languages: best first; each linked article is given in the best language it has.
    """
    links_here = exists().where(RevisionLink.revision_id == Revision.id, RevisionLink.key == article.key)
    ends = select(Article.id).where(or_(Article.id == article.id, Article.key.in_(sorted(set(keys)))))
    starts = (
        select(Translation.article_id)
        .join(Translation.revisions)
        .join(Revision.links)
        .where(RevisionLink.key == article.key)
    )
    query = visible_to(viewer, now, *CARD, links_here.label("links_here")).where(
        Article.id.in_(ends.union(starts))
    )
    rows = [(Card(*row[:-1]), bool(row[-1])) for row in session.execute(query)]
    others = [card for card, _ in rows if card.article_id != article.id]
    linking = {card.article_id for card, links in rows if links and card.article_id != article.id}
    best = best_language(others, languages)
    return Neighbours(
        translations=[card for card, _ in rows if card.article_id == article.id],
        by_key={card.key: card for card in best},
        backlinks=[card for card in best if card.article_id in linking],
    )


def best_language(found: Iterable[Card], languages: Sequence[str]) -> list[Card]:
    """One card an article, in the best language it has, in the order of first appearance."""
    rank = {code: place for place, code in enumerate(languages)}
    chosen: dict[int, Card] = {}
    for card in found:
        held = chosen.get(card.article_id)
        if held is None or rank.get(card.language, len(rank)) < rank.get(held.language, len(rank)):
            chosen[card.article_id] = card
    return list(chosen.values())


def in_topics(
    session: Session, viewer: Viewer, now: datetime, topic_ids: Iterable[int], languages: Sequence[str]
) -> list[Card]:
    """The articles placed in one of these topics, by title, each in the best language it has."""
    placed = select(ArticleTopic.article_id).where(ArticleTopic.topic_id.in_(sorted(topic_ids)))
    found = best_language(
        cards(session, visible_to(viewer, now, *CARD).where(Article.id.in_(placed))), languages
    )
    return sorted(found, key=lambda card: card.title.casefold())


def topic_counts(session: Session, viewer: Viewer, now: datetime) -> dict[int, set[int]]:
    """Topic id -> ids of the visible articles placed directly in it."""
    query = visible_to(viewer, now, ArticleTopic.topic_id, Article.id).join(
        ArticleTopic, ArticleTopic.article_id == Article.id
    )
    found: dict[int, set[int]] = {}
    for topic_id, article_id in session.execute(query.distinct()):
        found.setdefault(topic_id, set()).add(article_id)
    return found


def filled(
    session: Session, viewer: Viewer, now: datetime, topics: Sequence[tuple[int, Iterable[int]]]
) -> set[int]:
    """The topics in or below which there is something for this viewer, without counting it.

    Args:
        topics: a topic's id with the ids of itself and all below it.
    """
    if not topics:
        return set()
    something = (
        visible_to(viewer, now, Article.id)
        .join(ArticleTopic, ArticleTopic.article_id == Article.id)
        .where(ArticleTopic.topic_id == Topic.id)
        .exists()
    )
    every = sorted({topic_id for _, below in topics for topic_id in below})
    holding = set(session.scalars(select(Topic.id).where(Topic.id.in_(every), something)))
    return {topic_id for topic_id, below in topics if not holding.isdisjoint(below)}


def newest(session: Session, viewer: Viewer, now: datetime, language: str, limit: int) -> list[Card]:
    """What was published last in a language."""
    query = visible_to(viewer, now, *CARD).where(
        Translation.language == language, Revision.state == State.PUBLISHED
    )
    return cards(session, query.order_by(Revision.publish_at.desc(), Revision.id.desc()).limit(limit))


def tag_lists(session: Session, viewer: Viewer, now: datetime, language: str) -> Iterable[list[str]]:
    """The tags of every visible revision in a language."""
    return session.scalars(visible_to(viewer, now, Revision.tags).where(Translation.language == language))


def listed(
    session: Session, viewer: Viewer, now: datetime, languages: Sequence[str], *, offset: int, limit: int
) -> tuple[list[Card], int]:
    """A page of all visible articles in a stable order, each in the best language it has; and how many there are."""
    ids = visible_to(viewer, now, Article.id).distinct().order_by(Article.id)
    total = session.scalar(select(func.count()).select_from(ids.subquery())) or 0
    chosen = session.scalars(ids.offset(offset).limit(limit)).all()
    query = visible_to(viewer, now, *CARD).where(Article.id.in_(chosen)).order_by(Article.id)
    return best_language(cards(session, query), languages), total


def sitemap(session: Session, viewer: Viewer, now: datetime) -> list[Card]:
    """All that is visible, in a stable order."""
    return cards(session, visible_to(viewer, now, *CARD).order_by(Article.id, Translation.language))


def topic_ids_of(session: Session, article_id: int) -> list[int]:
    """Where an article is placed, its breadcrumb's topic first."""
    query = (
        select(ArticleTopic.topic_id)
        .where(ArticleTopic.article_id == article_id)
        .order_by(ArticleTopic.position)
    )
    return list(session.scalars(query))


def attachments_of(
    session: Session, article_id: int, readable_at: datetime | None = None
) -> Sequence[Attachment]:
    """The files of an article, by name.

    Args:
        readable_at: only those that were approved by then; None for all, which is for those who write.
    """
    query = select(Attachment).where(Attachment.article_id == article_id)
    if readable_at is not None:
        query = query.where(Attachment.readable_at <= readable_at)
    return session.scalars(query.order_by(Attachment.filename, Attachment.id)).all()


def next_boundary(session: Session, now: datetime) -> datetime | None:
    """The next moment at which something appears or disappears by itself; None when nothing will."""
    published, hinted = Revision.state == State.PUBLISHED, unindexed(Revision.state) == State.PUBLISHED
    conditions = (
        (Revision.publish_at, published),
        (Revision.expires_at, hinted),
        (Revision.superseded_at, hinted),
        (Revision.stale_at, hinted),
    )
    soonest = (
        select(func.min(column)).where(condition, column > now).scalar_subquery()
        for column, condition in conditions
    )
    times = session.execute(select(*soonest)).one()
    return min((moment for moment in times if moment is not None), default=None)

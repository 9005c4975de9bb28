"""Reads of guided help: the guides and case types that a viewer may start, and the text that a guide is made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.models import Article, Attachment, Revision, State, Translation
from kb.queries import CARD, Card, best_language, cards, visible_to
from kb.viewers import Viewer

GUIDE = "guide"
APPROVED = frozenset({State.PUBLISHED, State.SUPERSEDED})


class Source(NamedTuple):
    """One revision of a guide, without its text."""

    article_id: int
    revision_id: int
    language: str
    title: str


class Text(NamedTuple):
    """The text of a revision.

    Args:
        source: the text that it was translated from, if that was approved; "" otherwise.
    """

    body: str
    source: str = ""


def guides(session: Session, viewer: Viewer, now: datetime, languages: Sequence[str]) -> list[Card]:
    """The guides that this viewer may read, by title, each in the best language it has."""
    found = cards(session, visible_to(viewer, now, *CARD).where(Article.kind == GUIDE))
    return sorted(best_language(found, languages), key=lambda card: card.title.casefold())


def sources(session: Session, viewer: Viewer, now: datetime, key: str) -> list[Source]:
    """The revisions of a guide that this viewer may read now, one a language."""
    columns = (Article.id, Revision.id, Translation.language, Revision.title)
    query = visible_to(viewer, now, *columns).where(Article.key == key, Article.kind == GUIDE)
    return [Source(*row) for row in session.execute(query)]


def begun_with(session: Session, viewer: Viewer, now: datetime, revision_id: int) -> Source | None:
    """A revision that a run began with, as long as nothing but its successor speaks against it.

    Whether its article may be read at all is for `sources` to say.
    """
    row = session.execute(
        select(Article.id, Revision.id, Translation.language, Revision.title, Revision.expires_at)
        .join(Revision.translation)
        .join(Translation.article)
        .where(Revision.id == revision_id, Revision.state.in_(APPROVED))
    ).one_or_none()
    if row is None or (row.expires_at is not None and row.expires_at <= now):
        return None
    if viewer.portal_languages is not None and row.language not in viewer.portal_languages:
        return None
    return Source(*row[:4])


def text_of(session: Session, revision_id: int) -> Text:
    """What stands in a revision that was given out by one of the reads above."""
    row = session.execute(
        select(Revision.body, Revision.made_from_id).where(Revision.id == revision_id)
    ).one()
    if row.made_from_id is None:
        return Text(row.body)
    source = session.scalar(
        select(Revision.body).where(Revision.id == row.made_from_id, Revision.state.in_(APPROVED))
    )
    return Text(row.body, source or "")


def cards_of(
    session: Session, viewer: Viewer, now: datetime, keys: Iterable[str], languages: Sequence[str]
) -> dict[str, Card]:
    """Key -> the article as this viewer may read it, in the best language it has."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    found = cards(session, visible_to(viewer, now, *CARD).where(Article.key.in_(wanted)))
    return {card.key: card for card in best_language(found, languages)}


def files(session: Session, viewer: Viewer, now: datetime, ids: Iterable[str]) -> list[Attachment]:
    """Those of the files that belong to articles which this viewer may read."""
    numbers = sorted({int(one) for one in ids if one.isdecimal() and len(one) < 10})
    if not numbers:
        return []
    readable = visible_to(viewer, now, Article.id)
    query = select(Attachment).where(
        Attachment.id.in_(numbers), Attachment.readable_at <= now, Attachment.article_id.in_(readable)
    )
    return list(session.scalars(query))

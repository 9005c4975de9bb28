"""Which translations say something else than their source, and from when on: kept with them, to be a predicate.

Facts have names (`Revision.facts_id`): a source revision that only reworded its predecessor keeps the name. A
translation is stale from the moment at which a source shows whose facts have another name than those it was made from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.models import Article, Revision, State, Translation


def settle(session: Session, article: Article) -> None:
    """Set `stale_at` of everything that shows or will show of an article, after a revision came or went."""
    query = select(Revision).join(Revision.translation).where(Translation.article_id == article.id)
    published = session.scalars(query.where(Revision.state == State.PUBLISHED)).all()
    source = [one for one in published if one.translation.language == article.source_language]
    others = [one for one in published if one.made_from_id is not None]
    made_from = _by_id(session, {one.made_from_id for one in others if one.made_from_id is not None})
    for one in others:
        stale_at = _stale_at(made_from.get(one.made_from_id or 0), source)
        if one.stale_at != stale_at:
            one.stale_at = stale_at
    session.flush()


def _by_id(session: Session, ids: Iterable[int]) -> Mapping[int, Revision]:
    query = select(Revision).where(Revision.id.in_(sorted(ids)))
    return {one.id: one for one in session.scalars(query)}


def _stale_at(made_from: Revision | None, source: Sequence[Revision]) -> datetime | None:
    """When the first later source revision with other facts begins to show."""
    if made_from is None:
        return None
    later = (
        one.publish_at
        for one in source
        if one.number > made_from.number
        and facts_of(one) != facts_of(made_from)
        and (one.superseded_at is None or one.superseded_at > one.publish_at)
    )
    return min(later, default=None)


def facts_of(revision: Revision) -> int:
    """The name of what a source revision says."""
    return revision.facts_id or revision.id

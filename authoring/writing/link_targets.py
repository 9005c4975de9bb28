"""Articles that somebody who writes may want to link to, whatever their state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import case, or_, select
from sqlalchemy.orm import Session

from kb.concerns import is_newest
from kb.listings import matches
from kb.models import Article, Revision, State, Translation


class Target(NamedTuple):
    """An article to link to."""

    article_id: int
    key: str
    kind: str
    language: str
    title: str


def targets(session: Session, words: str, languages: Sequence[str], limit: int) -> list[Target]:
    """Articles with these words in their key or in the title of their newest revision, published or not.

    Each is given once, in the best of the languages, else in its source's.

    Args:
        languages: best first.
    """
    rank = case({code: place for place, code in enumerate(languages)}, value=Translation.language, else_=99)
    query = (
        select(Article.id, Article.key, Article.kind, Translation.language, Revision.title)
        .join(Translation.article)
        .join(Translation.revisions)
        .where(
            is_newest(),
            Revision.state != State.WITHDRAWN,
            or_(matches(Article.key, words), matches(Revision.title, words)),
        )
        .order_by(rank, Translation.language != Article.source_language, Revision.title, Article.id)
        .limit(limit * len([*languages, "", ""]))
    )
    found: dict[int, Target] = {}
    for row in session.execute(query):
        found.setdefault(row.id, Target(*row))
    return list(found.values())[:limit]

"""Which articles refer to a snippet or an outside value: found in the text of the revisions that matter."""

from __future__ import annotations

import re
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from kb.models import Article, Revision, State, Translation

LASTING = (State.DRAFT, State.IN_REVIEW, State.APPROVED, State.PUBLISHED)


class Mention(NamedTuple):
    """An article, in one language, whose text refers to something."""

    article_id: int
    key: str
    language: str
    title: str


def mentions(session: Session, marker: str, pattern: re.Pattern[str]) -> list[Mention]:
    """Articles whose published text, or text still on its way there, contains the pattern; by key and language.

    Args:
        marker: plain words that each match contains, so that the database can leave out most texts.
    """
    query = (
        select(Article.id, Article.key, Translation.language, Revision.title, Revision.body)
        .select_from(Revision)
        .join(Revision.translation)
        .join(Translation.article)
        .where(
            Revision.state.in_(LASTING),
            or_(Revision.superseded_at.is_(None), Revision.state != State.PUBLISHED),
            Revision.body.contains(marker, autoescape=True),
        )
        .order_by(
            Article.key,
            Translation.language != Article.source_language,
            Translation.language,
            Revision.number,
        )
    )
    found = {row[:3]: Mention(*row[:4]) for row in session.execute(query) if pattern.search(row.body)}
    return list(found.values())

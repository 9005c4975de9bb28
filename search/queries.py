"""Reads of search beside the index."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.models import ArticleTopic


def placements(session: Session, article_ids: Iterable[int]) -> dict[int, list[int]]:
    """Article id -> ids of the topics it is placed in, its breadcrumb's first; for articles that the viewer sees."""
    wanted = sorted(set(article_ids))
    if not wanted:
        return {}
    query = (
        select(ArticleTopic.article_id, ArticleTopic.topic_id)
        .where(ArticleTopic.article_id.in_(wanted))
        .order_by(ArticleTopic.article_id, ArticleTopic.position)
    )
    found: dict[int, list[int]] = {}
    for article_id, topic_id in session.execute(query):
        found.setdefault(article_id, []).append(topic_id)
    return found

"""What a reader is told who comes by an old link: that the article is gone, what replaced it, where to look."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from kb import queries
from kb.errors import N_, Gone, Way
from kb.models import Article
from kb.queries import Card
from kb.structure import Structure, TopicNode
from kb.viewers import Viewer


def gone(
    session: Session,
    viewer: Viewer,
    now: datetime,
    article: Article,
    structure: Structure,
    languages: Sequence[str],
    *,
    article_address: Callable[[Card], str],
    topic_address: Callable[[TopicNode], str],
) -> Gone:
    """The error to raise about an article that this viewer could once read.

    Args:
        languages: the reader's languages, best first.
        topic_address: empty where topics have no pages.
    """
    instead = queries.replacement(session, viewer, now, article, languages)
    topic = _topic(session, viewer, now, article, structure)
    address = topic_address(topic) if topic else ""
    return Gone(
        N_("It has expired or was withdrawn."),
        replaced_by=_way_to(instead, article_address(instead), languages) if instead else None,
        topic=Way(topic.name(languages), address) if topic and address else None,
    )


def _way_to(card: Card, address: str, languages: Sequence[str]) -> Way:
    return Way(card.title, address, "" if card.language == next(iter(languages), "") else card.language)


def _topic(
    session: Session, viewer: Viewer, now: datetime, article: Article, structure: Structure
) -> TopicNode | None:
    """The narrowest of the article's topics in which there still is something for this viewer."""
    ids = (topic_id for topic_id in queries.topic_ids_of(session, article.id))
    known = (structure.topics_by_id[topic_id] for topic_id in ids if topic_id in structure.topics_by_id)
    nodes = [
        node
        for topic in known
        for node in reversed(topic.path)
        if viewer.topic_ids is None or node.id in viewer.topic_ids
    ]
    holding = queries.filled(session, viewer, now, [(node.id, node.below) for node in nodes])
    return next((node for node in nodes if node.id in holding), None)

"""What is shown before anybody asks: what fits the page, and then what others read most."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from kb import queries
from kb.models import Article, Translation
from kb.queries import CARD, Card
from kb.structure import Structure
from kb.viewers import Viewer
from search.models import ClickSignal
from widgets.embed.rules import Rule

MOST = 5
LOOKED_AT = 200
"""Of so many of the most read ones those of a topic come first in it."""


def first_shown(
    session: Session,
    structure: Structure,
    viewer: Viewer,
    now: datetime,
    languages: Sequence[str],
    *,
    topic: str,
    rules: Sequence[Rule],
    most: int = MOST,
) -> list[Card]:
    """The articles to begin with: of the topic that the page asks for, of its rules, and then the most read ones.

    Args:
        viewer: inside the portal.
        languages: the reader's, best first.
        topic: key of a topic, "" for none; then nothing from elsewhere fills the list up.
        rules: those that fit the page.
    """
    asked = [Rule("", "topic", topic)] if topic in structure.topics else []
    read = _most_read(session, viewer, now, languages)
    chosen: dict[int, Card] = {}
    for rule in (*asked, *rules):
        for card in _of(session, structure, viewer, now, languages, rule, read):
            chosen.setdefault(card.article_id, card)
    if not asked:
        for card in read:
            chosen.setdefault(card.article_id, card)
    if not asked and len(chosen) < most:
        for card in queries.newest(session, viewer, now, languages[0], most):
            chosen.setdefault(card.article_id, card)
    return list(chosen.values())[:most]


def _of(
    session: Session,
    structure: Structure,
    viewer: Viewer,
    now: datetime,
    languages: Sequence[str],
    rule: Rule,
    read: Sequence[Card],
) -> Iterable[Card]:
    """What a rule names; of a topic what is read most first."""
    if rule.kind == "article":
        query = queries.visible_to(viewer, now, *CARD).where(Article.key == rule.key)
        return queries.best_language(queries.cards(session, query), languages)
    if rule.key not in structure.topics:
        return ()
    placed = queries.in_topics(session, viewer, now, structure.topics[rule.key].below, languages)
    ids = {card.article_id for card in placed}
    return [*(card for card in read if card.article_id in ids), *placed]


def _most_read(session: Session, viewer: Viewer, now: datetime, languages: Sequence[str]) -> list[Card]:
    """In the reader's language, what was opened most often lately."""
    query = (
        queries.visible_to(viewer, now, *CARD)
        .join(ClickSignal, ClickSignal.article_id == Article.id)
        .where(ClickSignal.language == Translation.language, Translation.language == languages[0])
        .order_by(ClickSignal.opened.desc(), Article.id)
        .limit(LOOKED_AT)
    )
    return queries.cards(session, query)

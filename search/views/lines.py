"""The lines of the results page: each answer with where it stands, why it is there, and in which language it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cache, lru_cache, partial

from babel.dates import format_date
from flask import url_for
from flask_babel import get_locale, get_timezone

from kb.context import head, language, session, structure
from kb.http import told
from kb.views.portal import site
from search.answers import Answer, Item
from search.places import places
from search.ranking import REASONS
from search.views.addresses import alike

MOST_MOMENTS = 20_000
"""Moments of which is remembered how their day is written: finding out takes as long as the rest of a line."""


@dataclass(frozen=True, slots=True)
class Line:
    """One answer as the page shows it.

    Args:
        rank: its place in the list, from 1.
        path: from the top down to where it is placed in this portal: (name, address).
        day: when it was last changed, as the reader writes it, and as machines do; "" where nobody knows.
        reasons: what moved it in the order, in the reader's words.
        language: "" where it is the page's own, or nobody knows.
        key: of the article, "" for everything else.
    """

    item: Item
    rank: int
    path: Sequence[tuple[str, str]]
    day: str
    iso_day: str
    reasons: Sequence[str]
    language: str
    key: str


@dataclass(frozen=True, slots=True)
class Lines:
    """All lines of an answer; `kinds`: what they are, each once."""

    found: Sequence[Line]
    near_misses: Sequence[Line]
    elsewhere: Sequence[Line]
    passage: Line | None
    guide: Line | None
    kinds: Sequence[str]


def lines(answer: Answer, offset: int) -> Lines:
    """The lines of an answer; `offset`: how many are on the pages before."""
    beside = [answer.passage.item if answer.passage else None, answer.guide]
    every = [item for item in (*answer.items, *answer.near_misses, *answer.elsewhere, *beside) if item]
    paths, page_language = _paths(every), language()

    def shown(items: Iterable[Item], start: int) -> list[Line]:
        return [_line(item, rank, paths, page_language) for rank, item in enumerate(items, start)]

    passage, guide = (shown([item], 1)[0] if item else None for item in beside)
    return Lines(
        found=shown(answer.items, offset + 1),
        near_misses=shown(answer.near_misses, offset + 1 + len(answer.items)),
        elsewhere=shown(answer.elsewhere, offset + 1 + len(answer.items) + len(answer.near_misses)),
        passage=passage,
        guide=guide,
        kinds=list(dict.fromkeys(item.kind for item in every)),
    )


def _line(item: Item, rank: int, paths: Mapping[str, Sequence[tuple[str, str]]], page_language: str) -> Line:
    hit = item.hit
    day, iso_day = _days(hit.changed_at, str(get_locale()), get_timezone()) if hit else ("", "")
    return Line(
        item=item,
        rank=rank,
        path=paths.get(hit.article, ()) if hit else (),
        day=day,
        iso_day=iso_day,
        reasons=[told(REASONS[reason]) for reason in hit.reasons] if hit else (),
        language=item.language if item.language != page_language else "",
        key=hit.key if hit and not hit.source else "",
    )


@lru_cache(maxsize=MOST_MOMENTS)
def _days(seconds: int, locale: str, zone: tzinfo) -> tuple[str, str]:
    """The day of a moment as its readers write it, and as machines do."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return format_date(moment.astimezone(zone).date(), "medium", locale), moment.date().isoformat()


def _paths(items: Iterable[Item]) -> dict[str, list[tuple[str, str]]]:
    """Article id -> its path, of those that are placed in a topic of this portal."""
    articles = [int(item.hit.article) for item in items if item.hit and not item.hit.source]
    if "topics" not in site().features:
        return {}
    allowed, spoken, topics = site().topic_ids, site().preference(language()), structure().topics_by_id
    address = alike(partial(_topic_url, site().key, language()))
    named = cache(lambda node_id: (topics[node_id].name(spoken), address(topics[node_id].key)))
    paths = {}
    for article_id, topic_ids in places().of(session(), head(), articles).items():
        nodes = (topics.get(topic_id) for topic_id in topic_ids)
        placed = next((node for node in nodes if node and (allowed is None or node.id in allowed)), None)
        if placed:
            shown = [above for above in placed.path if allowed is None or above.id in allowed]
            paths[str(article_id)] = [named(node.id) for node in shown]
    return paths


def _topic_url(portal: str, language: str, key: str) -> str:
    return url_for("portal.topic", portal=portal, language=language, key=key)

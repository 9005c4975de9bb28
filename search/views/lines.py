"""The lines of the results page: each answer with where it stands, why it is there, and in which language it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kb.context import language, session, structure
from kb.http import told
from kb.structure import TopicNode
from kb.templating import topic_url
from kb.views.portal import site
from search.answers import Answer, Item
from search.queries import placements
from search.ranking import REASONS


@dataclass(frozen=True, slots=True)
class Line:
    """One answer as the page shows it.

    Args:
        rank: its place in the list, from 1.
        path: from the top down to where it is placed in this portal: (name, address).
        reasons: what moved it in the order, in the reader's words.
        language: "" where it is the page's own, or nobody knows.
        key: of the article, "" for everything else.
    """

    item: Item
    rank: int
    path: Sequence[tuple[str, str]]
    reasons: Sequence[str]
    language: str
    key: str


@dataclass(frozen=True, slots=True)
class Lines:
    """All lines of an answer."""

    found: Sequence[Line]
    elsewhere: Sequence[Line]
    passage: Line | None
    guide: Line | None


def lines(answer: Answer, offset: int) -> Lines:
    """The lines of an answer; `offset`: how many are on the pages before."""
    paths = _paths((*answer.items, *answer.elsewhere))

    def shown(items: Iterable[Item], start: int) -> list[Line]:
        return [_line(item, rank, paths) for rank, item in enumerate(items, start)]

    beside = [answer.passage.item if answer.passage else None, answer.guide]
    passage, guide = (shown([item], 1)[0] if item else None for item in beside)
    return Lines(
        found=shown(answer.items, offset + 1),
        elsewhere=shown(answer.elsewhere, offset + 1 + len(answer.items)),
        passage=passage,
        guide=guide,
    )


def _line(item: Item, rank: int, paths: Mapping[str, Sequence[tuple[str, str]]]) -> Line:
    hit = item.hit
    return Line(
        item=item,
        rank=rank,
        path=paths.get(hit.article, ()) if hit else (),
        reasons=[told(REASONS[reason]) for reason in hit.reasons] if hit else (),
        language=item.language if item.language != language() else "",
        key=hit.key if hit and not hit.source else "",
    )


def _paths(items: Iterable[Item]) -> dict[str, list[tuple[str, str]]]:
    """Article id -> its path, of those that are placed in a topic of this portal."""
    articles = [item.hit.article for item in items if item.hit and not item.hit.source]
    if "topics" not in site().features:
        return {}
    allowed, spoken = site().topic_ids, site().preference(language())
    named: dict[int, tuple[str, str]] = {}

    def named_once(node: TopicNode) -> tuple[str, str]:
        if node.id not in named:
            named[node.id] = node.name(spoken), topic_url(node)
        return named[node.id]

    paths = {}
    for article_id, topic_ids in placements(session(), map(int, articles)).items():
        nodes = (structure().topics_by_id.get(topic_id) for topic_id in topic_ids)
        placed = next((node for node in nodes if node and (allowed is None or node.id in allowed)), None)
        if placed:
            shown = [above for above in placed.path if allowed is None or above.id in allowed]
            paths[str(article_id)] = [named_once(node) for node in shown]
    return paths

"""Sources that are of this base, or already in its index: topics, guides, pages read beforehand.

They are asked by the thread that has the request, while the sources outside are on their way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from flask import url_for
from markupsafe import Markup

from kb import context
from kb.structure import PortalSite, TopicNode
from search.analysis import analyzer, chunks, clean
from search.answers import Item
from search.engine import Engine, Hit
from search.federation.cases import CASES
from search.federation.outside import Outside
from search.federation.protocol import Asking
from search.federation.replies import words_of
from search.places import places
from search.query import parse
from search.snippets import Highlighter

TOPICS, GUIDES = "topics", "guides"
PAGE_WEIGHT = 0.7
"""What a place in the list of the pages of a sitemap is worth."""

MOST_TOPICS = 2
MOST_REMEMBERED = 4096  # names of topics, mostly: every question is compared with all of them
RESERVED = frozenset({"articles", CASES, GUIDES, TOPICS})
"""Keys that no source outside can have."""


@dataclass(frozen=True)
class TopicSource:
    """Topics that are called as the question says, as far as there is something in them for the viewer."""

    key: str = TOPICS
    weight: float = 0.8

    def name(self, languages: Sequence[str]) -> str:
        """It is of this base."""
        return ""

    def ask(self, asking: Asking, budget_s: float) -> Sequence[Item]:
        """Topics of the portal, those first of whose name the question has the most."""
        site = asking.site
        if site is None or "topics" not in site.features:
            return ()
        found = _named_alike(asking, site)[: 2 * MOST_TOPICS]
        if not found:
            return ()
        known = places().holding(context.session(), asking.viewer, asking.now, context.head(), found)
        shown = [topic for topic in found if topic.id in known][:MOST_TOPICS]
        if not shown:
            return ()
        marks = Highlighter(parse(asking.question, now=asking.filters.now).texts(), asking.language)
        return [_topic_item(topic, asking, site, marks) for topic in shown]


def _named_alike(asking: Asking, site: PortalSite) -> list[TopicNode]:
    """Topics all of whose name is in the question, or in whose name all of the question is."""
    asked = _terms(words_of(asking.question, asking.language), asking.language)
    scored = []
    for topic in context.structure().topics.values():
        if site.topic_ids is not None and topic.id not in site.topic_ids:
            continue
        called = _terms(topic.name(asking.languages), asking.language)
        if asked and called and (called <= asked or asked <= called):
            common = len(called & asked)
            scored.append((common / len(called | asked), -len(topic.path), topic))
    return [topic for *_, topic in sorted(scored, key=lambda one: one[:2], reverse=True)]


@lru_cache(maxsize=MOST_REMEMBERED)
def _terms(text: str, language: str) -> frozenset[str]:
    """What a text is about: its words as they are compared, without those that every sentence has."""
    analyse = analyzer(language)
    telling = [chunk for chunk in chunks(clean(text)) if chunk not in analyse.common]
    return frozenset(term for chunk in telling for term in analyse[chunk].folded)


def _topic_item(topic: TopicNode, asking: Asking, site: PortalSite, marks: Highlighter) -> Item:
    above = " › ".join(node.name(asking.languages) for node in topic.path[:-1])
    return Item(
        source=TOPICS,
        source_name="",
        kind="topic",
        title=marks.whole(topic.name(asking.languages)),
        snippet=Markup.escape(above),
        url=url_for("portal.topic", portal=site.key, language=asking.language, key=topic.key),
        language=asking.language,
    )


@dataclass(frozen=True)
class GuideSource:
    """Guides, for a question whose first articles have none among them."""

    engine: Engine
    key: str = GUIDES
    weight: float = 0.7

    def name(self, languages: Sequence[str]) -> str:
        """It is of this base."""
        return ""

    def ask(self, asking: Asking, budget_s: float) -> Sequence[Item]:
        """The best guides."""
        filters = replace(asking.filters, kinds=frozenset({"guide"}))
        found = self.engine.search(asking.question, filters, limit=asking.limit, exact=True)
        return [_hit_item(hit, GUIDES, "", asking.address(hit)) for hit in found.hits if not found.relaxed]


def pages(engine: Engine, sources: Sequence[Outside], asking: Asking) -> list[list[Item]]:
    """The best pages of these sitemaps, a list each, found by one search for all; no portal's topics are theirs."""
    if not sources:
        return []
    keys = frozenset(source.key for source in sources)
    filters = replace(asking.filters, sources=keys, portal_topics=None, kinds=frozenset())
    found = engine.search(asking.question, filters, limit=asking.limit * len(sources))
    hits = () if found.relaxed else found.hits
    return [
        [
            _hit_item(hit, source.key, source.name(asking.languages), hit.slug)
            for hit in hits
            if hit.source == source.key
        ][: asking.limit]
        for source in sources
    ]


def _hit_item(hit: Hit, key: str, name: str, url: str) -> Item:
    return Item(
        source=key,
        source_name=name,
        kind=hit.kind,
        title=hit.title_html,
        snippet=hit.snippet,
        url=url,
        language=hit.language,
        hit=hit if not hit.source else None,
    )

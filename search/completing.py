"""Going on from what somebody types, as far as they may see: frequent questions, titles, topics."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from kb.structure import PortalSite, TopicNode
from search.analysis import clean, typed_words
from search.asking import Search
from search.engine import Filters, Suggestion
from search.suggestions import (
    ARTICLE,
    MOST_ARTICLES,
    MOST_QUESTIONS,
    MOST_TOPICS,
    QUESTION,
    TOPIC,
    Completion,
    completion,
    goes_on,
    unlike,
)

MOST_LOOKED_AT = 8
"""So many topics of the right name are looked into, whether they hold anything for this viewer."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where each kind of line leads."""

    question: Callable[[str], str]
    article: Callable[[Suggestion], str]
    topic: Callable[[TopicNode], str]


def completions(
    search: Search,
    typed: str,
    filters: Filters,
    site: PortalSite | None,
    popular: Callable[[], Sequence[str]],
    addresses: Addresses,
) -> list[Completion]:
    """What goes on from what was typed so far.

    Args:
        filters: what the viewer may see, in the reader's language.
        site: the portal, which has frequent questions and topics; None for articles alone.
        popular: questions that many asked in this portal and language and found an answer to, the commonest first.
    """
    if not typed_words(clean(typed)):
        return []
    articles = [
        completion(ARTICLE, found.title, addresses.article(found), typed, found.key)
        for found in search.suggest(typed, filters)
    ]
    if site is None:
        return articles
    language = filters.languages[0] if filters.languages else site.default_language
    questions = [
        completion(QUESTION, asked, addresses.question(asked), typed)
        for asked in popular()
        if goes_on(asked, typed)
    ]
    topics = [
        completion(TOPIC, node.name(site.preference(language)), addresses.topic(node), typed, node.key)
        for node in islice(_topics(search, typed, filters, site, language), MOST_TOPICS)
    ]
    told = unlike([*articles[:MOST_ARTICLES], *questions])
    asked = [line for line in told if line.type == QUESTION][:MOST_QUESTIONS]
    return [*asked, *(line for line in told if line.type == ARTICLE), *topics]


def _topics(
    search: Search, typed: str, filters: Filters, site: PortalSite, language: str
) -> Iterator[TopicNode]:
    """The topics of that name in which there is something for this viewer, in whichever language of the portal."""
    if "topics" not in site.features:
        return
    languages = site.preference(language)
    named = (node for root in site.roots for node in _all(root) if goes_on(node.name(languages), typed))
    for node in islice(named, MOST_LOOKED_AT):
        within = replace(filters, topic=node.key, languages=languages)
        if search.engine.search("", within, limit=1).total:
            yield node


def _all(node: TopicNode) -> Iterator[TopicNode]:
    yield node
    for child in node.children:
        yield from _all(child)

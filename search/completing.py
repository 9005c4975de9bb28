"""Going on from what somebody types, as far as they may see: frequent questions, titles, topics."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from kb.structure import PortalSite, TopicNode
from search.analysis import chunks, clean, typed_words
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
from search.thesaurus import meant_by

MOST_LOOKED_AT = 8
"""So many topics of the right name are looked into, whether they hold anything for this viewer."""

FEW_TITLES = 3
"""With fewer titles than this that go on as typed, they are looked for in other words too."""

MOST_OTHER_WORDS = 2


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
    holding: Callable[[Sequence[TopicNode]], Collection[int]],
    addresses: Addresses,
) -> list[Completion]:
    """What goes on from what was typed so far.

    Args:
        filters: what the viewer may see, in the reader's language.
        site: the portal, which has frequent questions and topics; None for articles alone.
        popular: questions that many asked in this portal and language and found an answer to, the commonest first.
        holding: the ids of those topics in or below which there is something for the viewer.
    """
    if not typed_words(clean(typed)):
        return []
    articles = [
        completion(ARTICLE, found.title, addresses.article(found), words, found.key)
        for found, words in _titles(search, typed, filters)
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
        for node in islice(_topics(typed, site, language, holding), MOST_TOPICS)
    ]
    told = unlike([*articles[:MOST_ARTICLES], *questions])
    asked = [line for line in told if line.type == QUESTION][:MOST_QUESTIONS]
    return [*asked, *(line for line in told if line.type == ARTICLE), *topics]


def _titles(search: Search, typed: str, filters: Filters) -> Iterator[tuple[Suggestion, str]]:
    """Titles that go on as typed, then those with other words for it, each with the words that it has."""
    known = set()
    for found in search.suggest(typed, filters):
        known.add(found.key)
        yield found, typed
    if len(known) < FEW_TITLES:
        for words in _in_other_words(search, typed, filters):
            for found in search.suggest(words, filters):
                if found.key not in known:
                    known.add(found.key)
                    yield found, words


def _in_other_words(search: Search, typed: str, filters: Filters) -> Iterator[str]:
    """What was typed with a synonym, as authors keep them, in the place of the words that it stands for."""
    words = chunks(clean(typed))
    language = filters.languages[0] if filters.languages else ""
    known = search.advice().synonyms.get(language)
    meant = meant_by(words, known, language) if known else {}
    others = dict.fromkeys(other for found in meant.values() for other in found)
    rest = [word for word in words if word not in meant]
    for other in islice(others, MOST_OTHER_WORDS):
        yield " ".join([other, *rest])


def _topics(
    typed: str,
    site: PortalSite,
    language: str,
    holding: Callable[[Sequence[TopicNode]], Collection[int]],
) -> Iterator[TopicNode]:
    """The topics of that name in which there is something for this viewer, in whichever language of the portal."""
    if "topics" not in site.features:
        return
    languages = site.preference(language)
    named = (node for root in site.roots for node in _all(root) if goes_on(node.name(languages), typed))
    looked_at = list(islice(named, MOST_LOOKED_AT))
    known = holding(looked_at)
    yield from (node for node in looked_at if node.id in known)


def _all(node: TopicNode) -> Iterator[TopicNode]:
    yield node
    for child in node.children:
        yield from _all(child)

"""What the one box answers with: one list from all sources, and what helps where the list does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from markupsafe import Markup

from search.engine import Hit

ARTICLES = "articles"
"""The key of the source that every list begins with: the articles of this base."""


class Proven(NamedTuple):
    """How often a solution was tried.

    Args:
        worked, failed: since it was written down.
        contacts: how many contacts it comes from.
    """

    worked: int
    failed: int
    contacts: int

    @property
    def tried(self) -> int:
        """How often at all."""
        return self.worked + self.failed


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the list.

    Args:
        source: the key of where it comes from: "articles", "guides", "cases", "topics", or that of an outside source.
        source_name: its name in the reader's language; empty for what is of this base.
        kind: what it is: an article's kind, "case", "topic", "page".
        title: HTML; all escaped but `<mark>`.
        snippet: HTML; all escaped but `<mark>`.
        url: where it is read.
        language: its language; "" where the source does not say.
        hit: the article behind it, None for everything else.
        proven: of a case, how often what it says has worked.
    """

    source: str
    source_name: str
    kind: str
    title: Markup
    snippet: Markup
    url: str
    language: str
    hit: Hit | None = None
    proven: Proven | None = None


class Offer(NamedTuple):
    """Guided help by solved cases that understands the question.

    Args:
        case_type: its key.
        name: what readers call it.
        facts: what was understood: what is known, and the value, both in the reader's words.
        text: the question, for a start with it.
    """

    case_type: str
    name: str
    facts: Sequence[tuple[str, str]]
    text: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A source that did not answer; named under the list. `late`: it may still do so next time."""

    source_name: str
    late: bool


@dataclass(frozen=True, slots=True)
class Passage:
    """The passage that answers, where the evidence is strong.

    Args:
        text: HTML; all escaped but `<mark>`.
        anchor: the id of the heading it stands under, "" for the beginning.
    """

    text: Markup
    item: Item
    anchor: str


@dataclass(frozen=True, slots=True)
class Facet:
    """One value of one facet and how many of the answers have it, among what this viewer may see."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything that the box knows about a question.

    Args:
        items: one page of the list, best first.
        total: how many articles there are, all pages together.
        asked: what the list answers: the question as typed, or as it was corrected.
        instead_of: the question as typed, where the list answers a corrected one; else "".
        did_you_mean: a better spelled question to ask, "" for none.
        given_up: words of the question that these answers need not have; they are relaxed if there are any.
        near_misses: where nothing answers, what came nearest.
        elsewhere: answers in other languages, marked as such.
        passage: the answer itself.
        guide: a guide that fits the question.
        offer: guided help by cases, where there is no such guide.
        failures: sources that did not answer.
        also_asked: questions that others asked next to this one.
        facets: facet (kind, topic, language, tag) -> its values, the commonest first.
        token: names this question in the log, "" where it is not kept.
    """

    items: tuple[Item, ...] = ()
    total: int = 0
    asked: str = ""
    instead_of: str = ""
    did_you_mean: str = ""
    given_up: tuple[str, ...] = ()
    near_misses: tuple[Item, ...] = ()
    elsewhere: tuple[Item, ...] = ()
    passage: Passage | None = None
    guide: Item | None = None
    offer: Offer | None = None
    failures: tuple[Failure, ...] = ()
    also_asked: tuple[str, ...] = ()
    facets: Mapping[str, tuple[Facet, ...]] = field(default_factory=dict)
    token: str = ""

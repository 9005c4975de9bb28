"""What a search engine is to the rest of the house: a protocol, and the things that cross it.

An engine holds one document for each published revision of a translation and follows the journal: it remembers
the last entry it has applied, together with the documents, so that the two can never disagree. Every question
comes with filters that say what this viewer may see; they are part of what the index is asked, never an
afterthought.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from markupsafe import Markup

from search.advice import NO_ADVICE, Advice
from search.answering import Answering

FOREVER = 2**40
"""A moment that never comes, in Unix seconds."""


@dataclass(frozen=True, slots=True)
class Document:
    """One published (or scheduled) revision of one translation, as plain text."""

    id: str
    """Revision id, unique."""
    article: str
    """Article id; documents leave the index by it."""
    key: str
    kind: str
    language: str
    slug: str
    title: str
    summary: str
    body: str
    headings: tuple[str, ...]
    tags: tuple[str, ...]
    topics: tuple[str, ...]
    """Topic keys with all their ancestors."""
    audience: str
    visible_from: int
    """Unix seconds; visible while ``visible_from <= now < visible_until``."""
    visible_until: int
    changed_at: int
    """Unix seconds."""
    stale_from: int = FOREVER
    """Unix seconds; from when on its source says something else."""
    source: str = ""
    """"" for what is of this base; the key of its source for a page read from outside, whose slug is its address."""
    anchors: tuple[tuple[int, str], ...] = ()
    """Where headings begin in the body, and their ids."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What this viewer may see, and what they ask to see of it. Within one filter any of its values will do."""

    audiences: frozenset[str]
    """Always applied: no audience finds nothing."""
    now: int
    """Unix seconds."""
    languages: tuple[str, ...] = ()
    """Those of the searcher, the preferred one first; none means every language."""
    portal_topics: frozenset[str] | None = None
    """The topics this portal shows; None is no limit, an empty set shows nothing."""
    topic: str | None = None
    kinds: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    hides_stale: bool = False
    """Whether translations that say something else than their source are left out."""
    sources: frozenset[str] = frozenset({""})
    """Where documents may come from; "" is this base."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A document that answers."""

    id: str
    article: str
    key: str
    kind: str
    language: str
    slug: str
    title: str
    summary: str
    score: float
    snippet: Markup
    """The passage that fits best; everything is escaped but ``<mark>``."""
    title_html: Markup
    changed_at: int
    source: str = ""
    also_in: tuple[str, ...] = ()
    """Other languages asked for in which the same article answers too."""
    alike: int = 0
    """How many near duplicates of it are folded into this hit."""
    reasons: tuple[str, ...] = ()
    """What moved it in the order beside its words, as keys of :data:`search.ranking.REASONS`."""


@dataclass(frozen=True, slots=True)
class Results:
    """One page of hits. ``total`` counts all; ``relaxed``: no document has every word, these have some of them.

    ``given_up`` are the words, as typed, that the best of them does not have; ``instead`` is the question as it was
    corrected, where these answer a corrected one; ``did_you_mean`` one that would find more. ``facets``: facet
    (kind, topic, language, tag) -> (value, count), the commonest first; only where they were asked for.
    """

    hits: tuple[Hit, ...]
    total: int
    relaxed: bool
    given_up: tuple[str, ...] = ()
    instead: str = ""
    did_you_mean: str = ""
    facets: Mapping[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A title that goes on as somebody types."""

    title: str
    key: str
    language: str
    slug: str


@dataclass(frozen=True, slots=True)
class DocumentText:
    """What a document says, and in which language."""

    id: str
    language: str
    title: str
    summary: str
    body: str


NOTHING = Results((), 0, relaxed=False)


class Writer(Protocol):
    """The side of an index that the journal's follower sees."""

    def position(self) -> int:
        """The journal's seq up to which everything is in the index; 0 for an empty one."""

    def apply(
        self, *, deletes: Iterable[str], documents: Iterable[Document], position: int, after: int = 0
    ) -> None:
        """Take out these articles, put in these documents, remember the position: all of it or nothing.

        A document replaces the one with its id, so that applying twice does no harm. ``position`` is taken as
        it is given: a slow follower that comes last with an older one makes the next one catch up again, and
        nothing is lost. ``after``: the position that these changes follow on. Nothing is done where the index has
        not come so far, because another has just taken its place: what lies between would be lost.
        """


class Engine(Writer, Protocol):
    """An index one can ask."""

    def search(
        self,
        question: str,
        filters: Filters,
        *,
        limit: int = 10,
        offset: int = 0,
        advice: Advice = NO_ADVICE,
        facets: bool = False,
        exact: bool = False,
        marked: bool = True,
    ) -> Results:
        """The best documents for what a person typed, at most 1,000 at once. Whatever is typed, it never raises.

        ``exact``: as it is spelled, without mending it. ``marked``: whether hits come with their passages, and with the
        words marked; whoever looks at many to show few leaves it.

        Of a few keywords a document must have all; where hardly any has, those with some are found too. Of a
        sentence it must have some, and the best come first. Where no words are looked for, the newest come first.
        """

    def chosen(
        self, ids: Sequence[str], question: str, filters: Filters, *, marked: bool = True
    ) -> tuple[Hit, ...]:
        """Those of these documents that the filters, and those within the question, let through; in the order given."""

    def answer(self, question: str, hits: Sequence[Hit]) -> Answering | None:
        """The passage of the first of these hits that answers, or None where the evidence is not strong."""

    def texts(self, known: Container[str]) -> Iterator[DocumentText]:
        """The texts of all documents whose ids are not known, for whoever wants to work through them in peace."""

    def ids(self) -> frozenset[str]:
        """The ids of all documents."""

    def suggest(self, prefix: str, filters: Filters, *, limit: int = 8) -> tuple[Suggestion, ...]:
        """Titles that go on from what has been typed so far."""

    def clear(self) -> None:
        """Start again, empty and at position 0."""

    def rebuild(self) -> AbstractContextManager[Writer]:
        """Fill a second index beside this one: leaving the context puts it in place, an error drops it.

        Until then this one answers and follows the journal. What was applied to it meanwhile is not in the new
        one, whose position says from where the journal has to be applied again.
        """

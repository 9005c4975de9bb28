"""How a question is asked of an index: as it was typed, and, where that finds too little, a little differently.

In this order: fewer of its words, its phrases apart, its last word as the beginning of one. Filters, ``+must`` and
``-not`` are never given up. How its spelling is mended stands in :mod:`search.tantivy.mending`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from tantivy import DocAddress, Query

from search.advice import NO_ADVICE, Advice
from search.analysis import analyzer, fold
from search.correction import as_typed
from search.engine import Filters
from search.query import AllOf, AnyOf, Near, Node, Phrase, Prefix, Question, Word, parse
from search.ranking import ENOUGH, shares
from search.tantivy.index import Snapshot
from search.tantivy.query import MOST_MARKED, Compiled
from search.tantivy.schema import Shown, shown

MOST_HITS = 1_000

RARE = 200
"""A word in more documents than this is no typing mistake, whoever may see them; that spares a look at all of them."""

Found = list[tuple[float, DocAddress]]


@dataclass(frozen=True)
class Outcome:
    """What became of a question.

    Args:
        question: what was asked in the end; its texts are what to mark in the answers.
        compiled: that, for this viewer.
        query: all that was found, for whoever counts it or goes on from there; None where nothing was.
        page: one page of it.
        total: how many there are on all pages.
        relaxed, given_up, instead, did_you_mean: as in :class:`search.engine.Results`.
        lacking: the parts of the question that the best document does not have; all, where there is none.
    """

    question: Question
    compiled: Compiled
    query: Query | None = None
    page: Sequence[tuple[float, DocAddress]] = ()
    total: int = 0
    relaxed: bool = False
    lacking: tuple[Node, ...] = ()
    given_up: tuple[str, ...] = ()
    instead: str = ""
    did_you_mean: str = ""

    @property
    def is_enough(self) -> bool:
        """Whether there is no reason to look for anything else."""
        return not self.relaxed and self.total >= ENOUGH

    @cached_property
    def newest_first(self) -> bool:
        """Whether the order is by date: nothing was looked for by words."""
        return not self.question.texts()


@dataclass(frozen=True, slots=True)
class Asking:
    """One viewer's page of answers, from one snapshot, to however the question is put."""

    snapshot: Snapshot
    filters: Filters
    advice: Advice = NO_ADVICE
    limit: int = 10
    offset: int = 0

    @property
    def languages(self) -> tuple[str, ...]:
        """Those to look in."""
        return self.filters.languages or self.snapshot.languages

    def compiled(self, question: Question) -> Compiled:
        """A question for this viewer."""
        return Compiled(self.snapshot, self.languages, question, self.filters, self.advice)

    def ask(self, typed: str) -> Outcome:
        """The best there is for a question as it is spelled: all of it, or as much of it as there is."""
        question = parse(typed, now=self.filters.now)
        outcome = self._loosened(question)
        if not outcome.is_enough and typed[-1:].isalnum() and self._ends_early(outcome):
            outcome = self._loosened(question.unfinished())
        return self._told(outcome, typed) if outcome.relaxed or not outcome.total else outcome

    def count(self, query: Query | None) -> int:
        """How many documents a query finds."""
        return page(self.snapshot, query, 1, 0)[1] if query else 0

    def is_missing(self, compiled: Compiled, word: Word) -> bool:
        """Whether the viewer can see no document with this word, nor with what else is meant by it."""
        return compiled.frequency(word) <= RARE and not self.count(compiled.having(word))

    def best(self, query: Query) -> Shown | None:
        """What the best document says."""
        found, _ = page(self.snapshot, query, 1, 0)
        return shown(self.snapshot.searcher.doc(found[0][1])) if found else None

    def _best_of(self, outcome: Outcome) -> Shown | None:
        if outcome.page and self.offset <= 0:
            return shown(self.snapshot.searcher.doc(outcome.page[0][1]))
        return self.best(outcome.query) if outcome.query else None

    def _loosened(self, question: Question) -> Outcome:
        """With its phrases as they are, or, where nothing has them, apart; the question stays as it was meant."""
        outcome = self._relaxed(question)
        for step in (*question.loosened(),)[1:]:
            if outcome.total:
                break
            looser = self._relaxed(step)
            if looser.total:
                outcome = replace(looser, question=question, relaxed=True)
        return outcome

    def _relaxed(self, question: Question) -> Outcome:
        """With all its words, or with some."""
        compiled = self.compiled(question)
        words = len(question.telling(analyzer(next(iter(self.languages), "")).common))
        tried = shares(words, required=question.requires_words())
        best = Outcome(question, compiled)
        for share in tried:
            query = compiled.query(share)
            found, total = self._page(query, question)
            if total > best.total:
                some_have_all = share == 1.0 or (best.total > 0 and not best.relaxed)
                best = Outcome(question, compiled, query, found, total, relaxed=not some_have_all)
            if best.total >= ENOUGH:
                break
        return best

    def _page(self, query: Query | None, question: Question) -> tuple[Found, int]:
        if query is None:
            return [], 0
        newest_first = not question.texts()
        return page(self.snapshot, query, self.limit, self.offset, newest_first=newest_first)

    def _ends_early(self, outcome: Outcome) -> bool:
        """Whether the last word is none, but the beginning of one."""
        unfinished = outcome.question.unfinished()
        match outcome.question.wanted, unfinished.wanted:
            case (*_, Word() as word), (*_, Prefix() as beginning):
                compiled = outcome.compiled
                return self.is_missing(compiled, word) and self.count(compiled.having(beginning)) > 0
        return False

    def _told(self, outcome: Outcome, typed: str) -> Outcome:
        """The outcome with what its best document lacks."""
        question = outcome.question
        best = self._best_of(outcome)
        if best is None:
            return replace(outcome, lacking=(*question.wanted, *question.quoted))
        parts = (*question.telling(analyzer(best.language).common), *question.quoted)
        marked, _ = page(self.snapshot, outcome.compiled.marking(best.id, parts), 1, 0)
        bits = int(marked[0][0]) if marked else 0
        lacking = tuple(node for bit, node in enumerate(parts[:MOST_MARKED]) if not bits >> bit & 1)
        written = as_typed(typed)
        given_up = tuple(dict.fromkeys(_as_typed(node, written) for node in lacking))
        return replace(outcome, relaxed=bool(lacking), lacking=lacking, given_up=given_up)


def page(
    snapshot: Snapshot, query: Query, limit: int, offset: int, *, newest_first: bool = False
) -> tuple[Found, int]:
    """One page of what a query finds, and how many there are on all pages; at most 1,000 at once."""
    result = snapshot.searcher.search(
        query,
        limit=min(max(limit, 1), MOST_HITS),
        offset=min(max(offset, 0), snapshot.searcher.num_docs),
        order_by_field="changed_at" if newest_first else None,
    )
    hits = [(0.0 if newest_first else score, address) for score, address in result.hits]
    return hits, result.count  # type: ignore[attr-defined]  # the stub leaves it out


def _as_typed(node: Node, written: dict[str, str]) -> str:
    """A part of a question as the person wrote it; ``written``: chunk in lower case -> as it was typed."""
    match node:
        case Word(text):
            return written.get(text, text)
        case Phrase(text) | Near(text):
            return f'"{" ".join(written.get(chunk, chunk) for chunk in text.split(" "))}"'
        case Prefix(text):
            return next((typed for chunk, typed in written.items() if fold(chunk) == text), f"{text}*")
        case AnyOf(nodes):
            return " OR ".join(_as_typed(one, written) for one in nodes)
        case AllOf(nodes):
            return " ".join(_as_typed(one, written) for one in nodes)
    return ""

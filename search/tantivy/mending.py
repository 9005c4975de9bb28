"""A question whose words no document has is asked once more as it was probably meant.

Nobody learns of a word by it: a word is only put in where a document that this viewer may see has it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from tantivy import Query

from search.analysis import analyzer, fold
from search.correction import (
    MOST_CORRECTED,
    candidates,
    halves,
    likelihood_cost,
    replaced,
    unfiltered,
    written,
)
from search.query import AllOf, Phrase, Word
from search.ranking import ENOUGH, MOST_KEYWORDS
from search.snippets import FARTHEST
from search.tantivy.asking import Asking, Outcome
from search.tantivy.clauses import all_of
from search.tantivy.query import Compiled
from search.tantivy.vocabulary import Vocabularies

APART, FAR_APART = 0.5, 1.0
"""What it takes to write two words as one, or one as two; and where no document has them side by side."""

FITTING = 0.3
"""So much less does a word cost that stands in an article together with the others of the question."""

SCARCE = 2
"""A word in so few documents may itself be a mistake."""

FAR_MORE = 5
"""A spelling is offered beside results only if it finds so many times as much."""

LIKE_BEGINNING = 5
"""Letters that a word of the language and what is asked for in its place have in common."""

Run = tuple[str, ...]


class Way(NamedTuple):
    """What may have been meant: what it takes to mistype it so, in place of which words, and how it is written."""

    cost: float
    run: Run
    words: str


@dataclass(frozen=True, slots=True)
class Mending:
    """Looks for a better spelling of one question."""

    asking: Asking
    vocabularies: Vocabularies

    def mended(self, typed: str, outcome: Outcome) -> Outcome:
        """What to answer instead of ``outcome``, or beside it: the outcome of the better question, or a hint at it."""
        self.vocabularies.prepare(self.asking.snapshot, self.asking.languages)
        if outcome.is_enough:
            return outcome
        if not outcome.total and (bare := without_filters(self.asking, typed)):
            return replace(outcome, did_you_mean=bare)
        if better := self._respelled(typed, outcome):
            again = self.asking.ask(better)
            if self._answers_better(again, outcome):
                return replace(again, instead=better)
            if again.total >= outcome.total > 0:
                return replace(outcome, did_you_mean=better)
        if outcome.total < ENOUGH and (better := self._commoner(typed, outcome)):
            return replace(outcome, did_you_mean=better)
        return outcome

    def _answers_better(self, again: Outcome, outcome: Outcome) -> bool:
        """Whether the best answer has more of what was asked."""
        if not again.total or not outcome.total:
            return again.total > 0
        return len(again.lacking) < len(outcome.lacking)

    def _respelled(self, typed: str, outcome: Outcome) -> str:
        """The question with better words for those that the viewer can see nowhere, and with words written in two
        put together; "" where there is none.
        """
        meant: dict[Run, str] = {}
        tried = 0
        for word in outcome.lacking:
            if (
                isinstance(word, Word)
                and tried < MOST_CORRECTED
                and not any(word.text in run for run in meant)
            ):
                is_missing = self.asking.is_missing(outcome.compiled, word)
                found = self._ways(outcome, word) if is_missing else self._together(outcome, word)
                ways = sorted(way for way in found if self._is_likely(word, way))
                tried += is_missing
                if ways:
                    meant[ways[0].run] = ways[0].words
        again = replaced(typed, meant) if meant else typed
        return again if again != typed else ""

    def _is_likely(self, word: Word, way: Way) -> bool:
        """A word of the language is not mistyped where no document has it, bread no break; but it may have a relative
        that the word list does not know of, which then begins like it.
        """
        is_respelled = way.run == (word.text,)
        if not is_respelled or not any(analyzer(one).knows(word.text) for one in self.asking.languages):
            return True
        return (
            fold(way.words).startswith(fold(word.text)[:LIKE_BEGINNING]) and len(word.text) > LIKE_BEGINNING
        )

    def _ways(self, outcome: Outcome, word: Word, at_least: int = 1) -> Iterator[Way]:
        """What may have been meant by a word, and stands in so many documents that the viewer may see."""
        others = self._others(outcome)
        for language in self.asking.languages:
            yield from self._spelled_alike(outcome.compiled, word, language, at_least, others)
            yield from self._apart(outcome.compiled, word, language, at_least)
        yield from self._together(outcome, word, at_least)

    def _others(self, outcome: Outcome) -> list[Query]:
        """The parts of a question of keywords that its best answer has."""
        kept = [node for node in outcome.question.wanted if node not in outcome.lacking][:MOST_KEYWORDS]
        return [query for node in kept if (query := outcome.compiled.having(node)) is not None]

    def _spelled_alike(
        self, compiled: Compiled, word: Word, language: str, at_least: int, others: Sequence[Query]
    ) -> Iterator[Way]:
        vocabulary = self.vocabularies.of(self.asking.snapshot, language)
        for candidate, effort in candidates(word.text, vocabulary):
            query = compiled.spelled(candidate, language)
            if (count := self.asking.count(query)) >= at_least:
                fits = bool(others) and self.asking.count(all_of([query, *others])) > 0
                weighed = likelihood_cost(effort, count) - (FITTING if fits else 0.0)
                yield Way(weighed, (word.text,), self._written(query, candidate))

    def _apart(self, compiled: Compiled, word: Word, language: str, at_least: int) -> Iterator[Way]:
        """Two words that were written as one."""
        for pair in halves(word.text, self.vocabularies.of(self.asking.snapshot, language)):
            spelled = [compiled.spelled(half, language) for half in pair]
            if all(map(self.asking.count, spelled)):
                phrase, both = Phrase(" ".join(pair), word.field), _each(pair, word.field)
                for effort, way in ((APART, phrase), (FAR_APART, both)):
                    if self.asking.count(compiled.having(way)) >= at_least:
                        yield Way(effort, (word.text,), " ".join(map(self._written, spelled, pair)))

    def _together(self, outcome: Outcome, word: Word, at_least: int = 1) -> Iterator[Way]:
        """One word that was written as two."""
        for run in _neighbouring(outcome, word):
            joint = "".join(run)
            if not outcome.compiled.stands(joint):
                continue
            query = outcome.compiled.having(Word(joint, word.field))
            if query is not None and self.asking.count(query) >= at_least:
                yield Way(APART, run, self._written(query, fold(joint)))

    def _written(self, query: Query, word: str) -> str:
        """A word with its accents, as one of the documents has it."""
        found = self.asking.best(query)
        return written(word, (found.title, found.summary, found.body[:FARTHEST]) if found else ())

    def _commoner(self, typed: str, outcome: Outcome) -> str:
        """The question with much commoner words that are spelled nearly like its scarce ones, if it finds far more."""
        compiled, asking = outcome.compiled, self.asking
        meant: dict[Run, str] = {}
        words = [node for node in outcome.question.wanted if isinstance(node, Word)]
        for word in words[:MOST_CORRECTED]:
            if compiled.frequency(word) <= SCARCE and (count := asking.count(compiled.having(word))):
                ways = sorted(self._ways(outcome, word, at_least=count * FAR_MORE))
                if ways:
                    meant[ways[0].run] = ways[0].words
        better = replaced(typed, meant) if meant else typed
        finds_more = better != typed and asking.ask(better).total >= outcome.total * FAR_MORE
        return better if finds_more else ""


def without_filters(asking: Asking, typed: str) -> str:
    """The question without the filters in it, where only they are to blame that nothing was found; else ""."""
    bare = unfiltered(typed)
    return bare if bare and bare != " ".join(typed.split()) and asking.ask(bare).total else ""


def _each(words: Run, field: str) -> AllOf:
    return AllOf(tuple(Word(word, field) for word in words))


def _neighbouring(outcome: Outcome, word: Word) -> Iterator[Run]:
    """The word with the one before, and with the one after it."""
    words = [node.text if isinstance(node, Word) else "" for node in outcome.question.wanted]
    at = words.index(word.text) if word.text in words else -1
    for first in (at - 1, at):
        if 0 <= first < len(words) - 1 and words[first].isalpha() and words[first + 1].isalpha():
            yield words[first], words[first + 1]

"""Who asks about something else is told that there is nothing, and who asks for what is there is not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import NamedTuple

from bench.judged import Judged, out_of_domain
from bench.off_topic import OFF_TOPIC
from bench.tables import Cell, table
from search.analysis import analyzer
from search.engine import Engine, Filters
from search.evidence import says_too_little
from search.meaning.asking import is_question, joined, near_hits
from search.meaning.meaning import Meaning

DEPTH = 20  # as the box looks
FIRST = 10  # where a right answer is found
FEWEST = 10  # questions that make a row; among keywords some happen to look like a sentence
MOST = 400  # questions of a set that are asked of what they have nothing to do with
HEADINGS = ["asked", "of", "questions", "by words", "with meaning"]


class Told(NamedTuple):
    """The ids of what was found, best first, and whether it is called an answer."""

    ids: list[str]
    is_answer: bool


@dataclass(frozen=True, slots=True)
class Base:
    """One collection of documents in one of its languages.

    Args:
        meaning: None where nothing is encoded.
    """

    collection: str
    language: str
    engine: Engine
    meaning: Meaning | None
    filters: Filters

    @property
    def name(self) -> str:
        """The collection and the language."""
        return f"{self.collection} ({self.language})"

    def asked(self, question: str) -> tuple[Told, Told]:
        """What a sentence finds by words alone, and with meaning; both the same where nothing is encoded."""
        words = self.engine.search(question, self.filters, limit=DEPTH, marked=False)
        ids = [hit.id for hit in words.hits]
        by_words = Told(ids, bool(ids) and not says_too_little(words, question))
        if self.meaning is None:
            return by_words, by_words
        near = near_hits(self.meaning, self.engine, question, self.filters, DEPTH)
        hits, is_chance = joined(self.meaning, question, words.hits, near, DEPTH, self.filters.languages)
        return by_words, Told([hit.id for hit in hits], not is_chance)


def measure(bases: Sequence[Base], sets: Sequence[Judged]) -> str:
    """Two Markdown tables: questions about something else that find nothing, and right answers that go with them."""
    honest = [row for base in bases for row in _honest(base, sets)]
    lost = [row for base in bases for row in _lost(base, sets)]
    return "\n\n".join(
        (
            _table("Questions about something else that are told: nothing found", honest),
            _table("Right answers among the first ten that are no more than near misses", lost),
        )
    )


class _Row(NamedTuple):
    """What was asked of what, and of each question whether it counts by words alone, and with meaning."""

    asked: str
    of: str
    found: Sequence[tuple[bool, bool]]

    def cells(self) -> list[Cell]:
        return [
            self.asked,
            self.of,
            len(self.found),
            *(f"{fmean(column):.1%}" for column in zip(*self.found, strict=True)),
        ]


def _table(title: str, rows: Sequence[_Row]) -> str:
    asked = [row for row in rows if len(row.found) >= FEWEST]
    every = [one for row in asked for one in row.found]
    return table(title, HEADINGS, [row.cells() for row in (*asked, _Row("all", "", every)) if row.found])


def _honest(base: Base, sets: Sequence[Judged]) -> Iterator[_Row]:
    asked = {"bread, cats, the Romans": OFF_TOPIC.get(base.language, ())}
    if base.language == "en":
        asked["a bank's customers"] = out_of_domain(MOST)
    for one in sets:
        if one.collection != base.collection and one.language == base.language and not one.is_elsewhere:
            asked.setdefault(one.collection, list(dict.fromkeys(each.text for each in one.asked))[:MOST])
    for name, texts in asked.items():
        found = [base.asked(text) for text in texts if _is_sentence(text, base.language)]
        yield _Row(name, base.name, [(not words.is_answer, not both.is_answer) for words, both in found])


def _lost(base: Base, sets: Sequence[Judged]) -> Iterator[_Row]:
    for one in sets:
        if (one.collection, one.language) != (base.collection, base.language) or one.is_elsewhere:
            continue
        yield _Row(
            one.name,
            base.name,
            [
                (_is_lost(words, each.right), _is_lost(both, each.right))
                for each in one.asked
                if not each.topic and _is_sentence(each.text, one.language)
                for words, both in [base.asked(each.text)]
            ],
        )


def _is_lost(told: Told, right: frozenset[str]) -> bool:
    return not told.is_answer and not right.isdisjoint(told.ids[:FIRST])


def _is_sentence(text: str, language: str) -> bool:
    return is_question(text, analyzer(language).common)

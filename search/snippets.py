"""The passage of a text that answers a question, as HTML: all escaped, the words found in ``<mark>``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, takewhile
from typing import NamedTuple

from markupsafe import Markup, escape

from search.analysis import CHUNK, JOINED, WORD, analyzer, chunks, lowered, unaccented
from search.query import Prefix, Text

LENGTH = 200  # characters of a passage, about
LEAD = 80  # of them at most before the first word found: its sentence may begin there
FARTHEST = 20_000  # characters of a body that are looked through
MOST_MARKS = 60

_NOTHING, _MARK, _MARKED = Markup(), Markup("<mark>"), Markup("</mark>")
_FROM, _ON = Markup("\u2026 "), Markup(" \u2026")
_SPACES = re.compile(r"\s+")
_SENTENCE_END = re.compile(r"[.!?:\u2026]\s+|\n\s*")


class Mark(NamedTuple):
    """Characters ``start`` to ``end`` of a text are the term ``term``."""

    start: int
    end: int
    term: str


class _Places(dict[str, tuple[Mark, ...]]):
    """Chunk -> where in it the words of a question are; remembered, for texts say the same again and again."""

    def __init__(self, texts: Iterable[Text], language: str) -> None:
        super().__init__()
        self._analyzer = analyzer(language)
        prefixes, words = [], []
        for text in texts:
            if isinstance(text, Prefix):
                prefixes.append(self._analyzer.namespaced(text.text))
            else:
                words += chunks(text.text)
        telling = [word for word in words if word not in self._analyzer.common] or words
        terms = [self._analyzer[word] for word in telling]
        self._prefixes = tuple(prefixes)
        self._parts = {part for term in terms for part in (*term.parts, term.whole) if part}
        self._folded = {part for term in terms for part in term.folded}
        self.names = any(term.whole for term in terms)
        self.heads = {_head(term.partition(":")[2]) for term in (*self._parts, *self._prefixes)}
        self.plain_heads = {_head(term.partition(":")[2]) for term in (*self._folded, *self._prefixes)}

    def __missing__(self, chunk: str) -> tuple[Mark, ...]:
        places = self[chunk] = tuple(self._look(chunk))
        return places

    def _look(self, chunk: str) -> Iterator[Mark]:
        terms = self._analyzer[chunk]
        if terms.whole in self._parts:
            yield Mark(0, len(chunk), terms.whole)
            return
        columns = zip(WORD.finditer(chunk), terms.parts, terms.folded, terms.words, strict=False)
        for word, part, folded, written in columns:
            if part in self._parts or folded in self._folded or self._begins(written):
                yield Mark(word.start(), word.end(), folded)

    def _begins(self, written: str) -> bool:
        return bool(self._prefixes) and written.startswith(self._prefixes)


class Highlighter:
    """Finds the words of a question in texts of one language."""

    def __init__(self, texts: Iterable[Text], language: str) -> None:
        self._places = _Places(texts, language)

    def passage(self, body: str, summary: str) -> Markup:
        """The stretch of the body with the most of the words; where it has none, the summary or the beginning."""
        lower = lowered(body[:FARTHEST])
        marks = self._marks(lower)
        if not marks and summary:
            return self.whole(summary)
        start, end = _window(body, _densest(marks))
        return _cut(body, start, end, marks)

    def whole(self, text: str) -> Markup:
        """The whole text."""
        return _cut(text, 0, len(text), self._chunks(CHUNK, lowered(text)))

    def _marks(self, lower: str) -> list[Mark]:
        """The quickest way that finds anything; names with hyphens are only found whole by looking at chunks."""
        places = self._places
        if places.names:
            return self._chunks(CHUNK, lower)
        marks = self._words(lower, lower, places.heads)
        marks = marks or self._words(lower, unaccented(lower), places.plain_heads)
        return marks or self._chunks(JOINED, lower)

    def _words(self, lower: str, looked_through: str, heads: set[str]) -> list[Mark]:
        """Words that begin with the same letters as the question's, and have the same stem: found quickly."""
        found: dict[int, Mark] = {}
        for head in heads:
            for start in islice(_beginnings(looked_through, head), MOST_MARKS):
                if start not in found and (word := WORD.match(lower, start)):
                    found.update((start, _moved(mark, start)) for mark in self._places[word[0]])
        return [found[start] for start in sorted(found)]

    def _chunks(self, pattern: re.Pattern[str], lower: str) -> list[Mark]:
        """Chunks looked at one by one: found even where the question has a hyphen and the text has none."""
        places = self._places
        if not places.heads:
            return []
        found = [(chunk.start(), marks) for chunk in pattern.finditer(lower) if (marks := places[chunk[0]])]
        return [_moved(mark, start) for start, marks in found[:MOST_MARKS] for mark in marks]


def _moved(mark: Mark, by: int) -> Mark:
    return Mark(mark.start + by, mark.end + by, mark.term)


def _head(term: str) -> str:
    """The letters that all forms of a word have in common, as good as always."""
    return term[: max(2, min(5, len(term) - 1))]


def _beginnings(lower: str, head: str) -> Iterator[int]:
    at = lower.find(head)
    while at >= 0:
        if at == 0 or not lower[at - 1].isalnum():
            yield at
        at = lower.find(head, at + 1)


def _densest(marks: Sequence[Mark]) -> Sequence[Mark]:
    """The neighbours with the most different words among them, then the most words; the first of equals."""
    best: Sequence[Mark] = ()
    best_worth = (0, 0)
    for at, first in enumerate(marks):
        reach = first.start + LENGTH - LEAD
        group = list(takewhile(lambda mark: mark.end <= reach, marks[at:]))  # noqa: B023
        worth = (len({mark.term for mark in group}), len(group))
        if worth > best_worth:
            best, best_worth = group, worth
    return best


def _window(body: str, marks: Sequence[Mark]) -> tuple[int, int]:
    """Where to cut around the marks: at the start of a sentence where one is near, else between words."""
    start = 0
    if marks and marks[0].start > LEAD:
        nearest = marks[0].start - LEAD
        ends = [end.end() for end in _SENTENCE_END.finditer(body, nearest, marks[0].start)]
        space = body.find(" ", nearest + LEAD // 2, marks[0].start)
        start = ends[-1] if ends else space + 1 if space >= 0 else marks[0].start
    if start + LENGTH >= len(body):
        return start, len(body)
    space = body.rfind(" ", marks[-1].end if marks else start + 1, start + LENGTH)
    return start, space if space >= 0 else start + LENGTH


def _cut(text: str, start: int, end: int, marks: Iterable[Mark]) -> Markup:
    pieces = [_FROM if start else _NOTHING]
    at = start
    for mark in marks:
        if at <= mark.start and mark.end <= end:
            pieces += [_plain(text[at : mark.start]), _MARK, escape(text[mark.start : mark.end]), _MARKED]
            at = mark.end
    pieces += [_plain(text[at:end]), _ON if end < len(text.rstrip()) else _NOTHING]
    return _NOTHING.join(pieces).strip()


def _plain(text: str) -> Markup:
    return escape(_SPACES.sub(" ", text))

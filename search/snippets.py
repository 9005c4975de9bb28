"""The passage of a text that answers a question, as HTML: all escaped, the words found in ``<mark>``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice, takewhile
from typing import NamedTuple

from markupsafe import Markup, escape

from search.analysis import CHUNK, JOINED, WORD, Terms, analyzer, chunks, lowered, unaccented
from search.query import Prefix, Text

LENGTH = 200  # characters of a passage, about
LEAD = 80  # of them at most before the first word found: its sentence may begin there
FARTHEST = 20_000  # characters of a body that are looked through
MOST_MARKS = 60
LONG_HEAD = 4  # letters that are looked for within words too: languages put words together

_MARK, _MARKED, _FROM, _ON = "<mark>", "</mark>", "\u2026 ", " \u2026"
_HYPHEN = re.compile(r"-(?=[^\W_])")
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
        self._roots = {root: term.folded[0] for term in terms for root in (*term.inner, *term.roots)}
        self.asked = tuple(dict.fromkeys(term.folded[0] for term in terms))
        self.names = any(term.whole for term in terms)
        self.heads = {_head(term) for term in (*self._parts, *self._roots, *self._prefixes)}

    @cached_property
    def plain_heads(self) -> set[str]:
        """The same without accents."""
        return {_head(term) for term in (*self._folded, *self._prefixes)}

    @cached_property
    def likely(self) -> re.Pattern[str]:
        """What is found in a chunk that may have words of the question, and in few others."""
        long = [re.escape(head) for head in self.heads if len(head) >= LONG_HEAD]
        short = [rf"(?<![^\W_]){re.escape(head)}" for head in self.heads if len(head) < LONG_HEAD]
        return re.compile("|".join([*long, *short]))

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
            elif len(terms.parts) == 1 and (asked := self._related(terms)):
                yield Mark(word.start(), word.end(), asked)

    def _related(self, terms: Terms) -> str | None:
        """What was asked for in another form, or as a part of a word put together."""
        found = (self._roots.get(root) for root in (*terms.roots, *terms.inner))
        return next(filter(None, found), None)

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

    @property
    def asked(self) -> tuple[str, ...]:
        """The words looked for, as :class:`Mark` names them where they are found as they were asked for."""
        return self._places.asked

    def marks(self, text: str) -> list[Mark]:
        """Where the words are in a text."""
        return self._marks(lowered(text))

    def marked(self, text: str, start: int, end: int) -> Markup:
        """A part of a text, line by line as it is."""
        return Markup(
            "\n"
        ).join(  # each of them is escaped
            _cut(line, 0, len(line), self.marks(line))
            for line in text[start:end].splitlines()
            if line.strip()
        )

    def _marks(self, lower: str) -> list[Mark]:
        """The quickest way that finds anything; a word that the text writes with hyphens is looked for besides."""
        places = self._places
        if places.names:
            likely = [chunk for chunk in CHUNK.finditer(lower) if places.likely.search(chunk[0])]
            return self._looked_at(likely) or self._chunks(CHUNK, lower)
        marks = self._words(lower, lower, places.heads)
        marks = marks or self._words(lower, unaccented(lower), places.plain_heads)
        if not marks:
            return self._chunks(JOINED, lower)
        if len({mark.term for mark in marks}) < len(places.asked):
            marks = sorted({*marks, *self._looked_at(_hyphened(lower))})
        return marks

    def _words(self, lower: str, looked_through: str, heads: set[str]) -> list[Mark]:
        """Words that begin with the same letters as the question's, and have the same stem: found quickly."""
        found: dict[int, Mark] = {}
        for head in heads:
            for start in islice(_word_starts(looked_through, head), MOST_MARKS):
                if start not in found and (word := WORD.match(lower, start)):
                    found.update((start, _moved(mark, start)) for mark in self._places[word[0]])
        return [found[start] for start in sorted(found)]

    def _chunks(self, pattern: re.Pattern[str], lower: str) -> list[Mark]:
        """Chunks looked at one by one: found even where the question has a hyphen and the text has none."""
        return self._looked_at(pattern.finditer(lower)) if self._places.heads else []

    def _looked_at(self, chunks: Iterable[re.Match[str]]) -> list[Mark]:
        places = self._places
        found = [(chunk.start(), marks) for chunk in chunks if (marks := places[chunk[0]])]
        return [_moved(mark, start) for start, marks in found[:MOST_MARKS] for mark in marks]


def _moved(mark: Mark, by: int) -> Mark:
    return Mark(mark.start + by, mark.end + by, mark.term)


def _hyphened(lower: str) -> Iterator[re.Match[str]]:
    """Chunks with a hyphen: a question may have them as one word (pukkod, PUK-kod). Most texts have few of them."""
    end = 0
    for hyphen in _HYPHEN.finditer(lower, 1):
        at = hyphen.start()
        if at < end:
            continue
        begins = max(end, lower.rfind(" ", end, at) + 1, lower.rfind("\n", end, at) + 1)
        chunk = JOINED.search(lower, begins)
        if chunk is None:
            return
        yield chunk
        end = chunk.end()


def _head(term: str) -> str:
    """The letters that all forms of a word have in common, as good as always."""
    word = term.partition(":")[2]
    return word[: max(2, min(5, len(word) - 1))]


def _word_starts(lower: str, head: str) -> Iterator[int]:
    """Where the words begin that begin so, or that have these letters within them if there are enough of them."""
    at = lower.find(head)
    while at >= 0:
        start = at
        while start and lower[start - 1].isalnum():
            start -= 1
        if start == at or len(head) >= LONG_HEAD:
            yield start
        at = lower.find(head, at + len(head))


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
    pieces = [_FROM if start else ""]
    at = start
    for mark in marks:
        if at <= mark.start and mark.end <= end:
            pieces += [_plain(text[at : mark.start]), _MARK, escape(text[mark.start : mark.end]), _MARKED]
            at = mark.end
    pieces += [_plain(text[at:end]), _ON if end < len(text.rstrip()) else ""]
    return Markup("".join(pieces).strip())  # noqa: S704 - every piece is escaped, or a mark of ours


def _plain(text: str) -> str:
    return escape(_SPACES.sub(" ", text))

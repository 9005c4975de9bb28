"""The passage that answers, where the evidence is strong: a few sentences or steps of the best article.

A passage is trusted where two things come together. The article stands out: its words fit better than those of the
next one. And the words of the question stand together: in the article's title and heading, and in the passage under it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from search.snippets import Highlighter

LONGEST = 420  # characters of a passage, about
ENDLESS = 2 * LONGEST  # characters; a sentence as long as this is a table or a log, and no answer
SHORT_LINE = 160  # characters; short lines one after the other are steps or a list, and belong together
FARTHEST = 20_000  # characters of a body that are looked through
ADDED_WEIGHT = 0.1
"""What a word counts once more that a passage adds to its heading. What counts first is how many words of the question
stand together in title, heading and passage: a heading often says them in its passage's stead."""

LEAST_COVERED = 0.7
"""The share of what the question's words weigh that title, heading and passage must have together."""

LEAST_LEAD = 1.4
"""How many times the score of the next hit that of the best one must be.

With these two, what was shown was of the right article for 16 of 17 (swefaq, all 110 questions) and 94 to 100 of 100
(gnome-help, 90 descriptions in each language), and 2 of 200 questions about something else got a passage.
"""

LEAST_WORDS = 2
"""Telling words that a question must have: one alone asks for a subject, not for an answer."""

_SENTENCE_END = re.compile(r"(?<=[.!?\u2026])\s+|\n")


class Answering(NamedTuple):
    """A passage as HTML, all escaped but ``<mark>``, its lines as in the article; and the id of its heading, or ""."""

    text: Markup
    anchor: str


@dataclass(frozen=True, slots=True)
class Source:
    """An article as plain text.

    Args:
        anchors: where in the body each heading begins (characters), and its id.
    """

    title: str
    summary: str
    body: str
    anchors: Sequence[tuple[int, str]] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    """A line of the body: where it is, whether it is a heading, and which heading it stands under (-1: none)."""

    start: int
    end: int
    section: int
    is_heading: bool


def anchors(body: str, headings: Sequence[tuple[str, str]]) -> tuple[tuple[int, str], ...]:
    """Where the headings (text, id) of a text stand in it; those that cannot be found are left out.

    >>> anchors("Cost\\nIt costs a lot.\\nLimits\\nNone.", [("Cost", "at-cost"), ("Limits", "at-limits")])
    ((0, 'at-cost'), (21, 'at-limits'))
    """
    found = []
    at = 0
    for words, name in headings:
        line = re.compile(rf"^{re.escape(words)}$", re.MULTILINE).search(body, at)
        if words and line:
            found.append((line.start(), name))
            at = line.end()
    return tuple(found)


def answer(marker: Highlighter, source: Source, *, weight: Callable[[str], float]) -> Answering | None:
    """The passage that answers, or None where that is not sure enough.

    Args:
        marker: finds the words of the question in texts of the article's language.
        weight: what a word of the question tells (its inverse document frequency).
    """
    if len(marker.asked) < LEAST_WORDS:
        return None
    weights = {word: weight(word) for word in marker.asked}
    worth = _Worth(marker, weights)
    titled = worth.words(source.title)
    parts = _parts(source)
    headings = {
        part.section: worth.words(source.body[part.start : part.end]) for part in parts if part.is_heading
    }
    best, best_worth, best_covered = None, 0.0, 0.0
    for part in parts:
        if part.is_heading:
            continue
        headed = headings.get(part.section, set())
        within = worth.words(source.body[part.start : part.end])
        covered = worth.of(titled | headed | within)
        worth_here = covered + ADDED_WEIGHT * worth.of(within - headed)
        if worth_here > best_worth + 1e-9:
            best, best_worth, best_covered = part, worth_here, covered
    if best is None or best_covered < LEAST_COVERED:
        return None
    start, end = _extent(source.body, parts, best)
    if end - start > ENDLESS:
        return None
    name = source.anchors[best.section][1] if best.section >= 0 else ""
    return Answering(marker.marked(source.body, start, end), name)


class _Worth:
    """What words of the question in a text are worth, as a share of all of them."""

    def __init__(self, marker: Highlighter, weights: dict[str, float]) -> None:
        self._marker = marker
        self._weights = weights
        self._all = sum(weights.values()) or 1.0

    def words(self, text: str) -> set[str]:
        """The words of the question that a text has."""
        return {mark.term for mark in self._marker.marks(text)} & self._weights.keys()

    def of(self, words: set[str]) -> float:
        """Their share, from 0 to 1."""
        return sum(self._weights[word] for word in words) / self._all


def _parts(source: Source) -> list[_Part]:
    starts = [start for start, _ in source.anchors]
    parts, at = [], 0
    for line in source.body[:FARTHEST].splitlines(keepends=True):
        section = bisect_right(starts, at) - 1
        if line.strip():
            is_heading = section >= 0 and starts[section] == at
            parts.append(_Part(at, at + len(line.rstrip()), section, is_heading))
        at += len(line)
    return parts


def _extent(body: str, parts: Sequence[_Part], best: _Part) -> tuple[int, int]:
    """Of a long paragraph its first sentences; of short lines, steps perhaps, those around it in the section too."""
    if best.end - best.start > SHORT_LINE:
        return best.start, _cut(body, best.start, best.end)
    lines = [part for part in parts if part.section == best.section and not part.is_heading]
    first = last = lines.index(best)
    while first and _is_short(lines[first - 1]) and best.end - lines[first - 1].start <= LONGEST:
        first -= 1
    while last + 1 < len(lines) and lines[last + 1].end - lines[first].start <= LONGEST:
        last += 1
    return lines[first].start, lines[last].end


def _is_short(part: _Part) -> bool:
    return part.end - part.start <= SHORT_LINE


def _cut(body: str, start: int, end: int) -> int:
    """Where the last sentence ends that still has room; after one in any case."""
    ends = [found.start() for found in _SENTENCE_END.finditer(body, start, end)]
    fitting = [at for at in ends if at - start <= LONGEST]
    if end - start <= LONGEST or not ends:
        return end
    return fitting[-1] if fitting else ends[0]

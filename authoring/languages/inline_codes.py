"""Inline codes: what a translator must not touch in a line of Markdown, apart from the words. Pure.

Links, pictures, code, tags and values are kept as marks; a link's words and a picture's description stay words.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

ALONE, OPEN, CLOSE = "ph", "open", "close"
MOST_NESTED = 16

_ESCAPE = re.compile(r"\\[!-/:-@\[-`{-~]")
_BACKTICKS = re.compile(r"`+")
_VALUE = re.compile(r"\{\{[^{}\n]{1,300}\}\}")
_FOOTNOTE = re.compile(r"\[\^[^\s\]]{1,100}\]")
_TAG = re.compile(
    r"<(?:[a-zA-Z][\w+.-]{1,31}:[^\s<>]*|[^\s<>@]+@[^\s<>]+|/?[a-zA-Z][^<>]*|!--(?:(?!-->).)*--)>", re.DOTALL
)
_TARGET = re.compile(
    r"\]\(\s*(?:<[^<>\n]*>|(?:[^\s()<]|\([^\s()]*\))[^\s()]*(?:\([^\s()]*\)[^\s()]*)*)?"
    r"""(?:\s+(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'))?\s*\)"""
)
_ALONE = {"{": _VALUE, "[": _FOOTNOTE, "<": _TAG}
_REFERENCE = re.compile(r"\]\[[^\[\]\n]{0,200}\]")


class Mark(NamedTuple):
    """A code among the words.

    Args:
        sort: it stands ALONE, or it OPENs or CLOSEs a run of words.
        number: names it; what closes has the number of what opened.
        data: the Markdown that it stands for.
    """

    sort: str
    number: int
    data: str = ""

    @property
    def name(self) -> tuple[str, int]:
        """What it is recognised by in a translation."""
        return (self.sort, self.number)


Token = str | Mark


def coded(text: str, first: int = 1) -> list[Token]:
    """A line of Markdown as words and marks, numbered in the order in which they begin.

    >>> coded("See [it](kb:a).")
    ['See ', Mark(sort='open', number=1, data='['), 'it', Mark(sort='close', number=1, data='](kb:a)'), '.']
    """
    numbers = _Numbers(first)
    return list(_joined(_read(_Line(text), numbers, 0, len(text), 0)))


def plain(tokens: Sequence[Token]) -> str:
    """The Markdown of words and marks."""
    return "".join(token if isinstance(token, str) else token.data for token in tokens)


def marks(tokens: Sequence[Token]) -> list[Mark]:
    """Only the marks."""
    return [token for token in tokens if isinstance(token, Mark)]


def aligned(source: Sequence[Token], translated: str) -> list[Token] | None:
    """A translation with the numbers that its codes have in the source; None where it has other codes."""
    own = coded(translated)
    free = _whole(source)
    numbers: dict[int, int] = {}
    for code, number in _whole(own):
        found = next((one for one in free if one[0] == code), None)
        if found is None:
            return None
        free.remove(found)
        numbers[number] = found[1]
    if free:
        return None
    return [one if isinstance(one, str) else Mark(one.sort, numbers[one.number], one.data) for one in own]


def _whole(tokens: Sequence[Token]) -> list[tuple[tuple[str, str], int]]:
    """Each code with its number: what it begins with, and what it ends with."""
    ends = {one.number: one.data for one in marks(tokens) if one.sort == CLOSE}
    return [((one.data, ends.get(one.number, "")), one.number) for one in marks(tokens) if one.sort != CLOSE]


class _Numbers:
    def __init__(self, first: int) -> None:
        self._next = first

    def take(self) -> int:
        self._next += 1
        return self._next - 1


def _joined(tokens: Iterator[Token]) -> Iterator[Token]:
    words: list[str] = []
    for token in tokens:
        if isinstance(token, str):
            words.extend([token] if token else [])
            continue
        if words:
            yield "".join(words)
            words = []
        yield token
    if words:
        yield "".join(words)


def _read(line: _Line, numbers: _Numbers, at: int, end: int, depth: int) -> Iterator[Token]:
    text = line.text
    words = at
    while at < end:
        stop = line.alone.get(at)
        if stop:
            yield text[words:at]
            yield Mark(ALONE, numbers.take(), text[at:stop])
            words = at = stop
            continue
        link = line.links.get(at)
        if link and depth < MOST_NESTED:
            yield text[words:at]
            number = numbers.take()
            yield Mark(OPEN, number, text[at : link.begin])
            yield from _read(line, numbers, link.begin, link.middle, depth + 1)
            yield Mark(CLOSE, number, text[link.middle : link.end])
            words = at = link.end
            continue
        at += 1
    yield text[words:end]


class _Link(NamedTuple):
    """Where the words of a link or picture begin and end, and where it ends."""

    begin: int
    middle: int
    end: int


class _Line:
    """Where the codes of a line are, found in one pass whatever the text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.alone: dict[int, int] = {}
        self.links: dict[int, _Link] = {}
        self._runs: dict[int, list[int]] = {}
        for run in _BACKTICKS.finditer(text):
            self._runs.setdefault(len(run[0]), []).append(run.start())
        self._look()

    def _look(self) -> None:
        opened: list[int] = []
        at = 0
        while at < len(self.text):
            sign = self.text[at]
            if sign == "\\" and (escape := _ESCAPE.match(self.text, at)):
                at = escape.end()
                continue
            stop, passed = self._standing_alone(sign, at)
            if stop:
                self.alone[at] = stop
            elif sign == "[":
                opened.append(at)
            elif sign == "]" and opened:
                passed = self._close(opened.pop(), at)
            at = max(stop, passed, at + 1)

    def _close(self, begin: int, middle: int) -> int:
        """Remember a link whose words end here; returns where it ends, 0 where it is none."""
        found = _TARGET.match(self.text, middle) or _REFERENCE.match(self.text, middle)
        if found is None:
            return 0
        is_picture = begin > 0 and self.text[begin - 1] == "!" and not self._is_escaped(begin - 1)
        self.links[begin - is_picture] = _Link(begin + 1, middle, found.end())
        return found.end()

    def _is_escaped(self, at: int) -> bool:
        before = self.text[:at]
        return (len(before) - len(before.rstrip("\\"))) % 2 == 1

    def _standing_alone(self, sign: str, at: int) -> tuple[int, int]:
        """Where a code that stands alone ends, and where backticks end that begin none; 0 for neither."""
        if sign == "`":
            ticks = _BACKTICKS.match(self.text, at)
            length = len(ticks[0]) if ticks else 1
            starts = self._runs.get(length, [])
            place = bisect_right(starts, at)
            return (starts[place] + length, 0) if place < len(starts) else (0, at + length)
        pattern = _ALONE.get(sign)
        match = pattern.match(self.text, at) if pattern else None
        return (match.end() if match else 0), 0

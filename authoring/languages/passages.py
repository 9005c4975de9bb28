"""Passages: the pieces that a text is compared, marked and translated by. Pure.

A passage is a paragraph, a heading, a point or step of a list, a row of a table, a block of code. It knows where its
words stand in the Markdown, so that they can be replaced without touching anything around them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from markdown_it.token import Token

from cbr.trees.lines import says_canvas
from kb.content.markdown import build_parser

TITLE, SUMMARY, CODE, ROW, STEP = "title", "summary", "code", "row", "step"
UNTRANSLATED = frozenset({CODE})
ONE_LINE = frozenset({TITLE, "heading", ROW, "term"})

_PARSER = build_parser()
_PARSER.core.ruler.enableOnly(["normalize", "block", "inline"])
_BLOCKS = frozenset({"fence", "code_block", "html_block"})
_AROUND = {
    "heading_open": "heading",
    "dt_open": "term",
    "dd_open": "definition",
    "footnote_reference_open": "footnote",
    "alert_open": "callout",
    "blockquote_open": "quote",
}
_TARGETS = {"link_open": "href", "image": "src"}
_LITERAL = {"code_inline": "code", "external": "value", "html_inline": "html", "footnote_ref": "note"}
_ANCHOR = re.compile(r"[ \t]*\{#[^\s{}`<>\"']{1,100}\}[ \t]*$")
_COMMENTS = re.compile(r"(?:\s*<!--(?:(?!-->).)*-->)+\s*", re.DOTALL)
_CELL_BAR = re.compile(r"(?<!\\)\|")


class Piece(NamedTuple):
    """A run of words ("text"), or what stands among them: the target of a "link" or "image", "code", a "value"."""

    sort: str
    text: str


class Place(NamedTuple):
    """Where a line of a passage stands in the Markdown, without the signs before and after it."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a text.

    Args:
        kind: title, summary, heading, paragraph, item, step, row, term, definition, callout, quote, footnote, html
            or code.
        cells: its Markdown, without the signs that make it what it is: one text, for the row of a table one a cell.
        pieces: what it is made of.
        places: for each cell, where its lines stand.
    """

    kind: str
    cells: tuple[str, ...]
    pieces: tuple[Piece, ...] = field(repr=False)
    places: tuple[tuple[Place, ...], ...] = field(default=(), compare=False, repr=False)

    @property
    def text(self) -> str:
        """Its Markdown in one."""
        return " | ".join(self.cells)


def split(markdown: str) -> tuple[Passage, ...]:
    """The passages of a text, in order; empty ones are left out. Line ends count as one sign: see `straight`."""
    source = straight(markdown)
    lines = _Lines(source)
    found = []
    for around, tokens in groupby(_walk(_PARSER.parse(source, {})), key=lambda one: one.row):
        together = list(tokens)
        for cells in [together] if around is not None else [[one] for one in together]:
            passage = _passage(cells, lines)
            if passage.text.strip(" |"):
                found.append(passage)
    return tuple(found)


def straight(markdown: str) -> str:
    """Markdown with the line ends and signs that the parser counts in."""
    return markdown.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "�")


def line_of(kind: str, text: str) -> Passage:
    """A title or a summary as a passage."""
    tokens = _PARSER.parseInline(text, {})
    return Passage(kind, (text,), tuple(_pieces(tokens[0].children or [])) if tokens else ())


def rewrite(markdown: str, cells: Mapping[int, Sequence[str]]) -> str:
    """Markdown with other words in some of its passages, and everything around them as it was.

    Args:
        cells: number of a passage -> its new cells, as many as it has.
    """
    source, passages = straight(markdown), split(markdown)
    edits: list[tuple[int, int, str]] = []
    for number, texts in cells.items():
        passage = passages[number]
        for places, text in zip(passage.places, texts, strict=True):
            edits.append((places[0].start, places[-1].end, _laid_out(source, passage, places, text)))
    for start, end, text in sorted(edits, reverse=True):
        source = source[:start] + text + source[end:]
    return source


def _laid_out(source: str, passage: Passage, places: Sequence[Place], text: str) -> str:
    """A text with the signs at the beginning of its lines that the passage's place asks for."""
    if passage.kind in ONE_LINE and len(places) == 1:
        line = " ".join(text.split("\n"))
        return _CELL_BAR.sub(r"\\|", line) if passage.kind == ROW else line
    first, *others = text.split("\n")
    before = source[source.rfind("\n", 0, places[0].start) + 1 : places[0].start]
    prefixes = [source[source.rfind("\n", 0, one.start) + 1 : one.start] for one in places[1:]]
    usual = prefixes[-1] if prefixes else re.sub(r"[^\s>]", " ", before)
    laid = [(prefixes[at] if at < len(prefixes) else usual) + line for at, line in enumerate(others)]
    return "\n".join([first, *laid])


class _Found(NamedTuple):
    """A token with words, and what it stands in."""

    token: Token
    kind: str
    row: int | None


class _Lines:
    """The lines of a text, and how far words were found in each."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.starts = [0, *(match.end() for match in re.finditer("\n", source))]
        self._read: dict[int, int] = {}

    def bounds(self, number: int) -> Place:
        """Where a line stands, without its end."""
        number = min(number, len(self.starts) - 1)
        last = number + 1 == len(self.starts)
        return Place(self.starts[number], len(self.source) if last else self.starts[number + 1] - 1)

    def find(self, number: int, words: str, *, from_end: bool) -> Place | None:
        """Where words stand in a line, behind those that were found there before."""
        line = self.bounds(number)
        after = max(line.start, self._read.get(number, 0))
        look = self.source.rfind if from_end else self.source.find
        at = look(words, after, line.end)
        if at < 0:
            return None
        self._read[number] = at + len(words)
        return Place(at, at + len(words))


def _walk(tokens: Sequence[Token]) -> Iterator[_Found]:
    """The tokens with words, each with the kind of passage that it makes."""
    around: list[str] = []
    row: int | None = None
    begun = True  # whether the list item around has its first paragraph
    for at, token in enumerate(tokens):
        if token.type == "tr_open":
            row = at
        elif token.type == "tr_close":
            row = None
        if token.type == "list_item_open":
            around.append(STEP if token.markup in {".", ")"} else "item")
            begun = False
        elif token.type in _AROUND:
            around.append(_AROUND[token.type])
        elif token.type == "list_item_close" or token.type.replace("_close", "_open") in _AROUND:
            around.pop()
        elif token.type == "html_block" and says_canvas(token.content.partition("\n")[0]):
            continue  # where the steps of a guide stand on the canvas says nothing to anybody
        elif token.type in _BLOCKS:
            yield _Found(token, "html" if _has_words(token) else CODE, None)
        elif token.type == "inline" and token.map is not None:
            yield _Found(token, ROW if row is not None else _kind(around, begun), row)
            begun = True


def _has_words(block: Token) -> bool:
    """Whether a block is HTML with more than comments, which say what a step of a guide is, for machines."""
    return block.type == "html_block" and _COMMENTS.fullmatch(block.content) is None


def _kind(around: Sequence[str], begun: bool) -> str:
    """A list item gives its kind to its first paragraph only."""
    if around and around[-1] in {STEP, "item"} and begun:
        return "paragraph"
    return around[-1] if around else "paragraph"


def _passage(cells: Sequence[_Found], lines: _Lines) -> Passage:
    kind = cells[0].kind
    texts, places = [], []
    pieces: list[Piece] = []
    for found in cells:
        where = _places(found, lines)
        texts.append("\n".join(lines.source[one.start : one.end] for one in where))
        places.append(where)
        pieces.extend(_pieces(found.token.children or [Token(kind, "", 0, content=found.token.content)]))
        pieces.append(Piece("text", " "))
    return Passage(kind, tuple(texts), tuple(pieces), tuple(places))


def _places(found: _Found, lines: _Lines) -> tuple[Place, ...]:
    """Where the lines of a token stand; as whole lines where the signs before its words cannot be told."""
    first, last = found.token.map or [0, 1]
    whole = tuple(lines.bounds(number) for number in range(first, max(last, first + 1)))
    if found.kind in {CODE, "html"}:
        return _trimmed(whole, lines.source)
    words = found.token.content
    if found.row is not None:
        words = words.replace("|", r"\|")
    elif found.kind == "heading":
        words = _ANCHOR.sub("", words) or words
    parts = words.split("\n")
    places = [
        lines.find(first + at, part, from_end=found.row is None and found.kind != "heading")
        for at, part in enumerate(parts)
    ]
    known = tuple(place for place in places if place is not None)
    return known if len(known) == len(parts) else _trimmed(whole, lines.source)


def _trimmed(whole: tuple[Place, ...], source: str) -> tuple[Place, ...]:
    """Without the empty lines at the end."""
    while len(whole) > 1 and not source[whole[-1].start : whole[-1].end].strip():
        whole = whole[:-1]
    return whole


def _pieces(tokens: Sequence[Token]) -> Iterator[Piece]:
    for token in tokens:
        if token.type in _TARGETS:
            yield Piece(token.type.removesuffix("_open"), str(token.attrs[_TARGETS[token.type]]))
            yield from _pieces(token.children or [])
        elif token.type in _LITERAL:
            yield Piece(_LITERAL[token.type], token.content or str(token.meta.get("label", "")))
        elif token.type in {"softbreak", "hardbreak"}:
            yield Piece("text", " ")
        elif token.type in {CODE, "html"}:
            yield Piece(token.type, token.content)
        elif token.content:
            yield Piece("text", _ANCHOR.sub("", token.content))

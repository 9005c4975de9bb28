"""Snippets: pieces of Markdown that many articles share, put in place of ``{{snippet:key}}``."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping
from itertools import groupby

from markdown_it.token import Token

from kb.content.markdown import build_parser

MAX_DEPTH = 3
MAX_INSERTED = 500_000  # characters put in by all snippets of one article together

_START = "{{snippet:"
_PIECE = re.compile(r"\\[\\`{]|`+|\{\{snippet:[ ]?([\w.-]{1,100})[ ]?\}\}")
_BACKTICKS = re.compile(r"`+")
_LINE_START = re.compile(r"(?:[ \t>]|[-*+][ ]|\d{1,9}[.)][ ]){0,100}")
_PARSER = build_parser()


def expand_snippets(markdown: str, snippets: Mapping[str, str]) -> str:
    """Puts the snippets' Markdown in place of their names.

    A snippet may contain others, three deep. Code spans and code blocks are left alone, and so is what a
    backslash precedes. A name nobody knows, a circle, a fourth level, and whatever would bring the inserted
    text beyond 500,000 characters stay as they were written, as a code span.
    """
    return _Expansion(snippets).expand(markdown, ())


class _Expansion:
    """One call of ``expand_snippets``: its snippets and how many characters may still be inserted."""

    def __init__(self, snippets: Mapping[str, str]) -> None:
        self.snippets = snippets
        self.left = MAX_INSERTED
        self.chunks: dict[str, list[tuple[str, bool]]] = {}

    def expand(self, markdown: str, above: tuple[str, ...]) -> str:
        """above: the keys of the snippets that this Markdown stands in, outermost first."""
        if _START not in markdown:
            return markdown
        if markdown not in self.chunks:
            self.chunks[markdown] = _chunks(markdown)
        return "".join(
            chunk if is_code or _START not in chunk else self._expand_chunk(chunk, above)
            for chunk, is_code in self.chunks[markdown]
        )

    def _expand_chunk(self, chunk: str, above: tuple[str, ...]) -> str:
        runs = _backtick_runs(chunk)
        out: list[str] = []
        position = 0
        while match := _PIECE.search(chunk, position):
            out.append(chunk[position : match.start()])
            position = match.end()
            if match[1]:
                indentation = _indentation(chunk, match.start())
                inserted = self._inserted(match[1], indentation, above)
                out.append(f"`{match[0]}`" if inserted is None else inserted)
                continue
            if match[0][0] == "`":
                position = _end_of_code_span(runs, match)
            out.append(chunk[match.start() : position])
        return "".join((*out, chunk[position:]))

    def _inserted(self, key: str, indentation: str, above: tuple[str, ...]) -> str | None:
        """The snippet's Markdown with what it contains, or None where it must not go."""
        if key not in self.snippets or key in above or len(above) == MAX_DEPTH:
            return None
        markdown = _with_plain_newlines(self.snippets[key]).strip("\n")
        if not self._spend(len(markdown)):
            return None
        inner = self.expand(markdown, (*above, key))
        if not self._spend(len(indentation) * inner.count("\n")):
            return None
        return inner.replace("\n", "\n" + indentation)

    def _spend(self, characters: int) -> bool:
        if characters > self.left:
            return False
        self.left -= characters
        return True


def _chunks(markdown: str) -> list[tuple[str, bool]]:
    """Cuts Markdown into code blocks, blank lines, and what is between them; True marks code."""
    lines = _with_plain_newlines(markdown).split("\n")
    tokens: list[Token] = []
    _PARSER.block.parse("\n".join(lines), _PARSER, {}, tokens)
    code = {
        line
        for token in tokens
        if token.type in ("fence", "code_block") and token.map
        for line in range(*token.map)
    }
    chunks = [
        ("".join(f"{lines[number]}\n" for number in numbers), is_code)
        for (is_code, _), numbers in groupby(range(len(lines)), lambda n: (n in code, not lines[n].strip()))
    ]
    last, is_code = chunks[-1]
    return [*chunks[:-1], (last[:-1], is_code)]


def _with_plain_newlines(markdown: str) -> str:
    return markdown.replace("\r\n", "\n").replace("\r", "\n")


def _backtick_runs(chunk: str) -> Mapping[int, list[int]]:
    """Where runs of backticks start, by their length: a code span ends at the next run as long as its own."""
    runs: dict[int, list[int]] = defaultdict(list)
    for run in _BACKTICKS.finditer(chunk):
        runs[len(run[0])].append(run.start())
    return runs


def _end_of_code_span(runs: Mapping[int, list[int]], opening: re.Match[str]) -> int:
    length = len(opening[0])
    starts = runs.get(length, [])
    closing = bisect_left(starts, opening.end())
    return starts[closing] + length if closing < len(starts) else opening.end()


def _indentation(chunk: str, position: int) -> str:
    """What the snippet's further lines need in front of them to stay in the same list item or quotation."""
    line_start = chunk[chunk.rfind("\n", 0, position) + 1 : position]
    return re.sub(r"[^\s>]", " ", line_start) if _LINE_START.fullmatch(line_start) else ""

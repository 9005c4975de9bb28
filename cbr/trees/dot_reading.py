"""Graphviz DOT read: the whole grammar of graphs, without what only drawing needs; pure.

After the grammar in Graphviz's documentation ("DOT Language"). A reader of our own, because what comes from outside may
be made to do harm: it goes through the text once, and refuses nesting and sizes that nobody would draw.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from html import unescape
from itertools import pairwise
from typing import NamedTuple

from cbr.trees.flowchart import Arrow, Chart, check_size
from kb.errors import N_, Invalid

DEEPEST = 20
MOST_SETTINGS = 200_000
VALUE_LIMIT = 50_000

_TOKEN = re.compile(
    r"""(?:\s+|//[^\n]*|/\*(?:[^*]|\*(?!/))*+\*/|\#[^\n]*)*+
    (?:(?P<quoted>"[^"\\]*+(?:\\.[^"\\]*+)*+")
    |(?P<edge>->|--)
    |(?P<word>[^\W\d]\w*|-?(?:\.\d+|\d+(?:\.\d*)?))
    |(?P<html><)
    |(?P<sign>[{}\[\]=;,:+])
    |(?P<end>\Z))""",
    re.VERBOSE | re.DOTALL,
)
_ANGLE = re.compile(r"[<>]")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_KEYWORDS = frozenset("node edge graph digraph subgraph strict".split())


class Token(NamedTuple):
    """What stands next: `kind` is name, sign, edge or end; `is_plain` whether it may be a keyword."""

    kind: str
    text: str
    line: int
    is_plain: bool = False

    def is_sign(self, text: str) -> bool:
        """Whether it is this sign."""
        return self.kind == "sign" and self.text == text

    def is_keyword(self, *words: str) -> bool:
        """Whether it is one of these keywords."""
        return self.is_plain and self.text.lower() in words


Settings = dict[str, str]


@dataclass
class _Scope:
    """What holds for the nodes and arrows that come, and the nodes seen so far."""

    node: Settings = field(default_factory=dict)
    edge: Settings = field(default_factory=dict)
    seen: dict[str, None] = field(default_factory=dict)

    def inner(self) -> _Scope:
        return _Scope(dict(self.node), dict(self.edge))


def read_dot(text: str, wanted: Collection[str]) -> tuple[Chart, Mapping[str, Settings], list[Settings]]:
    """A chart from DOT, and the settings of its nodes and arrows. Raises `Invalid`: line -> sentence.

    Args:
        wanted: which settings are kept; all others are only read past.
    """
    check_size(text)
    reading = _Reading(_Tokens(text), frozenset(wanted))
    reading.graph()
    return reading.chart, reading.settings, reading.arrow_settings


class _Tokens:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 1 if text.startswith("\ufeff") else 0  # the mark with which some editors begin a file
        self.line = 1
        self.next = self._read()

    def take(self) -> Token:
        taken = self.next
        self.next = self._read()
        return taken

    def _read(self) -> Token:
        begin = self.at
        found = _TOKEN.match(self.text, begin)
        if found is None:
            self.line += self.text.count("\n", begin, self._after_blanks(begin))
            raise _refused(self.line, N_("This is not DOT."))
        self.at = found.end()
        kind = found.lastgroup or "end"
        self.line += self.text.count("\n", begin, found.start(kind))
        line = self.line
        word = found[kind]
        self.line += word.count("\n")
        match kind:
            case "quoted":
                return Token("name", _limited(word[1:-1].replace("\\\n", ""), line), line)
            case "html":
                return Token("name", _limited(self._html(), line), line)
            case "word":
                return Token("name", _limited(word, line), line, is_plain=True)
        return Token(kind, word, line)

    def _after_blanks(self, begin: int) -> int:
        blanks = re.compile(r"\s*").match(self.text, begin)
        return blanks.end() if blanks else begin

    def _html(self) -> str:
        """The words of a label in angle brackets, which may stand inside of each other."""
        begin, depth = self.at, 1
        for found in _ANGLE.finditer(self.text, begin):
            depth += 1 if found[0] == "<" else -1
            if depth == 0:
                inside = self.text[begin : found.start()]
                self.at = found.end()
                self.line += inside.count("\n")
                words = unescape(_TAG.sub(" ", _BREAK.sub("\n", inside)))
                return words.replace("\\", "\\\\")
        raise _refused(self.line, N_("A label does not end."))


class _Reading:
    def __init__(self, tokens: _Tokens, wanted: frozenset[str]) -> None:
        self.tokens, self.wanted = tokens, wanted
        self.chart = Chart()
        self.settings: dict[str, Settings] = {}
        self.arrow_settings: list[Settings] = []
        self.count = 0
        self.is_strict = False
        self.drawn: set[tuple[str, str]] = set()

    def graph(self) -> None:
        if self.tokens.next.is_keyword("strict"):
            self.tokens.take()
            self.is_strict = True
        begins = self.tokens.take()
        if not begins.is_keyword("graph", "digraph"):
            raise _refused(begins.line, N_("A graph begins with the word digraph."))
        if self.tokens.next.kind == "name":
            self._name()
        self._sign("{")
        self._statements(_Scope(), 0)
        if self.tokens.next.kind != "end":
            raise _refused(self.tokens.next.line, N_("Only one graph can be read at a time."))

    def _statements(self, scope: _Scope, depth: int) -> None:
        if depth > DEEPEST:
            raise _refused(
                self.tokens.next.line, N_("Groups can stand in each other %(most)s deep.", most=DEEPEST)
            )
        while not self.tokens.next.is_sign("}"):
            if self.tokens.next.is_sign(";"):
                self.tokens.take()
            else:
                self._statement(scope, depth)
        self.tokens.take()

    def _statement(self, scope: _Scope, depth: int) -> None:
        following = self.tokens.next
        if following.is_keyword("node", "edge", "graph"):
            self.tokens.take()
            kept = {"node": scope.node, "edge": scope.edge}.get(following.text.lower(), {})
            self._settings(kept)
            return
        line = following.line
        is_group = following.is_sign("{") or following.is_keyword("subgraph")
        ends = [self._group(scope, depth) if is_group else [self._name()]]
        if not is_group and self.tokens.next.is_sign("="):
            self.tokens.take()
            value = self._name()
            if depth == 0 and ends[0] == ["intro"]:
                self.chart.intro = as_words(value)
            return
        if not is_group:
            self._see(ends[0][0], scope, line)
        while self.tokens.next.kind == "edge":
            ends.append(self._arrow_end(scope, depth))
        given = dict(scope.edge) if len(ends) > 1 else {}
        self._settings(given)
        if len(ends) == 1 and not is_group:
            self.settings[ends[0][0]].update(given)
        for sources, targets in pairwise(ends):
            self._join(sources, targets, given, line)

    def _arrow_end(self, scope: _Scope, depth: int) -> list[str]:
        line = self.tokens.take().line
        if self.tokens.next.is_sign("{") or self.tokens.next.is_keyword("subgraph"):
            return self._group(scope, depth)
        name = self._name()
        self._see(name, scope, line)
        return [name]

    def _join(self, sources: list[str], targets: list[str], given: Settings, line: int) -> None:
        arrow = Arrow("", "", given.get("label", ""))
        before = len(self.chart.arrows)
        self.chart.join(sources, targets, arrow, line)
        if self.is_strict:
            added = self.chart.arrows[before:]
            del self.chart.arrows[before:]
            for one in added:
                if (one.source, one.target) not in self.drawn:
                    self.drawn.add((one.source, one.target))
                    self.chart.arrows.append(one)
        self.arrow_settings += [given] * (len(self.chart.arrows) - before)

    def _group(self, scope: _Scope, depth: int) -> list[str]:
        if self.tokens.next.is_keyword("subgraph"):
            self.tokens.take()
            if self.tokens.next.kind == "name":
                self._name()
            if not self.tokens.next.is_sign("{"):
                return []
        self._sign("{")
        inner = scope.inner()
        self._statements(inner, depth + 1)
        scope.seen.update(inner.seen)
        return list(inner.seen)

    def _see(self, name: str, scope: _Scope, line: int) -> None:
        """Note a node; the empty name is that of a way that leads nowhere yet."""
        scope.seen[name] = None
        if name and name not in self.settings:
            self.chart.box(name, line)
        self.settings.setdefault(name, dict(scope.node))

    def _settings(self, kept: Settings) -> None:
        """Lists of settings in brackets; only those wanted are kept."""
        while self.tokens.next.is_sign("["):
            self.tokens.take()
            while not self.tokens.next.is_sign("]"):
                if self.tokens.next.is_sign(",") or self.tokens.next.is_sign(";"):
                    self.tokens.take()
                    continue
                self.count += 1
                if self.count > MOST_SETTINGS:
                    sentence = N_("A graph has at most %(most)s settings.", most=MOST_SETTINGS)
                    raise _refused(self.tokens.next.line, sentence)
                name = self._text()
                value = "true"
                if self.tokens.next.is_sign("="):
                    self.tokens.take()
                    value = self._text()
                if name.lower() in self.wanted:
                    kept[name.lower()] = value
            self.tokens.take()

    def _name(self) -> str:
        """A name, without the port behind it."""
        name = self._text()
        for _ in range(2):
            if self.tokens.next.is_sign(":"):
                self.tokens.take()
                self._text()
        return name

    def _text(self) -> str:
        taken = self.tokens.take()
        if taken.kind != "name" or taken.is_keyword(*_KEYWORDS):
            raise _refused(taken.line, N_("A name belongs here."))
        text = taken.text
        while self.tokens.next.is_sign("+"):
            self.tokens.take()
            text += self.tokens.take().text
            _limited(text, taken.line)
        return text

    def _sign(self, sign: str) -> None:
        taken = self.tokens.take()
        if not taken.is_sign(sign):
            raise _refused(taken.line, N_("The sign %(sign)s belongs here.", sign=sign))


def as_words(value: str, name: str = "") -> str:
    """A value as it is read: line breaks and signs that were written with a backslash.

    >>> as_words(r"Is \\"it\\"\\non?")
    'Is "it"\\non?'
    """
    signs = {"n": "\n", "l": "\n", "r": "\n", "N": name}
    return _ESCAPE.sub(lambda found: signs.get(found[1], found[1]), value)


def _limited(text: str, line: int) -> str:
    if len(text) > VALUE_LIMIT:
        raise _refused(line, N_("A text of at most %(most)s characters belongs here.", most=VALUE_LIMIT))
    return text


def _refused(line: int, sentence: str) -> Invalid:
    return Invalid({f"line {line}": sentence})

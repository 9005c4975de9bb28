"""Mermaid flowcharts read: nodes with their shapes, arrows with their words, chains and groups; pure.

After Mermaid's documentation ("Flowcharts - Basic Syntax"). What only drawing needs (styles, classes, links) is read
past. Like the reader of DOT it goes through the text once, and refuses sizes that nobody would draw.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html import unescape
from itertools import pairwise

from cbr.plain import Plain
from cbr.trees.flowchart import Arrow, Box, Chart, check_size
from kb.errors import N_, Invalid

LINE_LIMIT = 20_000
NOWHERE = "_nowhere_"
"""Where ways lead that lead nowhere yet."""

_HEADER = re.compile(
    r"(?:flowchart(?:-elk)?|graph)(?:\s+(?:TB|TD|BT|RL|LR|[<>v^]))?\s*(?P<rest>;.*)?", re.IGNORECASE
)
_SKIPPED = re.compile(
    r"(?:style|linkStyle|classDef|class|click|direction|accTitle|accDescr|subgraph|end)(?:[\s:{].*)?",
    re.DOTALL,
)
_ID = re.compile(r"\s*(?P<id>\w+(?:[-.](?=\w)\w+)*)")
_STATEMENT_ENDS = re.compile(r"\s*(?:;|\Z)")
_CLASS = re.compile(r":::[\w-]+")
_SHAPES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("(((", (")))",), "doublecircle"),
    ("((", ("))",), "circle"),
    ("([", ("])",), "stadium"),
    ("[[", ("]]",), "box3d"),
    ("[(", (")]",), "cylinder"),
    ("[/", ("/]", "\\]"), "parallelogram"),
    ("[\\", ("\\]", "/]"), "parallelogram"),
    ("{{", ("}}",), "hexagon"),
    ("[", ("]",), "box"),
    ("(", (")",), "round"),
    ("{", ("}",), "diamond"),
    (">", ("]",), "note"),
)
"""How a shape opens, how it may close, and what Graphviz calls it; the longer first."""
_NEW_SHAPES: Mapping[str, str] = {
    **dict.fromkeys("diam diamond decision question".split(), "diamond"),
    **dict.fromkeys("stadium pill terminal circle circ sm-circ start rounded event".split(), "round"),
    **dict.fromkeys("hex hexagon prepare".split(), "hexagon"),
}
_QUOTED = re.compile(r'\s*"(?P<words>[^"]*+)"\s*')
_ARROW = re.compile(
    r"\s*<?(?P<line>[-=]{2,}|-\.+-)(?P<head>[>xo])?(?=[\s|\w\"({\[<]|\Z)"
    r"(?:\s*\|(?P<words>\"[^\"]*+\"|[^|]*+)\|)?"
)
_ARROW_BEGINS = re.compile(
    r"\s*<?(?:(?P<plain>--)(?![->.]|[xo]\s)|(?P<dotted>-\.)(?![-.])|(?P<thick>==)(?![=>]))"
)
_ARROW_ENDS: Mapping[str, re.Pattern[str]] = {
    "plain": re.compile(r"-{2,}[>xo]?(?=[\s\w]|\Z)"),
    "dotted": re.compile(r"\.+-[>xo]?"),
    "thick": re.compile(r"={2,}[>xo]?"),
}
_NEW_STYLE = re.compile(r"\s*@\{(?P<inside>[^{}]*+)\}")
_NEW_SETTING = re.compile(r"(?P<name>shape|label)\s*:\s*(?:\"(?P<quoted>[^\"]*+)\"|(?P<word>[^,\"]+))")
_ENTITY = re.compile(r"#(\w{1,31});")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_OURS = re.compile(r"\s*%%\s*(?P<what>step|intro)\s+(?:(?P<id>[\w.-]+)\s+)?(?P<data>[{\"].*)")


def read_mermaid(text: str) -> Chart:
    """A chart from Mermaid. Raises `Invalid`: line -> sentence."""
    check_size(text)
    reading = _Reading()
    for number, line in enumerate(text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n"), start=1):
        if len(line) > LINE_LIMIT and not line.lstrip().startswith("%%"):
            raise _refused(number, N_("At most %(most)s characters can be read.", most=LINE_LIMIT))
        reading.line(line, number)
    if not reading.has_begun:
        raise _refused(1, N_("A chart begins with the word flowchart."))
    return reading.chart


def as_words(text: str) -> str:
    """A label as it is read.

    >>> as_words('Is #quot;it#quot;<br>on &amp; green?')
    'Is "it"\\non & green?'
    """
    words = unescape(_BREAK.sub("\n", text))
    return _ENTITY.sub(_entity, words)


def _entity(found: re.Match[str]) -> str:
    name = f"#{found[1]}" if found[1].isdigit() else found[1]
    return unescape(f"&{name};")


class _Reading:
    def __init__(self) -> None:
        self.chart = Chart()
        self.has_begun = False
        self.in_front_matter = False
        self.number = 0

    def line(self, line: str, number: int) -> None:
        """One more line."""
        self.number = number
        written = line.strip()
        if written == "---" and not self.has_begun:
            self.in_front_matter = not self.in_front_matter
        elif self.in_front_matter or not written:
            return
        elif written.startswith("%%"):
            self._comment(written)
        elif not self.has_begun:
            found = _HEADER.fullmatch(written)
            if found is None:
                raise _refused(number, N_("A chart begins with the word flowchart."))
            self.has_begun = True
            self._statements(found["rest"] or "")
        else:
            self._statements(written)

    def _comment(self, line: str) -> None:
        """What a chart of ours says of its steps."""
        found = _OURS.fullmatch(line)
        if found is None:
            return
        try:
            data: Plain = json.loads(found["data"])
        except (ValueError, RecursionError):
            raise _refused(self.number, N_("This is not JSON.")) from None
        if found["what"] == "intro" and isinstance(data, str):
            self.chart.intro = data
        elif found["id"] and isinstance(data, dict):
            self.chart.box(found["id"], self.number).more = data

    def _statements(self, line: str) -> None:
        at = 0
        while at < len(line):
            if line[at] in "; \t":
                at += 1
                continue
            if _SKIPPED.fullmatch(line, at):
                return
            at = self._statement(line, at)

    def _statement(self, line: str, at: int) -> int:
        """Nodes, and arrows between them; returns where the next statement begins."""
        nodes, at = self._nodes(line, at)
        groups, arrows = [nodes], []
        while not _STATEMENT_ENDS.match(line, at):
            words, at = self._arrow(line, at)
            nodes, at = self._nodes(line, at)
            groups.append(nodes)
            arrows.append(Arrow("", "", words))
        for (sources, targets), arrow in zip(pairwise(groups), arrows, strict=True):
            self.chart.join(sources, targets, arrow, self.number)
        return at

    def _nodes(self, line: str, at: int) -> tuple[list[str], int]:
        """One node, or several joined by "&"."""
        found: list[str] = []
        while True:
            name, at = self._node(line, at)
            found.append(name)
            rest = line[at : at + 20].lstrip()
            if not rest.startswith("&"):
                return found, at
            at = line.index("&", at) + 1

    def _node(self, line: str, at: int) -> tuple[str, int]:
        named = _ID.match(line, at)
        if named is None:
            raise _refused(self.number, N_("A name belongs here."))
        at = named.end()
        box = self.chart.box(named["id"], self.number)
        if found := _NEW_STYLE.match(line, at):
            at = found.end()
            _set_new_style(box, found["inside"])
        else:
            at = self._shape(line, at, box)
        found = _CLASS.match(line, at)
        return box.id, found.end() if found else at

    def _shape(self, line: str, at: int, box: Box) -> int:
        for opening, closings, shape in _SHAPES:
            if not line.startswith(opening, at):
                continue
            begin = at + len(opening)
            if quoted := _QUOTED.match(line, begin):
                ends = [quoted.end() for closing in closings if line.startswith(closing, quoted.end())]
                words, end = quoted["words"], ends[0] if ends else -1
            else:
                places = [place for closing in closings if (place := line.find(closing, begin)) >= 0]
                end = min(places, default=-1)
                words = line[begin:end]
            if end < 0:
                continue
            box.label, box.shape = as_words(words.strip().strip("`")), shape
            return end + len(closings[0])
        return at

    def _arrow(self, line: str, at: int) -> tuple[str, int]:
        """An arrow's words, and where it ends."""
        if begins := _ARROW_BEGINS.match(line, at):
            kind = begins.lastgroup or "plain"
            if ends := _ARROW_ENDS[kind].search(line, begins.end()):
                words = line[begins.end() : ends.start()].strip()
                if words:
                    return as_words(words.strip('"')), ends.end()
        if found := _ARROW.match(line, at):
            return as_words((found["words"] or "").strip().strip('"')), found.end()
        raise _refused(self.number, N_("An arrow belongs here."))


def _set_new_style(box: Box, inside: str) -> None:
    for found in _NEW_SETTING.finditer(inside):
        value = (found["quoted"] if found["quoted"] is not None else found["word"]).strip()
        if found["name"] == "shape":
            box.shape = _NEW_SHAPES.get(value, "box")
        else:
            box.label = as_words(value)


def _refused(line: int, sentence: str) -> Invalid:
    return Invalid({f"line {line}": sentence})

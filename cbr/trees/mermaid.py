"""A tree as a Mermaid flowchart, and from it; pure.

What Mermaid has no word for stands in comments, a line for each step; so a chart that was exported comes back as the
same tree, and can be drawn on the way.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from cbr.plain import Plain
from cbr.trees.flowchart import Arrow, Chart, is_start, to_tree
from cbr.trees.mermaid_reading import NOWHERE, read_mermaid
from cbr.trees.plain_tree import to_plain
from cbr.trees.tree import MOST_WAYS, Kind, Tree

_PLAIN_ID = re.compile(r"[A-Za-z]\w{0,59}", re.ASCII)
_RESERVED = frozenset(
    "end graph flowchart subgraph style class classdef click default linkstyle direction".split()
)
_DRAWN: Mapping[Kind, tuple[str, str]] = {
    Kind.CHOICE: ("{", "}"),
    Kind.NUMBER: ("[/", "/]"),
    Kind.DATE: ("[/", "/]"),
    Kind.TEXT: ("[/", "/]"),
    Kind.INSTRUCTION: ("[", "]"),
    Kind.DECISION: ("{{", "}}"),
    Kind.GUIDE: ("[[", "]]"),
    Kind.CASES: ("[(", ")]"),
    Kind.ARTICLE: (">", "]"),
    Kind.OUTCOME: ("([", "])"),
    Kind.ESCALATE: ("((", "))"),
}
_WAY_NAMES = ("key", "low", "high", "when")


def from_mermaid(text: str) -> Tree:
    """A tree from a flowchart. Raises `Invalid`: line or place -> sentence."""
    chart = read_mermaid(text)
    for box in chart.boxes.values():
        if "kind" not in box.more:
            box.label, box.more = box.label or box.id, {}
    return to_tree(_named(chart))


def to_mermaid(tree: Tree) -> str:
    """A tree as a flowchart; `from_mermaid` reads it back."""
    names = {
        node.id: node.id if _is_plain(node.id) else f"step_{number}_"
        for number, node in enumerate(tree.nodes, start=1)
    }
    lines = ["flowchart TD"]
    if tree.intro:
        lines.append(f"%% intro {_json(tree.intro)}")
    for node, plain in zip(tree.nodes, to_plain(tree)["nodes"], strict=True):
        opening, closing = _DRAWN[node.kind]
        lines.append(f"{names[node.id]}{opening}{_quoted(node.title)}{closing}")
        if is_start(tree, node):
            plain["start"] = True
        lines.append(f"%% step {names[node.id]} {_json(_unsaid(plain))}")
    for node in tree.nodes:
        for way in node.ways:
            words = f"|{_quoted(way.text)}|" if way.text else ""
            lines.append(f"{names[node.id]} -->{words} {names.get(way.target, NOWHERE)}")
    return "\n".join(lines) + "\n"


def _is_plain(name: str) -> bool:
    return bool(_PLAIN_ID.fullmatch(name)) and name.lower() not in _RESERVED and not name.endswith("_")


def _unsaid(plain: dict[str, Plain]) -> dict[str, Plain]:
    """What the boxes and arrows of a step do not say."""
    told = ("target", *_WAY_NAMES)
    ways = [{name: way[name] for name in told if name in way} for way in plain.pop("ways", [])]
    unsaid = {name: value for name, value in plain.items() if name != "title"}
    return {**unsaid, "ways": ways} if ways else unsaid


def _named(chart: Chart) -> Chart:
    """A chart with the names of its steps, and of each way what its step says of it, where it is one of ours."""
    named = Chart(intro=chart.intro)
    names: dict[str, str] = {NOWHERE: ""}
    for key, box in chart.boxes.items():
        name = box.more.get("id")
        names.setdefault(key, name if isinstance(name, str) and name not in named.boxes else key)
        if names[key]:
            made = named.box(names[key], 1)
            ours = {what: value for what, value in box.more.items() if what not in {"id", "ways"}}
            made.label, made.shape, made.more = box.label, box.shape, ours
    told = {key: _ways_of(box.more) for key, box in chart.boxes.items()}
    for arrow in chart.arrows:
        target = names[arrow.target]
        more = next((way for way in told[arrow.source] if way.get("target", "") == target), {})
        if more:
            told[arrow.source].remove(more)
        kept = {name: more[name] for name in _WAY_NAMES if name in more}
        named.arrows.append(Arrow(names[arrow.source], target, arrow.label, kept))
    return named


def _ways_of(more: Mapping[str, Plain]) -> list[dict[str, Plain]]:
    """What a step says of its ways, in their order; nothing where it is not as it was written."""
    ways = more.get("ways")
    if not isinstance(ways, list) or len(ways) > MOST_WAYS or not all(isinstance(way, dict) for way in ways):
        return []
    return list(ways)


def _quoted(text: str) -> str:
    inside = text.replace("#", "#35;")
    for sign, name in (('"', "quot"), ("&", "amp"), ("<", "lt"), (">", "gt"), ("`", "96"), ("|", "124")):
        inside = inside.replace(sign, f"#{name};")
    return f'"{inside or " "}"'


def _json(data: Plain) -> str:
    return json.dumps(data, ensure_ascii=True)

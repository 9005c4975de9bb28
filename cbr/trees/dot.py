"""A tree as Graphviz DOT, and from it; pure.

What Graphviz has no word for stands in settings of our own, which it reads past; so a graph that was exported comes
back as the same tree, and can be drawn on the way.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from cbr.plain import Plain
from cbr.trees.conditions import read_conditions, tokens, write_conditions
from cbr.trees.dot_reading import as_words, read_dot
from cbr.trees.flowchart import SHAPES, is_start, to_tree
from cbr.trees.tree import Node, Tree, Way
from kb.errors import Invalid

OURS = ("kind", "text", "attribute", "unit", "subject", "afresh", "start")
_POSITION = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*!?\s*")
_WANTED = frozenset({"label", "shape", "pos", "key", "low", "high", "when", *OURS})


def from_dot(text: str) -> Tree:
    """A tree from DOT. Raises `Invalid`: line or place -> sentence."""
    chart, settings, arrow_settings = read_dot(text, _WANTED)
    for key, box in chart.boxes.items():
        given = settings[key]
        box.label = as_words(given.get("label", r"\N"), key)
        box.shape = given.get("shape", "ellipse")
        box.more = _node_settings(given)
    for arrow, given in zip(chart.arrows, arrow_settings, strict=True):
        arrow.label = as_words(given.get("label", ""))
        source = chart.boxes.get(arrow.source)
        arrow.more = _way_settings(given) if source and "kind" in source.more else {}
    return to_tree(chart)


def to_dot(tree: Tree) -> str:
    """A tree as DOT; `from_dot` reads it back."""
    lines = ["digraph guide {"]
    if tree.intro:
        lines.append(f"  intro={_quoted(tree.intro)};")
    lines += [f"  {_quoted(node.id)} {_node_line(node, tree)};" for node in tree.nodes]
    for node in tree.nodes:
        for way in node.ways:
            lines.append(f"  {_quoted(node.id)} -> {_quoted(way.target)} {_way_line(way)};")
    return "\n".join([*lines, "}"]) + "\n"


def _node_settings(given: Mapping[str, str]) -> dict[str, Plain]:
    more: dict[str, Plain] = {name: as_words(given[name]) for name in OURS if name in given}
    if "kind" not in more:
        more = {}
    if "afresh" in more:
        more["afresh"] = more["afresh"] == "true"
    if found := _POSITION.fullmatch(given.get("pos", "")):
        more["at"] = [float(found[1]), -float(found[2])]  # Graphviz counts upwards
    return more


def _way_settings(given: Mapping[str, str]) -> dict[str, Plain]:
    more: dict[str, Plain] = {name: as_words(given[name]) for name in ("key", "low", "high") if name in given}
    if "when" in given:
        try:
            conditions = read_conditions(tokens(as_words(given["when"])))
        except Invalid as refused:
            raise Invalid({"when": refused.fields[""]}) from None
        more["when"] = [
            {"attribute": one.attribute, "relation": one.relation.value, "values": list(one.values)}
            for one in conditions
        ]
    return more


def _node_line(node: Node, tree: Tree) -> str:
    settings = {"label": node.title, "shape": SHAPES[node.kind], "kind": node.kind.value}
    for name in ("text", "attribute", "unit", "subject"):
        if value := getattr(node, name):
            settings[name] = value
    if node.afresh:
        settings["afresh"] = "true"
    if is_start(tree, node):
        settings["start"] = "true"
    if node.at is not None:
        settings["pos"] = f"{node.at[0]},{-node.at[1]}!"
    return _list(settings)


def _way_line(way: Way) -> str:
    settings = {"label": way.text, "key": way.key, "low": way.low, "high": way.high}
    if way.when:
        settings["when"] = write_conditions(way.when)
    return _list({name: value for name, value in settings.items() if value})


def _list(settings: Mapping[str, str]) -> str:
    return "[" + ", ".join(f"{name}={_quoted(value)}" for name, value in settings.items()) + "]"


def _quoted(text: str) -> str:
    inside = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{inside}"'

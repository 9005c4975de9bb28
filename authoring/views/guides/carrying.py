"""A guide's tree between its text and the page where it is drawn: as JSON there, as Markdown everywhere else."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cbr.trees import body
from cbr.trees.layout import laid_out
from cbr.trees.plain_tree import read_json, to_plain
from cbr.trees.tree import Node, Tree, Way
from kb.errors import Invalid

BOX_HEAD, BOX_WAY = 72, 22
"""How tall a box on the canvas is, in pixels: its head with two lines of title, and each of its ways."""
GAP = 72
"""Between one row of boxes and the next, in pixels: room for arrows."""

TREE = "tree"
"""The field of the form that carries the tree in place of "body"."""


@dataclass(frozen=True)
class Carried:
    """What the page gets.

    Args:
        tree: as JSON.
        source: the tree that it is a translation of, as JSON; "" in the source language.
    """

    tree: str
    source: str = ""


def carried(tree: Tree, source: Tree | None) -> Carried:
    """A tree for the page; steps that nobody has put anywhere have a place there.

    Args:
        source: where it is a translation: its steps and ways are those that are shown.
    """
    if source is None:
        return Carried(_json(placed(tree)))
    return Carried(_json(beside(source, tree)), _json(placed(source)))


def beside(source: Tree, translation: Tree) -> Tree:
    """The steps of a source with the words of its translation, "" where it has none; what only that has comes last."""
    nodes = [_in_words_of(node, translation.by_id.get(node.id)) for node in placed(source).nodes]
    extra = [node for key, node in translation.by_id.items() if key not in source.by_id]
    return Tree((*nodes, *extra), source.start, translation.intro)


def _in_words_of(node: Node, other: Node | None) -> Node:
    words = {way.key: way.text for way in other.ways} if other else {}
    ways = tuple(replace(way, text=words.get(way.key, "")) for way in node.ways)
    return replace(
        node, title=other.title if other else "", text=other.text if other else "", ways=_once(ways)
    )


def _once(ways: Sequence[Way]) -> tuple[Way, ...]:
    return tuple({way.key: way for way in ways}.values())


def placed(tree: Tree) -> Tree:
    """A tree in which every step has its place; one that has none at all is laid out with room for its ways."""
    return laid_out(tree) if any(node.at for node in tree.nodes) else tidied(tree)


def tidied(tree: Tree) -> Tree:
    """A tree laid out anew, its rows as far apart as their tallest boxes need."""
    bare = laid_out(replace(tree, nodes=tuple(replace(node, at=None) for node in tree.nodes)))
    tallest: dict[int, int] = {}
    for node in bare.nodes:
        if node.at:
            height = BOX_HEAD + BOX_WAY * len(node.ways)
            tallest[node.at[1]] = max(tallest.get(node.at[1], 0), height)
    downs: dict[int, int] = {}
    next_row = 0
    for row in sorted(tallest):
        downs[row] = next_row
        next_row += tallest[row] + GAP
    nodes = (replace(node, at=(node.at[0], downs[node.at[1]])) if node.at else node for node in bare.nodes)
    return replace(bare, nodes=tuple(nodes))


def text_of(carried_tree: object) -> str:
    """The Markdown of a tree as the page sends it. Raises `Invalid`: place -> sentence."""
    if not isinstance(carried_tree, str):
        return ""
    return body.write(read_json(carried_tree))


def with_text(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a form with the Markdown of its tree as their text, where they carry one.

    Raises `Invalid`: "body" -> what cannot be kept.
    """
    given = dict(fields)
    if TREE not in given:
        return given
    try:
        return given | {"body": text_of(given.pop(TREE))}
    except Invalid as refused:
        raise Invalid({"body": next(iter(refused.fields.values()))}) from None


def _json(tree: Tree) -> str:
    return json.dumps(to_plain(tree), ensure_ascii=False)

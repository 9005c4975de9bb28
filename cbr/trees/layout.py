"""Places on the canvas for steps that nobody has put anywhere; pure.

A tree that has no places is drawn in layers from the top, after Sugiyama, Tagawa and Toda (1981), "Methods for visual
understanding of hierarchical system structures": loops are opened, each step goes below all that lead to it, neighbours
are ordered by what they are joined with. All stand on one grid, so that between its rows and columns there is room
for ways that pass no step; what becomes too wide or too tall is folded. In a tree that has some places, the others are
put below what leads to them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import ceil, sqrt
from typing import NamedTuple

from cbr.trees.folding import ASPECT, folded
from cbr.trees.graph import Graph, graph_of, turned
from cbr.trees.plain_tree import FARTHEST
from cbr.trees.tree import Tree

RIGHT, DOWN = 280, 160
"""From one step to the next, in pixels: between middles."""
SWEEPS = 4
ABREAST = 8
"""So many steps stand side by side; in a large tree, more."""

Place = tuple[int, int]
Cell = tuple[int, int]
"""A column and a row."""


def laid_out(tree: Tree) -> Tree:
    """A tree in which every step has its place; those that have one keep it."""
    places = placed(tree)
    nodes = (node if node.at else replace(node, at=places.get(node.id)) for node in tree.nodes)
    return replace(tree, nodes=tuple(nodes))


def placed(tree: Tree) -> Mapping[str, Place]:
    """Where each step stands."""
    kept = {node.id: node.at for node in tree.by_id.values() if node.at}
    if not kept:
        return in_layers(graph_of(tree), tree.first.id if tree.first else "")
    return _beside(tree, kept)


def _beside(tree: Tree, kept: Mapping[str, Place]) -> Mapping[str, Place]:
    """Each step without a place below the first that leads to it, or below everything; if taken, to the right."""
    graph = graph_of(tree)
    before = turned(graph)
    places = dict(kept)
    taken: dict[Cell, Cell] = {}
    for place in places.values():
        for cell in _cells(place):
            taken[cell] = (cell[0] + 1, cell[1])
    bottom = max(down for _, down in places.values()) + DOWN
    for key in _opened(graph, tree.first.id if tree.first else "").met:
        if key in places:
            continue
        parent = next((places[one] for one in before[key] if one in places), None)
        wanted = (parent[0], parent[1] + DOWN) if parent else (0, bottom)
        column, row = _take(taken, (round(wanted[0] / RIGHT), round(wanted[1] / DOWN)))
        places[key] = (min(column * RIGHT, FARTHEST), min(row * DOWN, FARTHEST))
    return places


def _cells(place: Place) -> Sequence[Cell]:
    """The cells that a step covers; one that somebody put between them covers each."""
    columns = {place[0] // RIGHT, -(-place[0] // RIGHT)}
    rows = {place[1] // DOWN, -(-place[1] // DOWN)}
    return [(column, row) for column in columns for row in rows]


def _take(taken: dict[Cell, Cell], wanted: Cell) -> Cell:
    """Take a cell, or the next free one to its right; what is taken remembers where to look on."""
    passed = []
    cell = wanted
    while cell in taken:
        passed.append(cell)
        cell = taken[cell]
    for one in (*passed, cell):
        taken[one] = (cell[0] + 1, cell[1])
    return cell


def in_layers(graph: Graph, start: str) -> Mapping[str, Place]:
    """A place for every node, the start at the top."""
    forward, order, met = _opened(graph, start)
    backward = turned(forward)
    layer: dict[str, int] = {}
    for key in order:
        layer[key] = max((layer[before] + 1 for before in backward[key]), default=0)
    layers: list[list[str]] = [[] for _ in range(max(layer.values(), default=-1) + 1)]
    for key in met:
        layers[layer[key]].append(key)
    _order(layers, forward, backward)
    abreast = max(ABREAST, ceil(sqrt(len(graph) * ASPECT * DOWN / RIGHT)))
    rows = [keys[at : at + abreast] for keys in layers for at in range(0, len(keys), abreast)]
    columns = _spread(rows, backward)
    ways = [(key, after) for key, afters in graph.items() for after in afters]
    cells = folded(rows, columns, ways, right=RIGHT, down=DOWN)
    return {key: (cells[key][0] * RIGHT, cells[key][1] * DOWN) for key in graph}


class _Opened(NamedTuple):
    """A graph without the ways that close a loop.

    Args:
        order: its nodes so that every way leads onward.
        met: its nodes as they are met from the start on, ways in their order.
    """

    forward: Graph
    order: Sequence[str]
    met: Sequence[str]


def _opened(graph: Graph, start: str) -> _Opened:
    forward: dict[str, list[str]] = {key: [] for key in graph}
    met: dict[str, None] = {}
    finished: dict[str, None] = {}
    for root in [start, *graph] if start in graph else graph:
        if root in met:
            continue
        met[root] = None
        path = [(root, iter(graph[root]))]
        while path:
            key, afters = path[-1]
            after = next(afters, None)
            if after is None:
                path.pop()
                finished[key] = None
            elif after not in met:
                forward[key].append(after)
                met[after] = None
                path.append((after, iter(graph[after])))
            elif after in finished:
                forward[key].append(after)
    return _Opened(forward, list(reversed(finished)), list(met))


def _order(layers: list[list[str]], forward: Graph, backward: Graph) -> None:
    """Neighbours in the order of what they are joined with, down and up again a few times."""
    at = {key: place for keys in layers for place, key in enumerate(keys)}
    for sweep in range(SWEEPS):
        joined, ordered = (backward, layers[1:]) if sweep % 2 == 0 else (forward, layers[-2::-1])
        for keys in ordered:
            middle = {key: _middle([at[one] for one in joined[key]], at[key]) for key in keys}
            keys.sort(key=lambda key: (middle[key], at[key]))
            at.update((key, place) for place, key in enumerate(keys))


def _middle(places: Sequence[int], otherwise: float) -> float:
    return sum(places) / len(places) if places else otherwise


def _spread(rows: Sequence[Sequence[str]], backward: Graph) -> Mapping[str, int]:
    """The column of each: below the middle of what leads to it, as far as its neighbours let it."""
    columns: dict[str, int] = {}
    for keys in rows:
        wanted = [
            _middle([columns[one] for one in backward[key] if one in columns], place)
            for place, key in enumerate(keys)
        ]
        found: list[int] = []
        for want in wanted:
            found.append(max(round(want), found[-1] + 1) if found else round(want))
        shift = round(sum(want - have for want, have in zip(wanted, found, strict=True)) / len(keys))
        columns.update((key, have + shift) for key, have in zip(keys, found, strict=True))
    return columns

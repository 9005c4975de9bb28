"""Guides inside of guides: whether they lead back to themselves, or too deep; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from cbr.trees.checks import Finding
from cbr.trees.graph import Graph, circles, only, reached, turned
from cbr.trees.tree import DEEPEST, Kind, Tree

MOST_GUIDES = 1000
"""How many guides are looked through."""


def check_nesting(key: str, tree: Tree, guides: Callable[[str], Tree | None]) -> Sequence[Finding]:
    """What is wrong with the guides that a guide leads to: at each step that leads into a circle, or too deep.

    Args:
        key: of the guide.
        tree: its own, as it would be kept.
        guides: the tree of any other guide by its key; None where there is none.
    """
    graph = _guides_from(key, tree, guides)
    into_circles = reached(turned(graph), [one for group in circles(graph) for one in group])
    depths = _depths(only(graph, lambda one: one not in into_circles))
    found: list[Finding] = []
    for node in tree.by_id.values():
        if node.kind != Kind.GUIDE:
            continue
        if node.subject in into_circles:
            found.append(Finding("guide-in-guide", node.id, values={"key": node.subject}))
        elif depths.get(node.subject, 0) >= DEEPEST:
            found.append(Finding("too-deep", node.id, values={"key": node.subject, "most": DEEPEST}))
    return found


def _guides_from(key: str, tree: Tree, guides: Callable[[str], Tree | None]) -> Graph:
    """Each guide that can be reached, with those it leads to."""
    graph: dict[str, tuple[str, ...]] = {}
    waiting = {key: tree}
    while waiting and len(graph) < MOST_GUIDES:
        one = next(iter(waiting))
        inside = waiting.pop(one).subjects(Kind.GUIDE)
        graph[one] = tuple(sorted(inside))
        for other in graph[one]:
            found = guides(other) if other not in graph and other not in waiting else None
            if found is not None:
                waiting[other] = found
    return {one: tuple(other for other in others if other in graph) for one, others in graph.items()}


def _depths(graph: Graph) -> Mapping[str, int]:
    """How many guides are inside of each other from each on, itself included; counted no further than it matters."""
    depths = dict.fromkeys(graph, 1)
    for _ in range(DEEPEST):
        depths = {
            one: 1 + max((depths[other] for other in others), default=0) for one, others in graph.items()
        }
    return depths

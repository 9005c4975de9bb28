"""What can be reached in a tree, and where it goes around in circles; pure, and in time that grows with its size only.

Trees may be chains of thousands of steps, so nothing here calls itself.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence

from cbr.trees.tree import Kind, Node, Tree

Graph = Mapping[str, Sequence[str]]
"""Node -> the nodes its ways lead to, each once."""


def graph_of(tree: Tree) -> Graph:
    """The nodes of a tree by id; ways that lead nowhere are left out."""
    return {key: tuple(dict.fromkeys(one.id for one in tree.after(node))) for key, node in tree.by_id.items()}


def only(graph: Graph, wanted: Callable[[str], bool]) -> Graph:
    """The part of a graph that is made of the nodes wanted."""
    return {key: tuple(filter(wanted, after)) for key, after in graph.items() if wanted(key)}


def reached(graph: Graph, starts: Iterable[str]) -> Mapping[str, int]:
    """The nodes that can be reached -> in how many steps, the nearest first."""
    far = {start: 0 for start in starts if start in graph}
    waiting = deque(far)
    while waiting:
        key = waiting.popleft()
        for after in graph[key]:
            if after not in far:
                far[after] = far[key] + 1
                waiting.append(after)
    return far


def turned(graph: Graph) -> Graph:
    """The same with every way in the other direction."""
    before: dict[str, list[str]] = {key: [] for key in graph}
    for key, afters in graph.items():
        for after in afters:
            before[after].append(key)
    return before


def circles(graph: Graph) -> Sequence[Sequence[str]]:
    """Groups of nodes each of which can be reached from every other and from itself, in the graph's order.

    Strongly connected components after Tarjan (1972), "Depth-first search and linear graph algorithms".
    """
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    held: dict[str, None] = {}
    found: list[list[str]] = []
    for root in graph:
        if root in number:
            continue
        number[root] = low[root] = len(number)
        held[root] = None
        path = [(root, iter(graph[root]))]
        while path:
            key, afters = path[-1]
            after = next(afters, None)
            if after is None:
                path.pop()
                if path:
                    low[path[-1][0]] = min(low[path[-1][0]], low[key])
                if low[key] == number[key]:
                    found.append(_group(held, key))
            elif after not in number:
                number[after] = low[after] = len(number)
                held[after] = None
                path.append((after, iter(graph[after])))
            elif after in held:
                low[key] = min(low[key], number[after])
    place = {key: at for at, key in enumerate(graph)}
    groups = [sorted(group, key=place.__getitem__) for group in found]
    around = [group for group in groups if len(group) > 1 or group[0] in graph[group[0]]]
    return sorted(around, key=lambda group: place[group[0]])


def _group(held: dict[str, None], key: str) -> list[str]:
    """Take a finished group off what is held: everything since its first node."""
    group = []
    while True:
        last, _ = held.popitem()
        group.append(last)
        if last == key:
            return group


def nearest_solutions(tree: Tree, node: Node, most: int) -> Sequence[Node]:
    """The ends that can be reached from a node and may help, in the fewest steps first."""
    ends = (tree.by_id[key] for key in reached(graph_of(tree), [node.id]))
    return [end for end in ends if end.is_end and end.kind != Kind.ESCALATE][:most]

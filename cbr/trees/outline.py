"""A tree as an outline: for an editor that is used by keys, for screen readers, and for print; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cbr.trees.tree import Node, Tree, Way


@dataclass(frozen=True)
class Entry:
    """A line of the outline.

    Args:
        node: the id of the step.
        depth: how many choices were made to come here, from 0; what follows without a choice stands as deep.
        come_from: the step before it, "" for one that begins.
        way: the key of the way that leads here from there.
        words: of that way.
        is_again: whether the step stood in the outline before: what follows it is found there.
        is_apart: whether nothing leads here from the start.
    """

    node: str
    depth: int
    come_from: str = ""
    way: str = ""
    words: str = ""
    is_again: bool = False
    is_apart: bool = False


def outline(tree: Tree) -> Sequence[Entry]:
    """All steps from the start on, each with what follows below it; then those that nothing leads to.

    Every way is one line; what it leads to is spread out where it is met first.
    """
    seen: set[str] = set()
    entries: list[Entry] = []
    first = tree.first
    begins = [first, *tree.by_id.values()] if first else []
    for begin in begins:
        if begin.id not in seen:
            _spread(tree, Entry(begin.id, 0, is_apart=begin is not first), seen, entries)
    return entries


def _spread(tree: Tree, begin: Entry, seen: set[str], entries: list[Entry]) -> None:
    waiting = [begin]
    while waiting:
        entry = waiting.pop()
        if entry.node in seen:
            entries.append(_again(entry))
            continue
        seen.add(entry.node)
        entries.append(entry)
        node = tree.by_id[entry.node]
        ways = [way for way in node.ways if way.target in tree.by_id]
        deeper = entry.depth + (len(node.ways) > 1)
        waiting += [_entry(node, way, deeper, entry.is_apart) for way in reversed(ways)]


def _entry(node: Node, way: Way, depth: int, is_apart: bool) -> Entry:
    return Entry(way.target, depth, node.id, way.key, way.text, is_apart=is_apart)


def _again(entry: Entry) -> Entry:
    return Entry(entry.node, entry.depth, entry.come_from, entry.way, entry.words, True, entry.is_apart)

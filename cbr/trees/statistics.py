"""How people fared on a tree: how many took each way, where they gave up, where it solved; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from cbr.trees.running import ENTERED, Passed
from cbr.trees.tree import Node, Tree

SOLVED = frozenset({"worked", "adapted"})
LEFT = "left"

Place = tuple[str, str, str]
"""Guide, node and way; way "" is the node itself."""


@dataclass(frozen=True)
class Count:
    """Runs, each counted once however often it came past.

    Args:
        taken: how many came here.
        left: how many gave up here; at a node only.
        solved: how many came here and were helped in the end.
    """

    taken: int = 0
    left: int = 0
    solved: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.taken + other.taken, self.left + other.left, self.solved + other.solved)


class Fitted(NamedTuple):
    """Counts of steps and ways of a tree, and of those that it has not any more."""

    kept: Mapping[tuple[str, str], Count]
    gone: Mapping[tuple[str, str], Count]


@dataclass(frozen=True)
class Run:
    """A run that is over.

    Args:
        passed: the way it took.
        verdict: "worked", "adapted", "failed" or "left".
    """

    passed: Sequence[Passed]
    verdict: str = ""


def tally(runs: Iterable[Run]) -> Mapping[Place, Count]:
    """What runs add up to, by guide, node and way; those of a guide inside of another count for both."""
    counts: dict[Place, Count] = {}
    for run in runs:
        for place, count in of_run(run).items():
            counts[place] = counts.get(place, Count()) + count
    return counts


def fitted(tree: Tree, counts: Mapping[tuple[str, str], Count]) -> Fitted:
    """Counts as they belong to a tree that was changed since.

    A way that nobody named is called after the step it leads to. Where it was given a name later, what was counted
    under the old one is its own, if it is the only way to that step. What belongs to nothing any more is told apart.

    Args:
        counts: by node and way, way "" for the node itself.
    """
    kept: dict[tuple[str, str], Count] = {}
    gone: dict[tuple[str, str], Count] = {}
    for (key, way), count in counts.items():
        node = tree.by_id.get(key)
        name = _present_name(node, way) if node else None
        place, held = ((key, name), kept) if name is not None else ((key, way), gone)
        held[place] = held.get(place, Count()) + count
    return Fitted(kept, gone)


def _present_name(node: Node, way: str) -> str | None:
    """What a way is called now; None where there is none any more."""
    if not way or node.way(way) is not None:
        return way
    there = [one.key for one in node.ways if one.target == way]
    return there[0] if len(there) == 1 else None


def of_run(run: Run) -> Mapping[Place, Count]:
    """What a single run adds."""
    solved = int(run.verdict in SOLVED)
    places: dict[Place, None] = {}
    for one in run.passed:
        places[one.guide, one.node, ""] = None
        if one.way:
            places[one.guide, one.node, one.way] = None
    left = set(_left_at(run.passed)) if run.verdict == LEFT else set()
    return {place: Count(1, int(place in left), solved) for place in places}


def _left_at(passed: Sequence[Passed]) -> Sequence[Place]:
    """The last step, and the steps of the guides around it that led there."""
    inside: list[Place] = []
    for one in passed:
        place = (one.guide, one.node, "")
        if one.how == ENTERED:
            inside.append(place)
        elif place in inside:
            del inside[inside.index(place) :]  # back from the guide that it led to
    return [*inside, (passed[-1].guide, passed[-1].node, "")] if passed else []

"""How people fared on a tree: how many took each way, where they gave up, where it solved; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cbr.trees.running import ENTERED, Passed

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

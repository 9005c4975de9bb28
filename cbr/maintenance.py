"""Which cases carry a case base, which say nothing new, and which lead astray; with the measured effect of each. Pure.

Coverage and reachability are those of Smyth and Keane, "Remembering to forget", IJCAI 1995: a case solves another if it
is among the nearest others of it and has the same solution. The coverage of a case is whom it solves, the reachability
who solves it. What leads astray is found by its blame, as by Delany and Cunningham, "An analysis of case-base editing
in a spam filtering system", ECCBR 2004: whom a case is the nearest to, with another solution.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cbr.others import Others, Places, Solved, Tell, hits, nearest_others, untold
from kb.errors import N_, Invalid

FEWEST = 2
SOLVERS = 5
"""Among so many of the nearest others a case solves another."""

LOOK = 30
"""So many are looked at, so that there is somebody left when others go."""

MOST_PROPOSED = 200


@dataclass(frozen=True)
class Proposal:
    """A case that might be retired.

    Args:
        id: of the case.
        reason: "redundant": others say the same; "misleading": it leads others astray.
        coverage: how many it solves.
        blame: how many it leads astray.
        failed: how often its solution did not work, more than it did.
        effect: what retiring it alone does to the accuracy, of 1.
    """

    id: int
    reason: str
    coverage: int
    blame: int
    failed: int
    effect: float


@dataclass(frozen=True)
class Maintenance:
    """What was found.

    Args:
        cases: how many were looked at.
        unreachable: how many nobody else solves.
        pivotal: how many of these solve nobody else either: each is all that is known of its problem.
        accuracy: of the nearest case, each left out in turn; of 1.
        without_redundant, without_misleading: the same when all of these are retired.
        redundant, misleading: how many are proposed altogether; `proposals` has the most telling of them.
    """

    cases: int
    unreachable: int
    pivotal: int
    accuracy: float
    without_redundant: float
    without_misleading: float
    redundant: int
    misleading: int
    proposals: Sequence[Proposal]

    def to_plain(self) -> dict[str, Any]:
        """As plain data, to be kept."""
        return asdict(self)


def maintain(solved: Solved, *, others: Others | None = None, tell: Tell = untold) -> Maintenance:
    """Look at all cases.

    Args:
        others: the `LOOK` nearest others of every case, where they are known already.
        tell: told how much is done, of 1.

    Raises:
        Invalid: "cases": there are fewer than two.
    """
    if len(solved) < FEWEST:
        raise Invalid({"cases": N_("At least two solved cases are needed to measure anything.")})
    found = others or nearest_others(solved, LOOK, tell=lambda share: tell(0.8 * share))
    view = _View(solved, found)
    misleading = view.misleading(lambda share: tell(0.8 + 0.1 * share))
    redundant = view.redundant(misleading, lambda share: tell(0.9 + 0.1 * share))
    everybody = np.ones(len(solved), np.bool_)
    named = [(at, "misleading") for at in misleading] + [(at, "redundant") for at in redundant]
    return Maintenance(
        cases=len(solved),
        unreachable=int((view.reachability == 0).sum()),
        pivotal=int(((view.reachability == 0) & (view.coverage == 0)).sum()),
        accuracy=view.accuracy(everybody),
        without_redundant=view.accuracy(_without(everybody, redundant)),
        without_misleading=view.accuracy(_without(everybody, misleading)),
        redundant=len(redundant),
        misleading=len(misleading),
        proposals=[view.proposal(at, reason) for at, reason in named[:MOST_PROPOSED]],
    )


def _without(stays: NDArray[np.bool_], gone: Sequence[int]) -> NDArray[np.bool_]:
    left = stays.copy()
    left[list(gone)] = False
    return left


class _View:
    """The cases with whom each solves and leads astray."""

    def __init__(self, solved: Solved, others: Others) -> None:
        self._solved, self._others = solved, others
        labels, near = solved.labels, others.places[:, :SOLVERS]
        self._same = (near >= 0) & (labels[near] == labels[:, np.newaxis])
        cases = len(solved)
        self.reachability = self._same.sum(axis=1)
        self.coverage = np.bincount(near[self._same], minlength=cases)
        first = others.places[:, 0]
        wrong = (first >= 0) & (labels[first] != labels)
        helped = (first >= 0) & (labels[first] == labels)
        self.blame = np.bincount(first[wrong], minlength=cases)
        self._credit = np.bincount(first[helped], minlength=cases)
        self._failed = np.maximum(solved.tried[:, 1] - solved.tried[:, 0], 0)
        named = others.places.ravel()
        by_place = np.argsort(named, kind="stable")
        self._askers = by_place // max(others.places.shape[1], 1)
        self._ends = np.searchsorted(named[by_place], np.arange(cases + 1))

    def _asking_for(self, at: int) -> Places:
        """Whose nearest others a case is among."""
        rows: Places = self._askers[self._ends[at] : self._ends[at + 1]]
        return rows

    def accuracy(self, stays: NDArray[np.bool_]) -> float:
        """Of all cases, those that went among them, by the cases that stay: what they were will be asked again."""
        return float(hits(self._solved, self._others, stays).mean())

    def misleading(self, tell: Tell) -> list[int]:
        """Who leads more others astray than it helps and is not helped by anybody; and what failed more than it worked.

        The worst first. Only whose going makes the accuracy better, not worse.
        """
        suspects = np.flatnonzero(
            ((self.blame > self._credit) & (self.reachability == 0)) | (self._failed > 0)
        )
        order = sorted(
            suspects.tolist(),
            key=lambda at: (-int(self._failed[at]), int(self._credit[at] - self.blame[at]), at),
        )
        gone = []
        for number, at in enumerate(order):
            if self._failed[at] > 0 or self._effect(at) > 0:
                gone.append(at)
            tell((number + 1) / len(order))
        return gone

    def redundant(self, misleading: Sequence[int], tell: Tell) -> list[int]:
        """Who says nothing new: it and all whom it solves are solved by others that stay, and the nearest stays right.

        Those that solve most stay; the others are looked at one by one, the least useful first, and who went before is
        no longer counted on.
        """
        stays = np.ones(len(self._solved), np.bool_)
        stays[list(misleading)] = False
        gone = []
        for number, at in enumerate(np.lexsort((np.arange(len(stays)), self.coverage)).tolist()):
            if stays[at] and self.reachability[at] and self._can_go(at, stays):
                stays[at] = False
                gone.append(at)
            tell((number + 1) / len(stays))
        return gone

    def _can_go(self, at: int, stays: NDArray[np.bool_]) -> bool:
        rows = np.concatenate([[at], self._asking_for(at)])
        sub = Others(rows, self._others.places[rows], self._others.scores[rows])
        before = hits(self._solved, sub, stays)
        stays[at] = False
        after = hits(self._solved, sub, stays)
        stays[at] = True
        return bool(after[0]) and bool((after >= before).all())

    def _effect(self, at: int) -> float:
        rows = self._asking_for(at)
        if not len(rows):
            return 0.0
        sub = Others(rows, self._others.places[rows], self._others.scores[rows])
        stays = np.ones(len(self._solved), np.bool_)
        before = hits(self._solved, sub, stays).sum()
        stays[at] = False
        return float(hits(self._solved, sub, stays).sum() - before) / len(self._solved)

    def proposal(self, at: int, reason: str) -> Proposal:
        """What is said of one."""
        return Proposal(
            int(self._solved.ids[at]),
            reason,
            int(self.coverage[at]),
            int(self.blame[at]),
            int(self._failed[at]),
            self._effect(at),
        )

"""The solved cases of a type beside each other: for each the nearest others; whatever is measured starts here. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cbr.case_type import CaseType
from cbr.casebase import CaseBase
from cbr.similarity import Floats
from cbr.values import Value, write_value

Places = NDArray[np.intp]
Tell = Callable[[float], None]
"""Takes how much of something long is done, of 1."""
Columns = Mapping[str, Sequence[Value | None]]


def untold(_share: float) -> None:
    """Where nobody wants to know how far it is."""


@dataclass(frozen=True)
class Solved:
    """Solved cases.

    Args:
        case_type: says how they are compared.
        columns: key of an attribute -> the value of each case.
        solutions: of each case; the same key for the same solution.
        texts: what the solutions say.
        ids: of the cases.
        tried: (cases, 2) how often the solution worked since, changed or not, and how often it failed.
    """

    case_type: CaseType
    columns: Columns
    solutions: Sequence[str]
    texts: Sequence[str]
    ids: Sequence[int]
    tried: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.solutions)

    @cached_property
    def labels(self) -> Places:
        """(cases,) solutions as numbers."""
        return np.unique(np.array(self.solutions, dtype=str), return_inverse=True)[1].reshape(-1)

    @cached_property
    def base(self) -> CaseBase:
        """A case base of them, with their places as ids."""
        return CaseBase(self.case_type).fit(self.columns)

    def facts(self, at: int) -> dict[str, object]:
        """What is known of one of them, as plain data."""
        kinds = self.case_type.by_key
        return {
            key: write_value(value, kinds[key].kind)
            for key, column in self.columns.items()
            if (value := column[at]) is not None
        }

    def taken(self, places: Places) -> Solved:
        """Some of them."""
        chosen = places.tolist()
        return Solved(
            self.case_type,
            {key: [column[at] for at in chosen] for key, column in self.columns.items()},
            [self.solutions[at] for at in chosen],
            [self.texts[at] for at in chosen],
            [self.ids[at] for at in chosen],
            self.tried[places],
        )


@dataclass(frozen=True)
class Others:
    """The nearest others of some cases, best first.

    Args:
        asked: (asked,) whose others they are.
        places: (asked, k) who they are; -1 where there are fewer.
        scores: (asked, k) how near; 0 where there are fewer.
    """

    asked: Places
    places: Places
    scores: Floats


def evenly(cases: int, most: int) -> Places:
    """Places of so many of the cases, evenly spread; of all where there are no more."""
    return np.arange(cases) if cases <= most else np.linspace(0, cases - 1, most).astype(np.intp)


def nearest_others(solved: Solved, k: int, *, most: int | None = None, tell: Tell = untold) -> Others:
    """Ask for each case as if it were not there itself; ties go to the case that came first, as they always do.

    Args:
        most: of more cases so many, evenly spread, are asked for.
        tell: told how much is done, of 1.
    """
    asked = evenly(len(solved), len(solved) if most is None else most)
    places = np.full((len(asked), k), -1, np.intp)
    scores = np.zeros((len(asked), k))
    for row, at in enumerate(asked.tolist()):
        found = solved.base.candidates(solved.facts(at), k + 1, keys=())
        other = np.flatnonzero(found.ids != at)[:k]
        places[row, : len(other)] = found.ids[other]
        scores[row, : len(other)] = found.scores[other]
        tell((row + 1) / len(asked))
    return Others(asked, places, scores)


def first_that_stays(others: Others, stays: NDArray[np.bool_]) -> Places:
    """(asked,) the nearest other that is still there when only some cases stay; -1 where none of the k is."""
    there = (others.places >= 0) & stays[others.places]
    first = np.argmax(there, axis=1)
    rows = np.arange(len(others.asked))
    return np.where(there[rows, first], others.places[rows, first], -1)


def hits(solved: Solved, others: Others, stays: NDArray[np.bool_] | None = None) -> NDArray[np.bool_]:
    """(asked,) whether the nearest other has the same solution."""
    everybody = np.ones(len(solved), np.bool_) if stays is None else stays
    first = first_that_stays(others, everybody)
    right: NDArray[np.bool_] = (first >= 0) & (solved.labels[first] == solved.labels[others.asked])
    return right

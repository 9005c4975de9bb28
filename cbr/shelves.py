"""The cases of one type on shelves, one for each audience and state: a viewer's cases are those of some of them. Pure.

Who may see a case decides on which shelf it lies, and what a viewer may not see is never looked at. The score of a case
does not depend on the others, so the best of several shelves, merged, are the best of all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cbr.candidates import Candidates, Held
from cbr.case_type import MOST_ATTRIBUTES, Attribute, CaseType, Kind
from cbr.casebase import CaseBase, Scores
from cbr.index.segment import Ids
from cbr.matches import Match
from cbr.plain import Plain
from cbr.values import Value

SOLUTION, COUNT, TEXT = "0-solution", "0-count", "0-text"
"""What is kept beside the attributes: what a case proposes (`Case.proposes`), how many contacts it stands for, and the
place where a comparison of texts counts."""

_OWN = (
    Attribute(SOLUTION, Kind.CATEGORY, weight=0.0, answerers=frozenset()),
    Attribute(COUNT, Kind.NUMBER, weight=0.0, answerers=frozenset()),
    Attribute(TEXT, Kind.CATEGORY, weight=0.0, answerers=frozenset()),
)
MOST_OF_PEOPLE = MOST_ATTRIBUTES - len(_OWN)
"""So many attributes a case type can have beside these."""


class Shelf(NamedTuple):
    """Whose cases lie there, in which state."""

    audience: str
    state: str


def shelved(case_type: CaseType) -> CaseType:
    """The case type of a shelf's case base."""
    return replace(case_type, attributes=(*case_type.attributes, *_OWN))


@dataclass(frozen=True)
class Shelves:
    """The cases that one viewer may be shown.

    Args:
        case_type: without what is kept beside the attributes.
        bases: one for each shelf.
        names: of the shelves.
    """

    case_type: CaseType
    bases: Sequence[CaseBase]
    names: frozenset[Shelf]

    def __len__(self) -> int:
        return sum(len(base) for base in self.bases)

    def hold(self, ids: Ids) -> NDArray[np.bool_]:
        """(ids,) which of these cases are here."""
        there = np.zeros(len(ids), np.bool_)
        for base in self.bases:
            there |= base.hold(ids)
        return there

    def nearest(
        self,
        facts: Mapping[str, Plain],
        k: int = 10,
        *,
        weights: Mapping[str, float] | None = None,
        scores: Scores | None = None,
    ) -> list[Match]:
        """The best k of all shelves, as `CaseBase.nearest` has them."""
        found = [
            match for base in self.bases for match in base.nearest(facts, k, weights=weights, scores=scores)
        ]
        return sorted(found, key=lambda match: (-match.score, match.id))[:k]

    def candidates(
        self,
        facts: Mapping[str, Plain],
        k: int,
        *,
        keys: Iterable[str] | None = None,
        weights: Mapping[str, float] | None = None,
        scores: Scores | None = None,
    ) -> Candidates:
        """The best k of all shelves as columns, as `CaseBase.candidates` has them, with `SOLUTION` and `COUNT`."""
        wanted = (
            [*(one.key for one in self.case_type.attributes), SOLUTION, COUNT] if keys is None else list(keys)
        )
        parts = [
            base.candidates(facts, k, keys=wanted, weights=weights, scores=scores) for base in self.bases
        ]
        return parts[0] if len(parts) == 1 else _merged(parts, k, wanted)


def _merged(parts: Sequence[Candidates], k: int, keys: Sequence[str]) -> Candidates:
    ids = np.concatenate([np.empty(0, np.int64), *(part.ids for part in parts)])
    scores = np.concatenate([np.empty(0), *(part.scores for part in parts)])
    order = np.lexsort((ids, -scores))[:k]
    return Candidates(
        ids[order],
        scores[order],
        {key: _joined([part.columns[key] for part in parts], order) for key in keys},
    )


def _joined(parts: Sequence[Held], order: np.ndarray[tuple[int, ...], np.dtype[np.intp]]) -> Held:
    """One column of several: the values that still occur, each once, sorted."""
    places: dict[Value, int] = {}
    codes = [np.empty(0, np.int32)]
    for part in parts:
        own = np.array([*(places.setdefault(value, len(places)) for value in part.values), -1], np.int32)
        codes.append(own[part.codes])
    taken = np.concatenate(codes)[order]
    values = list(places)
    kept = sorted(set(taken[taken >= 0].tolist()), key=lambda at: _sorting(values[at]))
    moved = np.full(len(values) + 1, -1, np.int32)
    moved[kept] = np.arange(len(kept))
    return Held(moved[taken], [values[at] for at in kept])


def _sorting(value: Value) -> Value:
    return "|".join(sorted(value)) if isinstance(value, frozenset) else value

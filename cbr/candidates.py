"""Many cases as columns of codes, for what looks at all of them at once: the choice of the next question. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from cbr.index.segment import Ids, Segment
from cbr.index.zones import Places
from cbr.similarity import Floats
from cbr.values import Value


class Held(NamedTuple):
    """What the candidates hold of one attribute.

    Args:
        codes: (candidates,) place in `values`; -1 for none.
        values: those that occur, each once, sorted.
    """

    codes: NDArray[np.int32]
    values: Sequence[Value]


@dataclass(frozen=True)
class Candidates:
    """Some cases, best first.

    Args:
        ids, scores: (candidates,)
        columns: key of an attribute -> what they hold.
    """

    ids: Ids
    scores: Floats
    columns: Mapping[str, Held]


def collect(
    ids: Ids, scores: Floats, keys: Sequence[str], parts: Sequence[tuple[Segment, Places, Places]]
) -> Candidates:
    """Gather columns from segments.

    Args:
        parts: a segment, which candidates come from it, and where they lie in it.
    """
    return Candidates(ids, scores, {key: _held(key, len(ids), parts) for key in keys})


def _held(key: str, candidates: int, parts: Sequence[tuple[Segment, Places, Places]]) -> Held:
    codes = np.full(candidates, -1, np.int32)
    places: dict[Value, int] = {}
    for segment, rows, where in parts:
        distinct, own = _distinct(segment, key, where)
        shared = [-1 if value is None else places.setdefault(value, len(places)) for value in distinct]
        codes[rows] = np.array(shared, np.int32)[own]
    values = list(places)
    sets = bool(values) and isinstance(values[0], frozenset)
    by: list[Any] = (
        ["|".join(sorted(value)) for value in cast(list[frozenset[str]], values)] if sets else values
    )
    order = sorted(range(len(values)), key=by.__getitem__)
    moved = np.empty(len(values) + 1, np.int32)
    moved[order] = np.arange(len(values))
    moved[-1] = -1
    return Held(moved[codes], [values[at] for at in order])


def _distinct(segment: Segment, key: str, where: Places) -> tuple[Sequence[Value | None], NDArray[np.intp]]:
    """The different values at some places, and which of them each has."""
    stored = segment.stored[key]
    if stored.numbers is not None or stored.width > 2:
        held = segment.codes(key)[where] if stored.numbers is None else stored.numbers[where]
        _, first, own = np.unique(held, return_index=True, return_inverse=True)
        return segment.values(key, where[first]), own
    codes = segment.codes(key)[where]
    occurring = np.flatnonzero(np.bincount(codes))
    own = np.zeros(int(occurring[-1]) + 1, np.intp)
    own[occurring] = np.arange(len(occurring))
    return [stored.book.decode(code - 1) if code else None for code in occurring.tolist()], own[codes]

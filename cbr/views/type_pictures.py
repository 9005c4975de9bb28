"""How an attribute compares, as little pictures: a curve over the distance, or shaded squares for pairs; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from cbr.case_type import Attribute, Kind
from cbr.similarity import (
    Cyclic,
    DistanceMeasure,
    Exact,
    Exponential,
    Interval,
    Linear,
    Overlap,
    Step,
    Symbol,
    SymbolMeasure,
)

WIDE, HIGH = 240.0, 96.0
"""Of the place for a curve, in units of the picture."""

POINTS = 121
MOST_SQUARES = 16
"""So many values are shown against one another; of more, the first."""

SET_SIZE = 5


@dataclass(frozen=True)
class Curve:
    """The likeness over what is told below it.

    Args:
        points: of the line, "x,y x,y"; y grows downwards, from likeness 1 at 0 to likeness 0 at `HIGH`.
        marks: distances that matter, each with its place on the way across.
        of_sets: it is over what sets share and not over a distance.
    """

    points: str
    marks: Sequence[tuple[float, float]] = ()
    of_sets: bool = False


@dataclass(frozen=True)
class Squares:
    """The likeness of pairs.

    Args:
        keys: of the values; rows are what is asked for, columns what a case holds.
        rows: from 0 to 1.
        more: how many values are not shown.
    """

    keys: Sequence[str]
    rows: Sequence[Sequence[float]]
    more: int = 0


Picture = Curve | Squares | None


def picture(attribute: Attribute) -> Picture:
    """The picture of an attribute's measure; None where there is nothing to show, such as names without a list."""
    measure = attribute.similarity
    if isinstance(measure, Overlap):
        return _of_sets(measure)
    symbols = _symbols(attribute)
    on_a_line = attribute.kind in (Kind.NUMBER, Kind.DATE) or not isinstance(measure, Exact)
    if isinstance(measure, DistanceMeasure) and on_a_line:
        return _curve(measure, *_reach(measure))
    if not symbols or not isinstance(measure, SymbolMeasure):
        return None
    shown = symbols[:MOST_SQUARES]
    rows = [[measure(asked, held) for held in shown] for asked in shown]
    return Squares(
        [str(one).lower() if isinstance(one, bool) else one for one in shown], rows, len(symbols) - len(shown)
    )


def _symbols(attribute: Attribute) -> list[Symbol]:
    return [True, False] if attribute.kind == Kind.BOOLEAN else [choice.key for choice in attribute.choices]


def _reach(measure: DistanceMeasure) -> tuple[float, ...]:
    """A distance at which everything of the curve is to be seen, and those on the way that matter."""
    match measure:
        case Linear(range=none):
            return none * 1.25, none
        case Interval(full=full, none=none):
            return none * 1.25, full, none
        case Exponential(half=half):
            return half * 5, half, 2 * half
        case Step(tolerance=tolerance):
            return tolerance * 2 or 1.0, tolerance
        case Cyclic(period=period):
            return period, period / 2, period
    return (1.0,)


def _curve(measure: DistanceMeasure, furthest: float, *marks: float) -> Curve:
    distances = np.linspace(0.0, furthest, POINTS)
    alike = measure.many(0.0, distances)
    pairs: list[tuple[float, float]] = [(0.0, float(alike[0]))]
    for (_, before), (at, now) in pairwise(zip(distances.tolist(), alike.tolist(), strict=True)):
        if abs(now - before) > 0.5:  # it falls at once
            pairs.append((at, before))
        pairs.append((at, now))
    shown = [(at, at / furthest * WIDE) for at in marks if at]
    return Curve(_points([(at / furthest, alike) for at, alike in pairs]), shown)


def _of_sets(measure: Overlap) -> Curve:
    """Two sets of the same size, by how much they share."""
    asked = frozenset(map(str, range(SET_SIZE)))
    pairs = []
    for shared in range(SET_SIZE + 1):
        held = frozenset(map(str, range(SET_SIZE - shared, 2 * SET_SIZE - shared)))
        pairs.append((shared / SET_SIZE, measure(asked, held)))
    return Curve(_points(pairs), of_sets=True)


def _points(pairs: Sequence[tuple[float, float]]) -> str:
    """Of a line through (share of the width, likeness)."""
    return " ".join(f"{share * WIDE:.1f},{(1 - alike) * HIGH:.1f}" for share, alike in pairs)

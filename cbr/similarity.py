"""How alike two values are: local measures from 0 (nothing in common) to 1 (the same); pure.

A measure is a frozen callable: `measure(asked, held)` compares what is known now with what a case holds. Beside that
each family answers for a whole column at once, with the very same floats: a measure of symbols gives the row of its
table, a measure of distances takes an array of them, a measure of sets takes counts.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import ClassVar, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Symbol: TypeAlias = bool | str


class Span(NamedTuple):
    """Everything from `low` to `high`, both included: what is asked for where one number says too much."""

    low: float
    high: float


class Row(NamedTuple):
    """One row of a table of similarities.

    Args:
        values: what is said of some values.
        otherwise: what holds for all others.
    """

    values: Mapping[Symbol, float]
    otherwise: float = 0.0


class SymbolMeasure(ABC):
    """Compares names, of which nothing is known but what the measure says."""

    @abstractmethod
    def row(self, asked: Symbol) -> Row:
        """How alike each value is to the one that is asked for."""

    def __call__(self, asked: Symbol, held: Symbol) -> float:
        values, otherwise = self.row(asked)
        return values.get(held, otherwise)


class DistanceMeasure(ABC):
    """Compares numbers by how far they are apart: the further, the less alike.

    A setting may be as small as a number can be: what is divided by it is then infinitely far apart, and is told so.
    """

    @abstractmethod
    def of_distances(self, distances: Floats) -> Floats:
        """The similarity at each distance (>= 0), never rising with it."""

    def many(self, asked: float | Span, held: Floats) -> Floats:
        """How alike each number is to what is asked for; within a span it is at no distance."""
        low, high = asked if isinstance(asked, Span) else (asked, asked)
        return self.of_distances(np.maximum(np.maximum(low - held, held - high), 0.0))

    def bounds(self, asked: float | Span, low: Floats, high: Floats) -> tuple[Floats, Floats]:
        """The least and the most that numbers between `low` and `high`, both included, can reach."""
        from_, to = asked if isinstance(asked, Span) else (asked, asked)
        nearest = np.maximum(np.maximum(from_ - high, low - to), 0.0)
        furthest = np.maximum(np.maximum(from_ - low, high - to), 0.0)
        return self.of_distances(furthest), self.of_distances(nearest)

    def __call__(self, asked: float | Span, held: float) -> float:
        return float(self.many(asked, np.array([held], np.float64))[0])


@dataclass(frozen=True)
class Exact(SymbolMeasure, DistanceMeasure):
    """The same or not; for names as well as for numbers.

    >>> Exact()("red", "red"), Exact()("red", "blue")
    (1.0, 0.0)
    """

    name: ClassVar[str] = "exact"

    def row(self, asked: Symbol) -> Row:
        """Only the value itself."""
        return Row({asked: 1.0})

    def of_distances(self, distances: Floats) -> Floats:
        """Only no distance at all."""
        return np.equal(distances, 0.0).astype(np.float64)

    def __call__(self, asked: Symbol | float | Span, held: Symbol | float) -> float:
        if isinstance(asked, Span) and not isinstance(held, str):
            return float(asked.low <= held <= asked.high)
        return float(asked == held)


@dataclass(frozen=True)
class Table(SymbolMeasure):
    """What somebody has written down for pairs of values. A value is like itself unless the table says otherwise.

    Args:
        entries: asked -> held -> similarity from 0 to 1. True and False stand as "true" and "false".
        otherwise: of pairs that are not in the table.
        symmetric: an entry holds in both directions where only one is written down.

    >>> colours = Table({"red": {"orange": 0.6}})
    >>> colours("orange", "red"), colours("red", "red"), colours("red", "blue")
    (0.6, 1.0, 0.0)
    """

    entries: Mapping[str, Mapping[str, float]]
    otherwise: float = 0.0
    symmetric: bool = True
    name: ClassVar[str] = "table"

    def row(self, asked: Symbol) -> Row:
        """What is written down for this value, and of the other direction what is not."""
        key = _written(asked)
        row: dict[Symbol, float] = {key: 1.0}
        if self.symmetric:
            row |= {other: entries[key] for other, entries in self.entries.items() if key in entries}
        row.update(self.entries.get(key, {}))
        if isinstance(asked, bool):
            row = {held: row.get(_written(held), self.otherwise) for held in (True, False)}
        return Row(row, self.otherwise)


def _written(value: Symbol) -> str:
    return str(value).lower() if isinstance(value, bool) else value


@dataclass(frozen=True)
class Taxonomy(SymbolMeasure):
    """Two nodes of a tree by the way to where their branches meet.

    2 x depth(meeting) / (depth(asked) + depth(held)), a node without parent having the depth 1: Wu and Palmer, "Verb
    semantics and lexical selection", ACL 1994. Nodes that meet nowhere have nothing in common.

    Args:
        parents: node -> the node above it, "" at the top. They end: the case type has looked for circles.
        whole_branch: what lies below the node that is asked for is as good as the node itself.

    >>> tree = Taxonomy({"phone": "", "android": "phone", "iphone": "phone", "router": ""})
    >>> tree("android", "iphone"), round(tree("android", "phone"), 3), tree("android", "router")
    (0.5, 0.667, 0.0)
    >>> Taxonomy(tree.parents, whole_branch=True)("phone", "android")
    1.0
    """

    parents: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    whole_branch: bool = False
    name: ClassVar[str] = "taxonomy"

    def row(self, asked: Symbol) -> Row:
        """All nodes that have something in common with this one."""
        above = self._ways.get(str(asked), (str(asked),))
        row: dict[Symbol, float] = {}
        for node, way in self._ways.items():
            shared = sum(1 for mine, theirs in zip(above, way, strict=False) if mine == theirs)
            if shared:
                below = self.whole_branch and shared == len(above)
                row[node] = 1.0 if below else 2 * shared / (len(above) + len(way))
        return Row(row | {asked: 1.0})

    @cached_property
    def _ways(self) -> Mapping[str, tuple[str, ...]]:
        """Node -> the nodes from the top down to it."""
        ways: dict[str, tuple[str, ...]] = {}
        for node in self.parents:
            way: list[str] = []
            at = node
            while at:
                way.append(at)
                at = self.parents.get(at, "")
            ways[node] = tuple(reversed(way))
        return ways


@dataclass(frozen=True)
class Linear(DistanceMeasure):
    """Falls in a straight line: max(0, 1 - distance / range).

    Args:
        range: the distance, in the attribute's unit, from which on there is nothing in common.

    >>> Linear(range=10.0)(3.0, 8.0), Linear(range=10.0)(3.0, 20.0), Linear(range=10.0)(Span(1.0, 4.0), 2.0)
    (0.5, 0.0, 1.0)
    """

    range: float
    name: ClassVar[str] = "linear"

    def of_distances(self, distances: Floats) -> Floats:
        """1 at no distance, 0 from `range` on."""
        with np.errstate(over="ignore"):
            return np.maximum(1.0 - distances / self.range, 0.0)


@dataclass(frozen=True)
class Exponential(DistanceMeasure):
    """Halves again and again: 2 ** -(distance / half), as Shepard found likeness to decay ("Toward a universal law of
    generalization for psychological science", Science 237, 1987).

    Args:
        half: the distance, in the attribute's unit, at which half of the likeness is left.

    >>> Exponential(half=2.0)(10.0, 12.0), Exponential(half=2.0)(10.0, 6.0)
    (0.5, 0.25)
    """

    half: float
    name: ClassVar[str] = "exponential"

    def of_distances(self, distances: Floats) -> Floats:
        """1 at no distance, .5 at `half`, .25 at twice that."""
        with np.errstate(over="ignore"):
            return np.asarray(np.exp2(-(distances / self.half)), np.float64)

    def bounds(self, asked: float | Span, low: Floats, high: Floats) -> tuple[Floats, Floats]:
        """A little wider: how a power is rounded is left to the library that computes it."""
        least, most = super().bounds(asked, low, high)
        return least * (1 - 1e-12), np.minimum(most * (1 + 1e-12), 1.0)


@dataclass(frozen=True)
class Step(DistanceMeasure):
    """The same up to a tolerance, then nothing in common.

    >>> Step(tolerance=2.0)(10.0, 12.0), Step(tolerance=2.0)(10.0, 12.5)
    (1.0, 0.0)
    """

    tolerance: float
    name: ClassVar[str] = "step"

    def of_distances(self, distances: Floats) -> Floats:
        """1 up to the tolerance."""
        return (distances <= self.tolerance).astype(np.float64)


@dataclass(frozen=True)
class Interval(DistanceMeasure):
    """The same up to one distance, falling in a straight line to nothing at another: a fuzzy interval, the trapezoid of
    Zadeh's fuzzy sets ("Fuzzy sets", Information and Control 8, 1965).

    Args:
        full: up to here, in the attribute's unit, both are the same.
        none: from here on they have nothing in common; more than `full`.

    >>> Interval(full=1.0, none=3.0)(5.0, 6.0), Interval(full=1.0, none=3.0)(5.0, 7.0)
    (1.0, 0.5)
    """

    full: float
    none: float
    name: ClassVar[str] = "interval"

    def of_distances(self, distances: Floats) -> Floats:
        """1 up to `full`, 0 from `none` on."""
        with np.errstate(over="ignore"):
            return np.clip((self.none - distances) / (self.none - self.full), 0.0, 1.0)


@dataclass(frozen=True)
class Cyclic(DistanceMeasure):
    """Numbers on a circle, such as hours of the day: 1 at the same place, falling in a line to 0 at the opposite one.

    Args:
        period: once around, in the attribute's unit.

    >>> Cyclic(period=24.0)(23.0, 2.0), Cyclic(period=24.0)(0.0, 12.0), Cyclic(period=24.0)(Span(22.0, 2.0), 1.0)
    (0.75, 0.0, 1.0)
    """

    period: float
    name: ClassVar[str] = "cyclic"

    def of_distances(self, distances: Floats) -> Floats:
        """1 at no distance, 0 at half of the period."""
        return np.maximum(1.0 - 2.0 * distances / self.period, 0.0)

    def many(self, asked: float | Span, held: Floats) -> Floats:
        """The shorter way around counts; a span goes upwards, from 22 to 2 over midnight."""
        low, high = asked if isinstance(asked, Span) else (asked, asked)
        wide = min(high - low, self.period) if high >= low else (high - low) % self.period
        behind = (held - low) % self.period
        return self.of_distances(np.maximum(np.minimum(behind - wide, self.period - behind), 0.0))

    def bounds(self, asked: float | Span, low: Floats, high: Floats) -> tuple[Floats, Floats]:
        """A stretch of the circle can hold what is asked for, or its opposite: nothing better is claimed."""
        return np.zeros(len(low)), np.ones(len(low))


SharedOver = Literal["either", "mean", "asked", "smaller"]


@dataclass(frozen=True)
class Overlap:
    """What two sets share, as a part of what they hold. Two empty sets are the same.

    Args:
        over: "either" divides by what is in either (Jaccard 1901), "mean" by the mean of both sizes (Dice 1945),
            "asked" by what is asked for (Tversky 1977 with alpha 1 and beta 0), "smaller" by the smaller set
            (Szymkiewicz 1934, Simpson 1943).

    >>> asked, held = frozenset("ab"), frozenset("bcd")
    >>> Overlap()(asked, held), Overlap("mean")(asked, held), Overlap("asked")(asked, held)
    (0.25, 0.4, 0.5)
    """

    over: SharedOver = "either"
    name: ClassVar[str] = "overlap"

    def of_counts(self, shared: NDArray[np.intp], asked: int, held: NDArray[np.intp]) -> Floats:
        """The similarity to each of many sets.

        Args:
            shared: (sets,) how many elements each shares with what is asked for.
            asked: how many are asked for.
            held: (sets,) how many elements each has.
        """
        whole: Floats = {
            "either": asked + held - shared,
            "mean": (asked + held) / 2,
            "asked": np.full(len(held), asked),
            "smaller": np.minimum(asked, held),
        }[self.over].astype(np.float64)
        same = (held == 0) & (asked == 0)
        return np.where(same, 1.0, shared / np.where(whole > 0, whole, 1.0))

    def __call__(self, asked: Set[str], held: Set[str]) -> float:
        counts = np.array([len(asked & held)]), len(asked), np.array([len(held)])
        return float(self.of_counts(*counts)[0])


Measure: TypeAlias = Exact | Table | Taxonomy | Linear | Exponential | Step | Interval | Cyclic | Overlap

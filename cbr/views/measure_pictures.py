"""What was measured of cases, as little pictures that the server draws. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

SQUARE = 200.0
"""The side of a reliability diagram, in units of the picture."""

SMALLEST, LARGEST = 2.5, 9.0
"""Radius of a spot that stands for one prediction, and for most of them."""

WIDE, HIGH = 240.0, 64.0
EDGE = 5.0
"""Of a course; its spots stay within."""

BAR = 120.0
"""The longest bar."""


@dataclass(frozen=True)
class Spot:
    """Predictions with about the same confidence: told right so often, and how often right.

    Args:
        x, y: the middle; y grows downwards.
        size: the radius.
        told: the bin.
    """

    x: float
    y: float
    size: float
    told: Mapping[str, Any]


def calibration(bins: Sequence[Mapping[str, Any]]) -> list[Spot]:
    """A reliability diagram (DeGroot and Fienberg 1983): on the diagonal, what was said is what happened.

    The area of a spot grows with the number of predictions.

    >>> spot, = calibration([{"confidence": 0.5, "accuracy": 1.0, "count": 3}])
    >>> (spot.x, spot.y, spot.size)
    (100.0, 0.0, 9.0)
    """
    most = max((one["count"] for one in bins), default=1)
    return [
        Spot(
            round(one["confidence"] * SQUARE, 1),
            round((1 - one["accuracy"]) * SQUARE, 1),
            round(max(LARGEST * (one["count"] / most) ** 0.5, SMALLEST), 1),
            one,
        )
        for one in bins
    ]


class Point(NamedTuple):
    """A figure of one report, with its place in the picture and in words."""

    x: float
    y: float
    words: str


@dataclass(frozen=True)
class Course:
    """A figure over several reports.

    Args:
        line: "x,y x,y" through all of them.
    """

    line: str
    spots: Sequence[Point]


def course(figures: Sequence[tuple[float | None, str]], most: float) -> Course:
    """From the oldest to the newest, from 0 at the ground to `most` at the top.

    Args:
        figures: each in words, too; None where a report has it not.

    >>> course([(0.0, "0 %"), (None, ""), (1.0, "100 %")], 1.0).line
    '5.0,59.0 235.0,5.0'
    """
    step = (WIDE - 2 * EDGE) / max(len(figures) - 1, 1)
    spots = [
        Point(
            round(EDGE + at * step, 1),
            round(HIGH - EDGE - (HIGH - 2 * EDGE) * figure / (most or 1), 1),
            words,
        )
        for at, (figure, words) in enumerate(figures)
        if figure is not None
    ]
    return Course(" ".join(f"{one.x},{one.y}" for one in spots), spots)


@dataclass(frozen=True)
class Weighed:
    """An attribute's weight, set by hand and learned.

    Args:
        by_hand_bar, learned_bar: as long as the weight is, against the largest.
    """

    key: str
    by_hand: float
    learned: float
    by_hand_bar: float
    learned_bar: float


def weighed(by_hand: Mapping[str, float], learned: Mapping[str, float]) -> list[Weighed]:
    """The weights side by side, those first that change most.

    >>> [(one.key, one.by_hand_bar, one.learned_bar) for one in weighed({"a": 1, "b": 1}, {"a": 1, "b": 2})]
    [('b', 60.0, 120.0), ('a', 60.0, 60.0)]
    """
    most = max([*by_hand.values(), *learned.values()], default=0) or 1
    lines = [
        Weighed(key, hand, learned[key], round(BAR * hand / most, 1), round(BAR * learned[key] / most, 1))
        for key, hand in by_hand.items()
    ]
    return sorted(lines, key=lambda one: -abs(one.learned - one.by_hand))

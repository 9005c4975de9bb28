"""Numbers as ranges that people can choose from: few of them, with round edges between what occurs. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from cbr.similarity import Floats, Span
from cbr.values import LARGEST

MOST_RANGES = 5
LIMIT = LARGEST
"""What has no end ends here."""


def ranges(values: Sequence[float] | Floats, counts: Sequence[float] | Floats) -> list[Span]:
    """Ranges that hold about the same number of cases, together every number there is.

    Args:
        values: (values,) different numbers, rising.
        counts: (values,) of cases that have each.

    >>> [f"{low:g}..{high:g}" for low, high in ranges([8.7, 15.1, 17.1], [1, 1, 1])]
    ['0..10', '10..16', '16..1e+15']
    """
    if not len(values):
        return []
    middles = np.cumsum(counts) - np.asarray(counts) / 2
    groups = (middles / max(float(np.sum(counts)), 1e-12) * MOST_RANGES).astype(int)
    edges = [
        roundest(float(values[at]), float(values[at + 1])) for at in np.flatnonzero(np.diff(groups)).tolist()
    ]
    first = 0.0 if values[0] >= 0 else -LIMIT
    ends = [first, *edges, LIMIT]
    return [Span(low, high) for low, high in pairwise(ends)]


def roundest(low: float, high: float) -> float:
    """The number of fewest digits above `low` and up to `high`; of several the one nearest the middle.

    >>> roundest(8.7, 15.1), roundest(15.1, 17.1), roundest(0.12, 0.13), roundest(980, 2100), roundest(-7, -3)
    (10.0, 16.0, 0.13, 2000.0, -5.0)
    """
    size = max(abs(low), abs(high))
    power = math.floor(math.log10(size)) if size > 0 else 0
    for step in (
        part * 10.0**exponent for exponent in range(power, power - 17, -1) for part in (10, 5, 2, 1)
    ):
        if not step:  # the numbers are smaller than any that a float can be rounded to
            break
        nearest = round((low + high) / 2 / step) * step
        for found in (nearest, nearest - step, nearest + step):
            shown = float(f"{found:.15g}")
            if low < shown <= high:
                return shown
    return high

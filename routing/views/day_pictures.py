"""How a day went, as bars that the server draws: who came in each interval, and what became of them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from routing.tally import Counts

FEWEST = 8
"""So many bars have room at least: one alone is no wall."""
GAP = 0.16
"""Of a bar's width is left free."""


class Bar(NamedTuple):
    """An interval; each part is where it begins and how high it is, y grows downwards.

    Args:
        in_time, late, lost, waits: of those who came: answered as promised, later, never, and not yet.
    """

    x: float
    wide: float
    in_time: tuple[float, float]
    late: tuple[float, float]
    lost: tuple[float, float]
    waits: tuple[float, float]
    counts: Counts


def bars(intervals: Sequence[Counts], wide: float, high: float, most: int = 1) -> list[Bar]:
    """Stacked bars over a field.

    Args:
        wide, high: of the field.
        most: at its top at least.

    >>> one, = bars([Counts(came=4, answered=2, in_time=1, abandoned=1)], 100, 80)
    >>> one.in_time, one.late, one.lost, one.waits
    ((60.0, 20.0), (40.0, 20.0), (20.0, 20.0), (0.0, 20.0))
    """
    step = wide / max(len(intervals), FEWEST)
    most = max(most, *(counts.came for counts in intervals)) if intervals else most
    return [_bar(place * step, step, counts, high, most) for place, counts in enumerate(intervals)]


def _bar(x: float, step: float, counts: Counts, high: float, most: int) -> Bar:
    late = counts.answered - counts.in_time
    lost = min(counts.abandoned, counts.came - counts.answered)
    parts, top = [], high
    for count in (counts.in_time, late, lost, counts.came - counts.answered - lost):
        part = high * count / most
        top -= part
        parts.append((round(top, 1), round(part, 1)))
    in_time_part, late_part, lost_part, waits_part = parts
    wide = round(step * (1 - GAP), 1)
    return Bar(round(x + step * GAP / 2, 1), wide, in_time_part, late_part, lost_part, waits_part, counts)

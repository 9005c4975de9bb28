"""How many come and how many agents that needs over a day, as a picture that the server draws. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

from routing.staffing.needs import Need

WIDE, HIGH, LEFT, TOP = 640.0, 190.0, 48.0, 10.0
"""The field of the picture, and the room for the figures beside it."""

MOST_HOURS = 9
"""So many hours are written beneath."""


class Bar(NamedTuple):
    """An interval."""

    x: float
    y: float
    wide: float
    high: float
    need: Need


@dataclass(frozen=True)
class Course:
    """A day.

    Args:
        bars: who comes.
        line: "x,y x,y" of the agents who are needed, in steps.
        hours: (x, hour of the day)
        most_arrivals, most_agents: at the top.
    """

    bars: Sequence[Bar]
    line: str
    hours: Sequence[tuple[float, int]]
    most_arrivals: int
    most_agents: int


def course(needs: Sequence[Need], length_min: int) -> Course:
    """A picture of at least one interval.

    Args:
        length_min: of each, in minutes.

    >>> from routing.staffing.counts import Slot
    >>> from routing.staffing.needs import Terms, needs
    >>> one = course(needs([Slot(480, 20.0)], Terms()), 30)
    >>> one.bars[0].x, one.bars[0].high, one.hours, one.most_arrivals
    (48.0, 190.0, [(48.0, 8)], 20)
    """
    step = WIDE / len(needs)
    most_arrivals = _round_up(max(need.slot.arrivals for need in needs))
    most_agents = _round_up(max(need.agents for need in needs))
    bars, points = [], []
    for place, need in enumerate(needs):
        x, high = LEFT + place * step, HIGH * need.slot.arrivals / most_arrivals
        bars.append(
            Bar(round(x, 1), round(TOP + HIGH - high, 1), round(step * 0.86, 1), round(high, 1), need)
        )
        y = round(TOP + HIGH * (1 - need.agents / most_agents), 1)
        points += [f"{round(x, 1)},{y}", f"{round(x + step, 1)},{y}"]
    return Course(bars, " ".join(points), _hours(needs, length_min, step), most_arrivals, most_agents)


def _hours(needs: Sequence[Need], length_min: int, step: float) -> list[tuple[float, int]]:
    first = needs[0].slot.start_min
    hours = range(ceil(first / 60), ceil((first + len(needs) * length_min) / 60))
    apart = ceil(len(hours) / MOST_HOURS) or 1
    return [(round(LEFT + (hour * 60 - first) / length_min * step, 1), hour) for hour in hours[::apart]]


def _round_up(value: float) -> int:
    """To two digits that count.

    >>> _round_up(1652.4), _round_up(0)
    (1700, 1)
    """
    whole = max(ceil(value), 1)
    unit = int(10 ** max(len(str(whole)) - 2, 0))
    return ceil(whole / unit) * unit

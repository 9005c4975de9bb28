"""A day played through the very same matching code that the floor uses, beside what Erlang's formulas say of it; pure.

People come as a Poisson stream whose rate is that of the interval, are handled and hang up after exponential times, and
as many agents are there as the formulas ask for: whatever differs comes from what the formulas leave out. They know one
queue in which every agent takes every call, and in which each interval has gone on for ever.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import fmean, stdev
from typing import NamedTuple

from routing.overflow import Overflow, Step, Way
from routing.playing_out import Coming, Fate, Outcome, Rostered, Shift, play_out
from routing.staffing.counts import Slot
from routing.staffing.needs import Need, Terms, needs

FEWEST_RUNS, MOST_RUNS = 2, 30
STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)
"""The 97.5 % points of Student's t with 1, 2, 3... degrees of freedom."""

NORMAL = 1.96
Tell = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Split:
    """Who may take what.

    Args:
        shares: of all who come, one for each group of agents; each group has its own queue, and agents for it alone.
        overflow_s: after so much waiting, in seconds, agents of the other groups are asked as well; None for never.
    """

    shares: tuple[float, ...] = (1.0,)
    overflow_s: float | None = None


TOGETHER = Split()


class Figures(NamedTuple):
    """What people who come get.

    Args:
        level: share answered in time, 0 to 1.
        wait_s: mean wait of all until they are answered or hang up, in seconds; infinite where the queue never ends.
        abandons: share that hangs up, 0 to 1.
        occupancy: share of their time that agents are with somebody, 0 to 1.
    """

    level: float
    wait_s: float
    abandons: float
    occupancy: float


class Line(NamedTuple):
    """A queue, in the formula and played.

    Args:
        name: "1", "2"...; "" for all together.
        arrivals: how many come, on average.
        formula: what Erlang says.
        played: the mean over the runs.
        within: half the width of its 95 % confidence interval.
    """

    name: str
    arrivals: float
    formula: Figures
    played: Figures
    within: Figures

    @property
    def agrees(self) -> bool:
        """Whether the formula's level lies within the interval of the one that was played."""
        return abs(self.formula.level - self.played.level) <= self.within.level


def simulate(
    slots: Sequence[Slot],
    terms: Terms,
    split: Split = TOGETHER,
    *,
    runs: int = 5,
    seed: int = 0,
    tell: Tell = lambda _share: None,
) -> list[Line]:
    """Each group, then all together where there are several.

    Args:
        runs: so many days are played, each with other people.
        seed: of all that is drawn.
        tell: told how much is done, of 1.

    Raises:
        Unmeasurable: as `needs`.
    """
    whole = sum(split.shares)
    parts = [
        [slot._replace(arrivals=slot.arrivals * share / whole) for slot in slots] for share in split.shares
    ]
    names = [str(number) for number in range(1, len(parts) + 1)]
    found = {name: needs(part, terms) for name, part in zip(names, parts, strict=True)}
    agents = [agent for name in names for agent in _rostered(name, found, terms, split)]
    plans = {name: _plan(name, names, split) for name in names}
    asked = [(name,) for name in names] + ([tuple(names)] if len(names) > 1 else [])
    played: list[list[Figures]] = [[] for _ in asked]
    for run in range(runs):
        drawn = random.Random(f"{seed} {run}")  # noqa: S311 - the same day for the same seed
        coming = [
            one for name, part in zip(names, parts, strict=True) for one in _day(name, part, terms, drawn)
        ]
        fates = play_out(coming, agents, plans, seed=run).fates
        for place, queues in enumerate(asked):
            own = Outcome(tuple(fate for fate in fates if fate.queue in queues))
            worked = [
                fate for fate in fates if fate.agent is not None and _group(fate.agent, names) in queues
            ]
            played[place].append(_figures(own, worked, [found[name] for name in queues], terms))
        tell((run + 1) / runs)
    return [
        _line(queues[0] if len(queues) == 1 else "", [found[name] for name in queues], runs_of, terms)
        for queues, runs_of in zip(asked, played, strict=True)
    ]


def _day(name: str, slots: Sequence[Slot], terms: Terms, drawn: random.Random) -> Iterator[Coming]:
    """A Poisson stream, the rate of which changes with each interval."""
    length_s = terms.length_min * 60.0
    begin_min = slots[0].start_min if slots else 0
    for slot in slots:
        at_s, rate = 0.0, slot.arrivals / length_s
        while rate > 0 and (at_s := at_s + drawn.expovariate(rate)) < length_s:
            patience_s = (
                drawn.expovariate(1 / terms.patience_s) if math.isfinite(terms.patience_s) else math.inf
            )
            handling_s = drawn.expovariate(1 / terms.handling_s)
            yield Coming((slot.start_min - begin_min) * 60 + at_s, name, handling_s, patience_s)


def _rostered(name: str, found: dict[str, list[Need]], terms: Terms, split: Split) -> Iterator[Rostered]:
    """As many agents in each interval as it needs; those of the last one stay until nobody waits any more."""
    own = found[name]
    others = {other: 2 for other in found if other != name} if split.overflow_s is not None else {}
    length_s = terms.length_min * 60.0
    for number in range(max((one.agents for one in own), default=0)):
        shifts = []
        there = [one.agents > number for one in own]
        for is_there, run in groupby(range(len(own)), there.__getitem__):
            places = list(run)
            if is_there:
                until_s = math.inf if places[-1] == len(own) - 1 else (places[-1] + 1) * length_s
                shifts.append(Shift(places[0] * length_s, until_s))
        yield Rostered(_id(name, number), {name: 1, **others}, shifts=tuple(shifts))


def _plan(name: str, names: Sequence[str], split: Split) -> Overflow:
    if split.overflow_s is None:
        return Overflow(name)
    return Overflow(name, (Step(0, Way(name)), Step(split.overflow_s, Way(name, 2))))


GROUP = 1_000_000
"""The ids of the agents of one group lie so far from those of the next."""


def _id(name: str, number: int) -> int:
    return int(name) * GROUP + number


def _group(agent: int, names: Sequence[str]) -> str:
    return names[agent // GROUP - 1]


def _figures(
    outcome: Outcome, worked: Sequence[Fate], found: Sequence[Sequence[Need]], terms: Terms
) -> Figures:
    """Of one day.

    Args:
        worked: whatever the agents of these queues took.
    """
    there_s = sum(one.agents for own in found for one in own) * terms.length_min * 60
    many = max(len(outcome.fates), 1)
    return Figures(
        outcome.answered_within(terms.within_s) or 0.0,
        sum(fate.waited_s for fate in outcome.fates) / many,
        outcome.abandoned / many,
        sum(fate.handled_s for fate in worked) / there_s if there_s else 0.0,
    )


def _line(name: str, found: Sequence[Sequence[Need]], played: Sequence[Figures], terms: Terms) -> Line:
    every = [one for own in found for one in own]
    arrivals = sum(one.slot.arrivals for one in every)
    agents = sum(one.agents for one in every)

    def by_arrivals(values: Sequence[float]) -> float:
        return sum(one.slot.arrivals * value for one, value in zip(every, values, strict=True)) / (
            arrivals or 1
        )

    formula = Figures(
        by_arrivals([one.given.level for one in every]),
        by_arrivals([one.given.wait_s for one in every]),
        by_arrivals([one.given.abandons for one in every]),
        sum(one.agents * one.given.occupancy for one in every) / agents if agents else 0.0,
    )
    columns = list(zip(*played, strict=True))
    return Line(
        name,
        arrivals,
        formula,
        Figures(*(fmean(column) for column in columns)),
        Figures(*(_half_width(column) for column in columns)),
    )


def _half_width(values: Sequence[float]) -> float:
    """Of the 95 % confidence interval of their mean, as the runs are independent."""
    if not all(map(math.isfinite, values)):
        return math.inf
    freedom = len(values) - 1
    point = STUDENT[freedom - 1] if freedom <= len(STUDENT) else NORMAL
    return point * stdev(values) / math.sqrt(len(values))

"""How long callers wait when so many agents serve them: Erlang's formulas B, C and A; pure.

Arrivals are a Poisson stream, handling times are exponential, and every agent can take every call. Where callers hang
up, their patience is exponential, too (Erlang A). Each formula is worked out from Erlang B, which is a sum of few
positive terms: nothing overflows at thousands of agents.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from math import exp, inf, isfinite, log, sqrt
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
MOST_AGENTS = 100_000
NODES = np.polynomial.legendre.leggauss(64)
NEGLIGIBLE = 60.0  # exp(-60) is nothing beside 1
LEAST_CHANCE = 1e-290  # below it nobody waits, and its reciprocal is no number any more


class Unmeasurable(ValueError):
    """What was given is no load that could be served."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What comes in during an interval, and how long each of it takes.

    Args:
        arrivals: contacts in the interval.
        interval_s: its length, in seconds.
        handling_s: mean time an agent needs for one, wrap-up included, in seconds.
        patience_s: mean time after which somebody who waits hangs up, in seconds; infinite where nobody does.

    Raises:
        Unmeasurable: a figure is negative, zero where it divides, or no number.
    """

    arrivals: float
    interval_s: float
    handling_s: float
    patience_s: float = inf

    def __post_init__(self) -> None:
        if not (isfinite(self.arrivals) and self.arrivals >= 0):
            raise Unmeasurable("arrivals")
        for name in ("interval_s", "handling_s"):
            if not (isfinite(getattr(self, name)) and getattr(self, name) > 0):
                raise Unmeasurable(name)
        if not self.patience_s > 0:
            raise Unmeasurable("patience_s")

    @property
    def rate(self) -> float:
        """Arrivals in a second."""
        return self.arrivals / self.interval_s

    @property
    def load(self) -> float:
        """The offered load in Erlang: agents who would be busy all the time if nobody had to wait."""
        return self.rate * self.handling_s


@dataclass(frozen=True, slots=True)
class Service:
    """What so many agents give to a demand.

    Args:
        level: share of all who come that is answered within the threshold, 0 to 1.
        waits: share that is not answered at once.
        abandons: share that hangs up.
        wait_s: mean time in the queue of all who come, until they are answered or hang up, in seconds; infinite where
            the queue grows without end.
        occupancy: share of their time that agents are with somebody, 0 to 1.
    """

    level: float
    waits: float
    abandons: float
    wait_s: float
    occupancy: float


def blocked(load: float, agents: int) -> float:
    """Erlang B: the share of calls that find all agents busy where nobody can wait.

    The recursion B(n) = a B(n-1) / (n + a B(n-1)) with B(0) = 1 (Cooper, *Introduction to Queueing Theory*, 2nd
    edition 1981, section 3.3).

    Args:
        load: in Erlang.
    """
    chance = 1.0
    for number in range(1, agents + 1):
        chance = load * chance / (number + load * chance)
    return chance


def service(demand: Demand, agents: int, within_s: float) -> Service:
    """What so many agents give: by Erlang C where everybody waits, by Erlang A where people hang up.

    Args:
        within_s: the threshold of the service level, in seconds.
    """
    if demand.arrivals == 0:
        return Service(level=1.0, waits=0.0, abandons=0.0, wait_s=0.0, occupancy=0.0)
    if agents < 1:
        return _nobody(demand)
    return (
        _impatient(demand, agents, within_s)
        if isfinite(demand.patience_s)
        else _patient(demand, agents, within_s)
    )


def agents_needed(demand: Demand, level: float, within_s: float, busiest: float = 1.0) -> int:
    """The fewest agents who answer this share within the threshold, none of them busier than allowed.

    Args:
        level: share of all who come, 0 up to but without 1.
        within_s: in seconds.
        busiest: highest occupancy, above 0 and up to 1.

    Raises:
        Unmeasurable: the level or the occupancy is no such share, or more than 100,000 agents were needed.
    """
    if not 0 <= level < 1:
        raise Unmeasurable("level")
    if not 0 < busiest <= 1:
        raise Unmeasurable("busiest")

    def enough(agents: int) -> bool:
        given = service(demand, agents, within_s)
        return given.level >= level and given.occupancy <= busiest

    most = 1
    while not enough(most):
        most *= 2
        if most > MOST_AGENTS:
            raise Unmeasurable("level")
    least = most // 2
    while least + 1 < most:
        middle = (least + most) // 2
        least, most = (least, middle) if enough(middle) else (middle, most)
    return 0 if demand.arrivals == 0 else most


def _nobody(demand: Demand) -> Service:
    leaves = isfinite(demand.patience_s)
    return Service(
        level=0.0,
        waits=1.0,
        abandons=1.0 if leaves else 0.0,
        wait_s=demand.patience_s,
        occupancy=0.0 if leaves else 1.0,
    )


def _patient(demand: Demand, agents: int, within_s: float) -> Service:
    """Erlang C: C = n B / (n - a (1 - B)), and the wait of those who wait is exponential (Cooper, section 3.4)."""
    load = demand.load
    if load >= agents:
        return Service(level=0.0, waits=1.0, abandons=0.0, wait_s=inf, occupancy=1.0)
    chance = blocked(load, agents)
    waits = agents * chance / (agents - load * (1 - chance))
    ends_per_s = (agents - load) / demand.handling_s
    return Service(
        level=1 - waits * exp(-ends_per_s * within_s),
        waits=waits,
        abandons=0.0,
        wait_s=waits / ends_per_s,
        occupancy=load / agents,
    )


def _impatient(demand: Demand, agents: int, within_s: float) -> Service:
    """Erlang A (M/M/n+M), by the density of the wait of somebody who never hangs up.

    That density at x is rate * p * exp(h(x)) with h(x) = rate * patience * (1 - exp(-x / patience)) - n * x / handling,
    and p, the chance that all agents but one are busy, from 1/p = 1/B(n-1) + rate * J, where J is the integral of
    exp(h) (Zeltyn and Mandelbaum, *Call centers with impatient customers*, Queueing Systems 51, 2005, section 4).
    """
    rate, patience_s = demand.rate, demand.patience_s
    all_but_one = blocked(demand.load, agents - 1)
    if all_but_one < LEAST_CHANCE:
        return Service(level=1.0, waits=0.0, abandons=0.0, wait_s=0.0, occupancy=demand.load / agents)

    def height(at_s: Floats) -> Floats:
        return rate * patience_s * -np.expm1(-at_s / patience_s) - agents / demand.handling_s * at_s

    crest = max(0.0, patience_s * log(demand.load / agents))
    top = float(height(np.array(crest)))
    pieces = _pieces(demand, agents, crest, lambda at_s: float(height(np.array(at_s))) - top)

    def integral(up_to_s: float, staying: bool) -> float:
        """Of exp(h - top), times the chance to be still there where `staying`, from 0 to this time."""
        total = 0.0
        for begin, next_piece in pairwise(pieces):
            end = min(next_piece, up_to_s)
            if end <= begin:
                break
            at_s = (end - begin) / 2 * NODES[0] + (end + begin) / 2
            values = np.exp(height(at_s) - top - (at_s / patience_s if staying else 0.0))
            total += (end - begin) / 2 * float(NODES[1] @ values)
        return total

    everywhere, answered = integral(inf, staying=False), integral(inf, staying=True)
    free = exp(-top) / all_but_one
    whole = free + rate * everywhere
    waits = rate * everywhere / whole
    abandons = rate * (everywhere - answered) / whole
    return Service(
        level=(free + rate * integral(within_s, staying=True)) / whole,
        waits=waits,
        abandons=abandons,
        wait_s=abandons * patience_s,
        occupancy=demand.load * (1 - abandons) / agents,
    )


def _pieces(demand: Demand, agents: int, crest: float, height: Callable[[float], float]) -> list[float]:
    """Where to cut the time, so that the density is smooth on each piece: fine about its crest, then ever wider.

    About a crest it is as wide as a normal distribution of the variance handling * patience / agents; where it only
    falls, it begins to fall by exp(-1) in 1 / (agents / handling - rate).

    Args:
        height: the logarithm of the density below its crest, at a time in seconds.
    """
    width = min(sqrt(demand.handling_s * demand.patience_s / agents), demand.patience_s)
    if crest == 0 and demand.load < agents:
        width = min(width, demand.handling_s / (agents - demand.load))
    steps = [crest + width * number / 2 for number in range(-24, 25)]
    while height(steps[-1]) > -NEGLIGIBLE:
        steps.append(steps[-1] + max(width, (steps[-1] - crest) / 4))
    return [0.0, *(step for step in steps if step > 0)]

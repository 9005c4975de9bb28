"""A day of contacts as it will be played: who calls when, knowing what; the same for the same seed. Pure."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from routing.staffing.counts import Slot

HOUR_S = 3600
USUAL_DAY: tuple[Slot, ...] = tuple(
    Slot(60 * hour, weight)
    for hour, weight in zip(
        range(8, 18), (8.0, 13.0, 14.0, 12.0, 9.0, 9.0, 11.0, 10.0, 8.0, 6.0), strict=True
    )
)
"""Two peaks, before noon and in the afternoon; how many come is the plan's own."""

WRITING_S = 20.0
TOLD_SHARE, SPREAD = 0.4, 0.5


@dataclass(frozen=True)
class Plan:
    """How a day is played.

    Args:
        contacts: how many come.
        speed: so much faster than the day itself.
        agents: in front; 0 for as many as the load needs.
        handling_s, patience_s: means of a talk, and of the time after which somebody hangs up, in seconds of the day.
        unknown: the share of callers whose trouble nobody had before, 0 to 1.
        seed: of everything that is drawn.
        slots: when they come; of each only its share counts.
    """

    contacts: int = 300
    speed: float = 60.0
    agents: int = 0
    handling_s: float = 240.0
    patience_s: float = 300.0
    unknown: float = 0.08
    seed: int = 1
    slots: Sequence[Slot] = USUAL_DAY


@dataclass(frozen=True)
class Caller:
    """Somebody who will call.

    Args:
        at_s: seconds after the beginning of the day.
        truth: place of the case that theirs is like.
        is_new: what solves theirs is not known yet.
        patience_s: hangs up after so long, in seconds of the day.
        handling_s: talks so long.
    """

    at_s: float
    truth: int
    is_new: bool
    patience_s: float
    handling_s: float


def callers(plan: Plan, truths: int) -> list[Caller]:
    """Everybody who calls, in order.

    Args:
        truths: how many cases there are to be like.

    >>> found = callers(Plan(contacts=50), 3)
    >>> len(found), found == sorted(found, key=lambda one: one.at_s), {one.truth for one in found} <= {0, 1, 2}
    (50, True, True)
    """
    draw = random.Random(plan.seed)  # noqa: S311 - nothing secret
    length_s = 60 * _length_min(plan.slots)
    first_min = plan.slots[0].start_min
    weights = [slot.arrivals for slot in plan.slots]
    begins = [60 * (slot.start_min - first_min) for slot in plan.slots]
    times = sorted(
        begin + draw.uniform(0, length_s) for begin in draw.choices(begins, weights, k=plan.contacts)
    )
    return [
        Caller(
            at_s,
            draw.randrange(truths),
            draw.random() < plan.unknown,
            draw.expovariate(1 / plan.patience_s),
            plan.handling_s * draw.uniform(1 - SPREAD, 1 + SPREAD),
        )
        for at_s in times
    ]


def agents_needed(plan: Plan) -> int:
    """In front: the load of the busiest interval (Erlang), and its square root to spare (Halfin and Whitt 1981).

    >>> agents_needed(Plan(contacts=300)), agents_needed(Plan(agents=4))
    (5, 4)
    """
    if plan.agents:
        return plan.agents
    whole = sum(slot.arrivals for slot in plan.slots)
    busiest = plan.contacts * max(slot.arrivals for slot in plan.slots) / whole
    load = busiest * (plan.handling_s + WRITING_S) / (60 * _length_min(plan.slots))
    return math.ceil(load + math.sqrt(load))


def told_first(facts: Mapping[str, object], draw: random.Random) -> dict[str, object]:
    """What is known when somebody calls: a part of what is true."""
    keys = sorted(facts)
    count = max(1, round(TOLD_SHARE * len(keys))) if keys else 0
    return {key: facts[key] for key in draw.sample(keys, count)}


def _length_min(slots: Sequence[Slot]) -> int:
    """Of one interval."""
    return slots[1].start_min - slots[0].start_min if len(slots) > 1 else 60

"""How many agents each interval of a day needs, by Erlang's formulas; pure.

Each interval is taken as a queue of its own that has gone on for long (the stationary independent period by period
approach of Green, Kolesar and Soares, "Improving the SIPP approach for staffing service systems that have cyclic
demands", Operations Research 49(4), 2001).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from routing.erlang import Demand, Service, Unmeasurable, agents_needed, blocked, service
from routing.staffing.counts import Slot


@dataclass(frozen=True, slots=True)
class Terms:
    """What is promised, and to whom.

    Args:
        handling_s: mean time that an agent needs for one, wrap-up included, in seconds.
        patience_s: mean time after which somebody who waits hangs up, in seconds; infinite where nobody does.
        level: share of all who come that is to be answered in time, 0 up to but without 1.
        within_s: that time, in seconds.
        busiest: highest occupancy, above 0 and up to 1.
        shrinkage: share of paid time that agents are not there for (breaks, training, illness), 0 up to 0.9.
        length_min: of an interval, in minutes.
    """

    handling_s: float = 240.0
    patience_s: float = math.inf
    level: float = 0.85
    within_s: float = 60.0
    busiest: float = 0.9
    shrinkage: float = 0.3
    length_min: int = 30

    def demand(self, arrivals: float) -> Demand:
        """What comes in during an interval. Raises `Unmeasurable`."""
        return Demand(arrivals, self.length_min * 60.0, self.handling_s, self.patience_s)


class Need(NamedTuple):
    """What an interval needs.

    Args:
        slot: which one.
        load: in Erlang.
        agents: so many keep the promise.
        patient_agents: so many would, if nobody hung up (Erlang C).
        rostered: so many have to be paid for, that so many are there.
        blocked: share that would be turned away by so many if nobody could wait (Erlang B).
        given: what so many give.
    """

    slot: Slot
    load: float
    agents: int
    patient_agents: int
    rostered: int
    blocked: float
    given: Service


class Total(NamedTuple):
    """A whole day.

    Args:
        arrivals: how many come.
        most: agents in the busiest interval.
        hours: of agents who are there.
        paid_hours: of agents, with the time that they are not.
        level: share of all who come that is answered in time, 0 to 1; None where nobody comes.
    """

    arrivals: float
    most: int
    hours: float
    paid_hours: float
    level: float | None


def needs(slots: Sequence[Slot], terms: Terms) -> list[Need]:
    """The fewest agents for each interval.

    Raises:
        Unmeasurable: a figure makes no sense, or more than 100,000 agents were needed.
    """
    if not 0 <= terms.shrinkage <= 0.9:
        raise Unmeasurable("shrinkage")
    return [_need(slot, terms) for slot in slots]


def total(found: Sequence[Need], terms: Terms) -> Total:
    """All intervals together."""
    arrivals = sum(one.slot.arrivals for one in found)
    hours = terms.length_min / 60
    return Total(
        arrivals,
        max((one.agents for one in found), default=0),
        hours * sum(one.agents for one in found),
        hours * sum(one.rostered for one in found),
        sum(one.given.level * one.slot.arrivals for one in found) / arrivals if arrivals else None,
    )


def _need(slot: Slot, terms: Terms) -> Need:
    demand = terms.demand(slot.arrivals)
    patient = Demand(demand.arrivals, demand.interval_s, demand.handling_s)
    agents = agents_needed(demand, terms.level, terms.within_s, terms.busiest)
    return Need(
        slot,
        demand.load,
        agents,
        agents_needed(patient, terms.level, terms.within_s, terms.busiest),
        math.ceil(round(agents / (1 - terms.shrinkage), 6)),
        blocked(demand.load, agents),
        service(demand, agents, terms.within_s),
    )

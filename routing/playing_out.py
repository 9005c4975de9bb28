"""A day of contacts played through the very same matching code, with other agents or another plan; pure.

SimPy keeps the clock: contacts come, wait, are taken or give up, and agents come and go. Who takes what is decided by
`routing.matching` and `routing.overflow` as on the floor, in a round whenever something changed.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import simpy

from routing.capacity import Held, room
from routing.matching import HEAD_START_S, Free, Match, Waiting, match
from routing.overflow import Overflow

ONE_CALL: Mapping[str, int] = {"phone": 1}
DECIMALS = 6
"""Waiting times are counted in microseconds: a step of overflow opens at its time, not a rounding error later."""

Happens = Generator[simpy.Event, Any, None]


@dataclass(frozen=True, slots=True)
class Coming:
    """A contact that will come.

    Args:
        at_s: when, in seconds since the beginning.
        queue: key of the queue it comes to.
        handling_s: how long somebody is busy with it, writing up included, in seconds.
        patience_s: after so many seconds of waiting it gives up.
        channel: on which it comes.
        skills: keys of what its agent must be able to do.
        language: that its agent must speak; "" for any.
        priority: 0 is usual.
    """

    at_s: float
    queue: str
    handling_s: float
    patience_s: float = math.inf
    channel: str = "phone"
    skills: frozenset[str] = frozenset()
    language: str = ""
    priority: int = 0


class Shift(NamedTuple):
    """When somebody takes contacts, in seconds since the beginning; the end is not included."""

    since_s: float
    until_s: float


ALWAYS = (Shift(0, math.inf),)


@dataclass(frozen=True, slots=True)
class Rostered:
    """An agent who will be there.

    Args:
        id: of the agent.
        queues: key -> order in it, 1 is the best.
        skills: key -> order in it.
        languages: that the agent speaks.
        capacity: channel -> how many at once.
        shifts: in order; what was begun in one is finished after it.
    """

    id: int
    queues: Mapping[str, int]
    skills: Mapping[str, int] = field(default_factory=dict)
    languages: frozenset[str] = frozenset()
    capacity: Mapping[str, int] = field(default_factory=lambda: ONE_CALL)
    shifts: tuple[Shift, ...] = ALWAYS


class Fate(NamedTuple):
    """What became of a contact.

    Args:
        queue: to which it came.
        waited_s: until it was taken or gave up, in seconds; infinite for what still waits when nothing more happens.
        agent: who took it; None for nobody.
        order: at which order of theirs; 0 where nobody did.
        handled_s: how long they were busy with it, in seconds.
    """

    queue: str
    waited_s: float
    agent: int | None = None
    order: int = 0
    handled_s: float = 0.0


@dataclass(frozen=True)
class Outcome:
    """What became of all of them, in the order in which they were given."""

    fates: tuple[Fate, ...]

    def of(self, queue: str) -> Outcome:
        """Of those that came to one queue."""
        return Outcome(tuple(fate for fate in self.fates if fate.queue == queue))

    @property
    def waits(self) -> list[float]:
        """How long those waited that were taken, in seconds, the shortest first."""
        return sorted(fate.waited_s for fate in self.fates if fate.agent is not None)

    @property
    def abandoned(self) -> int:
        """How many gave up."""
        return sum(fate.agent is None and math.isfinite(fate.waited_s) for fate in self.fates)

    @property
    def unserved(self) -> int:
        """How many still waited when nothing more could happen."""
        return sum(math.isinf(fate.waited_s) for fate in self.fates)

    @property
    def taken(self) -> Counter[int]:
        """Agent -> how many they took."""
        return Counter(fate.agent for fate in self.fates if fate.agent is not None)

    @property
    def busy_s(self) -> Counter[int]:
        """Agent -> how long they were busy, in whole seconds; two chats at once count as both."""
        busy: Counter[int] = Counter()
        for fate in self.fates:
            if fate.agent is not None:
                busy[fate.agent] += round(fate.handled_s)
        return busy

    def answered_within(self, seconds: float) -> float | None:
        """The share of all that came which was taken so soon; None where none came.

        >>> Outcome((Fate("mobile", 10, 7, 1), Fate("mobile", 90, 7, 1), Fate("mobile", 5))).answered_within(60)
        0.3333333333333333
        """
        if not self.fates:
            return None
        return sum(wait <= seconds for wait in self.waits) / len(self.fates)

    def waited(self, share: float) -> float | None:
        """The waiting time within which this share of those taken was taken, in seconds: the nearest rank.

        >>> Outcome((Fate("mobile", 10, 7, 1), Fate("mobile", 90, 7, 1))).waited(0.5)
        10
        """
        waits = self.waits
        return waits[max(math.ceil(share * len(waits)) - 1, 0)] if waits else None


def play_out(
    arrivals: Sequence[Coming],
    agents: Sequence[Rostered],
    plans: Mapping[str, Overflow],
    seed: int = 0,
    head_start_s: float = HEAD_START_S,
) -> Outcome:
    """Let them come, and say what became of each.

    An offer is taken at once. What is in nobody's reach waits until it gives up.

    Args:
        arrivals: in any order.
        plans: queue -> its steps; a queue without one keeps to its own best agents.
        seed: settles between agents who have been idle equally long.
        head_start_s: what one step of priority counts, in seconds of waiting.
    """
    return _Floor(arrivals, agents, plans, seed, head_start_s).outcome()


class _Floor:
    """Who waits and who is busy, at the moment of the clock."""

    def __init__(
        self,
        arrivals: Sequence[Coming],
        agents: Sequence[Rostered],
        plans: Mapping[str, Overflow],
        seed: int,
        head_start_s: float,
    ) -> None:
        self._clock = simpy.Environment()
        self._arrivals, self._agents = arrivals, agents
        self._plans = {coming.queue: Overflow(coming.queue) for coming in arrivals} | dict(plans)
        self._seed, self._head_start_s = seed, head_start_s
        self._taken: dict[int, simpy.Event] = {}
        self._held = {agent.id: Counter[str]() for agent in agents}
        self._idle_since = dict.fromkeys(self._held, 0.0)
        self._fates = [Fate(coming.queue, math.inf) for coming in arrivals]
        self._is_asked = False

    def outcome(self) -> Outcome:
        for agent in self._agents:
            self._clock.process(self._shifts(agent))
        for number, coming in enumerate(self._arrivals):
            self._clock.process(self._contact(number, coming))
        self._clock.run()
        return Outcome(tuple(self._fates))

    def _contact(self, number: int, coming: Coming) -> Happens:
        """It comes, waits, is taken or gives up; each step of its overflow that opens asks for a round."""
        yield self._clock.timeout(coming.at_s)
        taken = self._taken[number] = self._clock.event()
        self._ask()
        for moment in self._moments(coming):
            yield taken | self._clock.timeout(max(coming.at_s + moment - self._clock.now, 0))
            if taken.triggered:
                break
            self._ask()
        if not taken.triggered and math.isfinite(coming.patience_s):
            del self._taken[number]
            self._fates[number] = Fate(coming.queue, coming.patience_s)
            return
        found: Match = yield taken
        waited_s = self._waited(coming)
        self._fates[number] = Fate(coming.queue, waited_s, found.agent, found.order, coming.handling_s)
        yield self._clock.timeout(coming.handling_s)
        self._held[found.agent][coming.channel] -= 1
        self._idle_since[found.agent] = self._clock.now
        self._ask()

    def _moments(self, coming: Coming) -> list[float]:
        """After how much waiting something changes for a contact, in seconds: the last is where it gives up."""
        steps = {step.after_s for step in self._plans[coming.queue].steps}
        moments = sorted(after_s for after_s in steps if 0 < after_s < coming.patience_s)
        return [*moments, coming.patience_s] if math.isfinite(coming.patience_s) else moments

    def _shifts(self, agent: Rostered) -> Happens:
        for shift in agent.shifts:
            yield self._clock.timeout(max(shift.since_s - self._clock.now, 0))
            self._idle_since[agent.id] = max(self._idle_since[agent.id], shift.since_s)
            self._ask()

    def _ask(self) -> None:
        """One round, when all that happens at this moment has happened."""
        if not self._is_asked:
            self._is_asked = True
            self._clock.process(self._round())

    def _round(self) -> Happens:
        yield self._clock.timeout(0)
        self._is_asked = False
        while self._taken and (free := self._free()):
            matches = match(self._waiting(), free, self._seed, self._head_start_s)
            if not matches:
                return
            for found in matches:
                self._held[found.agent][self._arrivals[found.contact].channel] += 1
                self._taken.pop(found.contact).succeed(found)

    def _free(self) -> list[Free]:
        now = self._clock.now
        found = []
        for agent in self._agents:
            if any(shift.since_s <= now < shift.until_s for shift in agent.shifts):
                channels = room(agent.capacity, Held(self._held[agent.id]))
                if channels:
                    idle_s = now - self._idle_since[agent.id]
                    found.append(
                        Free(agent.id, idle_s, channels, agent.queues, agent.skills, agent.languages)
                    )
        return found

    def _waiting(self) -> list[Waiting]:
        found = []
        for number in self._taken:
            coming = self._arrivals[number]
            waited_s = self._waited(coming)
            ways = self._plans[coming.queue].ways(waited_s)
            found.append(
                Waiting(
                    number, coming.channel, ways, waited_s, coming.priority, coming.language, coming.skills
                )
            )
        return found

    def _waited(self, coming: Coming) -> float:
        return round(self._clock.now - coming.at_s, DECIMALS)

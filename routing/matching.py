"""Who takes what: contacts that wait meet agents who are free; pure, and the same for the same seed.

Contacts choose in the order of how long they have waited, a step of priority counting as so many seconds more: what is
urgent comes first, and nothing waits for ever. Each takes the best order of agents that its queue opens by now
(`routing.overflow`), and among equals whoever has been idle longest. An agent is offered one contact at a time.

A set of agents is an integer with a bit for each, the longest idle the lowest: to be free, to speak the language and to
have each skill is a bitwise and, and the agent to take is its lowest bit.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from routing.overflow import FIRST_ORDER, Way

HEAD_START_S = 120.0
ANY_LANGUAGE = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A contact for which somebody is wanted.

    Args:
        id: of the contact.
        channel: on which it came, as "phone".
        ways: who may be asked by now, the first the best.
        waited_s: since it came, in seconds; whoever comes back to the queue keeps the time.
        priority: 0 is usual, each step above counts as `head_start_s` more seconds of waiting.
        language: that its agent must speak; "" for any.
        skills: keys of what its agent must be able to do, all of it.
        passed: agents who let it pass, and are not asked again.
        wanted: the one agent who is to have it, whatever their queues and skills; None for whoever can.
        level: of the chain that its agent must have at least.
    """

    id: int
    channel: str
    ways: tuple[Way, ...]
    waited_s: float = 0.0
    priority: int = 0
    language: str = ""
    skills: frozenset[str] = frozenset()
    passed: frozenset[int] = frozenset()
    wanted: int | None = None
    level: int = 1


@dataclass(frozen=True, slots=True)
class Free:
    """An agent who could take something now.

    Args:
        id: of the agent.
        idle_s: since the last contact ended, in seconds.
        channels: on which there is room for one more.
        queues: key -> order in it, 1 is the best.
        skills: key -> order in it, 1 is the best.
        languages: that the agent speaks; `ANY_LANGUAGE` for one of whom nothing is said.
        level: of the chain: 1 in front, 2 supervisors, 3 specialists.
    """

    id: int
    idle_s: float
    channels: frozenset[str]
    queues: Mapping[str, int]
    skills: Mapping[str, int] = field(default_factory=dict)
    languages: frozenset[str] = frozenset()
    level: int = 1


class Match(NamedTuple):
    """Who is offered what.

    Args:
        contact: id.
        agent: id.
        way: which of the contact's ways led there.
        order: at which order the agent takes it.
    """

    contact: int
    agent: int
    way: Way
    order: int


class _Needs(NamedTuple):
    """What several contacts have in common: where one of them finds nobody, the others do not either."""

    channel: str
    language: str
    skills: frozenset[str]
    ways: tuple[Way, ...]
    level: int


def match(
    contacts: Sequence[Waiting], agents: Sequence[Free], seed: int = 0, head_start_s: float = HEAD_START_S
) -> list[Match]:
    """One round: nobody is offered twice, no agent gets more than one, and nobody who could be served is left.

    Args:
        seed: settles between agents who have been idle equally long.
        head_start_s: what one step of priority counts, in seconds of waiting.

    Returns:
        In the order in which the contacts chose.
    """
    floor = _Floor(agents, seed)
    hopeless: set[_Needs] = set()
    matches = []
    for contact in sorted(contacts, key=lambda one: (-(one.waited_s + one.priority * head_start_s), one.id)):
        if not floor.anybody:
            break
        needs = _Needs(contact.channel, contact.language, contact.skills, contact.ways, contact.level)
        if needs in hopeless:
            continue
        found = floor.take(contact, needs)
        if found is not None:
            matches.append(found)
        elif not contact.passed and contact.wanted is None:
            hopeless.add(needs)
    return matches


class _Floor:
    """The agents of one round, as sets of bits."""

    def __init__(self, agents: Sequence[Free], seed: int) -> None:
        shuffled = sorted(agents, key=lambda agent: agent.id)
        random.Random(seed).shuffle(shuffled)  # noqa: S311 - fair, not secret
        self._agents = sorted(shuffled, key=lambda agent: -agent.idle_s)
        self._bits = {agent.id: 1 << place for place, agent in enumerate(self._agents)}
        self._free: dict[str, int] = {}
        self._speaking: dict[str, int] = {}
        self._in_queue: dict[tuple[str, int], int] = {}
        self._skilled: dict[tuple[str, int], int] = {}
        self._at_level: dict[int, int] = {}
        self._able: dict[tuple[Way, int, str, frozenset[str], int], int] = {}
        self._left = (1 << len(self._agents)) - 1
        for agent in self._agents:
            self._enter(agent)

    @property
    def anybody(self) -> bool:
        """Whether somebody is still free."""
        return self._left != 0

    def take(self, contact: Waiting, needs: _Needs) -> Match | None:
        """The best agent for the contact, who is free no more; None where there is nobody."""
        at_hand = self._left & self._free.get(contact.channel, 0)
        for agent in contact.passed:
            at_hand &= ~self._bits.get(agent, 0)
        if contact.wanted is not None:
            at_hand &= self._bits.get(contact.wanted, 0)
        if not at_hand or not contact.ways:
            return None
        if contact.wanted is not None:
            return self._given(at_hand, contact, contact.ways[0], FIRST_ORDER)
        for way, order in _asked(contact.ways):
            found = at_hand & self._who(way, order, needs)
            if found:
                return self._given(found, contact, way, order)
        return None

    def _given(self, found: int, contact: Waiting, way: Way, order: int) -> Match:
        """To whoever of those found has been idle longest."""
        chosen = found & -found
        self._left &= ~chosen
        return Match(contact.id, self._agents[chosen.bit_length() - 1].id, way, order)

    def _enter(self, agent: Free) -> None:
        bit = self._bits[agent.id]
        for channel in agent.channels:
            self._free[channel] = self._free.get(channel, 0) | bit
        for level in range(2, agent.level + 1):
            self._at_level[level] = self._at_level.get(level, 0) | bit
        for language in agent.languages:
            self._speaking[language] = self._speaking.get(language, 0) | bit
        for table, orders in ((self._in_queue, agent.queues), (self._skilled, agent.skills)):
            for subject, order in orders.items():
                table[subject, order] = table.get((subject, order), 0) | bit

    def _who(self, way: Way, order: int, needs: _Needs) -> int:
        """Who can take it at this order or a better one, busy or not."""
        skills = needs.skills if way.skilled else frozenset()
        key = (way, order, needs.language, skills, needs.level)
        able = self._able.get(key)
        if able is None:
            able = _up_to(self._in_queue, way.queue, order)
            if needs.language:
                able &= self._speaking.get(needs.language, 0) | self._speaking.get(ANY_LANGUAGE, 0)
            if needs.level > 1:
                able &= self._at_level.get(needs.level, 0)
            for skill in skills:
                able &= _up_to(self._skilled, skill, order)
            self._able[key] = able
        return able


def _asked(ways: tuple[Way, ...]) -> Iterator[tuple[Way, int]]:
    for way in ways:
        for order in range(1, way.order + 1):
            yield way, order


def _up_to(table: Mapping[tuple[str, int], int], subject: str, order: int) -> int:
    able = 0
    for each in range(1, order + 1):
        able |= table.get((subject, each), 0)
    return able

"""Whom a contact may reach after how long: overflow by waiting time, as data; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

FIRST_ORDER = 1  # A; B is 2, C is 3
LAST_ORDER = 9


class Way(NamedTuple):
    """One group of agents that may be asked.

    Args:
        queue: key of the queue whose agents.
        order: up to which order, 1 is the best.
        skilled: whether the skills that the contact requires are asked for.
    """

    queue: str
    order: int = FIRST_ORDER
    skilled: bool = True


@dataclass(frozen=True, slots=True)
class Step:
    """What is opened when a contact has waited so long.

    Args:
        after_s: waiting time from which it holds, in seconds.
        way: who is asked from then on, beside those before.
    """

    after_s: float
    way: Way


@dataclass(frozen=True, slots=True)
class Overflow:
    """The steps of one queue, by their times; a queue without a step for 0 s begins with its own best agents.

    Args:
        queue: key of the queue whose plan it is.
        steps: in any order.
    """

    queue: str
    steps: tuple[Step, ...] = ()

    def ways(self, waited_s: float) -> tuple[Way, ...]:
        """Who may be asked by now, in the order in which they became so; a way that says no more than another is out.

        Args:
            waited_s: since the contact came, in seconds; a clock that was set back counts as 0.
        """
        waited_s = max(waited_s, 0)
        opened = sorted(
            (step for step in self.steps if step.after_s <= waited_s), key=lambda step: step.after_s
        )
        ways = [step.way for step in opened]
        if not any(step.after_s <= 0 for step in self.steps):
            ways.insert(0, Way(self.queue))
        return tuple(way for place, way in enumerate(ways) if not _within_one_of(way, ways[:place]))

    @property
    def reaches(self) -> frozenset[str]:
        """The queues whose agents it asks, sooner or later."""
        return frozenset({self.queue, *(step.way.queue for step in self.steps)})


def _within_one_of(way: Way, others: Sequence[Way]) -> bool:
    return any(
        way.queue == other.queue and way.order <= other.order and (way.skilled or not other.skilled)
        for other in others
    )

"""What became of contacts, as counts that can be added; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of contacts.

    Args:
        came: how many came.
        answered: of these, taken by somebody.
        in_time: answered within the time that their queue promises.
        due: answered, given up, or waiting longer than that: of which `in_time` is a share.
        abandoned: gave up, or came while nobody was there.
        resolved: closed.
        linked: closed with what solved them.
        climbed: went above the first level of the chain, whether they came back or not.
        waited_s: until they were answered, all together, in seconds.
        handled_s: from the answer to the end of those that are closed, all together, in seconds.
    """

    came: int = 0
    answered: int = 0
    in_time: int = 0
    due: int = 0
    abandoned: int = 0
    resolved: int = 0
    linked: int = 0
    climbed: int = 0
    waited_s: float = 0.0
    handled_s: float = 0.0

    @property
    def level(self) -> float | None:
        """The service level, 0 to 1; None where nothing was due."""
        return self.in_time / self.due if self.due else None

    @property
    def lost(self) -> float | None:
        """The share that gave up."""
        return self.abandoned / self.came if self.came else None

    @property
    def link_rate(self) -> float | None:
        """The share of what is closed that says what solved it."""
        return self.linked / self.resolved if self.resolved else None

    @property
    def climbing(self) -> float | None:
        """The share that went above the first level."""
        return self.climbed / self.came if self.came else None

    @property
    def wait_s(self) -> float | None:
        """How long one waited until it was answered, on average, in seconds."""
        return self.waited_s / self.answered if self.answered else None

    @property
    def handling_s(self) -> float | None:
        """How long one took from its answer to its end, on average, in seconds."""
        return self.handled_s / self.resolved if self.resolved else None


NAMES = tuple(field.name for field in fields(Counts))


def added(counted: Iterable[Counts]) -> Counts:
    """All together.

    >>> added([Counts(came=2, answered=1), Counts(came=3)]).came
    5
    """
    sums = dict.fromkeys(NAMES, 0)
    for counts in counted:
        for name in NAMES:
            sums[name] += getattr(counts, name)
    return Counts(**sums)

"""What is there often, larger than what is there seldom."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

LARGEST = 40
SIZES = 5


class Tagged(NamedTuple):
    """A tag in a cloud: its key, how often it is there, and its size from 1 to `SIZES`."""

    tag: str
    times: int
    size: int


def cloud(times: Counter[str]) -> list[Tagged]:
    """The most used tags, the most frequent first.

    >>> cloud(Counter(sim=10, fibre=4))
    [Tagged(tag='sim', times=10, size=5), Tagged(tag='fibre', times=4, size=2)]
    """
    most = times.most_common(LARGEST)
    return [Tagged(tag, count, 1 + (SIZES - 1) * count // most[0][1]) for tag, count in most]

"""Answers that are still good: bounded in number and in time. Pure; the time comes in."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class Memory(Generic[V]):
    """The newest answers, each as long as it is good. Shared by threads.

    Args:
        clock: tells the seconds, from anywhere, never backwards.
        most: how many are kept; those that were not asked for the longest go first.
    """

    def __init__(self, clock: Callable[[], float], most: int) -> None:
        self._clock, self._most = clock, most
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[float, V]] = OrderedDict()

    def get(self, key: Hashable) -> V | None:
        """What is kept under a key, None for nothing that is still good."""
        with self._lock:
            until, value = self._kept.get(key, (0.0, None))
            if value is None:
                return None
            if until <= self._clock():
                del self._kept[key]
                return None
            self._kept.move_to_end(key)
            return value

    def put(self, key: Hashable, value: V, ttl_s: float) -> None:
        """Keep something for so many seconds."""
        with self._lock:
            self._kept[key] = (self._clock() + ttl_s, value)
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

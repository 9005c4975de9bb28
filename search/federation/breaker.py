"""Leaving a broken source in peace for a while, so that nobody waits for it. Pure; the time comes in.

pybreaker was tried first: it holds its lock during the call, so that questions would wait for one another.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

MOST_FAILURES = 3
PAUSE_S = 30.0


class Breaker:
    """Counts failures of one source. Shared by threads.

    Args:
        clock: tells the seconds, from anywhere, never backwards.
        failures: so many in a row open it: nobody asks.
        pause_s: so many seconds later one question may try; then the pause begins anew, or all is well.
    """

    def __init__(
        self, clock: Callable[[], float], failures: int = MOST_FAILURES, pause_s: float = PAUSE_S
    ) -> None:
        self._clock, self._failures, self._pause_s = clock, failures, pause_s
        self._lock = threading.Lock()
        self._in_a_row = 0
        self._opened_at = 0.0
        self._has_answered = False

    @property
    def is_open(self) -> bool:
        """Whether it failed so often that it is left in peace."""
        return self._in_a_row >= self._failures

    def admits(self) -> bool:
        """Whether the source may be asked now. Of many who come after the pause, one may try."""
        with self._lock:
            if not self.is_open:
                return True
            if self._clock() - self._opened_at < self._pause_s:
                return False
            self._opened_at = self._clock()
            return True

    def succeeded(self) -> bool:
        """It answered; returns whether that is news: it was open, or never answered before."""
        with self._lock:
            news = self.is_open or not self._has_answered
            self._in_a_row, self._has_answered = 0, True
            return news

    def failed(self) -> bool:
        """It did not answer, or too late; returns whether that is news: it was not open before, and is now."""
        with self._lock:
            was_open = self.is_open
            self._in_a_row += 1
            if self.is_open:
                self._opened_at = self._clock()
            return self.is_open and not was_open

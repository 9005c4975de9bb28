"""The log of questions: what was asked, what was opened, what helped; of nobody in particular.

Whoever asks waits for nothing: what happened is put into a buffer of this process, and a thread writes it in one
transaction every few seconds. A process that is killed takes the last seconds of its log along, and nothing else. What
is told of a question that another process has not written yet waits for it a while.
"""

from __future__ import annotations

import atexit
import threading
from collections import deque
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError

from kb.db import Database
from search.learning import log_writing
from search.learning.log_writing import Asked, Entry, Opened, Verdict
from search.learning.scrubbing import scrub
from search.learning.visits import Tokens

log = structlog.get_logger(__name__)

MOST_WAITING = 10_000
"""Entries in the buffer, of half a kilobyte or so; more are not kept."""

AT_ONCE = 500
"""Entries that are written in one transaction; so many waiting are written without waiting longer."""

PATIENCE = 20
"""How often an entry is tried, because the database is away or the question is not written yet: about a minute."""

PAUSE_S = 3.0
LONGEST_RANK = 1000
TOKEN_LENGTH = 22


@dataclass(frozen=True, slots=True)
class _Waiting:
    entry: Entry
    tries: int = 0


class QuestionLog:
    """What this process has heard and not written yet.

    Args:
        days: how long questions are kept, in days; 0 keeps none at all.
        now: when it begins.
        pause_s: between two looks of the thread, in seconds.
    """

    def __init__(self, database: Database, *, days: int, now: datetime, pause_s: float = PAUSE_S) -> None:
        self.days = days
        self._database, self._pause_s = database, pause_s
        self._tokens = Tokens(now)
        self._waiting: deque[_Waiting] = deque()
        self._writing = threading.Lock()
        self._hurry, self._stopped = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def asked(
        self,
        *,
        text: str,
        language: str,
        portal: str,
        surface: str,
        hits: int,
        relaxed: bool,
        shown: Sequence[int],
        previous: str | None,
        now: datetime,
        visitor: str = "",
    ) -> str:
        """Note a question; what tells who somebody is goes out of it before it is written.

        Args:
            portal: its key, "" for none.
            surface: portal, api, panel, widget, ivr.
            hits: how many articles answer.
            shown: the ids of the articles on the first page, best first.
            previous: the token of the question that the same page was asked before.
            visitor: see `visits.visitor`; the same question again within minutes is not noted twice.

        Returns:
            The question's token, 22 characters, or "" where it is not kept.
        """
        if not self.days or not text.strip():
            return ""
        words = " ".join(text.lower().split())
        token = self._tokens.token(now, visitor, portal, language, surface, words)
        entry = Asked(
            token=token,
            previous=previous if previous != token and is_token(previous or "") else None,
            at=now,
            portal=portal,
            language=language,
            surface=surface,
            text=scrub(text),
            hits=hits,
            relaxed=relaxed,
            shown=tuple(shown),
        )
        return token if self._put(entry) else ""

    def opened(self, token: str, article_id: int, rank: int, now: datetime) -> None:
        """Note that an answer was opened; a token that is none is no mistake, and has no effect.

        Args:
            rank: its place in the list, from 1.
        """
        if self.days and is_token(token):
            self._put(Opened(token, article_id, min(max(rank, 1), LONGEST_RANK), now))

    def verdict(self, token: str, article_id: int, helpful: bool, now: datetime) -> None:
        """Note whether an article helped whoever asked; a token that is none is no mistake, and has no effect."""
        if self.days and is_token(token):
            self._put(Verdict(token, article_id, helpful, now))

    def flush(self) -> int:
        """Write what waits; returns how many entries still do, because what they belong to is not there yet."""
        with self._writing:
            late: list[_Waiting] = []
            while taken := self._take():
                late += self._write(taken)
            self._waiting.extendleft(reversed(late))
            return len(late)

    def start(self) -> None:
        """Begin to write in the background, and at the end of the process."""
        self._thread = threading.Thread(target=self._turn, name="question log", daemon=True)
        self._thread.start()
        atexit.register(self.stop)

    def stop(self) -> None:
        """Write what waits and end."""
        self._stopped.set()
        self._hurry.set()
        if self._thread:
            self._thread.join()
        self.flush()
        atexit.unregister(self.stop)

    def _put(self, entry: Entry) -> bool:
        if len(self._waiting) >= MOST_WAITING:
            return False
        self._waiting.append(_Waiting(entry))
        if len(self._waiting) >= AT_ONCE:
            self._hurry.set()
        return True

    def _take(self) -> list[_Waiting]:
        taken: list[_Waiting] = []
        with suppress(IndexError):
            while len(taken) < AT_ONCE:
                taken.append(self._waiting.popleft())
        return taken

    def _write(self, taken: Sequence[_Waiting]) -> list[_Waiting]:
        """Write these in one transaction; those that have to be tried again come back."""
        entries = [one.entry for one in taken]
        last = {one.entry for one in taken if one.tries + 1 >= PATIENCE}
        early: Collection[Entry]
        try:
            with self._database.transaction(actor="question log") as session:
                early = log_writing.write(session, entries, last)
        except SQLAlchemyError as error:
            log.warning("questions could not be written", entries=len(taken), error=type(error).__name__)
            early = entries
        again = set(early) - last
        return [_Waiting(one.entry, one.tries + 1) for one in taken if one.entry in again]

    def _turn(self) -> None:
        while not self._stopped.is_set():
            self._hurry.wait(self._pause_s)
            self._hurry.clear()
            try:
                self.flush()
            except Exception:
                log.exception("questions could not be written")


def is_token(text: str) -> bool:
    """Whether this can be the token of a question."""
    return len(text) == TOKEN_LENGTH and text.isascii() and text.replace("-", "").replace("_", "").isalnum()

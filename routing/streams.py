"""What happens on the floor, told to everybody who listens: panels, the wall, machines.

One thread of each process reads what is new for all who listen there, so that a listener costs no query while nothing
happens, and holds no connection to the database while it waits. What a listener missed is read from the table.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from time import monotonic
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from kb.db import Database
from kb.limits import MOST_STREAMS
from kb.viewers import Viewer
from routing import events
from routing.events import Happening
from routing.models import Agent, Contact, ContactEvent
from routing.permissions import DIRECT, SCOPE

log = structlog.get_logger(__name__)

PAUSE_S = 0.25
"""Between two looks at the table: what happens is heard within about that."""
PAUSE_AFTER_FAILURE_S = 1.0
KEPT = 5_000
MOST_AT_ONCE = 500
BEAT_S = 15.0
LIFE_S = 300.0
"""After so long a stream ends, and whoever comes back is asked again who they are."""
RETRY_MS = 1_000


@dataclass(frozen=True, slots=True)
class Told:
    """Something that happened.

    Args:
        key: of the contact, as the system that brought it calls it; None without a contact.
        holder_id: whoever the contact was offered to last before it.
    """

    id: int
    kind: str
    at: datetime
    contact_id: int | None
    key: str | None
    person_id: int | None
    said: Mapping[str, Any]
    holder_id: int | None


@dataclass(frozen=True, slots=True)
class Listener:
    """Who listens.

    Args:
        hears_all: machines and those who direct do.
        queues: keys of those that they take contacts of.
    """

    person_id: int | None
    hears_all: bool
    queues: frozenset[str]

    def hears(self, event: Told) -> bool:
        """Whether it concerns them: what they did or had, what befalls a contact of theirs, and what is said to all."""
        if event.kind == Happening.BROADCAST and event.said.get("queue", "") in {"", *self.queues}:
            return True
        named = (event.said.get("taken_from"), event.said.get("wanted"))
        return self.hears_all or self.person_id in {event.person_id, event.holder_id, *named}


def listener(session: Session, viewer: Viewer) -> Listener:
    """What this viewer may hear of."""
    agent = session.get(Agent, viewer.person_id) if viewer.person_id is not None else None
    hears_all = SCOPE in viewer.scopes or viewer.has(*DIRECT)
    return Listener(viewer.person_id, hears_all, frozenset(agent.queues if agent else ()))


def since(session: Session, after: int, limit: int = MOST_AT_ONCE) -> Sequence[Told]:
    """What happened after an event, in order, whomever it concerns."""
    earlier = aliased(ContactEvent)
    holder = (
        select(earlier.person_id)
        .where(
            earlier.contact_id == ContactEvent.contact_id,
            earlier.id < ContactEvent.id,
            earlier.kind.in_([Happening.OFFERED, Happening.ACCEPTED]),
        )
        .order_by(earlier.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    told = (
        *(ContactEvent.id, ContactEvent.kind, ContactEvent.at, ContactEvent.contact_id),
        *(Contact.key, ContactEvent.person_id, ContactEvent.said, holder),
    )
    query = select(*told).outerjoin(Contact).where(ContactEvent.id > after)
    return [Told(*row) for row in session.execute(query.order_by(ContactEvent.id).limit(limit))]


class Tail:
    """The end of the table as this process knows it, and those who wait there for more. Shared by threads.

    Args:
        most: who may wait here at once; each holds a thread of the server.
    """

    def __init__(self, database: Database, *, pause_s: float = PAUSE_S, most: int = MOST_STREAMS) -> None:
        self._database, self._pause_s, self._most = database, pause_s, most
        self._news = threading.Condition()
        self._recent: deque[Told] = deque(maxlen=KEPT)
        self._begin = self._end = -1  # all that happened after the one and up to the other is kept
        self._waiting = 0
        self._thread: threading.Thread | None = None

    def enter(self) -> Callable[[], None] | None:
        """Take a place among those who wait.

        Returns:
            What gives it back, however often it is called; None if all are taken.
        """
        with self._news:
            if self._waiting >= self._most:
                return None
            self._waiting += 1
            if self._thread is None:  # not before: threads do not survive the fork that made this process
                self._thread = threading.Thread(target=self._follow, name="floor events", daemon=True)
                self._thread.start()
            self._news.notify_all()
        left = threading.Lock()

        def leave() -> None:
            if left.acquire(blocking=False):
                with self._news:
                    self._waiting -= 1

        return leave

    def after(self, position: int, wait_s: float) -> tuple[Sequence[Told], int]:
        """What happened after an event, as soon as anything did; for those who have a place.

        Args:
            position: id of the event.
            wait_s: so long at most, in seconds.

        Returns:
            What happened, in order, and the position after it.
        """
        with self._news:
            self._news.wait_for(lambda: self._end > position, wait_s)
            if self._end <= position:
                return [], position
            if self._begin <= position:
                found = [*takewhile(lambda event: event.id > position, reversed(self._recent))]
                return found[::-1], self._end
        with self._database.session() as session:
            missed = since(session, position)
        return missed, missed[-1].id if missed else position

    def _follow(self) -> None:
        pause = threading.Event()
        while True:
            with self._news:
                if not self._waiting:
                    self._begin = self._end = -1
                    self._recent.clear()
                    self._news.wait_for(lambda: self._waiting)
            try:
                self._look()
            except Exception:
                log.exception("events could not be read")
                pause.wait(PAUSE_AFTER_FAILURE_S)
            pause.wait(self._pause_s)

    def _look(self) -> None:
        with self._database.session() as session:
            if self._end < 0:
                found, head = [], events.head(session)
            else:
                found = [*since(session, self._end)]
                head = found[-1].id if found else self._end
        with self._news:
            if self._end < 0:
                self._begin = head
            elif len(self._recent) + len(found) > KEPT:
                self._begin = ([*self._recent, *found][-KEPT - 1]).id
            self._recent.extend(found)
            self._end = head
            self._news.notify_all()


def heard(tail: Tail, who: Listener, position: int, wait_s: float) -> tuple[list[Told], int]:
    """What concerns a listener, as soon as anything does, or the time is over; as `Tail.after`."""
    until = monotonic() + wait_s
    while True:
        left = until - monotonic()
        found, position = tail.after(position, max(0.0, left))
        theirs = [event for event in found if who.hears(event)]
        if theirs or left <= 0:
            return theirs, position


def stream(
    tail: Tail, who: Listener, position: int, written: Callable[[Told], str], life_s: float = LIFE_S
) -> Iterator[str]:
    """The same as server-sent events, for a while; whoever comes back with the last id misses nothing.

    Args:
        written: an event as JSON.
    """
    yield f"retry: {RETRY_MS}\nid: {position}\n\n"
    until = monotonic() + life_s
    while monotonic() < until:
        theirs, position = heard(tail, who, position, BEAT_S)
        for event in theirs:
            yield f"id: {event.id}\ndata: {written(event)}\n\n"
        if not theirs:
            yield f": still here\nid: {position}\n\n"

"""Lets time pass on the floor: a thread in each process that serves pages asks for a round every second.

It also knows whether time went its usual way. After the database was away, the machine asleep or the clock moved,
nobody could say in time that they are here or take what was offered: that is no reason to take their contacts away.
"""

from __future__ import annotations

import random
import threading
from datetime import datetime, timedelta

import structlog
from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from kb.context import Services
from routing import floor, presence
from routing.lifecycle import OPEN
from routing.models import Contact, Presence, Standing

log = structlog.get_logger(__name__)
USUAL = presence.GRACE / 2
"""Between two rounds of one process."""


class Ticker:
    """Asks for rounds.

    Args:
        pause_s: between two, in seconds; each pause is up to half as long again, so that processes spread out.
    """

    def __init__(self, services: Services, pause_s: float = 1.0) -> None:
        self._services, self._pause_s = services, pause_s
        self._thread = threading.Thread(target=self._turn, name="routing", daemon=True)

    def start(self) -> None:
        """Begin, where this node does jobs."""
        if self._services.config.jobs:
            self._thread.start()

    def _turn(self) -> None:
        pause, last = threading.Event(), None
        while not pause.wait(self._pause_s * random.uniform(1, 1.5)):  # noqa: S311 - nothing secret
            now = self._services.clock()
            try:
                tick(self._services, now, last)
            except Exception:
                log.exception("a round failed")
            else:
                last = now


def tick(services: Services, now: datetime, last: datetime | None = None) -> None:
    """A round, if anything is open or anybody here: a floor at night takes no lock.

    Args:
        last: when the one before was, of this process; None for the first.
    """
    with services.database.session() as session:
        if not _is_lively(session):
            return
    with services.database.transaction(actor="routing") as session:
        if last is not None and timedelta() <= now - last <= USUAL:
            floor.give_back_of_the_vanished(session, now)
        else:
            floor.begin_anew(session, now)
        floor.round_(session, now)


def _is_lively(session: Session) -> bool:
    something = exists().where(Contact.state.in_(OPEN))
    somebody = exists().where(Presence.standing != Standing.AWAY)
    return bool(session.scalar(select(or_(something, somebody))))

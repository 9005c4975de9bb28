"""Looks every few seconds, in one of all processes, for what nobody serves, what is late, and what was settled."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from kb.context import Services
from kb.jobs import Job
from routing import floor
from routing.chain import alarms, escalations, unserved

EVERY = timedelta(seconds=5)


def job(services: Services) -> Job:
    """Keeps nobody from writing unless there is something to do."""

    def run(now: datetime) -> None:
        with services.database.session() as session:
            if not is_due(session, now):
                return
        with services.database.transaction(actor="alarms") as session:
            watch(session, now)

    return Job("alarms", EVERY, run)


def is_due(session: Session, now: datetime) -> bool:
    """Whether there is something to do."""
    return bool(alarms.unraised(session, now) or unserved.unserved(session) or escalations.unsettled(session))


def watch(session: Session, now: datetime) -> None:
    """Do it, and offer what can be taken by now."""
    moved = unserved.watch(session, now)
    alarms.watch(session, now)
    escalations.settle(session, now)
    if moved:
        floor.round_(session, now)

"""Steps of reviews that nobody decided in time go up to the supervisors."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from authoring.approval import asking
from authoring.approval.cases import cases
from authoring.approval.turns import take_turn
from authoring.models import Review
from authoring.workflow import OPEN
from kb.context import Services
from kb.jobs import Job

EVERY = timedelta(minutes=1)


def job(services: Services) -> Job:
    """The job that looks for them, in a transaction of its own."""

    def run(now: datetime) -> None:
        with services.database.session() as session:
            if not late(session, now):
                return
        with services.database.transaction(actor="overdue reviews") as session:
            escalate(session, now)

    return Job("overdue reviews", EVERY, run)


def late(session: Session, now: datetime) -> bool:
    """Whether there is any such step."""
    return any(one.is_open for one in cases(session, *_late(now)))


def escalate(session: Session, now: datetime) -> int:
    """Hand every step that is overdue up to the supervisors, who may decide it from now on; returns how many."""
    take_turn(session)
    waiting = [one for one in cases(session, *_late(now)) if one.is_open]
    for one in waiting:
        asking.hand_up(session, one, now=now)
    return len(waiting)


def _late(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return Review.outcome == OPEN, Review.due_at <= now, Review.escalated_at.is_(None)

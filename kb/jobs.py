"""Recurring jobs: reminders, mail, backups. Any process of any machine may do one; a lease in the database picks which.

Nothing that readers see waits for a job: what shows follows from the times alone.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import or_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kb import models
from kb.db import Database

log = structlog.get_logger(__name__)
LEASE = timedelta(minutes=10)
LONGEST_ERROR = 500


@dataclass(frozen=True, slots=True)
class Job:
    """Something to be done again and again.

    Args:
        name: unique; its line in the table of jobs.
        every: how long after one run the next is due.
        run: does it at this moment, in transactions of its own; what it raises is kept and logged, and
            it is tried again.
    """

    name: str
    every: timedelta
    run: Callable[[datetime], None]


def in_transaction(
    name: str, every: timedelta, database: Database, deed: Callable[[Session, datetime], object]
) -> Job:
    """A job that is one transaction; its name stands in the audit log."""

    def run(now: datetime) -> None:
        with database.transaction(actor=name) as session:
            deed(session, now)

    return Job(name, every, run)


def run_due(database: Database, jobs: Sequence[Job], now: datetime) -> list[str]:
    """Do what is due and not being done elsewhere; returns the names of what was done, whether it went well or not."""
    done = []
    for job in jobs:
        if _taken(database, job, now):
            _done(database, job, now, _tried(job, now))
            done.append(job.name)
    return done


def _taken(database: Database, job: Job, now: datetime) -> bool:
    """Whether this process got the lease: of several that try, one."""
    if not _is_due(database, job, now):
        return False
    with database.transaction() as session:
        free = or_(models.Job.held_until.is_(None), models.Job.held_until <= now)
        due = or_(models.Job.ran_at.is_(None), models.Job.ran_at <= now - job.every)
        taking = (
            update(models.Job).where(models.Job.name == job.name, free, due).values(held_until=now + LEASE)
        )
        return session.connection().execute(taking).rowcount == 1


def _is_due(database: Database, job: Job, now: datetime) -> bool:
    """A look that takes no lock, since most of the time nothing is due."""
    with database.session() as session:
        found = session.get(models.Job, job.name)
    if found is None:
        _enter(database, job)
        return True
    free = found.held_until is None or found.held_until <= now
    return free and (found.ran_at is None or found.ran_at <= now - job.every)


def _enter(database: Database, job: Job) -> None:
    with suppress(IntegrityError), database.transaction() as session:  # another process may enter it just now
        session.add(models.Job(name=job.name))


def _tried(job: Job, now: datetime) -> str:
    try:
        job.run(now)
    except Exception as error:
        log.exception("job failed", job=job.name)
        return f"{type(error).__name__}: {error}"[:LONGEST_ERROR]
    return ""


def _done(database: Database, job: Job, now: datetime, error: str) -> None:
    values = {"held_until": None, "ran_at": now, "error": error}
    with database.transaction() as session:
        session.connection().execute(update(models.Job).where(models.Job.name == job.name).values(values))


class Clockwork:
    """A thread that looks every few seconds what is due, in each process that serves pages.

    Args:
        pause_s: between two looks, in seconds; each pause is up to half as long again, so that processes spread out.
    """

    def __init__(
        self, database: Database, jobs: Sequence[Job], clock: Callable[[], datetime], pause_s: float = 5
    ) -> None:
        self._database, self._jobs, self._clock, self._pause_s = database, jobs, clock, pause_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._turn, name="clockwork", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End after the job at hand."""
        self._stop.set()
        self._thread.join()

    def _turn(self) -> None:
        while not self._stop.wait(self._pause_s * random.uniform(1, 1.5)):  # noqa: S311 - nothing secret
            try:
                run_due(self._database, self._jobs, self._clock())
            except Exception:
                log.exception("jobs could not be looked at")

"""Cases on their way in: written a few at a time, there for everybody at once, or else swept away.

Nobody waits for an import: each of its transactions is short. A case with the name of an arrival is there for readers
as soon as the row of that arrival is gone (`Case.is_there`), so that a hundred thousand come in by one deletion.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from cbr.models import Case, CaseArrival, CaseTypeRow
from kb.db import Database
from kb.errors import N_, Conflict

LEFT_AFTER = timedelta(seconds=15)
"""What was not seen going on for so long was left behind by a process that is no more. If that process goes on all the
same, it finds its arrival gone, and stops."""

SWEPT_AT_ONCE = 1000
LOOK_AGAIN_S = 0.2
GOES_ON = N_("Another import into this case type is going on. Try again when it is in.")

log = structlog.get_logger(__name__)


def begin(session: Session, row: CaseTypeRow, *, makes_type: bool) -> CaseArrival:
    """Open an arrival of cases of a type.

    Args:
        makes_type: the type itself is new, and not there either until then.
    """
    made = CaseArrival(
        name=secrets.token_hex(8), case_type_id=row.id, makes_type=makes_type, beat_at=datetime.now(UTC)
    )
    session.add(made)
    session.flush()
    return made


def go_on(session: Session, name: str) -> None:
    """Say at the beginning of a transaction that it goes on. Raises `Conflict`: it was given up meanwhile."""
    beating = update(CaseArrival).where(CaseArrival.name == name, CaseArrival.beat_at.is_not(None))
    if session.connection().execute(beating.values(beat_at=datetime.now(UTC))).rowcount != 1:
        raise Conflict(N_("This import was stopped. Nothing of it was kept."))


def end(session: Session, name: str) -> bool:
    """From the end of this transaction on, all of it is there; returns whether its case type is new."""
    arrival = session.get_one(CaseArrival, name)
    makes_type = arrival.makes_type
    session.delete(arrival)
    session.flush()
    return makes_type


@contextmanager
def given_up_on_failure(database: Database, name: str) -> Iterator[None]:
    """Whatever goes wrong in it, nothing is left of the arrival."""
    try:
        yield
    except BaseException:
        sweep(database, name)
        raise


def make_way(database: Database, key: str) -> None:
    """Sweep away what an import into this case type left behind; wait for a moment to see whether it did.

    Raises:
        Conflict: it goes on.
    """
    asking = select(CaseArrival).join(CaseTypeRow).where(CaseTypeRow.key == key)
    first: datetime | None = None
    while True:
        with database.session() as session:
            found = session.scalars(asking).first()
        if found is None:
            return
        if found.beat_at is None or found.beat_at < datetime.now(UTC) - LEFT_AFTER:
            sweep(database, found.name)
            return
        first = first or found.beat_at
        if found.beat_at != first:
            raise Conflict(GOES_ON)
        time.sleep(LOOK_AGAIN_S)


def sweep_left(database: Database, _now: datetime | None = None) -> None:
    """Sweep away what was left behind, of whatever case type."""
    left = select(CaseArrival.name).where(
        CaseArrival.beat_at.is_(None) | (CaseArrival.beat_at < datetime.now(UTC) - LEFT_AFTER)
    )
    with database.session() as session:
        names = session.scalars(left).all()
    for name in names:
        sweep(database, name)


def sweep(database: Database, name: str) -> None:
    """Give an arrival up, and take out what it has brought: a few at a time, too, before its row goes."""
    with database.transaction(actor="import") as session:
        giving_up = update(CaseArrival).where(CaseArrival.name == name).values(beat_at=None)
        if session.connection().execute(giving_up).rowcount != 1:
            return
    last, gone = 0, 0
    while True:
        with database.transaction(actor="import") as session:
            own = select(Case.id).where(Case.id > last, Case.arrival == name).order_by(Case.id)
            ids = session.scalars(own.limit(SWEPT_AT_ONCE)).all()
            session.connection().execute(delete(Case).where(Case.id.in_(ids)))
            if not ids:
                _take_out(session, name)
                break
        last, gone = ids[-1], gone + len(ids)
    log.info("import given up", arrival=name, cases=gone)


def _take_out(session: Session, name: str) -> None:
    """Nothing is left of it but the row itself, and the case type that it made."""
    arrival = session.get(CaseArrival, name)
    if arrival is None:
        return
    row = session.get_one(CaseTypeRow, arrival.case_type_id)
    if end(session, name):
        session.delete(row)

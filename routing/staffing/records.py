"""Where counts of contacts come from: files that were uploaded, and the contacts of the last weeks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kb.errors import Sentence
from kb.permissions import require
from kb.viewers import Viewer
from routing.models import Contact, Queue
from routing.opening import LIVE
from routing.permissions import DIRECT
from routing.staffing.counts import Counts, read_counts
from routing.staffing.models import ArrivalRecord

KEPT = 20
"""So many files are kept; of more the oldest goes."""

MOST_FAULTS = 100
LONGEST_NAME = 200
WEEKS = 8
"""So far back the own contacts are counted."""

STEP_MIN = 5


def take(session: Session, data: bytes, name: str, *, by: Viewer, now: datetime) -> ArrivalRecord:
    """Keep the counts of a file.

    Raises:
        Invalid: "file": it holds none.
    """
    require(by, DIRECT)
    read = read_counts(data)
    days = {day: sorted(counted.items()) for day, counted in read.counts.days.items()}
    left_out = [fault for fault in read.faults if not fault.kept]
    faults = [[fault.line, fault.column, *_parts(fault.sentence)] for fault in left_out[:MOST_FAULTS]]
    made = ArrivalRecord(
        name=name[:LONGEST_NAME],
        made_at=now,
        step_min=read.counts.step_min,
        days=days,
        faults=faults,
        left_out=len(left_out),
    )
    session.add(made)
    session.flush()
    newest = select(ArrivalRecord.id).order_by(ArrivalRecord.id.desc()).limit(KEPT)
    session.execute(delete(ArrivalRecord).where(ArrivalRecord.id.not_in(session.scalars(newest).all())))
    return made


def every(session: Session) -> Sequence[tuple[int, str]]:
    """Id and name of all files, the newest first."""
    query = select(ArrivalRecord.id, ArrivalRecord.name).order_by(ArrivalRecord.id.desc())
    return [(row.id, row.name) for row in session.execute(query)]


def counts_of(record: ArrivalRecord) -> Counts:
    """What a file said."""
    days = {day: {int(minute): float(count) for minute, count in held} for day, held in record.days.items()}
    return Counts(record.step_min, days)


def faults_of(record: ArrivalRecord) -> list[tuple[int, str, str]]:
    """Line, column, sentence of those that were left out."""
    return [(line, column, Sentence(said, values)) for line, column, said, values in record.faults]


def own(session: Session, now: datetime, zone: str, queue: str = "") -> Counts:
    """The live contacts of the last weeks.

    Args:
        zone: in which their days are told.
        queue: key of the one they came to; "" for all.
    """
    since = now - timedelta(weeks=WEEKS)
    query = select(Contact.came_at).where(Contact.came_at >= since, Contact.channel.in_(LIVE))
    if queue:
        query = query.join(Queue, Queue.id == Contact.queue_id).where(Queue.key == queue)
    days: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    there = ZoneInfo(zone)
    for came_at in session.scalars(query.execution_options(yield_per=5_000)):
        local = came_at.astimezone(there)
        minute = local.hour * 60 + local.minute
        days[local.date().isoformat()][minute - minute % STEP_MIN] += 1
    return Counts(STEP_MIN, days)


def _parts(sentence: str) -> tuple[str, dict[str, str]]:
    if isinstance(sentence, Sentence):
        return sentence.message, {name: str(value) for name, value in sentence.values.items()}
    return sentence, {}

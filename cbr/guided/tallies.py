"""What runs add up to, long after they are gone: how many took each way of a guide, and how it went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, tuple_
from sqlalchemy.orm import Session

from cbr.guided.playing import Kind
from cbr.guided.retaining import revise
from cbr.guided.runs import SETTLED_AFTER
from cbr.models import GuidedRun, GuideTally
from cbr.trees.running import Passed
from cbr.trees.statistics import SOLVED, Count, Place, Run, tally
from kb.context import Services
from kb.jobs import Job, in_transaction

EVERY = timedelta(minutes=1)
MOST_AT_ONCE = 2000
MOST_ASKED = 500
"""Places in one question to the database."""

Key = tuple[str, str, str, str]
"""Kind, subject, node and way."""

Counts = Mapping[tuple[str, str], Count]
"""Node and way -> how many; way "" is the node itself, node "" the whole guide and by way its verdicts."""


def of(session: Session, subject: str, kind: Kind = Kind.TREE) -> Counts:
    """What the runs of a guide or case type add up to.

    Args:
        subject: its key.
    """
    query = select(GuideTally).where(GuideTally.kind == kind.value, GuideTally.subject == subject)
    return {(row.node, row.way): Count(row.taken, row.left, row.solved) for row in session.scalars(query)}


def since(session: Session, subject: str, kind: Kind = Kind.TREE) -> datetime | None:
    """When the first run of a guide or case type was counted; None where none was."""
    row = session.get(GuideTally, (kind.value, subject, "", ""))
    return row.since if row else None


def job(services: Services) -> Job:
    """Counts what is over and removes what has expired."""
    return in_transaction("guided runs", EVERY, services.database, settle)


def settle(session: Session, now: datetime) -> int:
    """Count the runs that are over, and remove those that have expired; returns how many were counted.

    Only now a verdict reaches the case whose solution was tried: it cannot be taken back any more, and counts once.
    One process at a time does this, so that the counts can be read and written back.
    """
    over = or_(
        GuidedRun.expires_at <= now,
        (GuidedRun.verdict != "") & (GuidedRun.touched_at <= now - SETTLED_AFTER),
    )
    query = select(GuidedRun).where(~GuidedRun.tallied, over).order_by(GuidedRun.id).limit(MOST_AT_ONCE)
    runs = session.scalars(query.with_for_update(skip_locked=True)).all()
    _add(session, runs, now)
    for run in runs:
        revise(session, run, now)
        run.tallied = True
    session.flush()
    session.execute(delete(GuidedRun).where(GuidedRun.expires_at <= now, GuidedRun.tallied))
    return len(runs)


def _add(session: Session, runs: Sequence[GuidedRun], now: datetime) -> None:
    through_trees = tally(Run([Passed(*step) for step in run.path], _verdict(run)) for run in runs)
    sums: dict[tuple[str, Place], Count] = {
        (Kind.TREE.value, place): count for place, count in through_trees.items()
    }
    for run in runs:
        for key, count in _whole(run).items():
            sums[key] = sums.get(key, Count()) + count
    held = _held(session, [(kind, *place) for kind, place in sums])
    for (kind, (subject, node, way)), count in sorted(sums.items()):
        row = held.get((kind, subject, node, way))
        if row is None:
            place = {"kind": kind, "subject": subject, "node": node, "way": way}
            row = GuideTally(**place, taken=0, left=0, solved=0, since=now)
            session.add(row)
        row.taken += count.taken
        row.left += count.left
        row.solved += count.solved


def _held(session: Session, keys: Sequence[Key]) -> Mapping[Key, GuideTally]:
    """What was counted at these places before, in few questions to the database."""
    columns = tuple_(GuideTally.kind, GuideTally.subject, GuideTally.node, GuideTally.way)
    found: dict[Key, GuideTally] = {}
    for at in range(0, len(keys), MOST_ASKED):
        for row in session.scalars(select(GuideTally).where(columns.in_(keys[at : at + MOST_ASKED]))):
            found[row.kind, row.subject, row.node, row.way] = row
    return found


def _whole(run: GuidedRun) -> Mapping[tuple[str, Place], Count]:
    """What a run adds to its guide or case type as a whole."""
    verdict = _verdict(run)
    count = Count(1, int(verdict == "left"), int(verdict in SOLVED))
    return {(run.kind, (run.subject, "", way)): count for way in dict.fromkeys(("", verdict))}


def _verdict(run: GuidedRun) -> str:
    """How it went; one that nobody finished was left where it was, unless an answer was on the page."""
    return run.verdict or ("" if run.outcome else "left")

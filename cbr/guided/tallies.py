"""What runs add up to, long after they are gone: how many took each way of a guide, and how it went."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from cbr.guided.playing import Kind
from cbr.guided.runs import SETTLED_AFTER
from cbr.models import GuidedRun, GuideTally
from cbr.trees.running import Passed
from cbr.trees.statistics import Count, Place, Run, of_run
from kb.context import Services
from kb.jobs import Job, in_transaction

EVERY = timedelta(minutes=1)
MOST_AT_ONCE = 2000

Counts = Mapping[tuple[str, str], Count]
"""Node and way -> how many; way "" is the node itself, node "" the whole guide and by way its verdicts."""


def of(session: Session, subject: str, kind: Kind = Kind.TREE) -> Counts:
    """What the runs of a guide or case type add up to.

    Args:
        subject: its key.
    """
    query = select(GuideTally).where(GuideTally.kind == kind.value, GuideTally.subject == subject)
    return {(row.node, row.way): Count(row.taken, row.left, row.solved) for row in session.scalars(query)}


def job(services: Services) -> Job:
    """Counts what is over and removes what has expired."""
    return in_transaction("guided runs", EVERY, services.database, settle)


def settle(session: Session, now: datetime) -> int:
    """Count the runs that are over, and remove those that have expired; returns how many were counted.

    One process at a time does this, so that the counts can be read and written back.
    """
    over = or_(
        GuidedRun.expires_at <= now,
        (GuidedRun.verdict != "") & (GuidedRun.touched_at <= now - SETTLED_AFTER),
    )
    query = select(GuidedRun).where(~GuidedRun.tallied, over).order_by(GuidedRun.id).limit(MOST_AT_ONCE)
    runs = session.scalars(query.with_for_update(skip_locked=True)).all()
    _add(session, runs)
    for run in runs:
        run.tallied = True
    session.flush()
    session.execute(delete(GuidedRun).where(GuidedRun.expires_at <= now, GuidedRun.tallied))
    return len(runs)


def _add(session: Session, runs: Iterable[GuidedRun]) -> None:
    sums: dict[tuple[str, Place], Count] = {}
    for run in runs:
        for place, count in _counts(run).items():
            key = (run.kind if place[1] == "" else Kind.TREE.value, place)
            sums[key] = sums.get(key, Count()) + count
    for (kind, (subject, node, way)), count in sorted(sums.items()):
        row = session.get(GuideTally, (kind, subject, node, way))
        if row is None:
            row = GuideTally(kind=kind, subject=subject, node=node, way=way, taken=0, left=0, solved=0)
            session.add(row)
        row.taken += count.taken
        row.left += count.left
        row.solved += count.solved


def _counts(run: GuidedRun) -> Mapping[Place, Count]:
    """What a run adds; one that nobody finished was left where it was, unless an answer was on the page."""
    verdict = run.verdict or ("" if run.outcome else "left")
    solved = int(verdict in {"worked", "adapted"})
    passed = [Passed(guide, node, way, how) for guide, node, way, how in run.path]
    whole = Count(1, int(verdict == "left"), solved)
    counts = dict(of_run(Run(passed, verdict)))
    counts[run.subject, "", ""] = whole
    if verdict:
        counts[run.subject, "", verdict] = whole
    return counts

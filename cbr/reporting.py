"""What is measured and learned of a case type is kept: evaluations, weights to take over, cases to retire."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Protocol

import numpy as np
import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from cbr import background, cases, evaluating, learning, maintenance, queries
from cbr.case_types import by_key, schema_of, set_weights
from cbr.columns import read_columns
from cbr.models import Case, CaseReport, CaseState, CaseTypeRow
from cbr.others import Solved, Tell, untold
from kb.db import Database
from kb.errors import N_, Conflict
from kb.models.people import Role
from kb.permissions import require
from kb.viewers import Viewer

MAY_MEASURE = cases.MAY_CONFIRM | {Role.ADMIN}
KEPT = 20
"""So many reports of a kind are kept of a case type."""

log = structlog.get_logger(__name__)


class Result(Protocol):
    """What was measured."""

    def to_plain(self) -> dict[str, Any]:
        """As plain data."""
        ...


class Measure(Protocol):
    """Looks at the solved cases of a type."""

    def __call__(self, solved: Solved, *, tell: Tell) -> Result:
        """What it finds. Raises `Invalid`: "cases"."""
        ...


MEASURES: Mapping[str, Measure] = {
    "evaluation": evaluating.evaluate,
    "weights": learning.learn_weights,
    "maintenance": maintenance.maintain,
}


def measure(
    database: Database,
    key: str,
    kind: str,
    *,
    by: Viewer,
    now: datetime,
    tell: Tell = untold,
    how: Measure | None = None,
) -> CaseReport:
    """Measure the cases of a type, and keep what comes out. Nobody waits for the database meanwhile.

    Args:
        key: of the case type.
        kind: one of `MEASURES`.
        tell: told how much is done, of 1.
        how: measures in another way than usual.

    Raises:
        NotFound: there is no such case type.
        Invalid: "cases": there are too few.
    """
    require(by, MAY_MEASURE)
    with database.session() as session:
        row = by_key(session, key)
        type_id, version, solved = row.id, row.version, solved_cases(session, row)
    result = (how or MEASURES[kind])(solved, tell=tell).to_plain()
    with database.transaction(actor_id=by.person_id or None, actor=by.name) as session:
        report = CaseReport(case_type_id=type_id, kind=kind, version=version, at=now, result=result)
        session.add(report)
        session.flush()
        _forget_old(session, type_id, kind)
    log.info("cases measured", case_type=key, kind=kind, cases=len(solved), by=by.name)
    return report


def init_app() -> None:
    """Measuring can be asked for on pages."""
    for kind in MEASURES:
        background.KINDS[kind] = background.Kind(MAY_MEASURE, partial(_deed, kind))


def _deed(kind: str, work: background.Work) -> dict[str, Any]:
    services = work.services

    def measured(solved: Solved, tell: Tell) -> Any:
        return background.gently(partial(MEASURES[kind], solved, tell=tell))

    made = measure(
        services.database,
        work.subject,
        kind,
        by=work.by,
        now=services.clock(),
        tell=work.tell,
        how=measured,
    )
    return {"report": made.id}


def take_over(
    session: Session,
    row: CaseTypeRow,
    report: CaseReport,
    *,
    by: Viewer,
    now: datetime,
    keys: Collection[str] | None = None,
    seen: str | None = None,
) -> None:
    """Use learned weights from now on.

    Args:
        keys: of the attributes whose weights are taken over; None for all.
        seen: the version of the case type when the page was opened.

    Raises:
        Conflict: the schema has changed since, these are no weights, or none was chosen.
    """
    if report.kind != "weights" or report.case_type_id != row.id:
        raise Conflict(N_("There are no learned weights to take over."))
    if report.version != row.version:
        raise Conflict(N_("The case type has changed since these weights were learned. Learn them again."))
    learned = report.result["learned"]
    chosen = {key: weight for key, weight in learned.items() if keys is None or key in keys}
    if not chosen:
        raise Conflict(N_("Choose at least one weight to take over."))
    set_weights(session, row, chosen, by=by, now=now, seen=seen)
    report.taken = {"at": now.isoformat(), "by": by.name, "keys": sorted(chosen)}
    session.flush()


def put_back(
    session: Session,
    row: CaseTypeRow,
    report: CaseReport,
    *,
    by: Viewer,
    now: datetime,
    seen: str | None = None,
) -> None:
    """Use the weights again that were there before some were taken over.

    Args:
        seen: the version of the case type when the page was opened.

    Raises:
        Conflict: nothing was taken over of this.
    """
    if report.case_type_id != row.id or not report.taken:
        raise Conflict(N_("Nothing was taken over of these weights."))
    there = schema_of(row).by_key
    before = {key: report.result["by_hand"][key] for key in report.taken["keys"] if key in there}
    set_weights(session, row, before, by=by, now=now, seen=seen)
    report.taken = None
    session.flush()


def retire(
    session: Session,
    report: CaseReport,
    ids: Collection[int],
    notes: Mapping[str, str],
    *,
    by: Viewer,
    now: datetime,
) -> int:
    """Retire cases that a report proposes; all of them or none. Returns how many.

    Args:
        ids: of cases; those that the report does not propose, and those that are retired already, are passed over.
        notes: reason of a proposal -> what is noted of the case.

    Raises:
        Conflict: none was chosen.
        NotAllowed: this person may not confirm cases.
    """
    require(by, cases.MAY_CONFIRM)
    reasons = {one["id"]: one["reason"] for one in report.result.get("proposals", ())}
    wanted = set(ids) & reasons.keys()
    if not wanted:
        raise Conflict(N_("Choose at least one case to retire."))
    found = queries.by_ids(session, by, now, wanted)
    there = [case for _, case in sorted(found.items()) if case.state != CaseState.RETIRED]
    for case in there:
        cases.retire(session, case, notes[reasons[case.id]], by=by, now=now)
    log.info("cases retired after maintenance", report=report.id, cases=len(there), by=by.name)
    return len(there)


def solved_cases(session: Session, row: CaseTypeRow) -> Solved:
    """All solved cases of a type, whoever may see them: what is told of them is figures."""
    case_type = schema_of(row)
    query = select(
        Case.id,
        Case.facts,
        Case.proposes.label("proposes"),
        Case.title,
        Case.solution,
        Case.worked,
        Case.adapted,
        Case.failed,
    ).where(Case.case_type_id == row.id, Case.state.in_(queries.FOR_AGENTS), Case.proposes != "")
    rows = session.execute(query.where(Case.is_there()).order_by(Case.id)).all()
    columns, _ = read_columns(case_type, [found.facts for found in rows])
    tried = [(found.worked + found.adapted, found.failed) for found in rows]
    return Solved(
        case_type,
        columns,
        [found.proposes for found in rows],
        [f"{found.title}\n{found.solution}" for found in rows],
        [found.id for found in rows],
        np.array(tried, np.int64).reshape(-1, 2),
    )


def _forget_old(session: Session, type_id: int, kind: str) -> None:
    same = (CaseReport.case_type_id == type_id, CaseReport.kind == kind)
    kept = select(CaseReport.id).where(*same).order_by(CaseReport.at.desc(), CaseReport.id.desc()).limit(KEPT)
    session.execute(
        delete(CaseReport).where(*same, CaseReport.id.not_in(session.scalars(kept).all())),
        execution_options={"synchronize_session": False},
    )

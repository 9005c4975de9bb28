"""What is measured and learned of a case type is kept: evaluations, weights to take over, cases to retire."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Protocol

import numpy as np
import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from cbr import evaluating, learning, maintenance
from cbr.case_types import schema_of, set_weights
from cbr.cases import MAY_CONFIRM
from cbr.columns import read_columns
from cbr.models import Case, CaseReport, CaseTypeRow
from cbr.others import Solved
from cbr.queries import FOR_AGENTS, newest_report
from kb.errors import N_, Conflict
from kb.models.people import Role
from kb.permissions import require
from kb.viewers import Viewer

MAY_MEASURE = MAY_CONFIRM | {Role.ADMIN}
KEPT = 20
"""So many reports of a kind are kept of a case type."""

log = structlog.get_logger(__name__)


class Result(Protocol):
    """What was measured."""

    def to_plain(self) -> dict[str, Any]:
        """As plain data."""
        ...


def evaluation(
    session: Session, row: CaseTypeRow, *, by: Viewer, now: datetime, most: int = 5000
) -> CaseReport:
    """Measure how well the cases solve one another. Raises `Invalid`: "cases"."""
    return _report(session, row, "evaluation", lambda solved: evaluating.evaluate(solved, most=most), by, now)


def weights(session: Session, row: CaseTypeRow, *, by: Viewer, now: datetime) -> CaseReport:
    """Learn weights, for a person to look at. Raises `Invalid`: "cases"."""
    return _report(session, row, "weights", learning.learn_weights, by, now)


def upkeep(session: Session, row: CaseTypeRow, *, by: Viewer, now: datetime) -> CaseReport:
    """Look for cases that say nothing new or lead astray. Raises `Invalid`: "cases"."""
    return _report(session, row, "maintenance", maintenance.maintain, by, now)


def take_over(session: Session, row: CaseTypeRow, report: CaseReport, *, by: Viewer, now: datetime) -> None:
    """Use learned weights from now on.

    Raises:
        Conflict: the schema has changed since, or these are no weights.
    """
    if report.kind != "weights" or report.case_type_id != row.id or not report.result:
        raise Conflict(N_("There are no learned weights to take over."))
    if report.version != row.version:
        raise Conflict(N_("The case type has changed since these weights were learned. Learn them again."))
    set_weights(session, row, report.result["learned"], by=by, now=now)


def newest(session: Session, row: CaseTypeRow) -> dict[str, CaseReport | None]:
    """Kind -> what was measured last."""
    return {kind: newest_report(session, row, kind) for kind in ("evaluation", "weights", "maintenance")}


def solved_cases(session: Session, row: CaseTypeRow) -> Solved:
    """All solved cases of a type, whoever may see them: what is told of them is figures."""
    case_type = schema_of(row)
    query = select(
        Case.id,
        Case.facts,
        Case.solution_key,
        Case.title,
        Case.solution,
        Case.worked,
        Case.adapted,
        Case.failed,
    ).where(Case.case_type_id == row.id, Case.state.in_(FOR_AGENTS), Case.solution_key != "")
    rows = session.execute(query.order_by(Case.id)).all()
    columns, _ = read_columns(case_type, [found.facts for found in rows])
    tried = [(found.worked + found.adapted, found.failed) for found in rows]
    return Solved(
        case_type,
        columns,
        [found.solution_key for found in rows],
        [f"{found.title}\n{found.solution}" for found in rows],
        [found.id for found in rows],
        np.array(tried, np.int64).reshape(-1, 2),
    )


def _report(
    session: Session,
    row: CaseTypeRow,
    kind: str,
    measure: Callable[[Solved], Result],
    by: Viewer,
    now: datetime,
) -> CaseReport:
    """Measure, and keep what comes out."""
    require(by, MAY_MEASURE)
    solved = solved_cases(session, row)
    result = measure(solved).to_plain()
    report = CaseReport(
        case_type_id=row.id, kind=kind, version=row.version, at=now, progress=1.0, result=result
    )
    session.add(report)
    session.flush()
    _forget_old(session, row, kind)
    log.info("cases measured", case_type=row.key, kind=kind, cases=len(solved), by=by.name)
    return report


def _forget_old(session: Session, row: CaseTypeRow, kind: str) -> None:
    same = (CaseReport.case_type_id == row.id, CaseReport.kind == kind)
    kept = select(CaseReport.id).where(*same).order_by(CaseReport.at.desc(), CaseReport.id.desc()).limit(KEPT)
    session.execute(
        delete(CaseReport).where(*same, CaseReport.id.not_in(session.scalars(kept).all())),
        execution_options={"synchronize_session": False},
    )


def lines(result: Mapping[str, Any]) -> Iterator[str]:
    """An evaluation as a command shows it."""
    yield f"{result['cases']} cases with {result['solutions']} solutions; {result['left_out']} left out in turn."
    yield f"{result['alone']:.1%} have a solution that no other case has: nobody could be right there."
    yield f"{'':<16}{'right@1':>9}{'right@3':>9}{'shared':>9}"
    for name, key in (("case base", "case_base"), ("majority", "majority"), ("decision tree", "tree")):
        if told := result.get(key):
            yield f"{name:<16}{told['at_1']:>9.1%}{told['at_3']:>9.1%}{told['shared']:>9.1%}"
        else:
            yield f"{name:<16}not measured: scikit-learn is not installed"
    yield f"Brier score of the confidence: {result['brier']:.4f}"
    for one in result["bins"]:
        yield (
            f"  said {one['low']:.1f} to {one['high']:.1f}: {one['count']:>6} times, "
            f"on average {one['confidence']:.2f}, right {one['accuracy']:.2f}"
        )

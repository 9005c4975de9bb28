"""Cases out of tables: the whole file or nothing of it, whatever happens meanwhile; twice is the same as once.

A row is known again by its key, or by its content where the file has none. What the file says of a case as it did
before leaves alone what people have changed here since. New cases are written in short transactions (`arrivals.py`),
so that nobody waits for them, and are there for readers all at once, together with what changed of others.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Literal, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from cbr import arrivals
from cbr.case_type import KEY, CaseType
from cbr.case_types import MAY_SHAPE, audience_faults, belongs, schema_of
from cbr.cases import MAY_CONFIRM
from cbr.guessing import guess_case_type
from cbr.import_rows import Plan, Progress, Report, Row, read_rows, untold
from cbr.landing import WRITTEN_AT_ONCE, Change, Coming, Held, as_imported, is_met, row_of
from cbr.models import Case, CaseMerged, CaseState, CaseTypeRow
from cbr.tables import MOST_FAULTS, Fault, Table
from kb.db import Database
from kb.errors import N_, Invalid, NotFound
from kb.models import Article
from kb.permissions import require
from kb.viewers import Viewer

Outcome = Literal["created", "updated", "unchanged", "refused"]
STATES = (CaseState.SOLVED, CaseState.CONFIRMED)
T = TypeVar("T")


def unseen(_session: Session, _report: Report) -> None:
    """Nobody else has to know."""


def at_once(deed: Callable[[], T]) -> T:
    """Do it here and now."""
    return deed()


def look(
    session: Session, table: Table, plan: Plan, *, by: Viewer, case_type: CaseType | None = None
) -> tuple[Report, list[Row]]:
    """What an import would do, and the rows as it would keep them; nothing is written. See `import_cases`."""
    report, audience, articles = _begun(session, table, plan, case_type, by)
    rows = read_rows(table, plan, report.case_type, audience, articles, report)
    _sorted_out(session, plan, rows, report, by)
    report.faults = sorted(report.faults)[:MOST_FAULTS]
    return report, rows


def import_cases(
    database: Database,
    table: Table,
    plan: Plan,
    *,
    by: Viewer,
    now: datetime,
    case_type: CaseType | None = None,
    dry_run: bool = False,
    progress: Progress = untold,
    read: Callable[[Callable[[], list[Row]]], list[Row]] = at_once,
    landing: Callable[[Session, Report], None] = unseen,
) -> Report:
    """Bring the rows of a table in.

    Args:
        case_type: what a new case type is; guessed if not given, and of no use where there is one already.
        dry_run: find out what would happen and leave everything as it is.
        progress: told how many more rows are read, and how many more are kept: each row twice in the end.
        read: does the long part that needs no database, for example at another priority.
        landing: called in the transaction that shows all of it, just before its end; what it raises undoes all of it.

    Raises:
        Invalid: the plan names a column, an audience, a language or a state that there is not.
        NotFound: the case type is for others.
        Conflict: another import into the type goes on, or the type was changed meanwhile.
    """
    started = time.perf_counter()
    if not dry_run:
        arrivals.make_way(database, plan.key)
    with database.session() as session:
        report, audience, articles = _begun(session, table, plan, case_type, by)
        version = session.scalar(select(CaseTypeRow.version).where(CaseTypeRow.key == plan.key))
        session.rollback()  # reading the rows takes a while, and keeps nobody waiting
        rows = read(lambda: read_rows(table, plan, report.case_type, audience, articles, report, progress))
        fresh, changed = _sorted_out(session, plan, rows, report, by)
    if not dry_run:
        coming = Coming(database, plan, audience, report, by, now, version)

        def land(session: Session) -> None:
            _finish(report, started)
            landing(session, report)

        coming.bring(fresh, changed, progress, land)
    _finish(report, started)
    return report


def _finish(report: Report, started: float) -> None:
    report.faults = sorted(report.faults)[:MOST_FAULTS]
    report.seconds = time.perf_counter() - started


def _begun(
    session: Session, table: Table, plan: Plan, case_type: CaseType | None, by: Viewer
) -> tuple[Report, str, Collection[str]]:
    """An empty report, whom the cases are for, and the articles that there are. Raises `Invalid`, `NotFound`."""
    require(by, MAY_SHAPE)
    if plan.state == CaseState.CONFIRMED:
        require(by, MAY_CONFIRM)
    _check(table, plan)
    row = row_of(session, plan)
    if row and not belongs(by, row.audience):
        raise NotFound(N_("There is no case type %(key)s.", key=plan.key))
    of_cases = schema_of(row) if row else case_type or guessed(table, plan)
    report = Report(of_cases, row is None, faults=list(table.faults))
    report.refused = sum(not fault.kept for fault in table.faults)
    audience = plan.audience or (row.audience if row else "agent")
    if faults := audience_faults(session, audience, by):
        raise Invalid(faults)
    articles = set(session.scalars(select(Article.key))) if plan.article else set[str]()
    return report, audience, articles


def guessed(table: Table, plan: Plan) -> CaseType:
    """The case type that a table seems to be of."""
    return guess_case_type(plan.key, table, exclude=plan.no_attributes, language=plan.language)


def _check(table: Table, plan: Plan) -> None:
    faults = {
        column: N_("There is no column %(key)s.", key=column)
        for column in plan.no_attributes
        if column not in table.columns
    }
    if not KEY.fullmatch(plan.key):
        faults["key"] = N_("A key has small letters, digits, - and _, at most 64.")
    if plan.state not in STATES:
        faults["state"] = N_("It can be one of these: %(words)s.", words=", ".join(STATES))
    if faults:
        raise Invalid(faults)


def _sorted_out(
    session: Session, plan: Plan, rows: Sequence[Row], report: Report, by: Viewer
) -> tuple[list[Row], list[Change]]:
    """The rows that become new cases, and those that change one; the report tells of all of them."""
    fresh, changed = list[Row](), list[Change]()
    for start in range(0, len(rows), WRITTEN_AT_ONCE):
        batch = rows[start : start + WRITTEN_AT_ONCE]
        known = _known(session, plan, [row.key for row in batch])
        for row in batch:
            held = known.get(row.key)
            outcome = _counted(report, row, held, by, named=bool(plan.row_key))
            if outcome == "created":
                fresh.append(row)
            elif held is not None and (outcome == "updated" or (outcome == "unchanged" and is_met(held))):
                changed.append(Change(row, held))
    return fresh, changed


def _known(session: Session, plan: Plan, keys: Sequence[str]) -> dict[str, Held]:
    """The cases of these keys, and those that were merged with another one."""
    merged = select(CaseMerged.key, Case.audience, CaseMerged.imported_hash)
    merged = merged.join(Case, Case.id == CaseMerged.case_id)
    merged = merged.join(CaseTypeRow, CaseTypeRow.id == CaseMerged.case_type_id)
    own = (CaseTypeRow.key == plan.key, CaseMerged.key.in_(keys))
    found = {one[0]: Held(None, one[1], one[2]) for one in session.execute(merged.where(*own))}
    held = select(Case.key, Case.id, Case.audience, Case.imported_hash, Case.changed_at).join(CaseTypeRow)
    own = (CaseTypeRow.key == plan.key, Case.key.in_(keys))
    return found | {one[0]: Held(*one[1:]) for one in session.execute(held.where(*own))}


def _counted(report: Report, row: Row, held: Held | None, by: Viewer, *, named: bool) -> Outcome:
    """What becomes of a row, which the report tells.

    Args:
        named: rows have keys of their own, so that one can say something else than before.
    """
    outcome: Outcome = "created"
    if held is not None and (held.id is not None or not named or _is_same(row, held)):
        outcome = "unchanged" if _is_same(row, held) or held.id is None else "updated"
    if held is not None and not belongs(by, held.audience):
        outcome = "refused"
        sentence = N_("There is a case of this name that is not for you to change.")
        report.faults.append(Fault(row.line, sentence, False))
    setattr(report, outcome, getattr(report, outcome) + 1)
    return outcome


def _is_same(row: Row, held: Held) -> bool:
    return held.imported_hash in ("", as_imported(row))

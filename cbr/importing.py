"""Cases out of tables: the whole file or nothing of it, whatever happens meanwhile; twice is the same as once.

A row is known again by its key, or by its content where the file has none. What the file says of a case as it did
before leaves alone what people have changed here since. New cases are written in short transactions (`arrivals.py`),
so that nobody waits for them, and are there for readers all at once, together with what changed of others.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple, TypeVar

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from cbr import arrivals
from cbr.case_type import KEY, CaseType
from cbr.case_types import MAY_SHAPE, audience_faults, belongs, create, schema_of
from cbr.cases import MAY_CONFIRM
from cbr.contents import digest
from cbr.guessing import guess_case_type
from cbr.import_rows import Plan, Progress, Report, Row, read_rows, untold
from cbr.models import MANY_CASES, Case, CaseLink, CaseMerged, CaseState, CaseTypeRow
from cbr.tables import MOST_FAULTS, Fault, Table
from kb import audit, journal, many
from kb.db import Database
from kb.errors import N_, Conflict, Invalid, NotFound
from kb.models import Article
from kb.permissions import require
from kb.viewers import Viewer

WRITTEN_AT_ONCE = 500
FEW = 200
"""So many cases are in the audit log and in the journal each by itself; of more, one entry stands for all new ones."""

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
        coming = _Coming(database, plan, audience, report, by, now, version)

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
    row = _row_of(session, plan)
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


def _row_of(session: Session, plan: Plan) -> CaseTypeRow | None:
    return session.scalars(select(CaseTypeRow).where(CaseTypeRow.key == plan.key)).first()


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


def _as_imported(row: Row) -> str:
    return digest(row.content.hash, row.times)


class _Held(NamedTuple):
    """The case that a row belongs to: for whom it is, and what the row said when it was imported last.

    Args:
        id: None where it was merged with another one since.
    """

    id: int | None
    audience: str
    imported_hash: str
    changed_at: datetime | None = None


class _Change(NamedTuple):
    """A case that says something else now; `held` is as it was looked at."""

    row: Row
    held: _Held


def _sorted_out(
    session: Session, plan: Plan, rows: Sequence[Row], report: Report, by: Viewer
) -> tuple[list[Row], list[_Change]]:
    """The rows that become new cases, and those that change one; the report tells of all of them."""
    fresh, changed = list[Row](), list[_Change]()
    for start in range(0, len(rows), WRITTEN_AT_ONCE):
        batch = rows[start : start + WRITTEN_AT_ONCE]
        known = _known(session, plan, [row.key for row in batch])
        for row in batch:
            held = known.get(row.key)
            outcome = _counted(report, row, held, by, named=bool(plan.row_key))
            if outcome == "created":
                fresh.append(row)
            elif held is not None and (outcome == "updated" or (outcome == "unchanged" and _is_met(held))):
                changed.append(_Change(row, held))
    return fresh, changed


def _known(session: Session, plan: Plan, keys: Sequence[str]) -> dict[str, _Held]:
    """The cases of these keys, and those that were merged with another one."""
    merged = select(CaseMerged.key, Case.audience, CaseMerged.imported_hash)
    merged = merged.join(Case, Case.id == CaseMerged.case_id)
    merged = merged.join(CaseTypeRow, CaseTypeRow.id == CaseMerged.case_type_id)
    own = (CaseTypeRow.key == plan.key, CaseMerged.key.in_(keys))
    found = {one[0]: _Held(None, one[1], one[2]) for one in session.execute(merged.where(*own))}
    held = select(Case.key, Case.id, Case.audience, Case.imported_hash, Case.changed_at).join(CaseTypeRow)
    own = (CaseTypeRow.key == plan.key, Case.key.in_(keys))
    return found | {one[0]: _Held(*one[1:]) for one in session.execute(held.where(*own))}


def _counted(report: Report, row: Row, held: _Held | None, by: Viewer, *, named: bool) -> Outcome:
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


def _is_met(held: _Held) -> bool:
    """A file names it for the first time: from now on it is known what the file said."""
    return held.id is not None and not held.imported_hash


def _is_same(row: Row, held: _Held) -> bool:
    return held.imported_hash in ("", _as_imported(row))


class _Coming:
    """One import on its way into the database."""

    def __init__(
        self,
        database: Database,
        plan: Plan,
        audience: str,
        report: Report,
        by: Viewer,
        now: datetime,
        version: int | None,
    ) -> None:
        self._database, self._plan, self._audience = database, plan, audience
        self._report, self._by, self._now, self._version = report, by, now, version
        self._who = {"actor_id": by.person_id or None, "actor": by.name}

    def bring(
        self,
        fresh: Sequence[Row],
        changed: Sequence[_Change],
        progress: Progress,
        land: Callable[[Session], None],
    ) -> None:
        """Write what is new a few rows at a time, and have all of it there in one moment."""
        with self._database.transaction(**self._who) as session:
            row = _row_of(session, self._plan)
            if (row.version if row else None) != self._version:
                raise _reshaped()
            made = row or create(
                session, self._report.case_type, audience=self._audience, by=self._by, now=self._now
            )
            made.is_active = made.is_active and row is not None
            session.flush()
            self._type_id, self._schema = made.id, made.version
            self._name = arrivals.begin(session, made, makes_type=row is None).name
        with arrivals.given_up_on_failure(self._database, self._name):
            for start in range(0, len(fresh), WRITTEN_AT_ONCE):
                batch = fresh[start : start + WRITTEN_AT_ONCE]
                self._write(batch, [self._added(row) for row in batch])
                progress(sum(row.times for row in batch))
            progress(sum(change.row.times for change in changed))
            with self._database.transaction(**self._who) as session:
                self._land(session, len(fresh), changed)
                land(session)

    def _write(self, batch: Sequence[Row], cases: list[dict[str, Any]]) -> None:
        """Rows that nobody has looked at yet: neither the audit log nor the journal tells of them before they land."""
        linking = {row.key: links for row in batch if (links := row.content.all_links)}
        with self._database.transaction(**self._who) as session:
            journal.hold_lock(
                session
            )  # so that nobody else records the same case between the look and the write
            arrivals.go_on(session, self._name)
            taken = set(
                session.scalars(self._of_type(Case.key).where(Case.key.in_([row.key for row in batch])))
            )
            if taken:
                raise Conflict(
                    N_("Case %(key)s was recorded while the table was read. Import it again.", key=min(taken))
                )
            session.connection().execute(insert(Case), cases)
            if linking:
                found = session.execute(self._of_type(Case.key, Case.id).where(Case.key.in_(linking))).all()
                new_links = [{"case_id": id_, "key": link} for key, id_ in found for link in linking[key]]
                session.connection().execute(insert(CaseLink), new_links)

    def _of_type(self, *columns: Any) -> Any:
        return select(*columns).where(Case.case_type_id == self._type_id)

    def _land(self, session: Session, added: int, changed: Sequence[_Change]) -> None:
        """All of it in one transaction, the shortest there can be."""
        journal.hold_lock(session)
        arrivals.go_on(session, self._name)
        row = session.get_one(CaseTypeRow, self._type_id)
        if row.version != self._schema:
            raise _reshaped()
        if arrivals.end(session, self._name):
            row.is_active = True
        self._meet(session, [one for one in changed if _is_met(one.held)])
        ids = self._changed(session, [one for one in changed if not _is_met(one.held)])
        if added + len(ids) <= FEW:
            self._recorded(session)
            return
        counts = {"created": added, "updated": len(ids), "source": "import"}
        audit.record(session, CaseTypeRow, "changed", [audit.Entry(row.id, row.key, {}, counts)])
        journal.append_new(session, MANY_CASES, [row.id])

    def _recorded(self, session: Session) -> None:
        """Each of a few new cases for itself, as if somebody had recorded it."""
        columns = [column for column in Case.__table__.columns if column.name not in ("id", "arrival")]
        query = select(Case.id, *columns).where(
            Case.arrival == self._name, Case.case_type_id == self._type_id
        )
        found = session.execute(query.order_by(Case.id)).mappings().all()
        if found:
            ids = [one["id"] for one in found]
            rows = [{name: value for name, value in one.items() if name != "id"} for one in found]
            audit.record_new(session, Case, ids, rows)
            journal.append_new(session, "case", ids)

    def _changed(self, session: Session, changed: Sequence[_Change]) -> list[int]:
        """Say of cases what the file says of them now, but of those that somebody changed at this moment."""
        ids: list[int] = []
        for start in range(0, len(changed), WRITTEN_AT_ONCE):
            batch = {one.held.id: one for one in changed[start : start + WRITTEN_AT_ONCE] if one.held.id}
            stored = session.execute(
                select(Case.id, Case.changed_at, Case.state).where(Case.id.in_(batch))
            ).all()
            same = {
                found.id: found for found in stored if found.changed_at == batch[found.id].held.changed_at
            }
            self._tell_of_others([one for id_, one in batch.items() if id_ not in same])
            values = {
                id_: self._columns(batch[id_].row, found.state if found.state == CaseState.RETIRED else None)
                for id_, found in same.items()
            }
            many.change(session, Case, values, quiet=len(changed) > FEW)
            session.connection().execute(delete(CaseLink).where(CaseLink.case_id.in_(values)))
            links = [
                {"case_id": id_, "key": key} for id_ in values for key in batch[id_].row.content.all_links
            ]
            if links:
                session.connection().execute(insert(CaseLink), links)
            ids += values
        return ids

    def _meet(self, session: Session, met: Sequence[_Change]) -> None:
        """Remember of cases that people recorded what the file says of them."""
        meeting = update(Case).where(Case.id == bindparam("met"))
        if met:
            values = [{"met": one.held.id, "said": _as_imported(one.row)} for one in met]
            session.connection().execute(meeting.values(imported_hash=bindparam("said")), values)

    def _tell_of_others(self, left: Iterable[_Change]) -> None:
        for change in left:
            self._report.updated -= 1
            self._report.refused += 1
            sentence = N_("Somebody changed this case at the same moment.")
            self._report.faults.append(Fault(change.row.line, sentence, False))

    def _added(self, row: Row) -> dict[str, Any]:
        return self._columns(row) | {
            "case_type_id": self._type_id,
            "key": row.key,
            "audience": self._audience,
            "source": "import",
            "created_at": self._now,
            "arrival": self._name,
        }

    def _columns(self, row: Row, state: str | None = None) -> dict[str, Any]:
        """What a row says of its case.

        Args:
            state: which it has for ever; else what it says follows.
        """
        content = row.content
        state = state or (CaseState(self._plan.state) if content.solution_key else CaseState.OPEN)
        return {
            "facts": dict(content.facts),
            "problem": content.problem,
            "language": content.language,
            "title": content.title,
            "solution": content.solution,
            "article": content.article,
            "solution_key": content.solution_key,
            "count": row.times,
            "imported_hash": _as_imported(row),
            "state": state,
            "confirmed_at": self._now if state == CaseState.CONFIRMED else None,
            "author_id": self._by.person_id or None,
            "reviewer_id": None,
            "changed_at": self._now,
        }


def _reshaped() -> Conflict:
    return Conflict(N_("The case type was changed while the table was read. Import it again."))

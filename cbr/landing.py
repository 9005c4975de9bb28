"""How an import lands: new cases written a few at a time, and there for readers all in one moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from cbr import arrivals
from cbr.case_types import create
from cbr.contents import digest
from cbr.import_rows import Plan, Progress, Report, Row
from cbr.models import MANY_CASES, Case, CaseLink, CaseState, CaseTypeRow
from cbr.tables import Fault
from kb import audit, journal, many
from kb.db import Database
from kb.errors import N_, Conflict
from kb.viewers import Viewer

WRITTEN_AT_ONCE = 500
FEW = 200
"""So many cases are in the audit log and in the journal each by itself; of more, one entry stands for all new ones."""


class Held(NamedTuple):
    """The case that a row belongs to: for whom it is, and what the row said when it was imported last.

    Args:
        id: None where it was merged with another one since.
    """

    id: int | None
    audience: str
    imported_hash: str
    changed_at: datetime | None = None


class Change(NamedTuple):
    """A case that says something else now; `held` is as it was looked at."""

    row: Row
    held: Held


def as_imported(row: Row) -> str:
    """The same for rows that say the same."""
    return digest(row.content.hash, row.times)


def is_met(held: Held) -> bool:
    """A file names it for the first time: from now on it is known what the file said."""
    return held.id is not None and not held.imported_hash


def row_of(session: Session, plan: Plan) -> CaseTypeRow | None:
    """The case type that a plan names, where it is there already."""
    return session.scalars(select(CaseTypeRow).where(CaseTypeRow.key == plan.key)).first()


class Coming:
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
        changed: Sequence[Change],
        progress: Progress,
        land: Callable[[Session], None],
    ) -> None:
        """Write what is new a few rows at a time, and have all of it there in one moment."""
        with self._database.transaction(**self._who) as session:
            row = row_of(session, self._plan)
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

    def _land(self, session: Session, added: int, changed: Sequence[Change]) -> None:
        """All of it in one transaction, the shortest there can be."""
        journal.hold_lock(session)
        arrivals.go_on(session, self._name)
        row = session.get_one(CaseTypeRow, self._type_id)
        if row.version != self._schema:
            raise _reshaped()
        if arrivals.end(session, self._name):
            row.is_active = True
        self._meet(session, [one for one in changed if is_met(one.held)])
        ids = self._changed(session, [one for one in changed if not is_met(one.held)])
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

    def _changed(self, session: Session, changed: Sequence[Change]) -> list[int]:
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

    def _meet(self, session: Session, met: Sequence[Change]) -> None:
        """Remember of cases that people recorded what the file says of them."""
        meeting = update(Case).where(Case.id == bindparam("met"))
        if met:
            values = [{"met": one.held.id, "said": as_imported(one.row)} for one in met]
            session.connection().execute(meeting.values(imported_hash=bindparam("said")), values)

    def _tell_of_others(self, left: Iterable[Change]) -> None:
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
            "imported_hash": as_imported(row),
            "state": state,
            "confirmed_at": self._now if state == CaseState.CONFIRMED else None,
            "author_id": self._by.person_id or None,
            "reviewer_id": None,
            "changed_at": self._now,
        }


def _reshaped() -> Conflict:
    return Conflict(N_("The case type was changed while the table was read. Import it again."))

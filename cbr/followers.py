"""The case bases follow the journal: what changed is read again from the database and put on its shelf.

Each process has its own, opened from the snapshot of its node and kept current before it answers. Snapshots are written
beside: never while somebody waits.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from pathlib import Path
from typing import Any, cast

import structlog
from flask import current_app
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from cbr.case_types import schema_of
from cbr.casebase import CaseBase
from cbr.columns import read_columns
from cbr.models import MANY_CASES, Case, CaseTypeRow
from cbr.problems import Problem, Problems
from cbr.queries import FOR_AGENTS, found_states
from cbr.shelves import COUNT, SOLUTION, TEXT, Shelf, Shelves, shelved
from cbr.snapshots import KeptType, Snapshots
from kb import journal
from kb.models import JournalEntry
from kb.viewers import Viewer

READ_AT_ONCE = 500
MANY = 200
"""Of more cases that changed at once, and more than a twentieth, the whole type is read anew: that is faster."""

WRITTEN_AFTER = 500
"""So many changes make a snapshot worth writing."""

log = structlog.get_logger(__name__)

_COLUMNS: tuple[Any, ...] = (
    Case.id,
    Case.case_type_id,
    Case.audience,
    Case.state,
    Case.facts,
    Case.proposes.label("proposes"),
    Case.count.label("contacts"),
)


class CaseBases:
    """This process's case bases.

    Args:
        folder: of the node's snapshots.
    """

    name = "cases"

    def __init__(self, folder: Path) -> None:
        self._snapshots = Snapshots(folder)
        self._lock = threading.RLock()
        self._types: Mapping[int, KeptType]
        self._position: int
        self._hold(*self._snapshots.open())

    def position(self) -> int:
        """The last seq that is reflected."""
        return self._position

    def apply(self, session: Session, entries: Sequence[JournalEntry]) -> None:
        """Read anew what the entries concern; what this process knows already is passed over."""
        with self._lock:
            fresh: Sequence[tuple[str, int]]
            fresh = [(entry.kind, entry.subject_id) for entry in entries if entry.seq > self._position]
            last = max(self._position, entries[-1].seq)
            if len(fresh) > MANY:
                last = journal.head(session)
                fresh = self._catching_up(session, last)
            types = dict(self._types)
            anew = set(_ids(fresh, MANY_CASES))
            read = self._apply_types(session, types, _ids(fresh, CaseTypeRow.journal_kind), anew)
            self._apply_cases(session, types, read, _ids(fresh, Case.journal_kind))
            self._types = types
            self._position = last

    def _catching_up(self, session: Session, last: int) -> Sequence[tuple[str, int]]:
        """All that changed up to a seq, so that nothing is read twice; from the files on, where they know more."""
        if self._position < self._snapshots.position() <= last:
            self._take_over()
        kinds = (Case.journal_kind, CaseTypeRow.journal_kind, MANY_CASES)
        query = select(JournalEntry.kind, JournalEntry.subject_id).where(
            JournalEntry.seq > self._position, JournalEntry.seq <= last, JournalEntry.kind.in_(kinds)
        )
        return [(kind, subject_id) for kind, subject_id in session.execute(query)]

    def restart(self, session: Session) -> None:
        """Read everything anew, and write it down for the other processes of this node."""
        with self._lock:
            head = journal.head(session)
            self._hold(loaded(session), head)
            with self._snapshots.writing() as mine:
                if mine:
                    self._write(self._types, head)
                    self._take_over()

    def keep(self, session: Session) -> bool:
        """Write a snapshot if there is enough to write; returns whether it was. Nobody waits for it meanwhile."""
        if self._changes < WRITTEN_AFTER and (self._snapshots.position() or not self._types):
            return False
        with self._snapshots.writing() as mine:
            if not mine:
                return False
            head = journal.head(
                session
            )  # before the cases: what comes between is applied twice, and not lost
            self._write(loaded(session), head)
            with self._lock:
                self._take_over()
                journal.follow(session, self)
        return True

    def current(self, session: Session, head: int) -> CaseBases:
        """Bring them up to `head`, the newest seq that the caller has seen."""
        if head > self._position:
            with self._lock:
                journal.follow(session, self)
        return self

    def kept(self, key: str) -> KeptType | None:
        """A case type of these, whoever may know of it."""
        with self._lock:
            return next((one for one in self._types.values() if one.key == key), None)

    def shelves(self, viewer: Viewer, key: str) -> Shelves | None:
        """The cases of a type that this viewer may be shown; None where they may not know of the type."""
        kept = self.kept(key)
        if kept is None or not kept.is_active or kept.audience not in viewer.audiences:
            return None
        states = found_states(viewer)
        bases = {
            shelf: base
            for shelf, base in sorted(kept.bases.items())
            if shelf.audience in viewer.audiences and shelf.state in states and len(base)
        }
        return Shelves(kept.case_type, list(bases.values()), frozenset(bases))

    def offered(self, viewer: Viewer) -> list[Shelves]:
        """The cases that this viewer may be shown, by the key of their type; no types without any."""
        with self._lock:
            keys = sorted(kept.key for kept in self._types.values())
        found = (self.shelves(viewer, key) for key in keys)
        return [shelves for shelves in found if shelves is not None and len(shelves)]

    def has_any(self, viewer: Viewer) -> bool:
        """Whether there is any case that this viewer may be shown."""
        return bool(self.offered(viewer))

    def problems(self, session: Session, key: str) -> Problems:
        """The texts of a type's cases, for a comparison with what somebody writes."""
        kept = self.kept(key)
        if kept is None:
            return Problems()
        with self._lock:
            held, touched = self._problems.get(kept.id), self._touched.get(kept.id, set[int]())
            if held is not None and not touched:
                return held
            is_current = journal.head(session) >= self._position
            if held is None or len(held.replaced | touched) > MANY:
                held = Problems(_problems(session, kept.id))
            else:
                held = held.replacing(touched, _problems(session, kept.id, touched))
            if is_current:  # who sees an older moment must not keep its texts for the others
                self._problems[kept.id] = held
                self._touched.pop(kept.id, None)
            return held

    def _hold(self, types: Mapping[int, KeptType], position: int) -> None:
        self._types, self._position, self._changes = types, position, 0
        self._problems = {kept.id: kept.problems for kept in types.values() if kept.problems is not None}
        self._touched: dict[int, set[int]] = {}

    def _take_over(self) -> None:
        """Go on from the files, which other processes share; what changed meanwhile follows from the journal."""
        types, position = self._snapshots.open()
        if types and position:
            self._hold(types, position)

    def _write(self, types: Mapping[int, KeptType], head: int) -> None:
        try:
            self._snapshots.write(types, head)
        except OSError:
            log.exception("snapshot of cases not written")  # the next start takes longer, and that is all

    def _apply_types(
        self, session: Session, types: dict[int, KeptType], ids: Sequence[int], anew: Set[int]
    ) -> set[int]:
        """Returns the ids of those whose cases were read as well.

        Args:
            anew: those of which many cases changed at once.
        """
        ids = sorted(anew | set(ids))
        rows = {row.id: row for row in session.scalars(select(CaseTypeRow).where(CaseTypeRow.id.in_(ids)))}
        read = set()
        for id_ in anew:
            self._problems.pop(id_, None)
            self._changes += WRITTEN_AFTER
        for id_ in ids:
            row, known = rows.get(id_), types.get(id_)
            if row is None:
                types.pop(id_, None)
            elif known is None or known.version != row.version or id_ in anew:
                types[id_] = load(session, row)
                read.add(id_)
            else:
                types[id_] = _told(row, known)
        return read

    def _apply_cases(
        self, session: Session, types: Mapping[int, KeptType], read: set[int], ids: Sequence[int]
    ) -> None:
        """Put cases where they belong now.

        Args:
            read: case types that were read anew already.
        """
        self._changes += len(ids)
        of_types: dict[int, list[int]] = {}
        for row in _in_parts(session, (Case.id, Case.case_type_id), ids):
            of_types.setdefault(row.case_type_id, []).append(row.id)
        gone = sorted(set(ids).difference(*of_types.values()))
        for kept in types.values():
            own = of_types.get(kept.id, [])
            self._touched.setdefault(kept.id, set()).update(own, gone)
            if kept.id in read:
                continue
            if len(own) > max(MANY, len(kept) // 20):
                kept.bases = load(session, session.get_one(CaseTypeRow, kept.id)).bases
                continue
            _put(kept, _in_parts(session, _COLUMNS, own))
            for id_ in gone:
                for base in kept.bases.values():
                    base.remove(id_)


def _in_parts(session: Session, columns: Sequence[Any], ids: Sequence[int]) -> Iterator[Row[Any]]:
    """Cases by their ids, however many: a database takes only so many at once."""
    for start in range(0, len(ids), READ_AT_ONCE):
        yield from session.execute(select(*columns).where(Case.id.in_(ids[start : start + READ_AT_ONCE])))


def case_bases() -> CaseBases:
    """The case bases of this process."""
    return cast(CaseBases, current_app.extensions["cases"])


def loaded(session: Session) -> dict[int, KeptType]:
    """Every case type with its cases and their texts."""
    found = {}
    for row in session.scalars(select(CaseTypeRow).order_by(CaseTypeRow.id)).all():
        found[row.id] = kept = load(session, row)
        kept.problems = Problems(_problems(session, row.id))
    return found


def load(session: Session, row: CaseTypeRow) -> KeptType:
    """One case type with the cases that can be found."""
    kept = _told(row)
    rows: dict[Shelf, list[Row[Any]]] = {}
    query = select(*_COLUMNS).where(Case.case_type_id == row.id, Case.state.in_(FOR_AGENTS), Case.is_there())
    for found in session.execute(query.order_by(Case.id)):
        rows.setdefault(Shelf(found.audience, found.state), []).append(found)
    for shelf, held in rows.items():
        columns, _ = read_columns(kept.case_type, [found.facts for found in held])
        columns[SOLUTION] = [found.proposes for found in held]
        columns[COUNT] = [float(found.contacts) for found in held]
        columns[TEXT] = [None] * len(held)
        base = CaseBase(shelved(kept.case_type))
        kept.bases[shelf] = base.fit(columns, [found.id for found in held])
    return kept


def _told(row: CaseTypeRow, known: KeptType | None = None) -> KeptType:
    return KeptType(
        row.id,
        row.key,
        row.version,
        row.audience,
        row.is_active,
        known.case_type if known else schema_of(row),
        known.bases if known else {},
    )


def _put(kept: KeptType, rows: Iterable[Row[Any]]) -> None:
    """Put cases on their shelves. First off the one where they were: nobody may see one for whom it is no more."""
    for row in rows:
        own = Shelf(row.audience, row.state)
        for shelf, base in kept.bases.items():
            if shelf != own:
                base.remove(row.id)
        if row.state in FOR_AGENTS:
            values = {key: column[0] for key, column in read_columns(kept.case_type, [row.facts])[0].items()}
            if own not in kept.bases:
                kept.bases = {**kept.bases, own: CaseBase(shelved(kept.case_type))}
            kept.bases[own].add(row.id, values | {SOLUTION: row.proposes, COUNT: float(row.contacts)})
        elif own in kept.bases:
            kept.bases[own].remove(row.id)


def _ids(changed: Iterable[tuple[str, int]], kind: str | None) -> list[int]:
    return sorted({subject_id for of_kind, subject_id in changed if of_kind == kind})


def _problems(session: Session, type_id: int, ids: Iterable[int] | None = None) -> list[Problem]:
    query = select(Case.id, Case.problem, Case.language).where(
        Case.case_type_id == type_id, Case.problem != "", Case.state.in_(FOR_AGENTS), Case.is_there()
    )
    if ids is not None:
        query = query.where(Case.id.in_(sorted(ids)))
    return [Problem(*row) for row in session.execute(query)]

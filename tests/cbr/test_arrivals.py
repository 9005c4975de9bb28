"""An import under way: nobody sees it, nobody waits for it, and whatever happens to it nothing half-done is left."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cbr import arrivals, cases, duplicates, landing, queries, type_queries
from cbr.case_types import by_key, change, schema_of
from cbr.contents import Content
from cbr.followers import CaseBases
from cbr.import_rows import Plan
from cbr.importing import import_cases
from cbr.models import Case, CaseArrival, CaseMerged, CaseState, CaseTypeRow
from cbr.tables import read_table
from kb import journal
from kb.db import Database
from kb.errors import Conflict
from kb.models import AuditEntry, JournalEntry
from kb.permissions import SYSTEM
from tests.cbr import import_process
from tests.cbr.stage import staff
from tests.cbr.test_importing import ROWS, bring, file
from tests.conftest import START
from tests.processes import told

PLAN = Plan("phones", solution=("what_to_do",), exclude=("no",))
REVIEWER = staff(1, "reviewer", "specialist")


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.session() as opened:
        yield opened


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landing, "WRITTEN_AT_ONCE", 1)
    monkeypatch.setattr(landing, "FEW", 1)
    monkeypatch.setattr(arrivals, "SWEPT_AT_ONCE", 2)
    monkeypatch.setattr(arrivals, "LOOK_AGAIN_S", 0.001)


def bring_in(database: Database, deed: Any) -> None:
    """An import that does something else after its second row."""
    steps = iter(range(9))
    import_cases(
        database,
        read_table(file(ROWS)),
        PLAN,
        by=SYSTEM,
        now=START,
        progress=lambda _rows: deed() if next(steps) == 2 else None,
    )


def test_nobody_sees_what_is_on_its_way_and_everybody_saves_meanwhile(
    both_databases: str, database: Database, session: Session, tmp_path: Path
) -> None:
    bases = CaseBases(tmp_path)
    seen: list[Any] = []

    def look_and_save() -> None:
        with database.transaction() as other:
            row = by_key(other, "phones")
            seen.append(queries.page(other, REVIEWER, START).total)
            seen.append([one.key for one in type_queries.shaped_by(other, REVIEWER)])
            seen.append(duplicates.find(other, row, by=REVIEWER))
            bases.current(other, journal.head(other))
            seen.append(bases.shelves(REVIEWER, "phones"))
            first = Content({"abroad": True, "signal": "poor", "used": 3.0}, solution="Roam.")
            with pytest.raises(Conflict):  # it is just coming in
                cases.record(other, row, first, by=SYSTEM, now=START, audience="agent")
            cases.record(other, row, Content({"abroad": True}, solution="Own."), by=SYSTEM, now=START)

    bring_in(database, look_and_save)
    assert seen == [0, [], [], None]
    assert queries.page(session, REVIEWER, START).total == 4
    shelves = bases.current(session, journal.head(session)).shelves(REVIEWER, "phones")
    assert shelves is not None
    assert len(shelves) == 4
    assert session.scalars(select(CaseArrival)).all() == []


def test_of_many_one_entry_of_the_audit_log_and_one_of_the_journal_stands_for_all(
    database: Database, session: Session
) -> None:
    bring(database, file(ROWS))
    kinds = list(session.scalars(select(JournalEntry.kind).where(JournalEntry.kind.startswith("case"))))
    assert sorted(kinds) == ["case_type", "case_type", "case_type_cases"]
    told_of = session.scalars(select(AuditEntry.after).where(AuditEntry.action == "changed")).all()
    assert {"created": 3, "updated": 0, "source": "import"} in told_of


def test_many_changes_are_there_at_once_and_each_is_in_the_audit_log(
    database: Database, session: Session, tmp_path: Path
) -> None:
    plan: dict[str, Any] = {"row_key": "no", "exclude": ()}
    bring(database, file(ROWS), **plan)
    bases = CaseBases(tmp_path)
    bases.restart(session)
    changed = [[*row[:4], f"{row[4]} Then wait."] for row in ROWS]
    session.rollback()
    assert bring(database, file(changed), **plan).updated == 3
    texts = session.scalars(select(Case.solution)).all()
    assert all(text.endswith("Then wait.") for text in texts)
    audited = session.scalars(select(AuditEntry.after).where(AuditEntry.subject_kind == "case")).all()
    assert len(audited) == 3
    assert bases.current(session, journal.head(session)).position() == journal.head(session)


def test_a_failure_in_the_middle_leaves_nothing_behind(
    both_databases: str, database: Database, session: Session
) -> None:
    def fail() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bring_in(database, fail)
    for model in (CaseTypeRow, Case, CaseArrival):
        assert session.scalar(select(func.count()).select_from(model)) == 0
    session.rollback()
    assert bring(database, file(ROWS)).created == 3


def test_a_killed_import_shows_no_case_and_a_new_one_goes_through(
    both_databases: str,
    database_url: str,
    database: Database,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with import_process.started(database_url) as other:
        assert told(other).endswith("key=phones")  # the log: the case type is made
        assert told(other) == "hanging"
        other.kill()
        other.wait()
    assert session.scalar(select(func.count(Case.id))) == 2
    assert queries.page(session, REVIEWER, START).total == 0
    assert type_queries.shaped_by(session, REVIEWER) == []
    session.rollback()
    monkeypatch.setattr(arrivals, "LEFT_AFTER", arrivals.LEFT_AFTER * 0)
    assert bring(database, file(ROWS)).created == 3
    assert sorted(session.scalars(select(Case.key))) == sorted(
        case.key for case in queries.page(session, REVIEWER, START).cases
    )


def test_what_was_left_behind_is_swept_away_by_and_by(
    database: Database, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "sweep", lambda *_: None)
    with pytest.raises(ZeroDivisionError):
        bring_in(database, lambda: 1 // 0)
    monkeypatch.undo()
    arrivals.sweep_left(database)
    assert session.scalar(select(func.count(Case.id))) == 2
    session.rollback()
    monkeypatch.setattr(arrivals, "LEFT_AFTER", arrivals.LEFT_AFTER * 0)
    arrivals.sweep_left(database)
    assert session.scalars(select(Case)).all() == []
    assert session.scalars(select(CaseTypeRow)).all() == []


def test_of_two_imports_into_one_case_type_the_second_is_told_to_wait(database: Database) -> None:
    refused = threading.Event()

    def another() -> None:
        def run() -> None:
            with pytest.raises(Conflict):
                bring(database, file(ROWS))
            refused.set()

        thread = threading.Thread(target=run)
        thread.start()
        while not refused.is_set():
            with database.transaction() as session:
                arrivals.go_on(session, session.scalars(select(CaseArrival.name)).one())
        thread.join()

    bring_in(database, another)
    assert refused.is_set()


def test_an_import_whose_arrival_was_swept_stops(database: Database, session: Session) -> None:
    def sweep() -> None:
        with database.session() as reading:
            name = reading.scalars(select(CaseArrival.name)).one()
        arrivals.sweep(database, name)

    with pytest.raises(Conflict):
        bring_in(database, sweep)
    assert session.scalars(select(Case)).all() == []


def test_a_case_type_that_changes_meanwhile_stops_the_import(database: Database, session: Session) -> None:
    bring(database, file(ROWS[:1]))

    def reshape() -> None:
        with database.transaction() as other:
            row = by_key(other, "phones")
            shaped = schema_of(row)
            change(other, row, type(shaped)(shaped.key, shaped.attributes[1:]), by=SYSTEM, now=START)

    with pytest.raises(Conflict):
        bring_in(database, reshape)
    assert session.scalar(select(func.count(Case.id))) == 1


@pytest.mark.parametrize("keyed", [False, True])
def test_a_file_again_after_its_duplicates_were_merged_changes_nothing(
    both_databases: str, database: Database, session: Session, keyed: bool
) -> None:
    plan: dict[str, Any] = {"row_key": "no", "exclude": ()} if keyed else {}
    bring(database, file(ROWS), **plan)
    with database.transaction() as writing:
        row, same = by_key(writing, "phones"), Content({"abroad": True}, solution="Roam.")
        for case in writing.scalars(select(Case).where(Case.facts["abroad"].as_boolean().is_(False))):
            cases.change(writing, case, same, by=SYSTEM, now=START)
        gone = duplicates.merge(writing, row, by=SYSTEM, now=START)
    assert gone == 1
    report = bring(database, file(ROWS), **plan)
    assert (report.created, report.updated, report.unchanged) == (0, 0, 3)
    assert sorted(session.scalars(select(Case.count))) == [1, 2]
    merged = session.scalars(select(CaseMerged)).one()
    kept = session.get_one(Case, merged.case_id)
    again = cases.record(
        session, by_key(session, "phones"), Content({"abroad": True}), by=SYSTEM, now=START, key=merged.key
    )
    assert again is kept


def test_a_merged_row_that_says_something_else_now_is_a_case_of_its_own(
    database: Database, session: Session
) -> None:
    plan: dict[str, Any] = {"row_key": "no", "exclude": ()}
    rows = [ROWS[0], ["c9", *ROWS[0][1:]]]
    bring(database, file(rows), **plan)
    with database.transaction() as writing:
        duplicates.merge(writing, by_key(writing, "phones"), by=SYSTEM, now=START)
    report = bring(database, file([rows[0], [*rows[1][:4], "Restart."]]), **plan)
    assert (report.created, report.unchanged) == (1, 1)
    assert {case.state for case in session.scalars(select(Case))} == {CaseState.SOLVED}

"""Cases out of files: whole or not at all, once however often, and every fault with its line."""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cbr import cases
from cbr.case_types import by_key, schema_of
from cbr.contents import Content
from cbr.import_rows import Plan, Report
from cbr.importing import import_cases, look
from cbr.models import Case, CaseLink, CaseState, CaseTypeRow
from cbr.tables import read_table
from kb.db import Database
from kb.errors import Invalid, NotAllowed, NotFound
from kb.models import AuditEntry, JournalEntry
from kb.permissions import SYSTEM
from tests import factories
from tests.cbr.stage import staff
from tests.conftest import START

HEADING = ["no", "abroad", "signal", "used", "what to do"]
ROWS = [
    ["c1", "yes", "poor", "3 GB", "Roam."],
    ["c2", "no", "good", "4 GB", "Pay."],
    ["c3", "no", "none", "", "Roam."],
]


@pytest.fixture
def session(database: Database) -> Any:
    with database.session() as opened:
        yield opened


def file(rows: list[list[str]], heading: list[str] | None = None) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([heading or HEADING, *rows])
    return out.getvalue().encode()


def bring(database: Database, data: bytes, by: Any = SYSTEM, dry_run: bool = False, **plan: Any) -> Report:
    wanted = {"solution": ("what_to_do",), "exclude": ("no",)} | plan
    return import_cases(
        database, read_table(data), Plan("phones", **wanted), by=by, now=START, dry_run=dry_run
    )


def test_a_file_becomes_a_case_type_and_its_cases_all_recorded(
    both_databases: str, database: Database, session: Session
) -> None:
    report = bring(database, file(ROWS))
    assert (report.created, report.refused, report.faults, report.is_new) == (3, 0, [], True)
    row = by_key(session, "phones")
    kinds = {one.key: one.kind.value for one in schema_of(row).attributes}
    assert kinds == {"abroad": "boolean", "signal": "ordinal", "used": "number"}
    stored = session.scalars(select(Case).order_by(Case.id)).all()
    assert [case.facts for case in stored] == [
        {"abroad": True, "signal": "poor", "used": 3.0},
        {"abroad": False, "signal": "good", "used": 4.0},
        {"abroad": False, "signal": "none"},
    ]
    assert {(case.state, case.audience, case.source, case.language) for case in stored} == {
        ("solved", "agent", "import", "en")
    }
    assert len({case.solution_key for case in stored}) == 2
    journaled = Counter(session.scalars(select(JournalEntry.kind)))
    assert journaled["case"] == 3
    audited = session.scalars(select(AuditEntry.actor).where(AuditEntry.subject_kind == "case")).all()
    assert audited == ["system"] * 3


@pytest.mark.parametrize("keyed", [False, True])
def test_the_same_file_again_changes_nothing(database: Database, session: Session, keyed: bool) -> None:
    plan: dict[str, Any] = {"row_key": "no", "exclude": ()} if keyed else {}
    bring(database, file(ROWS), **plan)
    before = session.scalar(select(func.count(AuditEntry.id)))
    session.rollback()
    report = bring(database, file(ROWS), **plan)
    assert (report.created, report.updated, report.unchanged) == (0, 0, 3)
    assert session.scalar(select(func.count(AuditEntry.id))) == before


def test_a_changed_row_changes_its_case_and_what_people_changed_stays(
    database: Database, session: Session
) -> None:
    plan: dict[str, Any] = {"row_key": "no", "exclude": (), "state": "confirmed"}
    bring(database, file(ROWS), **plan)
    with database.transaction() as writing:
        mended = writing.scalars(select(Case).where(Case.key == "c2")).one()
        cases.change(writing, mended, Content({"abroad": False}, solution="Ours."), by=SYSTEM, now=START)
    report = bring(database, file([[*ROWS[0][:4], "Restart."], *ROWS[1:]]), **plan)
    assert (report.updated, report.unchanged) == (1, 2)
    texts = {case.key: (case.solution, case.state) for case in session.scalars(select(Case))}
    assert texts == {
        "c1": ("Restart.", "confirmed"),
        "c2": ("Ours.", "solved"),
        "c3": ("Roam.", "confirmed"),
    }


def test_a_dry_run_leaves_everything_as_it_is(
    both_databases: str, database: Database, session: Session
) -> None:
    report = bring(database, file(ROWS), dry_run=True)
    assert report.created == 3
    assert session.scalars(select(CaseTypeRow)).all() == []
    assert "case" not in set(session.scalars(select(JournalEntry.kind)))


def test_rows_that_repeat_others_are_counted(database: Database, session: Session) -> None:
    report = bring(database, file([*ROWS, ROWS[0], ["c9", *ROWS[0][1:]]]))
    assert (report.created, report.repeated) == (3, 2)
    assert sorted(session.scalars(select(Case.count))) == [1, 1, 3]


def test_ragged_rows_and_values_that_do_not_fit_are_told_by_line(
    database: Database, session: Session
) -> None:
    bring(database, file(ROWS))
    data = file([["c4", "yes", "poor"], [*ROWS[0], "more"], ["c5", "perhaps", "best", "1 kg", "Roam."]])
    report = bring(database, data)
    told = {(fault.line, fault.kept) for fault in report.faults}
    assert told == {(2, True), (3, False), (4, True), (4, False)}
    assert (report.created, report.refused) == (1, 2)  # what is left of the last row says nothing
    assert sorted(case.state for case in session.scalars(select(Case))) == [
        "open",
        "solved",
        "solved",
        "solved",
    ]


def test_lines_in_another_encoding_are_read_and_told(database: Database, session: Session) -> None:
    lines = file(
        [["c4", "yes", "poor", "3", "Kapcsold be: térerő"], ["c5", "no", "poor", "3", "árvíz"]]
    ).splitlines()
    lines[2] = lines[2].decode().encode("cp1250")
    lines.append("c6,no,good,1,ő".encode())
    report = bring(database, b"\n".join(lines))
    assert [(fault.line, fault.kept) for fault in report.faults] == [(3, True)]
    assert "árvíz" in set(session.scalars(select(Case.solution)))


def test_ten_thousand_categories_are_no_list_of_choices(session: Session) -> None:
    rows = [[f"c{n}", "yes", f"kind {n}", str(n), "Roam."] for n in range(10_000)]
    plan = Plan("phones", solution=("what_to_do",), exclude=("no",))
    report, found = look(session, read_table(file(rows)), plan, by=SYSTEM)
    assert report.created == len(found) == 10_000
    attribute = report.case_type.attribute("signal")
    assert (attribute.kind.value, attribute.choices) == ("category", ())


def test_two_rows_of_one_key_that_differ_are_told(database: Database) -> None:
    report = bring(database, file([ROWS[0], ["c1", *ROWS[1][1:]]]), row_key="no", exclude=())
    assert (report.created, report.refused) == (1, 1)
    assert [fault.line for fault in report.faults] == [3]


def test_articles_are_linked_where_there_are_such(database: Database, session: Session) -> None:
    with database.transaction() as writing:
        factories.article(writing, "roaming")
    heading = [*HEADING, "article"]
    report = bring(database, file([[*ROWS[0], "roaming"], [*ROWS[1], "nowhere"]], heading), article="article")
    assert [(fault.line, fault.kept) for fault in report.faults] == [(3, True)]
    assert session.scalars(select(CaseLink.key)).all() == ["roaming"]


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        ({"solution": ("nothing",)}, "nothing"),
        ({"row_key": "nothing"}, "nothing"),
        ({"audience": "nobody"}, "audience"),
        ({"state": "retired"}, "state"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(database: Database, plan: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        bring(database, file(ROWS), **plan)
    assert set(refused.value.fields) == {field}


def test_only_those_who_shape_case_types_import(database: Database, session: Session) -> None:
    for role in ("agent", "author", "reviewer"):
        with pytest.raises(NotAllowed):
            bring(database, file(ROWS), by=staff(3, role))
    assert session.scalars(select(Case)).all() == []


def test_what_is_for_others_is_neither_changed_nor_taken_for_ones_own(
    database: Database, session: Session
) -> None:
    factories.audience(session, "partners")
    session.commit()
    bring(database, file(ROWS[:1]), row_key="no", exclude=(), audience="partners")
    by = staff(1, "specialist")
    with pytest.raises(NotFound):
        bring(database, file(ROWS), by=by, row_key="no", exclude=())
    by_key(session, "phones").audience = "agent"
    session.commit()
    changed = [["c1", "no", "good", "9 GB", "Mine."], *ROWS[1:]]
    for dry_run in (True, False):
        report = bring(database, file(changed), by=by, dry_run=dry_run, row_key="no", exclude=())
        assert (report.created, report.updated, report.refused) == (2, 0, 1)
        assert [fault.line for fault in report.faults if not fault.kept] == [2]
    looked, _ = look(session, read_table(file(changed)), Plan("phones", ("what_to_do",), row_key="no"), by=by)
    assert (looked.unchanged, looked.refused) == (2, 1)
    session.expire_all()
    assert session.scalars(select(Case.solution).where(Case.key == "c1")).one() == "Roam."


def test_a_name_that_no_address_can_have_is_named_anew(database: Database, session: Session) -> None:
    rows = [["a/b", *ROWS[0][1:]], ["..", *ROWS[1][1:]], ["case 3", *ROWS[2][1:]]]
    for _ in range(2):
        bring(database, file(rows), row_key="no", exclude=())
    keys = session.scalars(select(Case.key)).all()
    assert len(keys) == 3
    assert "case 3" in keys
    assert all(cases.KEY.fullmatch(key) for key in keys)


def test_a_retired_case_stays_retired(database: Database, session: Session) -> None:
    plan: dict[str, Any] = {"row_key": "no", "exclude": ()}
    bring(database, file(ROWS), **plan)
    with database.transaction() as writing:
        gone = writing.scalars(select(Case).where(Case.key == "c1")).one()
        cases.retire(writing, gone, "Wrong", by=SYSTEM, now=START)
    bring(database, file([[*ROWS[0][:4], "Restart."]]), **plan)
    assert session.scalars(select(Case.state).where(Case.key == "c1")).one() == CaseState.RETIRED

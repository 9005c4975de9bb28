"""The case bases follow the journal: in order, again, from zero, in several processes, and whatever is killed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from cbr import case_types, cases, duplicates, followers
from cbr.casebase import CaseBase
from cbr.contents import Content
from cbr.followers import CaseBases
from cbr.models import Case, CaseState, CaseTypeRow
from cbr.shelves import COUNT, SOLUTION, Shelf, Shelves, shelved
from kb import journal
from kb.db import Database
from kb.permissions import SYSTEM
from kb.viewers import Viewer
from tests import factories
from tests.cbr.process import started
from tests.cbr.stage import CUSTOMER_VIEWER, OUTSIDER, PHONES, solved, staff
from tests.conftest import START
from tests.processes import told

AGENT_VIEWER = staff(1, "agent")


@pytest.fixture
def session(database: Database) -> Any:
    with database.session() as opened:
        yield opened


def found(session: Session, bases: CaseBases, viewer: Viewer = AGENT_VIEWER) -> list[int]:
    """Which cases somebody finds, after the journal."""
    shelves = bases.current(session, journal.head(session)).shelves(viewer, "phones")
    return [] if shelves is None else sorted(match.id for match in shelves.nearest({"abroad": True}, 1000))


def test_what_is_committed_is_found_at_the_next_question(
    both_databases: str, session: Session, row: CaseTypeRow, tmp_path: Path
) -> None:
    bases = CaseBases(tmp_path)
    assert found(session, bases) == []
    made = solved(session, row, state=CaseState.SOLVED, abroad=True)
    session.commit()
    assert found(session, bases) == [made.id]
    assert found(session, bases, CUSTOMER_VIEWER) == []
    cases.confirm(session, made, by=SYSTEM, now=START)
    session.commit()
    assert found(session, bases, OUTSIDER) == [made.id]
    cases.change(
        session, made, Content({"abroad": True}, solution="X"), by=SYSTEM, now=START, audience="agent"
    )
    cases.confirm(session, made, by=SYSTEM, now=START)
    session.commit()
    assert found(session, bases, OUTSIDER) == []
    assert found(session, bases) == [made.id]
    cases.retire(session, made, "Old", by=SYSTEM, now=START)
    session.commit()
    assert found(session, bases) == []
    assert bases.position() == journal.head(session)


def test_a_changed_schema_and_a_type_put_away_are_followed(
    session: Session, row: CaseTypeRow, tmp_path: Path
) -> None:
    bases = CaseBases(tmp_path)
    made = solved(session, row, abroad=True)
    session.commit()
    assert found(session, bases) == [made.id]
    case_types.set_weights(session, row, {"signal": 4.0}, by=SYSTEM, now=START)
    session.commit()
    shelves = bases.current(session, journal.head(session)).shelves(OUTSIDER, "phones")
    assert shelves is not None
    assert shelves.case_type.attribute("signal").weight == 4.0
    case_types.change(session, row, PHONES, by=SYSTEM, now=START, audience="agent")
    session.commit()
    assert found(session, bases, OUTSIDER) == []
    assert found(session, bases) == [made.id]
    case_types.deactivate(session, row, by=SYSTEM, now=START)
    session.commit()
    assert found(session, bases) == []


def test_a_case_that_was_deleted_or_merged_is_gone(
    session: Session, row: CaseTypeRow, tmp_path: Path
) -> None:
    bases = CaseBases(tmp_path)
    for number in range(3):
        cases.record(
            session, row, Content({"abroad": True}, solution="X"), by=SYSTEM, now=START, key=str(number)
        )
    session.commit()
    assert len(found(session, bases)) == 3
    duplicates.merge(session, row, by=SYSTEM, now=START)
    session.commit()
    assert len(found(session, bases)) == 1
    shelves = bases.shelves(AGENT_VIEWER, "phones")
    assert shelves is not None
    near = shelves.candidates({"abroad": True}, 5)
    assert near.columns[COUNT].values == [3.0]
    session.delete(session.get_one(CaseTypeRow, row.id))
    session.commit()
    assert found(session, bases) == []


def test_entries_that_are_applied_twice_or_late_change_nothing(
    session: Session, row: CaseTypeRow, tmp_path: Path
) -> None:
    bases = CaseBases(tmp_path)
    made = solved(session, row, abroad=True)
    session.commit()
    found(session, bases)
    entries = journal._after(session, 0)
    bases.apply(session, entries)
    bases.apply(session, entries[:1])
    assert bases.position() == entries[-1].seq
    assert found(session, bases) == [made.id]


def test_a_snapshot_is_opened_and_what_came_since_is_followed(
    both_databases: str, session: Session, row: CaseTypeRow, tmp_path: Path
) -> None:
    first = solved(session, row, abroad=True)
    session.commit()
    CaseBases(tmp_path).restart(session)
    second = solved(session, row, "Restart.", abroad=False)
    cases.retire(session, first, "Old", by=SYSTEM, now=START)
    session.commit()
    opened = CaseBases(tmp_path)
    assert 0 < opened.position() < journal.head(session)
    assert found(session, opened) == [second.id]


@pytest.mark.parametrize(
    "spoil", [lambda path: path.write_bytes(b"x"), Path.unlink], ids=["garbage", "missing"]
)
@pytest.mark.parametrize("which", ["manifest.json", "*.cases"])
def test_spoilt_files_are_made_anew(
    session: Session, row: CaseTypeRow, tmp_path: Path, which: str, spoil: Callable[[Path], Any]
) -> None:
    made = solved(session, row, abroad=True)
    session.commit()
    CaseBases(tmp_path).restart(session)
    for path in list(tmp_path.glob(which)):
        spoil(path)
    opened = CaseBases(tmp_path)
    assert opened.position() == 0
    assert found(session, opened) == [made.id]


def test_many_changes_at_once_are_read_anew_and_a_snapshot_is_worth_it(
    session: Session, row: CaseTypeRow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followers, "MANY", 3)
    monkeypatch.setattr(followers, "WRITTEN_AFTER", 5)
    bases = CaseBases(tmp_path)
    found(session, bases)
    assert bases.keep(session)
    assert not bases.keep(session)
    for number in range(8):
        solved(session, row, f"Do {number}", abroad=True, used=float(number))
    session.commit()
    assert len(found(session, bases)) == 8
    assert bases.keep(session)
    assert CaseBases(tmp_path).position() == journal.head(session)
    assert len(found(session, bases)) == 8
    assert len(list(tmp_path.glob("*.cases"))) == 1


def test_two_processes_see_what_either_commits(
    both_databases: str, session: Session, row: CaseTypeRow, database_url: str, tmp_path: Path
) -> None:
    bases = CaseBases(tmp_path)
    with started(database_url, tmp_path, "ask") as other:
        first = solved(session, row, abroad=True)
        session.commit()
        assert json.loads(told(other, "now")) == [journal.head(session), [first.id]]
        bases.restart(session)
        cases.retire(session, first, "Old", by=SYSTEM, now=START)
        second = solved(session, row, "Restart.", abroad=True)
        session.commit()
        assert json.loads(told(other, "now")) == [journal.head(session), [second.id]]
        assert found(session, bases) == [second.id]


def test_a_process_killed_while_it_writes_leaves_the_snapshot_before(
    session: Session, row: CaseTypeRow, database_url: str, tmp_path: Path
) -> None:
    made = solved(session, row, abroad=True)
    session.commit()
    CaseBases(tmp_path).restart(session)
    before = CaseBases(tmp_path).position()
    with started(database_url, tmp_path, "hang") as other:
        assert told(other) == "hanging"
        other.kill()
        other.wait()
    opened = CaseBases(tmp_path)
    assert opened.position() == before
    assert found(session, opened) == [made.id]
    opened.restart(session)
    assert len(list(tmp_path.glob("*.cases*"))) == 1
    with started(database_url, tmp_path, "keep") as other:
        assert told(other) == str(journal.head(session))


def test_a_follower_that_fails_goes_on_where_it_was(
    session: Session, row: CaseTypeRow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bases = CaseBases(tmp_path)
    found(session, bases)
    made = solved(session, row, abroad=True)
    session.commit()
    before = bases.position()

    def fail(*_: Any) -> None:
        raise OSError("no memory")

    with monkeypatch.context() as patched:
        patched.setattr(followers, "_put", fail)
        with pytest.raises(OSError, match="no memory"):
            found(session, bases)
    assert bases.position() == before
    assert found(session, bases) == [made.id]


STATES = st.sampled_from(["confirmed", "solved"])
SHELVES = st.tuples(st.sampled_from(["public", "agent", "partners"]), STATES)


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(SHELVES, st.booleans() | st.none(), st.sampled_from([None, 1.0, 2.0, 7.0])), max_size=30
    ),
    st.sampled_from([1, 3, 50]),
)
def test_the_best_of_several_shelves_are_the_best_of_one(held: list[Any], k: int) -> None:
    bases: dict[Shelf, CaseBase] = {}
    whole = CaseBase(shelved(PHONES))
    for id_, ((audience, state), abroad, used) in enumerate(held):
        values = {SOLUTION: f"s{id_ % 3}", COUNT: 1.0} | {
            key: value for key, value in (("abroad", abroad), ("used", used)) if value is not None
        }
        bases.setdefault(Shelf(audience, state), CaseBase(shelved(PHONES))).add(id_, values)
        whole.add(id_, values)
    facts, shelves = {"abroad": True, "used": 2.0}, Shelves(PHONES, list(bases.values()), frozenset(bases))
    one = [(match.id, match.score, match.parts) for match in whole.nearest(facts, k)]
    assert [(match.id, match.score, match.parts) for match in shelves.nearest(facts, k)] == one
    near, wanted = shelves.candidates(facts, k), whole.candidates(facts, k)
    assert near.ids.tolist() == wanted.ids.tolist()
    for key, column in near.columns.items():
        of_one = wanted.columns[key]
        assert list(column.values) == list(of_one.values)
        assert column.codes.tolist() == of_one.codes.tolist()


def test_a_viewer_gets_no_shelf_of_others(session: Session, row: CaseTypeRow, tmp_path: Path) -> None:
    factories.audience(session, "partners")
    made = {
        (audience, state): solved(
            session, row, f"{audience} {state}", audience=audience, state=state, abroad=True
        ).id
        for audience in ("public", "agent", "partners")
        for state in (CaseState.CONFIRMED, CaseState.SOLVED, CaseState.RETIRED)
    }
    session.commit()
    bases = CaseBases(tmp_path)
    confirmed, waiting = CaseState.CONFIRMED, CaseState.SOLVED
    assert found(session, bases, OUTSIDER) == [made["public", confirmed]]
    assert found(session, bases) == sorted(
        made[audience, state] for audience in ("public", "agent") for state in (confirmed, waiting)
    )
    partner = Viewer(person_id=9, audiences=frozenset({"public", "partners"}))
    assert found(session, bases, partner) == sorted([made["public", confirmed], made["partners", confirmed]])
    assert session.get_one(Case, made["agent", CaseState.RETIRED]).state == CaseState.RETIRED


def test_a_fresh_process_has_the_texts_from_the_files_and_what_changed_since(
    session: Session, row: CaseTypeRow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = solved(session, row, problem="The roaming is slow", abroad=True)
    session.commit()
    bases = CaseBases(tmp_path)
    found(session, bases)
    assert bases.keep(session)
    fresh = CaseBases(tmp_path)
    asked = bases.problems(session, "phones").scores("slow roaming", "en")
    with monkeypatch.context() as closed:
        closed.setattr(followers, "_problems", None)
        assert fresh.problems(session, "phones").scores("slow roaming", "en") == asked
    assert set(asked) == {old.id}
    newer = solved(session, row, "Wait.", problem="Very slow roaming", abroad=True)
    session.commit()
    found(session, fresh)
    assert set(fresh.problems(session, "phones").scores("slow roaming", "en")) == {old.id, newer.id}


def test_what_another_process_has_written_down_is_not_read_again(
    session: Session, row: CaseTypeRow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followers, "MANY", 3)
    monkeypatch.setattr(followers, "WRITTEN_AFTER", 5)
    bases, other = CaseBases(tmp_path), CaseBases(tmp_path)
    made = [solved(session, row, f"Do {at}", abroad=True, used=float(at)).id for at in range(8)]
    session.commit()
    found(session, bases)
    assert bases.keep(session)
    monkeypatch.setattr(followers, "load", None)
    assert found(session, other) == made


def test_however_many_entries_a_case_type_is_read_once(
    session: Session, row: CaseTypeRow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followers, "MANY", 3)
    monkeypatch.setattr(journal, "BATCH", 5)
    made = [solved(session, row, f"Do {at}", abroad=True, used=float(at)).id for at in range(12)]
    session.commit()
    loads: list[str] = []
    load = followers.load

    def counted(reading: Session, one: CaseTypeRow) -> Any:
        loads.append(one.key)
        return load(reading, one)

    monkeypatch.setattr(followers, "load", counted)
    assert found(session, CaseBases(tmp_path)) == made
    assert len(loads) <= 2

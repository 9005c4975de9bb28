"""The verbs of cases: who may do what, what it leads to, and that nothing is counted or lost by accident."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cbr import cases, duplicates
from cbr.contents import Content
from cbr.models import Case, CaseState, CaseTypeRow
from kb.concurrency import version_of
from kb.context import Services
from kb.errors import Conflict, Invalid, LoginRequired, NotAllowed
from kb.models import AuditEntry, JournalEntry, Person
from kb.permissions import SYSTEM
from kb.viewers import Viewer
from tests import factories
from tests.cbr.stage import OUTSIDER, phones, solved, staff
from tests.conftest import START
from tests.kb.stage import statements


@pytest.fixture
def row(session: Session) -> CaseTypeRow:
    return phones(session)


def content(solution: str = "Switch roaming on.", **facts: Any) -> Content:
    return Content(facts or {"abroad": True}, "No service abroad", "", solution, "", "en")


def viewer(session: Session, person: Person) -> Viewer:
    return factories.viewer(session, person)


def test_a_solved_contact_becomes_a_case_that_waits_for_somebody_elses_eyes(
    both_databases: str, session: Session, row: CaseTypeRow, agent: Person, reviewer: Person
) -> None:
    by = viewer(session, agent)
    made = cases.record(session, row, content(), by=by, now=START, audience="agent")
    session.commit()
    assert (made.state, made.author_id, made.source, made.count) == (CaseState.SOLVED, agent.id, "contact", 1)
    assert made.facts == {"abroad": True}
    cases.confirm(session, made, by=viewer(session, reviewer), now=START)
    session.commit()
    assert (made.state, made.reviewer_id) == (CaseState.CONFIRMED, reviewer.id)
    entries = session.scalars(select(AuditEntry.action).where(AuditEntry.subject_kind == "case")).all()
    assert entries == ["created", "changed"]
    assert session.scalars(select(JournalEntry.subject_id).where(JournalEntry.kind == "case")).all() == [
        made.id,
        made.id,
    ]


def test_nobody_confirms_their_own_case(session: Session, row: CaseTypeRow, reviewer: Person) -> None:
    by = viewer(session, reviewer)
    made = cases.record(session, row, content(), by=by, now=START)
    with pytest.raises(NotAllowed):
        cases.confirm(session, made, by=by, now=START)


def test_a_changed_case_is_its_changers_own(
    session: Session, row: CaseTypeRow, reviewer: Person, specialist: Person, agent: Person
) -> None:
    made = cases.record(session, row, content(), by=viewer(session, agent), now=START)
    cases.confirm(session, made, by=viewer(session, specialist), now=START)
    cases.change(session, made, content("Restart."), by=viewer(session, reviewer), now=START)
    assert (made.state, made.author_id, made.reviewer_id) == (CaseState.SOLVED, reviewer.id, None)
    with pytest.raises(NotAllowed):
        cases.confirm(session, made, by=viewer(session, reviewer), now=START)
    cases.confirm(session, made, by=viewer(session, specialist), now=START)


def test_authors_change_what_is_not_confirmed_yet_and_others_do_not(
    session: Session, row: CaseTypeRow, agent: Person, author: Person
) -> None:
    made = cases.record(session, row, content(), by=viewer(session, agent), now=START)
    cases.change(session, made, content("Restart."), by=viewer(session, agent), now=START)
    assert made.solution == "Restart."
    with pytest.raises(NotAllowed):
        cases.change(session, made, content("Wait."), by=viewer(session, author), now=START)
    cases.confirm(session, made, by=SYSTEM, now=START)
    with pytest.raises(NotAllowed):
        cases.change(session, made, content("Wait."), by=viewer(session, agent), now=START)


@pytest.mark.parametrize("role", ["agent", "author", "translator"])
def test_who_confirms_no_cases_neither_confirms_retires_reopens_nor_merges(
    session: Session, row: CaseTypeRow, role: str
) -> None:
    made, by = solved(session, row, state=CaseState.SOLVED, abroad=True), staff(7, role)
    for attempt in (
        lambda: cases.confirm(session, made, by=by, now=START),
        lambda: cases.retire(session, made, "Old", by=by, now=START),
        lambda: cases.reopen(session, made, by=by, now=START),
        lambda: duplicates.merge(session, row, by=by, now=START),
    ):
        with pytest.raises(NotAllowed):
            attempt()


def test_outsiders_and_customers_write_nothing(
    session: Session, row: CaseTypeRow, outsider: Person, customer: Person
) -> None:
    with pytest.raises(LoginRequired):
        cases.record(session, row, content(), by=OUTSIDER, now=START)
    for person in (outsider, customer):
        with pytest.raises(NotAllowed):
            cases.record(session, row, content(), by=viewer(session, person), now=START)


def test_a_case_of_others_cannot_be_touched_even_by_those_who_confirm(
    session: Session, row: CaseTypeRow
) -> None:
    factories.audience(session, "partners")
    made = solved(session, row, state=CaseState.SOLVED, audience="partners", abroad=True)
    by = staff(7, "reviewer")
    for attempt in (
        lambda: cases.confirm(session, made, by=by, now=START),
        lambda: cases.change(session, made, content(), by=by, now=START),
        lambda: cases.revise(session, made, "worked", by=by, now=START),
        lambda: cases.retire(session, made, "Old", by=by, now=START),
        lambda: cases.reopen(session, made, by=by, now=START),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    cases.confirm(session, made, by=staff(7, "reviewer", audiences=frozenset({"partners"})), now=START)


def test_a_machine_records_with_its_scope_only(session: Session, row: CaseTypeRow) -> None:
    audiences = frozenset({"public", "agent"})
    crm = Viewer(name="CRM", scopes=frozenset({"cases", "key"}), audiences=audiences)
    made = cases.record(session, row, content(), by=crm, now=START)
    assert made.author_id is None
    reader = Viewer(name="CRM", scopes=frozenset({"read", "key"}), audiences=audiences)
    with pytest.raises(NotAllowed):
        cases.record(session, row, content(), by=reader, now=START)


def test_the_same_case_again_is_counted(both_databases: str, session: Session, row: CaseTypeRow) -> None:
    first = cases.record(session, row, content(), by=SYSTEM, now=START)
    again = cases.record(session, row, content("  Switch\nroaming ON. "), by=SYSTEM, now=START)
    assert again is first
    assert first.count == 2
    other = cases.record(session, row, content("Restart."), by=SYSTEM, now=START)
    elsewhere = cases.record(session, row, content(), by=SYSTEM, now=START, audience="agent")
    assert len({first.id, other.id, elsewhere.id}) == 3


def test_what_is_sent_twice_under_one_key_is_kept_once(session: Session, row: CaseTypeRow) -> None:
    first = cases.record(session, row, content(), by=SYSTEM, now=START, key="call-17")
    again = cases.record(session, row, content("Other."), by=SYSTEM, now=START, key="call-17")
    assert again is first
    assert (first.count, first.solution) == (1, "Switch roaming on.")


def test_what_was_changed_since_is_not_taken_for_the_same(session: Session, row: CaseTypeRow) -> None:
    first = solved(session, row, "Roam.", abroad=True)
    cases.change(session, first, Content({"abroad": True}, solution="Wait."), by=SYSTEM, now=START)
    again = solved(session, row, "Roam.", abroad=True)
    assert (again.solution, again.count, first.count) == ("Roam.", 1, 1)
    assert (
        cases.record(session, row, Content({"abroad": True}, solution="Roam."), by=SYSTEM, now=START) is again
    )
    assert again.count == 2


@pytest.mark.parametrize("key", ["a/b", "..", ".a", "a?b", " a", "a\0", "k" * 65, "\ud800"])
def test_a_key_that_no_address_can_have_is_refused(session: Session, row: CaseTypeRow, key: str) -> None:
    with pytest.raises(Invalid) as refused:
        cases.record(session, row, Content({"abroad": True}), by=SYSTEM, now=START, key=key)
    assert set(refused.value.fields) == {"key"}


def test_a_case_that_says_nothing_is_none(session: Session, row: CaseTypeRow) -> None:
    with pytest.raises(Invalid) as refused:
        cases.record(session, row, Content({"abroad": "?"}, solution="Roam."), by=SYSTEM, now=START)
    assert set(refused.value.fields) == {"problem"}


def test_two_who_record_the_same_at_once_make_one_case(
    both_databases: str,
    services: Services,
    session: Session,
    row: CaseTypeRow,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session.commit()
    held = cases._held
    looked = threading.Event()

    def record() -> int:
        with services.database.transaction() as own:
            made = cases.record(own, own.get_one(CaseTypeRow, row.id), content(), by=SYSTEM, now=START)
            return made.count

    def late(asking: Session, made: Case) -> Case | None:
        """The first one looks, and then the second one does, before the first has finished; but SQLite has one writer:
        there the second one waits until it has.
        """
        found = held(asking, made)
        if not looked.is_set():
            looked.set()
            second.append(others.submit(record))
            if both_databases == "postgresql":
                second[0].result()
        return found

    monkeypatch.setattr(cases, "_held", late)
    second: list[Future[int]] = []
    with ThreadPoolExecutor(1) as others:
        counts = {record(), second[0].result()}
    assert counts == {1, 2}
    assert session.scalars(select(Case.count)).all() == [2]


def test_a_case_without_a_solution_is_open(session: Session, row: CaseTypeRow) -> None:
    made = cases.record(session, row, content(""), by=SYSTEM, now=START)
    assert made.state == CaseState.OPEN
    with pytest.raises(Conflict):
        cases.confirm(session, made, by=SYSTEM, now=START)
    cases.change(session, made, content("Found it."), by=SYSTEM, now=START)
    assert made.state == CaseState.SOLVED


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (Content({"colour": "red"}), "colour"),
        (Content({"abroad": "perhaps"}), "abroad"),
        (Content({"used": "1..2"}), "used"),
        (Content({"maker": "a\0b"}), "maker"),
        (Content({}, problem="x" * 10_001), "problem"),
        (Content({}, title="half\ud800"), "title"),
        (Content({}, solution="x" * 50_001), "solution"),
        (Content({}, language="xx"), "language"),
        (Content({}, article="no such"), "article"),
        (Content({}, "x", article="nowhere"), "article"),
        (Content({}, links=("a b",)), "links"),
    ],
)
def test_bad_content_is_refused_with_its_field(
    session: Session, row: CaseTypeRow, said: Content, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        cases.record(session, row, said, by=SYSTEM, now=START)
    assert set(refused.value.fields) == {field}


def test_an_unknown_audience_and_a_long_key_are_refused(session: Session, row: CaseTypeRow) -> None:
    for more, field in (({"audience": "nobody"}, "audience"), ({"key": "k" * 65}, "key")):
        with pytest.raises(Invalid) as refused:
            cases.record(session, row, content(), by=SYSTEM, now=START, **more)
        assert set(refused.value.fields) == {field}


def test_links_of_a_solution_are_kept_with_it(session: Session, row: CaseTypeRow) -> None:
    factories.article(session, "roaming")
    said = Content(
        {"abroad": True}, solution="See [roaming](kb:roaming#on), [APN](kb:apn).", article="roaming"
    )
    made = cases.record(session, row, said, by=SYSTEM, now=START)
    assert [link.key for link in made.links] == ["roaming", "apn"]
    cases.change(session, made, Content({"abroad": True}, solution="[APN](kb:apn)"), by=SYSTEM, now=START)
    session.commit()
    session.refresh(made)
    assert [link.key for link in made.links] == ["apn"]


def test_tries_are_counted_without_an_entry_in_the_journal(session: Session, row: CaseTypeRow) -> None:
    made = solved(session, row, abroad=True)
    before = len(session.scalars(select(JournalEntry.seq)).all())
    for verdict in ("worked", "worked", "adapted", "failed"):
        cases.revise(session, made, verdict, by=staff(7, "agent"), now=START)
    assert (made.worked, made.adapted, made.failed) == (2, 1, 1)
    assert len(session.scalars(select(JournalEntry.seq)).all()) == before
    with pytest.raises(Invalid) as refused:
        cases.revise(session, made, "perhaps", by=SYSTEM, now=START)
    assert set(refused.value.fields) == {"verdict"}


def test_a_case_retires_with_a_reason_and_comes_back_to_be_confirmed(
    session: Session, row: CaseTypeRow
) -> None:
    made = solved(session, row, abroad=True)
    for reason in ("", "  ", "x" * 501, "a\0"):
        with pytest.raises(Invalid):
            cases.retire(session, made, reason, by=SYSTEM, now=START)
    cases.retire(session, made, "The network has changed.", by=SYSTEM, now=START)
    assert (made.state, made.note) == (CaseState.RETIRED, "The network has changed.")
    with pytest.raises(Conflict):
        cases.retire(session, made, "Again", by=SYSTEM, now=START)
    cases.reopen(session, made, by=SYSTEM, now=START)
    assert (made.state, made.retired_at) == (CaseState.SOLVED, None)
    with pytest.raises(Conflict):
        cases.reopen(session, made, by=SYSTEM, now=START)


def test_who_saves_second_is_told(session: Session, row: CaseTypeRow) -> None:
    made = solved(session, row, state=CaseState.SOLVED, abroad=True)
    session.commit()
    seen = version_of(made)
    cases.change(session, made, content("Restart."), by=SYSTEM, now=START, seen=seen)
    with pytest.raises(Conflict):
        cases.retire(session, made, "Old", by=SYSTEM, now=START, seen=seen)


def test_duplicates_become_one_case_with_all_their_counts(
    both_databases: str, session: Session, row: CaseTypeRow
) -> None:
    for number in range(4):
        made = cases.record(session, row, content(), by=SYSTEM, now=START, key=f"call-{number}")
        made.worked, made.failed = number, 1
    cases.record(session, row, content("Restart."), by=SYSTEM, now=START, key="other")
    cases.record(session, row, content(), by=SYSTEM, now=START, key="for-agents", audience="agent")
    kept = session.scalars(select(Case).where(Case.key == "call-2")).one()
    cases.confirm(session, kept, by=SYSTEM, now=START)
    assert duplicates.merge(session, row, by=SYSTEM, now=START) == 3
    session.commit()
    session.refresh(kept)
    assert (kept.count, kept.worked, kept.failed, kept.state) == (4, 6, 4, CaseState.CONFIRMED)
    assert sorted(session.scalars(select(Case.key))) == ["call-2", "for-agents", "other"]
    assert duplicates.merge(session, row, by=SYSTEM, now=START) == 0


def test_a_case_that_is_sent_back_waits_again_when_it_is_said_better(
    session: Session, row: CaseTypeRow, agent: Person, reviewer: Person
) -> None:
    by, checks = viewer(session, agent), viewer(session, reviewer)
    made = cases.record(session, row, content(), by=by, now=START)
    with pytest.raises(NotAllowed):
        cases.send_back(session, made, "Why?", by=by, now=START)
    with pytest.raises(Invalid) as refused:
        cases.send_back(session, made, " ", by=checks, now=START)
    assert list(refused.value.fields) == ["reason"]
    cases.send_back(session, made, "Which\nmenu?", by=checks, now=START)
    assert (made.state, made.note) == (CaseState.OPEN, "Which menu?")
    with pytest.raises(Conflict):
        cases.send_back(session, made, "Again", by=checks, now=START)
    cases.change(session, made, content("Settings, roaming, on."), by=by, now=START)
    assert (made.state, made.note) == (CaseState.SOLVED, "")


def test_only_what_was_named_and_did_not_change_meanwhile_is_merged(
    both_databases: str, session: Session, row: CaseTypeRow, agent: Person
) -> None:
    made = [solved(session, row, abroad=True, used=float(number)) for number in range(4)]
    for number, case in enumerate(made):
        case.facts = {"abroad": number < 2}
    session.flush()
    first, second = duplicates.find(session, row, by=SYSTEM)
    assert [(same.kept, list(same.others), same.count) for same in (first, second)] == [
        (made[0], [made[1]], 2),
        (made[2], [made[3]], 2),
    ]
    third = solved(session, row, abroad=True, used=9.0)
    third.facts = {"abroad": False}
    session.flush()
    assert duplicates.merge(session, row, {second.name}, by=SYSTEM, now=START) == 0
    assert duplicates.merge(session, row, {first.name}, by=SYSTEM, now=START) == 1
    with pytest.raises(NotAllowed):
        duplicates.find(session, row, by=viewer(session, agent))


def test_several_are_decided_each_as_it_would_be_alone(
    both_databases: str, services: Services, session: Session, row: CaseTypeRow, reviewer: Person
) -> None:
    by = viewer(session, reviewer)
    made = [solved(session, row, state=CaseState.SOLVED, used=float(number)) for number in range(4)]
    own = solved(session, row, state=CaseState.SOLVED, by=by, abroad=True)
    session.commit()
    picked = {case.id: version_of(case) for case in [*made, own]}
    cases.change(session, made[0], content("Better."), by=SYSTEM, now=START)
    with statements(services.database.engine) as ran:
        decided = cases.decide_several(session, picked, "confirm", "", by=by, now=START)
    assert [case.id for case in decided.done] == [case.id for case in made[1:]]
    assert set(decided.left) == {made[0].key, own.key}
    assert len(ran) <= 5
    assert (own.state, made[0].state) == (CaseState.SOLVED, CaseState.SOLVED)


def test_several_are_sent_back_or_retired_with_one_reason(
    session: Session, row: CaseTypeRow, reviewer: Person, agent: Person
) -> None:
    by = viewer(session, reviewer)
    made = [solved(session, row, state=CaseState.SOLVED, used=float(number)) for number in range(2)]
    session.commit()
    picked = {case.id: version_of(case) for case in made}
    for verb, reason in (("retire", " "), ("send_back", ""), ("reopen", "Why not")):
        with pytest.raises(Invalid):
            cases.decide_several(session, picked, verb, reason, by=by, now=START)
    with pytest.raises(NotAllowed):
        cases.decide_several(session, picked, "confirm", "", by=viewer(session, agent), now=START)
    cases.decide_several(session, picked, "retire", "Too old", by=by, now=START)
    assert {(case.state, case.note) for case in made} == {(CaseState.RETIRED, "Too old")}

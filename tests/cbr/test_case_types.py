"""Case types are made and changed by those who may, and no fact of a case is lost by it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cbr import case_types
from cbr.case_type import Attribute, CaseType, Kind, read_case_type
from cbr.models import CaseTypeRow
from kb.concurrency import version_of
from kb.errors import Conflict, Invalid, LoginRequired, NotAllowed, NotFound
from kb.models import AuditEntry, JournalEntry
from kb.permissions import SYSTEM
from kb.viewers import Viewer
from tests import factories
from tests.cbr.stage import OUTSIDER, PHONES, phones, solved, staff
from tests.conftest import START

SPECIALIST = staff(1, "specialist")


def test_a_case_type_is_kept_as_it_was_made_and_recorded(both_databases: str, session: Session) -> None:
    row = case_types.create(session, PHONES, audience="public", by=SPECIALIST, now=START)
    session.commit()
    session.expire_all()
    assert case_types.schema_of(case_types.by_key(session, "phones")) == read_case_type(PHONES.to_plain())
    assert row.version == 1
    kinds = session.scalars(select(JournalEntry.kind)).all()
    assert "case_type" in kinds
    assert session.scalars(select(AuditEntry.action).where(AuditEntry.subject_kind == "case_type")).all() == [
        "created"
    ]


@pytest.mark.parametrize("role", ["agent", "author", "reviewer", "supervisor", "translator"])
def test_only_specialists_and_administrators_shape_case_types(session: Session, role: str) -> None:
    row = phones(session)
    by = staff(2, role)
    with pytest.raises(NotAllowed):
        case_types.create(session, replace(PHONES, key="other"), audience="public", by=by, now=START)
    with pytest.raises(NotAllowed):
        case_types.change(session, row, PHONES, by=by, now=START)
    with pytest.raises(NotAllowed):
        case_types.set_weights(session, row, {}, by=by, now=START)
    with pytest.raises(NotAllowed):
        case_types.deactivate(session, row, by=by, now=START)


def test_who_does_not_belong_to_its_readers_finds_no_case_type_to_shape(session: Session) -> None:
    factories.audience(session, "partners")
    row = phones(session, audience="partners")
    for deed in (
        lambda by: case_types.change(session, row, PHONES, by=by, now=START),
        lambda by: case_types.set_weights(session, row, {"signal": 2.0}, by=by, now=START),
        lambda by: case_types.deactivate(session, row, by=by, now=START),
        lambda by: case_types.bring_back(session, row, by=by, now=START),
        lambda by: case_types.what_does_not_fit(session, row, by),
    ):
        with pytest.raises(NotFound):
            deed(SPECIALIST)
        deed(staff(1, "specialist", audiences=frozenset({"partners"})))


def test_cases_of_others_are_counted_and_not_named_where_they_do_not_fit(session: Session) -> None:
    factories.audience(session, "partners")
    row = phones(session)
    mine = solved(session, row, abroad=True)
    solved(session, row, abroad=True, audience="partners")
    without = replace(PHONES, attributes=PHONES.attributes[1:])
    changed = case_types.change(session, row, without, by=SPECIALIST, now=START)
    assert (changed.cases, set(changed.unfit)) == (2, {mine.key})


def test_an_outsider_shapes_nothing(session: Session) -> None:
    with pytest.raises(LoginRequired):
        case_types.create(session, PHONES, audience="public", by=OUTSIDER, now=START)
    with pytest.raises(NotAllowed):
        case_types.create(session, PHONES, audience="public", by=Viewer(person_id=9), now=START)


def test_a_key_is_used_once_and_stays(session: Session) -> None:
    row = phones(session)
    with pytest.raises(Conflict):
        phones(session)
    with pytest.raises(Invalid) as refused:
        case_types.change(session, row, replace(PHONES, key="others"), by=SYSTEM, now=START)
    assert set(refused.value.fields) == {"key"}


@pytest.mark.parametrize(
    ("case_type", "field"),
    [
        (CaseType("phones", (Attribute("0-count", Kind.NUMBER),)), "attributes[0].key"),
        (CaseType("phones", (Attribute("a", Kind.ORDINAL),)), "attributes[0].choices"),
        (CaseType("phones", (), {"en": "half\ud800"}), "names.en"),
        (CaseType("phones", tuple(Attribute(f"a{n}", Kind.NUMBER) for n in range(498))), "attributes"),
    ],
)
def test_what_would_not_be_read_tomorrow_is_refused_today(
    session: Session, case_type: CaseType, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        case_types.create(session, case_type, audience="public", by=SYSTEM, now=START)
    assert field in refused.value.fields


def test_an_audience_must_be_there_and_be_ones_own(session: Session) -> None:
    for audience in ("nobody", "partners"):
        with pytest.raises(Invalid) as refused:
            case_types.create(session, PHONES, audience=audience, by=SPECIALIST, now=START)
        assert set(refused.value.fields) == {"audience"}


def test_the_version_grows_with_the_schema_and_only_with_it(session: Session) -> None:
    row = phones(session)
    assert case_types.change(session, row, PHONES, by=SYSTEM, now=START).row.version == 1
    heavier = PHONES.weighted({"signal": 3.0})
    assert case_types.change(session, row, heavier, by=SYSTEM, now=START).row.version == 2
    assert case_types.change(session, row, heavier, by=SYSTEM, now=START, audience="agent").row.version == 2
    assert row.audience == "agent"


def test_facts_that_no_longer_fit_are_named_and_come_back(session: Session) -> None:
    row = phones(session)
    made = solved(session, row, abroad=True, used=3.0, maker="Nokia")
    without = replace(PHONES, attributes=(*PHONES.attributes[:2], Attribute("maker", Kind.NUMBER)))
    changed = case_types.change(session, row, without, by=SYSTEM, now=START)
    assert changed.cases == 1
    assert set(changed.unfit[made.key]) == {"used", "maker"}
    session.refresh(made)
    assert made.facts["used"] == 3.0
    assert case_types.change(session, row, PHONES, by=SYSTEM, now=START).cases == 0


def test_weights_are_set_by_name_and_a_wrong_name_is_told(session: Session) -> None:
    row = phones(session)
    case_types.set_weights(session, row, {"signal": 2.5}, by=SPECIALIST, now=START)
    weights = {one.key: one.weight for one in case_types.schema_of(row).attributes}
    assert weights == {"abroad": 1.0, "signal": 2.5, "used": 1.0, "maker": 0.5}
    with pytest.raises(Invalid) as refused:
        case_types.set_weights(session, row, {"colour": 1.0}, by=SPECIALIST, now=START)
    assert set(refused.value.fields) == {"colour"}
    with pytest.raises(Invalid):
        case_types.set_weights(session, row, {"signal": -1.0}, by=SPECIALIST, now=START)


def test_who_saves_second_is_told(session: Session) -> None:
    row = phones(session)
    session.commit()
    seen = version_of(row)
    case_types.set_weights(session, row, {"signal": 2.0}, by=SYSTEM, now=START, seen=seen)
    with pytest.raises(Conflict):
        case_types.set_weights(session, row, {"signal": 3.0}, by=SYSTEM, now=START, seen=seen)


def test_a_case_type_that_was_put_away_comes_back_with_a_change(session: Session) -> None:
    row = phones(session)
    assert not case_types.deactivate(session, row, by=SPECIALIST, now=START).is_active
    assert not case_types.set_weights(session, row, {"signal": 2.0}, by=SPECIALIST, now=START).is_active
    assert case_types.change(session, row, PHONES, by=SPECIALIST, now=START).row.is_active
    with pytest.raises(NotFound):
        case_types.by_key(session, "routers")
    assert session.scalars(select(CaseTypeRow.key)).all() == ["phones"]

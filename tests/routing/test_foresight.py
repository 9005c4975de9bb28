"""What is foreseen of a contact: by the nearest cases, with rules, and only as far as a queue follows it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from cbr import background
from cbr.case_type import Attribute, Kind
from cbr.case_types import create
from cbr.followers import CaseBases
from cbr.models import Case, CaseTypeRow
from kb.context import Services
from kb.errors import Invalid, NotAllowed
from kb.models import Person
from kb.permissions import SYSTEM
from routing import foresight_plans, reported
from routing.arrivals import Arrival
from routing.core import Core
from routing.foreseeing import HOUSE, Plan, foresee
from routing.foresight import Precedent, Rules, foreseen
from routing.foresight_models import Mode
from routing.models import Contact
from routing.permissions import DIRECT
from tests.cbr import stage as cases
from tests.conftest import START
from tests.routing import stage

Open = Callable[[Person], FlaskClient]
ESCALATED = cases.PHONES.with_attribute(Attribute("escalated", Kind.BOOLEAN, weight=0.0))


def like(count: int, **given: Any) -> list[Precedent]:
    return [Precedent(case, 0.95, **given) for case in range(count)]


def test_what_was_often_escalated_goes_straight_to_where_it_was_solved() -> None:
    told = foreseen([*like(6, level=3), *like(1, level=2), *like(2, level=1)])
    assert (told.level, told.rule, told.told) == (3, "escalated", 9)
    assert told.escalated == pytest.approx(7 / 9)
    assert told.confidence == told.escalated


def test_a_known_standard_keeps_it_in_front_whatever_was_so_before_it() -> None:
    before = like(5, level=3, standard="sim-swap", before_standard=True)
    told = foreseen([*before, Precedent(9, 0.97, standard="sim-swap")])
    assert (told.level, told.rule, told.standard) == (1, "standard", "sim-swap")


def test_a_standard_that_is_escalated_all_the_same_does_not_keep_it_in_front() -> None:
    assert foreseen(like(5, level=2, standard="sim-swap")).rule == "escalated"


def test_a_few_precedents_and_far_ones_decide_nothing() -> None:
    assert foreseen(like(2, level=3, queue="fibre")).level == 0
    assert foreseen([Precedent(1, 0.5, standard="sim-swap")]).standard == ""


def test_the_queue_and_the_skills_of_most_are_proposed_with_their_shares() -> None:
    mobile = like(3, queue="mobile", skills=frozenset({"technical"}))
    told = foreseen([*mobile, *like(1, queue="billing")])
    assert (told.queue, told.skills) == ("mobile", ("technical",))
    assert told.shares == {"queue": 0.75, "technical": 0.75}


def test_nothing_is_foreseen_of_nothing() -> None:
    told = foreseen([])
    assert (told.level, told.queue, told.escalated, told.confidence) == (0, "", None, 0.0)


precedents = st.lists(
    st.builds(
        Precedent,
        case=st.integers(1, 9),
        score=st.floats(0, 1),
        level=st.integers(0, 3),
        queue=st.sampled_from(["", "mobile", "fibre"]),
        standard=st.sampled_from(["", "sim-swap"]),
        before_standard=st.booleans(),
        contacts=st.integers(1, 50),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(precedents)
def test_shares_are_shares_and_a_proposal_is_of_what_was_seen(seen: list[Precedent]) -> None:
    told = foreseen(seen, Rules(fewest=1))
    assert all(0 < share <= 1 + 1e-9 for share in told.shares.values())
    assert told.escalated is None or 0 <= told.escalated <= 1 + 1e-9
    assert told.queue in {one.queue for one in seen} | {""}
    assert told.level in {one.level for one in seen} | {0, 1}


# With cases and contacts


@pytest.fixture
def row(session: Session) -> CaseTypeRow:
    return create(session, ESCALATED, audience="agent", by=SYSTEM, now=START)


@pytest.fixture
def bases(app: Flask) -> CaseBases:
    found: CaseBases = app.extensions["cases"]
    return found


def solved(session: Session, row: CaseTypeRow, solution: str = "Restart it.", **facts: Any) -> Case:
    return cases.solved(session, row, solution, audience="agent", **facts)


def ended(session: Session, case: Case, key: str, **given: Any) -> Contact:
    """A contact that ended with a case."""
    contact = stage.bring(session, key)
    contact.state, contact.case_id = "resolved", case.id
    contact.answered_at, contact.ended_at = START, START + timedelta(minutes=4)
    for name, value in given.items():
        setattr(contact, name, value)
    return contact


def test_what_an_import_says_of_escalation_is_foreseen(
    session: Session, row: CaseTypeRow, bases: CaseBases
) -> None:
    for at in range(4):
        solved(session, row, f"Ask billing {at}.", signal="none", escalated=True)
        solved(session, row, f"Restart {at}.", signal="good", escalated=False)
    keys = {"level_key": "escalated", "queue_key": "", "skills_key": ""}
    foresight_plans.save_source(session, row, keys, by=SYSTEM)
    session.commit()
    none = foresee(session, bases, "", {"signal": "none", "escalated": "no", "unheard of": 3}, "en")
    good = foresee(session, bases, "", {"signal": "good"}, "en")
    assert none is not None
    assert good is not None
    assert (none.level, none.rule) == (3, "escalated")
    assert (good.level, good.rule) == (0, "")
    assert foresee(session, bases, "", {"unheard of": 3}, "en") is None


def test_contacts_tell_queue_level_skills_and_time(
    session: Session, row: CaseTypeRow, bases: CaseBases
) -> None:
    stage.queue(session)
    case = solved(session, row, signal="none")
    for at in range(3):
        ended(session, case, f"c{at}", level=2, skills=["technical"])
    ended(session, case, "d", level=2, case_id=None, solved_kind="case", solved_key=case.key)
    session.commit()
    told = foresee(session, bases, "", {"signal": "none"}, "")
    assert told is not None
    assert (told.queue, told.level, told.skills) == ("mobile", 2, ("technical",))
    assert (told.told, told.handled_s) == (4, 240.0)


def test_a_viewer_foresees_from_cases_that_they_may_see(
    session: Session, row: CaseTypeRow, bases: CaseBases
) -> None:
    stage.queue(session)
    ended(session, solved(session, row, signal="none"), "a")
    session.commit()
    assert foresee(session, bases, "", {"signal": "none"}, "en", viewer=HOUSE) is not None
    assert foresee(session, bases, "", {"signal": "none"}, "en", viewer=cases.CUSTOMER_VIEWER) is None


@pytest.mark.parametrize("mode", [*Mode])
def test_a_contact_goes_there_only_where_its_queue_follows(
    app: Flask, session: Session, row: CaseTypeRow, mode: Mode
) -> None:
    mobile, fibre = stage.queue(session), stage.queue(session, "fibre")
    case = solved(session, row, signal="none")
    for at in range(3):
        ended(session, case, f"c{at}", queue_id=fibre.id, level=3)
    foresight_plans.save_plan(session, mobile, Plan(mode), by=SYSTEM)
    session.commit()
    core: Core = app.extensions["routing core"]
    arrival = Arrival("phone", queue="mobile", facts={"signal": "none"})
    with app.test_request_context():
        contact, _is_new = reported.came(session, arrival, core, by=SYSTEM, now=START)
    expected = ("fibre", 3) if mode == Mode.APPLIED else ("mobile", 1)
    assert (contact.queue.key, contact.level) == expected


# Arranging it


def test_thresholds_that_make_no_sense_are_refused_by_their_field(session: Session) -> None:
    queue = stage.queue(session)
    with pytest.raises(Invalid) as refused:
        foresight_plans.save_plan(session, queue, Plan(rules=Rules(near=0.2, fewest=0)), by=SYSTEM)
    assert {*refused.value.fields} == {"near", "fewest"}
    with pytest.raises(NotAllowed):
        foresight_plans.save_plan(session, queue, Plan(), by=stage.viewer(session, "agent"))


def test_weights_are_learned_from_who_solved_the_cases(
    services: Services, session: Session, row: CaseTypeRow, bases: CaseBases
) -> None:
    assert background.KINDS[foresight_plans.LEARN].roles == DIRECT
    for at in range(24):
        twin = at // 2  # of each two that are alike else, one was escalated
        facts = {"abroad": at % 2 == 0, "used": 20 * twin, "maker": f"m{twin}"}
        solved(session, row, f"Do {at}.", escalated=at % 2 == 0, **facts)
    keys = {"level_key": "escalated", "queue_key": "", "skills_key": ""}
    foresight_plans.save_source(session, row, keys, by=SYSTEM)
    background.ask(session, foresight_plans.LEARN, row.key, by=SYSTEM, now=START)
    session.commit()
    background.do_waiting(services, lambda id_: background.do(services, id_))
    session.expire_all()
    source = foresight_plans.source_of(session, row.id)
    assert source is not None
    weights = source.learned["weights"]
    assert source.learned["better"]
    assert weights["abroad"] == max(weights.values())
    assert "escalated" not in weights
    told = foresee(session, bases, "", {"abroad": True, "used": 30}, "en")
    assert told is not None
    assert told.rule == "escalated"

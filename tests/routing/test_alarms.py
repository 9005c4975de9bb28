"""Alarms: each once, to the right person, and no storm of them; what nobody could ever take goes where somebody can."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from authoring.models import Notice
from kb.context import Services
from kb.errors import NotAllowed
from kb.models import Person
from kb.permissions import SYSTEM
from routing import contacts, events, floor, presence
from routing.chain import alarms, unserved, watching
from routing.chain.models import AlarmKind, Stage
from routing.models import ContactEvent, Queue
from tests.conftest import START
from tests.routing import stage

Open = Callable[[Person], FlaskClient]
TARGETS = [{"channel": "", "priority": 0, "answer_s": 100, "resolve_s": 1000}]


@pytest.fixture
def queue(session: Session) -> Queue:
    return stage.queue(session, targets=TARGETS)


def raised(session: Session, seconds: float) -> list[tuple[str, str, int | None]]:
    made = alarms.watch(session, START + timedelta(seconds=seconds))
    return [(one.kind, one.stage, one.person_id) for one in made]


def test_a_deadline_is_warned_of_at_four_fifths_and_told_of_when_it_has_passed_each_once(
    session: Session, queue: Queue
) -> None:
    stage.bring(session)
    assert raised(session, 79) == []
    assert raised(session, 80) == [(AlarmKind.ANSWER, Stage.WARNING, None)]
    assert raised(session, 99) == []
    assert raised(session, 100) == [(AlarmKind.ANSWER, Stage.BREACH, None)]
    assert raised(session, 101) == []


def test_whoever_has_the_contact_is_alarmed_and_what_is_answered_is_not_due(
    session: Session, queue: Queue
) -> None:
    by = stage.agent(session)
    contact = stage.bring(session)
    floor.round_(session, START)
    contacts.accept(session, contact, by=by, now=START)
    assert raised(session, 900) == [(AlarmKind.RESOLVE, Stage.WARNING, by.person_id)]


def test_with_another_deadline_it_is_another_alarm(session: Session, queue: Queue) -> None:
    contact = stage.bring(session)
    raised(session, 100)
    other = stage.queue(session, "other", targets=[TARGETS[0] | {"answer_s": 200}])
    contacts.move(session, contact, other, by=SYSTEM, now=START)
    assert raised(session, 199) == [(AlarmKind.ANSWER, Stage.WARNING, None)]


def test_after_a_leap_of_the_clock_the_worst_come_first_and_a_few_at_a_time(
    session: Session, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alarms, "AT_ONCE", 2)
    for number in range(3):
        stage.bring(session, f"c{number}", now=START + timedelta(seconds=10 * number))
    made = alarms.watch(session, START + timedelta(seconds=115))
    assert [(one.contact.key, one.stage) for one in made] == [("c0", Stage.BREACH), ("c1", Stage.BREACH)]
    assert raised(session, 5) == []
    assert raised(session, 115) == [(AlarmKind.ANSWER, Stage.WARNING, None)]


def test_what_was_handed_over_is_watched_until_somebody_takes_it(session: Session) -> None:
    first, second = stage.queue(session), stage.queue(session, "other")
    by = stage.agent(session)
    contact = stage.bring(session)
    floor.round_(session, START)
    contacts.accept(session, contact, by=by, now=START)
    contacts.move(session, contact, second, by=by, now=START)
    assert raised(session, 299) == []
    assert raised(session, 300) == [(AlarmKind.UNTAKEN, Stage.BREACH, None)]
    assert raised(session, 400) == []
    contacts.move(session, contact, first, by=SYSTEM, now=START + timedelta(seconds=400))
    contacts.take_over(session, contact, by=by, now=START + timedelta(seconds=410))
    contacts.come_back(session, contact, by=by, now=START + timedelta(seconds=420))
    assert raised(session, 900) == []


def test_an_alarm_is_seen_to_by_whoever_it_is_for_or_directs_and_then_listed_no_more(
    session: Session, queue: Queue
) -> None:
    supervisor, other = stage.viewer(session, "supervisor"), stage.viewer(session, "agent")
    stage.bring(session)
    alarms.watch(session, START + timedelta(seconds=90))
    made = alarms.watch(session, START + timedelta(seconds=100))[0]
    assert alarms.open_for(session, other) == []
    with pytest.raises(NotAllowed):
        alarms.see(session, made.id, by=other, now=START)
    assert alarms.open_for(session, supervisor) == [made]
    alarms.see(session, made.id, by=supervisor, now=START)
    assert alarms.open_for(session, supervisor) == []


def test_the_event_says_what_it_is_about(session: Session, queue: Queue) -> None:
    stage.bring(session)
    made = alarms.watch(session, START + timedelta(seconds=100))[0]
    event = session.scalars(select(ContactEvent).where(ContactEvent.kind == "alarm")).one()
    assert event.said == {"alarm": made.id, "about": "answer", "stage": "breach"}


def alarmed(session: Session) -> list[object]:
    """What was done about contacts that nobody serves."""
    unserved.watch(session, START)
    told = session.scalars(select(ContactEvent).where(ContactEvent.kind == "alarm"))
    return [event.said["done"] for event in told]


def test_what_somebody_serves_is_left_alone_although_nobody_is_here(session: Session) -> None:
    stage.queue(session)
    by = stage.agent(session)
    presence.be(session, by.person_id or 0, "away", by=by, now=START)
    stage.bring(session)
    assert alarmed(session) == []


def test_what_nobody_serves_goes_to_the_queue_that_stands_in_for_it_and_is_told_once(
    session: Session,
) -> None:
    other = stage.queue(session)
    stage.queue(session, "orphan", fallback_id=other.id)
    by = stage.agent(session)
    contact = stage.bring(session, queue="orphan")
    assert alarmed(session) == ["queue"]
    assert contact.queue.key == "mobile"
    assert alarmed(session) == ["queue"]
    floor.round_(session, START)
    assert contact.agent_id == by.person_id


def test_where_no_queue_stands_in_skills_are_not_asked_for_then_the_language_which_stays_known(
    session: Session,
) -> None:
    stage.queue(session)
    stage.skill(session, "fibre")
    stage.agent(session)
    stage.person(session, "agent").languages = ["en"]
    skilled = stage.bring(session, "skilled", skills=["fibre"])
    foreign = stage.bring(session, "foreign", skills=["fibre"], language="sv")
    assert alarmed(session) == ["skills", "language"]
    assert (skilled.skills, foreign.skills, foreign.language) == ([], [], "")
    assert foreign.facts["language"] == "sv"


def test_with_nobody_at_all_it_is_told_and_stays_where_it_is(session: Session) -> None:
    stage.queue(session)
    contact = stage.bring(session)
    assert alarmed(session) == [""]
    assert contact.queue.key == "mobile"


def test_the_page_lists_it_until_somebody_sees_to_it(
    client_of: Open, supervisor: Person, customer: Person, session: Session
) -> None:
    stage.queue(session)
    contact = stage.bring(session, question="No signal")
    made = unserved.watch(session, START)[0]
    session.commit()
    client = client_of(supervisor)
    assert "No signal" in client.get("/routing/alarms").text
    told = client.get("/api/v1/alarms").get_json()
    assert [(one["contact_id"], one["kind"]) for one in told] == [(contact.id, "unserved")]
    assert client_of(customer).post(f"/api/v1/alarms/{made.id}/seen").status_code == 403
    assert client.post(f"/routing/alarms/{made.id}/seen").status_code == 303
    assert "No signal" not in client.get("/routing/alarms").text
    assert client.post("/api/v1/alarms/999/seen").status_code == 404


def test_one_look_sees_to_all_of_it_and_offers_what_can_be_taken_by_now(
    services: Services, session: Session
) -> None:
    other = stage.queue(session)
    stage.queue(session, "orphan", fallback_id=other.id, targets=TARGETS)
    by = stage.agent(session)
    contact = stage.bring(session, queue="orphan")
    session.commit()
    job = watching.job(services)
    job.run(START + timedelta(seconds=100))
    session.expire_all()
    assert (contact.queue.key, contact.agent_id) == ("mobile", by.person_id)
    head = events.head(session)
    job.run(START + timedelta(seconds=101))
    session.rollback()
    assert events.head(session) == head


def test_those_who_direct_the_queue_get_a_notice_and_not_one_for_each_contact(
    session: Session, queue: Queue
) -> None:
    stage.agent(session, "supervisor", level=2)
    for _ in range(2):
        stage.bring(session)
    alarms.watch(session, START + timedelta(seconds=1000))
    found = [(one.person_id, one.kind, one.params["title"]) for one in session.scalars(select(Notice))]
    assert found == [(stage.person(session, "supervisor").id, "contact_late", "Mobile")]

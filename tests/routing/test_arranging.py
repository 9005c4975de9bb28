"""Queues, skills, ways in and agents as those who direct arrange them, and what a dry run tells of a change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kb.concurrency import version_of
from kb.errors import Conflict, Invalid, NotAllowed
from kb.models import Person
from routing import contacts, entrances, floor, people, queues, skills
from routing.contacts import Ending
from routing.entrances import WayIn
from routing.models import Agent, Queue
from routing.people import Work
from routing.queues import Plan
from routing.rehearsal import Change, rehearse
from tests.conftest import START
from tests.kb.admin.conftest import words
from tests.routing import stage

Open = Callable[[Person], FlaskClient]
NAMES = {"en": "Mobile"}
STEP = {"after_s": 60, "queue": "mobile", "order": 2, "skilled": True}


def test_steps_are_kept_in_the_order_of_their_times(session: Session) -> None:
    by = stage.viewer(session, "supervisor")
    later = STEP | {"after_s": 300, "order": 3}
    made = queues.save(session, None, Plan(NAMES, steps=[later, STEP]), key="mobile", by=by)
    assert [step["after_s"] for step in made.steps] == [60, 300]


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        (Plan({}), "names"),
        (Plan(NAMES, steps=[STEP | {"queue": "nowhere"}]), "step0_queue"),
        (Plan(NAMES, steps=[STEP | {"order": 10}]), "step0_order"),
        (Plan(NAMES, hours={"zone": "Mars/Olympus", "week": [[]] * 7}), "zone"),
        (Plan(NAMES, hours={"zone": "UTC", "week": [[]] * 7, "country": "XX"}), "country"),
        (Plan(NAMES, hours={"zone": "UTC", "week": [[]] * 7, "country": "DE-XX"}), "part"),
        (Plan(NAMES, messages={"en": "Many call today."}), "messages_until"),
        (Plan(NAMES, targets=[{"channel": "telex", "priority": 0, "answer_s": 60}]), "target0_channel"),
        (Plan(NAMES, targets=[{"channel": "", "answer_s": 60, "resolve_s": 30}]), "target0_resolve"),
        (Plan(NAMES, offer_s=1), "offer_s"),
        (Plan(NAMES, fallback="mobile"), "fallback"),
    ],
)
def test_what_is_wrong_with_a_queue_is_said_beside_its_field(
    session: Session, plan: Plan, field: str
) -> None:
    by = stage.viewer(session, "supervisor")
    found = queues.save(session, None, Plan(NAMES), key="mobile", by=by)
    with pytest.raises(Invalid) as refused:
        queues.save(session, found, plan, by=by)
    assert set(refused.value.fields) == {field}


def test_fallbacks_never_lead_in_a_circle(session: Session) -> None:
    by = stage.viewer(session, "supervisor")
    first = queues.save(session, None, Plan(NAMES), key="first", by=by)
    queues.save(session, None, Plan(NAMES, fallback="first"), key="second", by=by)
    with pytest.raises(Invalid) as refused:
        queues.save(session, first, Plan(NAMES, fallback="second"), by=by)
    assert set(refused.value.fields) == {"fallback"}


def test_a_queue_that_contacts_came_to_is_put_out_of_use_instead_of_deleted(session: Session) -> None:
    by = stage.viewer(session, "supervisor")
    used, unused = stage.queue(session), stage.queue(session, "billing")
    stage.agent(session, queues={"mobile": 1, "billing": 2})
    stage.bring(session)
    with pytest.raises(Conflict, match="out of use"):
        queues.delete(session, used, by=by)
    queues.delete(session, unused, by=by)
    assert [agent.queues for agent in people.every(session)] == [{"mobile": 1}]


@pytest.mark.parametrize("part", ["agent", "author", "outsider"])
def test_nobody_else_arranges_the_floor(session: Session, part: str) -> None:
    by = stage.viewer(session, part)
    with pytest.raises(NotAllowed):
        queues.save(session, None, Plan(NAMES), key="mobile", by=by)
    with pytest.raises(NotAllowed):
        skills.save(session, None, NAMES, key="fibre", by=by)
    with pytest.raises(NotAllowed):
        people.save(session, None, Work(), person_id=by.person_id or 0, by=by)
    with pytest.raises(NotAllowed):
        entrances.save(session, None, WayIn("phone", "112", "mobile"), by=by)


def test_whoever_saves_second_is_told(session: Session) -> None:
    by, found = stage.viewer(session, "supervisor"), stage.queue(session)
    seen = version_of(found)
    queues.save(session, found, Plan({"en": "Cell"}), by=by, seen=seen)
    with pytest.raises(Conflict):
        queues.save(session, found, Plan({"en": "Phone"}), by=by, seen=seen)


def test_one_number_and_choice_lead_to_one_queue(session: Session) -> None:
    by = stage.viewer(session, "supervisor")
    stage.queue(session)
    entrances.save(session, None, WayIn("phone", "0800", "mobile", "1"), by=by)
    with pytest.raises(Invalid) as refused:
        entrances.save(session, None, WayIn("phone", "0800", "mobile", "1"), by=by)
    assert set(refused.value.fields) == {"choice"}
    with pytest.raises(Invalid) as refused:
        entrances.save(
            session, None, WayIn("pigeon", "", "nowhere", "2", "xx!", 99, ["magic"], "none"), by=by
        )
    assert set(refused.value.fields) == {
        *("channel", "address", "queue", "language", "priority", "skills", "portal")
    }


def test_only_people_whose_role_lets_them_take_contacts_become_agents(session: Session) -> None:
    by = stage.viewer(session, "supervisor")
    with pytest.raises(Invalid) as refused:
        people.save(session, None, Work(), person_id=stage.person(session, "outsider").id, by=by)
    assert set(refused.value.fields) == {"person"}


def a_day(session: Session) -> None:
    """Somebody of order B waits while three customers call; the first and only agent is busy."""
    stage.queue(session)
    by = stage.agent(session)
    stage.agent(session, "specialist", queues={"mobile": 2})
    for minute in range(3):
        now = START + timedelta(minutes=minute)
        stage.bring(session, f"call-{minute}", now=now)
    for minute in (0, 10, 20):
        now = START + timedelta(minutes=minute)
        offered = next(match.contact for match in floor.round_(session, now))
        contact = contacts.held(session, offered)
        contacts.accept(session, contact, by=by, now=now)
        contacts.close(session, contact, Ending(), by=by, now=now + timedelta(minutes=10))
    session.flush()


def test_a_dry_run_tells_how_much_sooner_they_would_have_been_answered(session: Session) -> None:
    a_day(session)
    by = stage.viewer(session, "supervisor")
    change = Change(steps={"mobile": [STEP | {"after_s": 0}]})
    found = rehearse(session, START - timedelta(hours=1), START + timedelta(hours=23), change, by=by)
    assert [round(wait) for wait in found.real.waits] == [0, 540, 1080]
    assert [round(wait) for wait in found.before.waits] == [0, 540, 1080]
    assert [round(wait) for wait in found.after.waits] == [0, 0, 480]
    with pytest.raises(NotAllowed):
        rehearse(session, START, START, change, by=stage.viewer(session, "agent"))


def test_the_pages_show_and_keep_what_is_arranged(
    session: Session, client_of: Open, supervisor: Person
) -> None:
    a_day(session)
    session.commit()
    browser = client_of(supervisor)
    assert "Mobile" in words(browser.get("/routing/queues/"))
    form = {
        "key": "fibre",
        "names_en": "Fibre",
        "position": "1",
        "is_active": "y",
        "zone": "Europe/Budapest",
        "country": "HU",
        "part": "",
        "day0": "8-12, 13:00–17:30",
        "days": "2026-12-24 9-12",
        "level_share": "80",
        "level": "1:30",
        "offer": "20",
        "wrap_up": "2:00",
        "fallback": "mobile",
        "step_rows": "2",
        "target_rows": "0",
        "step0_after": "2:00",
        "step0_order": "1",
        "step0_queue": "mobile",
        "step1_after": "",
        "step1_order": "2",
        "step1_queue": "mobile",
    }
    wrong = browser.post("/routing/queues/new", data=form | {"day0": "8-25", "step0_after": "soon"})
    assert wrong.status_code == 422
    assert "8-25" in wrong.text
    assert browser.post("/routing/queues/new", data=form).status_code == 303
    kept = next(queue for queue in queues.every(session) if queue.key == "fibre")
    assert kept.hours["week"][0] == [[480, 720], [780, 1050]]
    assert kept.hours["days"] == {"2026-12-24": [[540, 720]]}
    assert kept.level_s == 90
    assert "After 2:00 also up to order A of Mobile." in words(browser.get(f"/routing/queues/{kept.id}"))


def test_the_table_of_orders_is_tried_saved_and_refused_as_a_whole(
    session: Session, client_of: Open, supervisor: Person
) -> None:
    a_day(session)
    session.commit()
    browser = client_of(supervisor)
    agent, specialist = people.every(session)
    seen = {f"seen-{one.person_id}": version_of(one) for one in (agent, specialist)}
    typed = {f"queues_mobile-{agent.person_id}": "b", f"queues_mobile-{specialist.person_id}": "A"} | seen
    day = {"rehearsal_day": START.date().isoformat(), "act": "rehearse"}
    tried = browser.post("/routing/agents/", data=typed | day)
    assert "Who took how many" in words(tried)
    wrong = browser.post("/routing/agents/", data=typed | {f"queues_mobile-{agent.person_id}": "?"})
    assert (wrong.status_code, "Nothing is saved yet" in words(wrong)) == (422, True)
    session.rollback()
    assert [one.queues for one in people.every(session)] == [{"mobile": 1}, {"mobile": 2}]
    assert browser.post("/routing/agents/", data=typed).status_code == 303
    session.rollback()
    assert [one.queues for one in people.every(session)] == [{"mobile": 2}, {"mobile": 1}]
    assert (
        browser.post("/routing/agents/", data=typed | {f"queues_mobile-{agent.person_id}": "C"}).status_code
        == 422
    )


def test_skills_ways_in_and_agents_have_their_forms(
    session: Session, client_of: Open, supervisor: Person, agent: Person
) -> None:
    kept = stage.queue(session)
    session.commit()
    browser = client_of(supervisor)
    assert browser.post("/routing/skills/new", data={"key": "esim", "names_en": "eSIM"}).status_code == 303
    assert browser.post("/routing/skills/new", data={"key": "esim", "names_en": "Again"}).status_code == 409
    way = {
        "channel": "phone",
        "address": "0800",
        "choice": "1",
        "queue": kept.key,
        "language": "",
        "portal": "",
    }
    way |= {"priority": "0", "skills": "esim"}
    assert browser.post("/routing/ways-in/new", data=way).status_code == 303
    assert "eSIM" in words(browser.get("/routing/ways-in/"))
    work = {"person": str(agent.id), "level": "1", "is_active": "y"}
    work |= {"capacity_phone": "1", "capacity_chat": "2", "capacity_mail": "99"}
    assert browser.post("/routing/agents/new", data=work).status_code == 422
    assert browser.post("/routing/agents/new", data=work | {"capacity_mail": "3"}).status_code == 303
    session.rollback()
    assert session.get_one(Agent, agent.id).capacity == {"phone": 1, "chat": 2, "mail": 3}
    assert browser.get("/routing/skills/").status_code == 200
    assert session.get_one(Queue, kept.id).is_active

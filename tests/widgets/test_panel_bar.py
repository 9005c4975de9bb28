"""What the panel says around a contact: how the day went, what was said to all, what is late, why somebody is away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kb.context import Services
from kb.models import Person
from routing import broadcasts, contacts, presence
from routing.chain.models import Alarm, AlarmKind, Stage
from routing.models import Contact
from tests.conftest import START, Clock
from tests.kb.admin.conftest import words
from tests.routing import stage

Open = Callable[[Person], FlaskClient]


@pytest.fixture
def contact(session: Session) -> Contact:
    """Somebody is on the line with the agent."""
    stage.queue(session, messages={"en": "The north is without service."})
    stage.queue(session, "billing")
    by = stage.agent(session)
    made = stage.bring(session, "pbx-1", question="No service", address="+46 70 1")
    contacts.take_over(session, made, by=by, now=START)
    session.commit()
    return made


@pytest.fixture
def panel(client_of: Open, agent: Person, contact: Contact) -> FlaskClient:
    """The agent's browser."""
    return client_of(agent)


def test_between_two_contacts_the_day_is_told(
    panel: FlaskClient, session: Session, contact: Contact, clock: Clock
) -> None:
    ended = clock.advance(minutes=2, seconds=5)
    by = stage.viewer(session, "agent")
    contacts.close(session, contact, contacts.Ending(solved_kind="answer"), by=by, now=ended)
    session.commit()
    said = words(panel.get("/agent/"))
    assert "Taken today 1 Closed today 1 With what solved it 100 % From answer to end 2:05" in said
    assert "Mobile 0" in said
    assert "Billing" not in said


def test_what_is_said_to_all_or_to_ones_own_queue_stands_there_for_an_hour(
    panel: FlaskClient, session: Session, clock: Clock
) -> None:
    by = stage.viewer(session, "supervisor")
    for text, queue in [("To all", ""), ("To us", "mobile"), ("To others", "billing")]:
        broadcasts.say(session, text, queue=queue, by=by, now=START)
    session.commit()
    said = words(panel.get("/agent/parts/idle"))
    assert said.index("To us") < said.index("To all")
    assert "To others" not in said
    clock.advance(minutes=61)
    assert "To all" not in words(panel.get("/agent/parts/idle"))


def test_a_late_contact_says_so_on_its_tab_until_somebody_saw_it(
    panel: FlaskClient, session: Session, contact: Contact
) -> None:
    alarm = Alarm(
        contact_id=contact.id,
        kind=AlarmKind.RESOLVE,
        stage=Stage.WARNING,
        of_at=START,
        at=START,
        person_id=contact.agent_id,
    )
    session.add(alarm)
    session.commit()
    assert "+46 70 1 To be done soon" in words(panel.get("/agent/parts/bar"))
    alarm.seen_at = START
    session.commit()
    assert "To be done soon" not in words(panel.get("/agent/parts/bar"))


def test_the_panel_says_why_one_is_away_and_asks_where_one_chose_it(
    panel: FlaskClient, session: Session, agent: Person
) -> None:
    sent = panel.put("/api/v1/contacts/presence", json={"standing": "away", "reason": "Lunch"})
    assert sent.status_code == 200
    assert 'value="Lunch"' in panel.get("/agent/parts/bar").text
    session.rollback()
    presence.be(session, agent.id, "available", by=stage.viewer(session, "agent"), now=START)
    presence.gone(session, agent.id, now=START, reason="no answer")
    session.commit()
    bar = panel.get("/agent/parts/bar")
    assert "an offer was not taken" in words(bar)
    assert 'value=""' in bar.text


def test_the_agent_knows_what_those_who_wait_are_told(
    panel: FlaskClient, session: Session, contact: Contact
) -> None:
    path = f"/agent/parts/contacts/{contact.id}"
    assert "Callers are told: The north is without service." in words(panel.get(path))
    contact.queue.messages_until = START - timedelta(minutes=1)
    session.commit()
    assert "Callers are told" not in words(panel.get(path))


def test_who_does_not_have_it_can_look_and_not_write(
    client_of: Open, specialist: Person, contact: Contact
) -> None:
    other = client_of(specialist)
    shown = other.get(f"/agent/contacts/{contact.id}").text
    assert 'data-own=""' in shown
    for way in ("data-end", "data-move", "data-add", "data-forget", "data-take-over"):
        assert way not in shown
    assert other.patch(f"/api/v1/contacts/{contact.id}", json={"notes": "x"}).status_code == 403


def test_one_can_log_in_inside_of_a_listed_desktop(app: Flask, client: FlaskClient) -> None:
    services: Services = app.extensions["kalauz"]
    services.config = replace(services.config, panel_frames=("https://desk.example",))
    policy = client.get("/login?next=/agent/").headers["Content-Security-Policy"]
    assert "frame-ancestors 'self' https://desk.example" in policy

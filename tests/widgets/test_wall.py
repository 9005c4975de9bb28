"""The wall: what it shows, what a supervisor does there, and that nobody else does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from kb.context import Services
from kb.models import Person
from routing import contacts, floor
from routing.models import Contact, ContactEvent, Presence, Queue
from tests.conftest import START
from tests.kb.admin.conftest import words
from tests.routing import stage

Open = Callable[[Person], FlaskClient]
WALL = "/agent/wall"
NOT_FOR_THEM = (
    *(("get", ""), ("get", "/now"), ("post", "/broadcast"), ("post", "/contacts/1/take")),
    *(("post", "/contacts/1/move"), ("post", "/agents/1/presence"), ("post", "/queues/1/message")),
)


@pytest.fixture
def held(session: Session) -> Contact:
    """A contact that the agent talks to; nobody else is there."""
    stage.queue(session, messages={"en": "A mast is down."}, messages_until=START)
    stage.queue(session, "fibre")
    by = stage.agent(session)
    found = stage.bring(session, "one", question="No signal since noon")
    floor.round_(session, START)
    contacts.accept(session, found, by=by, now=START)
    session.commit()
    return found


@pytest.fixture
def client(client_of: Open, supervisor: Person) -> FlaskClient:
    return client_of(supervisor)


def test_it_shows_queues_people_and_contacts(client: FlaskClient, held: Contact) -> None:
    page = words(client.get(WALL))
    assert "Mobile Waiting 0" in page
    assert "No signal since noon" in page
    assert "1 came today, 1 talking, 0 escalated, 0 overdue" in page
    assert "1 available" in page
    kiosk = client.get(f"{WALL}?kiosk=1").text
    assert "<button" not in kiosk.split('id="main"')[1]
    assert "No signal since noon" not in kiosk


def test_it_asks_as_much_of_the_database_on_a_busy_floor(
    client: FlaskClient, held: Contact, session: Session, services: Services
) -> None:
    asked: list[str] = []
    event.listen(services.database.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    client.get(f"{WALL}/now")
    few = len(asked)
    for _ in range(30):
        stage.bring(session)
    session.commit()
    asked.clear()
    client.get(f"{WALL}/now")
    assert len(asked) <= few


def test_a_supervisor_speaks_to_the_agents_of_a_queue(
    client: FlaskClient, held: Contact, session: Session
) -> None:
    assert (
        client.post(f"{WALL}/broadcast", data={"text": " Mast down ", "queue": "mobile"}).status_code == 303
    )
    said = session.scalars(select(ContactEvent).where(ContactEvent.kind == "broadcast")).one()
    assert said.said == {"text": "Mast down", "queue": "mobile"}
    refused = client.post(f"{WALL}/broadcast", data={"text": "", "queue": "mobile"})
    assert refused.status_code == 422
    assert "Write what is to be said." in words(refused)
    assert client.post(f"{WALL}/broadcast", data={"text": "x", "queue": "none"}).status_code == 422


def test_a_contact_is_moved_or_taken_over(
    client: FlaskClient, held: Contact, session: Session, supervisor: Person
) -> None:
    stage.agent(session, "supervisor")
    session.commit()
    assert client.post(f"{WALL}/contacts/{held.id}/move", data={"queue": "none"}).status_code == 303
    assert client.post(f"{WALL}/contacts/{held.id}/move", data={"queue": "fibre"}).status_code == 303
    session.rollback()
    session.refresh(held)
    assert (held.queue.key, held.state) == ("fibre", "waiting")
    answer = client.post(f"{WALL}/contacts/{held.id}/take")
    assert answer.headers["Location"].endswith(f"/agent/contacts/{held.id}")
    session.rollback()
    session.refresh(held)
    assert (held.agent_id, held.state) == (supervisor.id, "active")


def test_somebody_is_set_away_and_a_message_is_turned_on_and_off(
    client: FlaskClient, held: Contact, session: Session, agent: Person
) -> None:
    assert client.post(f"{WALL}/agents/{agent.id}/presence", data={"standing": "away"}).status_code == 303
    session.rollback()
    assert session.scalars(select(Presence.standing).where(Presence.person_id == agent.id)).one() == "away"
    queue = session.scalars(select(Queue).where(Queue.key == "mobile")).one()
    client.post(f"{WALL}/queues/{queue.id}/message", data={"on": "1"})
    session.rollback()
    session.refresh(queue)
    assert queue.messages_until == START + timedelta(hours=1)
    client.post(f"{WALL}/queues/{queue.id}/message", data={"on": "0"})
    session.rollback()
    session.refresh(queue)
    assert queue.messages_until == START
    other = session.scalars(select(Queue.id).where(Queue.key == "fibre")).one()
    assert client.post(f"{WALL}/queues/{other}/message", data={"on": "1"}).status_code == 409


def test_nobody_else_has_a_wall(client_of: Open, agent: Person, customer: Person, held: Any) -> None:
    for person in (agent, customer):
        other = client_of(person)
        assert {getattr(other, verb)(WALL + path).status_code for verb, path in NOT_FOR_THEM} == {403}

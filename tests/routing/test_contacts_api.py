"""Contacts over HTTP: brought, taken, changed, ended, in whatever order the words of it come; by whom it may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.models import Person
from kb.permissions import SYSTEM
from routing import reported
from routing.models import Contact, ContactEvent, Customer, EarlyEnding
from tests.cbr.test_cases_api import as_documented, key_for, problem
from tests.conftest import START
from tests.routing import stage

Open = Callable[[Person], FlaskClient]
CONTACTS = "/api/v1/contacts"


@pytest.fixture
def floor(session: Session) -> None:
    """One queue, and nobody there yet."""
    stage.queue(session)
    session.commit()


@pytest.fixture
def header(session: Session, floor: None) -> dict[str, str]:
    """The key of a telephone system."""
    return key_for(session, "contacts")


def bring(client: FlaskClient, header: dict[str, str], key: str = "pbx-1", **given: Any) -> Any:
    given = {"channel": "phone", "key": key, **given}
    answer = client.post(CONTACTS, json=given, headers=header)
    assert answer.status_code in {200, 201}, answer.text
    return answer.get_json()


def test_a_contact_that_is_brought_is_offered_in_the_same_answer(
    client: FlaskClient, session: Session, header: dict[str, str]
) -> None:
    session.add(Customer(key="C7", facts={"plan": "M"}, changed_at=START))
    by = stage.agent(session)
    session.commit()
    given = {"channel": "phone", "key": "pbx-1", "customer": "C7", "facts": {"line": 2}}
    answer = client.post(CONTACTS, json=given, headers=header)
    assert answer.status_code == 201
    made = as_documented(client, answer, "post", "/api/v1/contacts")
    assert (made["state"], made["agent_id"], made["customer"]) == ("offered", by.person_id, "C7")
    assert made["facts"] == {"plan": "M", "line": 2}
    assert (made["welcome"]["is_open"], made["welcome"]["ahead"]) == (True, 0)


def test_the_same_key_again_changes_nothing(client: FlaskClient, header: dict[str, str]) -> None:
    first = bring(client, header, question="No service")
    again = client.post(CONTACTS, json={"channel": "phone", "key": "pbx-1", "question": "x"}, headers=header)
    assert again.status_code == 200
    assert as_documented(client, again, "post", "/api/v1/contacts") == first


def test_an_end_that_comes_first_ends_the_contact_when_it_comes(
    client: FlaskClient, session: Session, header: dict[str, str]
) -> None:
    for _ in range(2):
        early = client.post(f"{CONTACTS}/gone", json={"key": "pbx-1", "why": "hung up"}, headers=header)
        assert early.status_code == 202
        assert as_documented(client, early, "post", "/api/v1/contacts/gone")["state"] == "awaited"
    assert bring(client, header)["state"] == "abandoned"
    assert session.scalars(select(EarlyEnding)).all() == []
    assert bring(client, header)["state"] == "abandoned"
    kinds = session.scalars(select(ContactEvent.kind).order_by(ContactEvent.id)).all()
    assert kinds == ["came", "abandoned"]


def test_an_end_by_key_is_taken_once(client: FlaskClient, session: Session, header: dict[str, str]) -> None:
    bring(client, header)
    for _ in range(2):
        answer = client.post(f"{CONTACTS}/gone", json={"key": "pbx-1"}, headers=header)
        assert (answer.status_code, answer.get_json()["state"]) == (200, "abandoned")
    assert len(session.scalars(select(ContactEvent)).all()) == 2


def test_marks_of_what_never_came_are_forgotten(session: Session) -> None:
    reported.gone(session, "pbx-9", by=SYSTEM, now=START)
    reported.forget_early(session, START + timedelta(hours=23))
    assert session.get(EarlyEnding, "pbx-9")
    session.expunge_all()
    reported.forget_early(session, START + timedelta(hours=25))
    assert session.get(EarlyEnding, "pbx-9") is None


def test_an_agent_takes_works_on_and_closes_a_contact(
    client: FlaskClient, session: Session, header: dict[str, str], client_of: Open, agent: Person
) -> None:
    stage.agent(session)
    session.commit()
    address = f"{CONTACTS}/{bring(client, header)['id']}"
    own = client_of(agent)
    for _ in range(2):  # the answer to the first was lost
        assert own.post(f"{address}/accept").get_json()["state"] == "active"
    changed = own.patch(address, json={"facts": {"plan": "L"}, "notes": "Calls again on Friday"})
    assert changed.get_json()["facts"] == {"plan": "L"}
    assert own.post(f"{address}/tried", json={"what": "article", "key": "roaming"}).status_code == 200
    assert own.post(f"{address}/wrap-up", json={}).get_json()["state"] == "wrap_up"
    ended = own.post(
        f"{address}/close", json={"tags": ["billing"], "solved_kind": "article", "solved_key": "roaming"}
    )
    assert ended.get_json()["state"] == "resolved"
    whole = as_documented(own, own.get(address), "get", "/api/v1/contacts/{contact_id}")
    assert [event["kind"] for event in whole["history"]] == [
        *("came", "offered", "accepted", "facts", "tried", "wrap_up", "resolved")
    ]


def test_what_is_let_pass_goes_to_somebody_else(
    client: FlaskClient,
    session: Session,
    header: dict[str, str],
    client_of: Open,
    agent: Person,
    specialist: Person,
) -> None:
    stage.agent(session)
    session.commit()
    address = f"{CONTACTS}/{bring(client, header)['id']}"
    stage.agent(session, "specialist")
    session.commit()
    problem(client_of(specialist).post(f"{address}/pass", json={}), 409)
    passed = client_of(agent).post(f"{address}/pass", json={"why": "lunch"}).get_json()
    assert (passed["state"], passed["agent_id"]) == ("offered", specialist.id)


def test_a_change_of_what_changed_meanwhile_is_refused(client: FlaskClient, header: dict[str, str]) -> None:
    made = bring(client, header)
    address = f"{CONTACTS}/{made['id']}"
    first = client.patch(
        address, json={"notes": "one", "priority": 5, "seen": made["version"]}, headers=header
    )
    assert (first.get_json()["notes"], first.get_json()["priority"]) == ("one", 5)
    problem(client.patch(address, json={"notes": "two", "seen": made["version"]}, headers=header), 409)


def test_contacts_are_listed_page_by_page(client: FlaskClient, header: dict[str, str]) -> None:
    for key in ("a", "b", "c"):
        bring(client, header, key)
    path = f"{CONTACTS}?state=waiting&state=active&queue=mobile&limit=2"
    first = as_documented(client, client.get(path, headers=header), "get", "/api/v1/contacts")
    assert [one["key"] for one in first["contacts"]] == ["c", "b"]
    second = client.get(first["next"], headers=header).get_json()
    assert ([one["key"] for one in second["contacts"]], second["next"]) == (["a"], None)
    none = client.get(f"{CONTACTS}?customer=nobody", headers=header).get_json()
    assert none["contacts"] == []


def test_an_agent_says_what_they_are_doing(
    session: Session, floor: None, client_of: Open, agent: Person, supervisor: Person
) -> None:
    stage.agent(session)
    session.commit()
    own, path = client_of(agent), f"{CONTACTS}/presence"
    assert own.put(path, json={"standing": "away", "reason": "lunch"}).status_code == 200
    assert own.post(f"{path}/seen").status_code == 204
    found = as_documented(own, own.get(path), "get", path)
    assert (found["standing"], found["reason"]) == ("away", "lunch")
    others = {"standing": "available", "person_id": agent.id}
    assert client_of(supervisor).put(path, json=others).get_json()["standing"] == "available"
    problem(own.put(path, json={"standing": "busy", "person_id": supervisor.id}), 403)
    problem(client_of(supervisor).get(path), 404)


def test_what_cannot_be_is_refused_with_its_field(client: FlaskClient, header: dict[str, str]) -> None:
    def sent(**given: Any) -> Any:
        return client.post(CONTACTS, json={"channel": "phone", **given}, headers=header)

    problem(client.post(CONTACTS, json={"channel": "drum"}, headers=header), 422, "channel")
    problem(sent(queue="nowhere"), 422, "queue")
    problem(sent(key="a b"), 422, "key")
    problem(sent(facts={"plan": {"deep": 1}}), 422, "facts.plan")
    problem(client.post(f"{CONTACTS}/gone", json={"key": "a b"}, headers=header), 422, "key")
    problem(client.get(f"{CONTACTS}?state=lost", headers=header), 422, "state.0")
    made = bring(client, header)
    problem(client.patch(f"{CONTACTS}/{made['id']}", json={"queue": "no"}, headers=header), 422, "queue")
    problem(client.post(f"{CONTACTS}/{made['id']}/close", json={}, headers=header), 409)
    problem(client.get(f"{CONTACTS}/9999", headers=header), 404)


def test_who_takes_no_contacts_sees_none(
    client: FlaskClient,
    session: Session,
    header: dict[str, str],
    client_of: Open,
    outsider: Person,
    customer: Person,
    author: Person,
) -> None:
    other = key_for(session, "read", "cases")
    made = bring(client, header)
    for path in (CONTACTS, f"{CONTACTS}/{made['id']}"):
        problem(client.get(path), 401)
        problem(client.get(path, headers=other), 403)
        for person in (outsider, customer, author):
            problem(client_of(person).get(path), 403)
    assert session.scalars(select(Contact.notes)).one() == ""
    elsewhere = {**header, "Origin": "https://evil.example"}
    problem(client.post(CONTACTS, json={"channel": "phone"}, headers=elsewhere), 403)

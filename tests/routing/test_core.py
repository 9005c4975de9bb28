"""An outside routing core stands in: it is asked when a contact comes, and what it says in time is followed."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.context import Services
from kb.errors import Invalid
from kb.models import Person
from kb.permissions import SYSTEM
from routing import webhooks
from routing.models import Contact, ContactEvent
from routing.webhook_models import Webhook
from tests.conftest import START
from tests.loopback import Loopback
from tests.routing import stage

Open = Callable[[Person], FlaskClient]
MOST_BUDGET_MS = 2_000


class StandIn(Loopback):
    """A routing core of its own kind: it answers what a test gives it, None for silence, and keeps what it is asked."""

    def __init__(self) -> None:
        self.answer: bytes | None = b""
        self.asked: list[tuple[str, bytes]] = []
        super().__init__(self._handler())

    def proposes(self, **said: Any) -> None:
        self.answer = json.dumps(said).encode()

    def _handler(stand_in) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - the handler has a self of its own
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                stand_in.asked.append((self.headers["Kalauz-Signature"], body))
                if stand_in.answer is None:
                    with suppress(OSError):
                        self.connection.recv(1)  # until the other side hangs up
                    return
                self.send_response(200 if stand_in.answer else 204)
                self.send_header("Content-Length", str(len(stand_in.answer)))
                self.end_headers()
                self.wfile.write(stand_in.answer)

            def log_message(self, *_said: Any) -> None:
                pass

        return Handler


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    made = StandIn()
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def hook(app: Flask, session: Session, stand_in: StandIn) -> Webhook:
    """The stand-in says where contacts go; there are two queues and two skills."""
    services: Services = app.extensions["kalauz"]
    services.config = replace(services.config, external_hosts=frozenset({stand_in.host, "127.0.0.1"}))
    stage.queue(session)
    stage.queue(session, "billing")
    for key in ("refunds", "credit"):
        stage.skill(session, key)
    made = save(app, session, url=stand_in.url("/route"), proposes=True, budget_ms=MOST_BUDGET_MS)
    session.commit()
    return made


def save(app: Flask, session: Session, found: Webhook | None = None, **given: Any) -> Webhook:
    values = {"name": "Router", "kinds": [], "is_active": True, "by": SYSTEM, **given}
    return webhooks.save(session, app.extensions["kalauz"].config, found, **values)


def came(session: Session, client: FlaskClient, **given: Any) -> tuple[Contact, dict[str, Any]]:
    """A contact that comes by the API, and what its history says of it."""
    sent = {"channel": "phone", "queue": "mobile", "question": "My money", **given}
    answer = client.post("/api/v1/contacts", json=sent, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code in {200, 201}, answer.text
    session.commit()
    contact = session.get_one(Contact, json.loads(answer.data)["id"])
    event = session.scalars(
        select(ContactEvent).where(ContactEvent.contact_id == contact.id, ContactEvent.kind == "came")
    ).one()
    return contact, event.said


@pytest.fixture
def client(client_of: Open, supervisor: Person) -> FlaskClient:
    return client_of(supervisor)


def test_what_it_proposes_is_followed_and_kept_with_its_reasons(
    session: Session, hook: Webhook, stand_in: StandIn, client: FlaskClient
) -> None:
    stand_in.proposes(
        queue="billing",
        skills=["refunds"],
        priority=4,
        level=2,
        summary="Paid twice",
        why="Billing knows",
        new="?",
    )
    contact, said = came(session, client, key="a", facts={"plan": "M"}, skills=["credit"])
    assert (contact.queue.key, contact.skills) == ("billing", ["credit", "refunds"])
    assert (contact.priority, contact.level, contact.state) == (4, 2, "escalated")
    assert said["proposed"]["by"] == "Router"
    assert (said["proposed"]["summary"], said["proposed"]["why"]) == ("Paid twice", "Billing knows")
    signature, body = stand_in.asked[0]
    seconds = int(START.timestamp())
    signed = hmac.new(hook.secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    assert signature == f"t={seconds},v1={signed}"
    asked = json.loads(body)
    assert (asked["kind"], asked["contact"]["question"]) == ("proposal", "My money")
    assert asked["contact"]["facts"] == {"plan": "M"}


def test_a_contact_that_is_here_is_not_asked_about_again(
    session: Session, hook: Webhook, stand_in: StandIn, client: FlaskClient
) -> None:
    came(session, client, key="a")
    came(session, client, key="a")
    assert len(stand_in.asked) == 1


def test_without_an_opinion_it_goes_where_it_would(
    session: Session, hook: Webhook, stand_in: StandIn, client: FlaskClient
) -> None:
    contact, said = came(session, client)
    assert (contact.queue.key, contact.level, "proposed" in said) == ("mobile", 1, False)


def test_what_the_house_does_not_know_is_left_out_and_the_rest_is_followed(
    session: Session, hook: Webhook, stand_in: StandIn, client: FlaskClient
) -> None:
    stand_in.proposes(queue="cellar", skills=["magic", "refunds"], priority=2)
    contact, said = came(session, client)
    assert (contact.queue.key, contact.skills, contact.priority) == ("mobile", ["refunds"], 2)
    assert said["proposed"]["unknown"] == ["queue", "skills"]


@pytest.mark.parametrize("answer", [b"{", b"[1]", b'{"priority": "high"}', b'{"level": 9}', b"[" * 60_000])
def test_nonsense_changes_nothing(
    session: Session, hook: Webhook, stand_in: StandIn, client: FlaskClient, answer: bytes
) -> None:
    stand_in.answer = answer
    contact, said = came(session, client)
    assert (contact.queue.key, contact.priority, "proposed" in said) == ("mobile", 0, False)


def test_one_that_is_late_is_not_waited_for_and_then_left_in_peace(
    app: Flask, session: Session, hook: Webhook, stand_in: StandIn, client: FlaskClient
) -> None:
    save(app, session, hook, url=hook.url, proposes=True, budget_ms=50)
    session.commit()
    stand_in.answer = None
    for _ in range(5):
        contact, _said = came(session, client)
        assert contact.queue.key == "mobile"
    assert len(stand_in.asked) == 3


def test_what_comes_is_checked_before_anybody_is_asked(
    session: Session, hook: Webhook, stand_in: StandIn, client: FlaskClient
) -> None:
    sent = {"channel": "phone", "skills": ["magic"]}
    refused = client.post("/api/v1/contacts", json=sent, headers={"Sec-Fetch-Site": "same-origin"})
    assert (refused.status_code, [*json.loads(refused.data)["fields"]]) == (422, ["skills"])
    assert stand_in.asked == []


def test_only_one_is_asked_and_never_for_long(app: Flask, session: Session, hook: Webhook) -> None:
    for given, field in (({"proposes": True}, "proposes"), ({"budget_ms": 60_000}, "budget_ms")):
        with pytest.raises(Invalid) as refused:
            save(app, session, url=hook.url, **given)
        assert set(refused.value.fields) == {field}
    save(app, session, hook, url=hook.url, proposes=False)
    save(app, session, url=hook.url, proposes=True)


def test_the_document_of_the_api_says_what_it_is_asked_and_may_answer(app: Flask) -> None:
    document = app.extensions["api"].spec.to_dict()
    asked = document["webhooks"]["proposal"]["post"]
    answered = asked["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
    proposal = document["components"]["schemas"][answered.rpartition("/")[2]]
    assert {"queue", "level", "skills", "priority", "summary", "why"} == set(proposal["properties"])

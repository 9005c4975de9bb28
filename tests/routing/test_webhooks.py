"""What happens is sent to those who want to be told: signed, in order, at least once, whatever the other side does."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.config import Config
from kb.context import Services
from kb.db import Database
from kb.errors import Invalid, NotAllowed
from kb.fetching import Limits
from kb.models import Person
from kb.permissions import SYSTEM
from routing import couriers, webhooks
from routing.webhook_models import Webhook, WebhookDelivery
from tests.conftest import START, Clock
from tests.loopback import Loopback
from tests.routing import stage

Open = Callable[[Person], FlaskClient]


class Receiver(Loopback):
    """A system that takes what it is sent, or does not, as its statuses say in turn; 0 stands for silence."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.taken: list[tuple[dict[str, str], bytes]] = []
        super().__init__(self._handler())

    def keys(self) -> list[str]:
        """The contacts that it was told of, in order."""
        return [json.loads(body)["key"] for _, body in self.taken]

    def _handler(receiver) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - the handler has a self of its own
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = receiver.statuses.pop(0) if receiver.statuses else 204
                if not status:
                    with suppress(OSError):
                        self.connection.recv(1)  # until the other side hangs up
                    return
                receiver.taken.append((dict(self.headers), body))
                self.send_response(status)
                self.send_header("Location", receiver.url("/elsewhere"))
                self.end_headers()

            def log_message(self, *_said: Any) -> None:
                pass

        return Handler


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def allowing(config: Config, receiver: Receiver) -> Config:
    return replace(config, external_hosts=frozenset({receiver.host, "127.0.0.1"}))


@pytest.fixture
def here(allowing: Config, database: Database) -> Services:
    """What a process has, without the application."""
    return Services(allowing, database, None)  # type: ignore[arg-type]


@pytest.fixture
def hook(session: Session, allowing: Config, receiver: Receiver) -> Webhook:
    """The receiver wants to know what comes, from now on."""
    stage.queue(session)
    stage.bring(session, "before")
    made = save(session, allowing, url=receiver.url("/told"), kinds=["came"])
    session.commit()
    return made


def save(session: Session, config: Config, found: Webhook | None = None, **given: Any) -> Webhook:
    values = {"name": "CRM", "kinds": [], "is_active": True, "by": SYSTEM, **given}
    return webhooks.save(session, config, found, **values)


def bring(database: Database, *keys: str) -> None:
    with database.transaction() as writing:
        for key in keys:
            stage.bring(writing, key)


def waiting(database: Database) -> list[WebhookDelivery]:
    with database.session() as reading:
        return [*reading.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id))]


@pytest.mark.usefixtures("both_databases")
def test_what_happens_is_sent_once_signed_and_in_order(
    here: Services, hook: Webhook, receiver: Receiver, clock: Clock
) -> None:
    bring(here.database, "a", "b")
    assert couriers.deliver(here, clock) == 2
    assert couriers.deliver(here, clock) == 0
    assert receiver.keys() == ["a", "b"]
    headers, body = receiver.taken[0]
    signed = hmac.new(hook.secret.encode(), f"{int(START.timestamp())}.".encode() + body, hashlib.sha256)
    assert headers["Kalauz-Signature"] == f"t={int(START.timestamp())},v1={signed.hexdigest()}"
    assert (headers["Kalauz-Event"], headers["Kalauz-Delivery"]) == ("came", "1")
    assert all(one.sent_at for one in waiting(here.database))


def test_what_fails_is_tried_again_with_growing_pauses_and_keeps_its_id(
    here: Services, hook: Webhook, receiver: Receiver, clock: Clock
) -> None:
    receiver.statuses = [500, 302]
    bring(here.database, "a", "b")
    couriers.deliver(here, clock)
    first, second = waiting(here.database)
    assert (first.attempts, second.attempts) == (1, 0)  # who waits behind it is not tried
    assert first.error == second.error == "It answered with status 500."
    clock.advance(seconds=9)
    assert couriers.deliver(here, clock) == 0
    clock.advance(seconds=1)
    couriers.deliver(here, clock)
    assert "302" in waiting(here.database)[0].error  # and nobody is sent elsewhere
    clock.advance(seconds=30)
    couriers.deliver(here, clock)
    assert receiver.keys() == ["a", "a", "a", "b"]
    assert [headers["Kalauz-Delivery"] for headers, _ in receiver.taken] == ["1", "1", "1", "2"]
    assert all(one.sent_at and not one.error for one in waiting(here.database))


def test_who_is_slow_is_not_waited_for(
    here: Services, hook: Webhook, receiver: Receiver, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(couriers, "LIMITS", Limits(seconds=0.2, largest=100))
    receiver.statuses = [0]
    bring(here.database, "a")
    couriers.deliver(here, clock)
    assert waiting(here.database)[0].error == "It did not answer within 0.2 seconds."


def test_after_a_day_it_is_given_up_and_an_administrator_sends_it_again(
    here: Services, hook: Webhook, receiver: Receiver, clock: Clock
) -> None:
    receiver.statuses = [500, 500]
    bring(here.database, "a")
    couriers.deliver(here, clock)
    clock.advance(days=1)
    couriers.deliver(here, clock)
    given_up = waiting(here.database)[0]
    assert (given_up.next_at, given_up.sent_at) == (None, None)
    clock.advance(days=1)
    assert couriers.deliver(here, clock) == 0
    with here.database.transaction() as session:
        assert webhooks.listed(session)[0][1] == (0, 1, 0)
        held = session.get_one(WebhookDelivery, given_up.id)
        with pytest.raises(NotAllowed):
            webhooks.send_again(session, held, by=stage.viewer(session, "agent"), now=clock())
        webhooks.send_again(session, held, by=SYSTEM, now=clock())
    couriers.deliver(here, clock)
    assert receiver.keys() == ["a"] * 3


def test_what_a_process_had_in_its_hands_when_it_died_is_sent_by_another(
    here: Services, hook: Webhook, receiver: Receiver, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(here.database, "a")

    def die(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(couriers, "_send_all", die)
        with pytest.raises(KeyboardInterrupt):
            couriers.deliver(here, clock)
    assert couriers.deliver(here, clock) == 0
    clock.now += couriers.LEASE
    assert couriers.deliver(here, clock) == 1
    assert receiver.keys() == ["a"]


def test_who_was_switched_off_is_told_what_happens_from_then_on(
    here: Services, session: Session, hook: Webhook, receiver: Receiver, clock: Clock
) -> None:
    save(session, here.config, hook, url=hook.url, is_active=False)
    session.commit()
    bring(here.database, "a")
    assert couriers.deliver(here, clock) == 0
    session.refresh(hook)
    save(session, here.config, hook, url=hook.url)
    session.commit()
    bring(here.database, "b")
    couriers.deliver(here, clock)
    assert receiver.keys() == ["b"]


def test_only_hosts_on_the_list_are_told(session: Session, allowing: Config) -> None:
    for given, field in (
        ({"url": "http://evil.example/"}, "url"),
        ({"url": "ftp://127.0.0.1/"}, "url"),
        ({"url": "http://127.0.0.1/", "name": " "}, "name"),
        ({"url": "http://127.0.0.1/", "kinds": ["cake"]}, "kinds"),
    ):
        with pytest.raises(Invalid) as refused:
            save(session, allowing, **given)
        assert set(refused.value.fields) == {field}
    with pytest.raises(NotAllowed):
        save(session, allowing, url="http://127.0.0.1/", by=stage.viewer(session, "supervisor"))


def test_what_was_taken_is_forgotten_after_a_week(
    here: Services, hook: Webhook, receiver: Receiver, clock: Clock
) -> None:
    bring(here.database, "a")
    couriers.deliver(here, clock)
    with here.database.transaction() as session:
        webhooks.forget(session, START + timedelta(days=6))
        assert session.get(WebhookDelivery, 1)
        session.expunge_all()
        webhooks.forget(session, START + timedelta(days=8))
        assert session.get(WebhookDelivery, 1) is None


def test_an_administrator_arranges_webhooks_on_a_page(
    app: Flask, session: Session, client_of: Open, admin: Person, supervisor: Person, receiver: Receiver
) -> None:
    services: Services = app.extensions["kalauz"]
    services.config = replace(services.config, external_hosts=frozenset({receiver.host, "127.0.0.1"}))
    client = client_of(admin)
    assert "No system is told yet" in client.get("/routing/webhooks/").text
    sent = {
        "name": "CRM",
        "url": receiver.url("/told"),
        "kinds": ["came"],
        "is_active": "y",
        "budget_ms": "300",
    }
    refused = client.post("/routing/webhooks/new", data={**sent, "url": "http://evil.example/"})
    assert (refused.status_code, "not on the list" in refused.text) == (422, True)
    made = client.post("/routing/webhooks/new", data=sent)
    assert made.status_code == 303
    session.commit()
    hook = session.scalars(select(Webhook)).one()
    secret = hook.secret
    assert secret in client.get(made.location).text
    session.commit()
    client.post(f"{made.location}/secret")
    session.refresh(hook)
    assert hook.secret != secret
    session.add(
        WebhookDelivery(webhook_id=hook.id, event_id=1, kind="came", body="{}", made_at=START, error="No.")
    )
    session.commit()
    assert "Given up" in client.get(made.location).text
    assert client.post("/routing/webhooks/deliveries/1/again").location == made.location
    assert "On its way" in client.get(made.location).text
    stale = client.post(made.location, data={**sent, "name": "New", "version": "older"})
    assert stale.status_code == 409
    client.post(f"{made.location}/delete")
    session.expire_all()
    assert session.scalars(select(Webhook)).all() == []
    assert client_of(supervisor).get("/routing/webhooks/").status_code == 403

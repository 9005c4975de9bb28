"""A register outside knows who customers are: it is asked when a contact comes, and believed with distrust."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.config import Config
from kb.context import Services
from kb.db import Database
from kb.errors import Conflict, Invalid, NotAllowed
from kb.models import Person
from kb.permissions import SYSTEM
from routing import registers, reported
from routing.arrivals import Arrival
from routing.core import FirstOf
from routing.looking_up import LookUp, answered, register_of
from routing.models import Contact, Customer, CustomerAddress
from routing.register_models import CustomerRegister
from search.federation.breaker import MOST_FAILURES, PAUSE_S
from tests.cbr.test_cases_api import problem
from tests.conftest import START
from tests.loopback import Loopback
from tests.routing import stage

Open = Callable[[Person], FlaskClient]
NUMBER = "+46 8 123 45 67"
ANNA = {
    "data": {
        "id": "C7",
        "name": "Anna",
        "locale": "sv",
        "phones": ["+46 8 123 45 67"],
        "contract": {"plan": "M", "age": 3},
    }
}
PATHS = {"key": "data.id", "name": "data.name", "language": "data.locale", "addresses": "data.phones"}
FACTS = {"plan": "data.contract.plan", "years": "data.contract.age"}


class Crm(Loopback):
    """Knows people by number or key; answers as it is told to, or not at all."""

    def __init__(self) -> None:
        self.people: dict[str, Any] = {"+4681234567": ANNA, "C7": ANNA}
        self.asked: list[str] = []
        self.headers: dict[str, str] = {}
        self.status = 200
        self.body: bytes | None = None
        super().__init__(self._handler())

    def _handler(crm) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - the handler has a self of its own
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                who = parse_qs(urlsplit(self.path).query)["who"][0]
                crm.asked.append(who)
                crm.headers = dict(self.headers)
                if not crm.status:
                    crm.closing.wait(2)
                    return
                found = crm.people.get(who)
                body = crm.body if crm.body is not None else json.dumps(found).encode()
                self.send_response(crm.status if found or crm.body else 404)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_said: Any) -> None:
                pass

        return Handler


@pytest.fixture
def crm() -> Iterator[Crm]:
    made = Crm()
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def allowing(config: Config, crm: Crm) -> Config:
    return replace(config, external_hosts=frozenset({crm.host, "127.0.0.1"}))


def save(
    session: Session, config: Config, crm: Crm, found: CustomerRegister | None = None, **given: Any
) -> CustomerRegister:
    values = {
        "name": "CRM",
        "url": crm.url("/?who={address}"),
        "paths": PATHS,
        "facts": FACTS,
        "by": SYSTEM,
        "now": START,
        **given,
    }
    return registers.save(session, config, found, **values)


class Seconds:
    """A clock that stands still until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def look_up(allowing: Config, database: Database, seconds: Seconds) -> LookUp:
    return LookUp(Services(allowing, database, None), seconds)  # type: ignore[arg-type]


def come(session: Session, look_up: LookUp, key: str = "c1", **given: Any) -> Contact:
    arrival = Arrival(**{"channel": "phone", "key": key, "address": NUMBER, **given})
    return reported.came(session, arrival, FirstOf([]), by=SYSTEM, now=START, look_up=look_up)[0]


@pytest.mark.usefixtures("both_databases")
def test_who_calls_is_known_with_what_the_register_says(
    session: Session, allowing: Config, crm: Crm, look_up: LookUp
) -> None:
    stage.queue(session)
    save(session, allowing, crm, header="Authorization", secret="Bearer x")
    session.commit()
    made = come(session, look_up, facts={"years": 4})
    assert made.customer
    assert (made.customer.key, made.customer.name, made.language) == ("C7", "Anna", "sv")
    assert made.facts == {"plan": "M", "years": 4}  # what was said now counts
    assert (crm.asked, crm.headers["Authorization"]) == (["+4681234567"], "Bearer x")
    come(session, look_up, "c2")
    come(session, look_up, "c1")
    assert len(crm.asked) == 1  # asked a moment ago; and a contact that came before asks nobody


def test_what_was_known_before_stays_where_the_register_says_nothing(
    session: Session, allowing: Config, crm: Crm, look_up: LookUp, seconds: Seconds
) -> None:
    stage.queue(session)
    save(session, allowing, crm)
    other = Customer(
        key="C8", name="Bo", addresses=[CustomerAddress(address="+4681234567")], changed_at=START
    )
    known = Customer(
        key="C7", name="Anna A.", facts={"plan": "S", "vip": True}, language="fi", changed_at=START
    )
    session.add_all([other, known])
    session.commit()
    made = come(session, look_up)
    assert made.customer is known
    assert (known.name, known.facts) == ("Anna", {"plan": "M", "years": 3, "vip": True})
    assert known.addresses == []  # the number is somebody else's here: a person has to settle that
    later = json.loads(json.dumps(ANNA))
    later["data"]["contract"] = {"plan": "L"}
    crm.people["+4681234567"] = later
    seconds.now += 601
    assert come(session, look_up, "c2").facts == {"plan": "L", "years": 3, "vip": True}


def test_a_contact_waits_for_nobody_who_is_slow_or_broken_and_leaves_them_in_peace(
    session: Session, allowing: Config, crm: Crm, look_up: LookUp, seconds: Seconds
) -> None:
    stage.queue(session)
    save(session, allowing, crm, budget_ms=50)
    session.commit()
    crm.status = 0
    for number in range(MOST_FAILURES + 2):
        made = come(session, look_up, f"c{number}")
        assert (made.customer, made.state) == (None, "waiting")
    assert len(crm.asked) == MOST_FAILURES
    crm.status = 200
    seconds.now += PAUSE_S
    made = come(session, look_up, "later")
    assert made.customer
    assert made.customer.key == "C7"


@pytest.mark.parametrize(
    ("said", "known"),
    [
        (b"[]", None),
        (b"null", None),
        (b'{"data": {"id": true}}', None),
        (b'{"data": {"id": 7, "name": ["x"], "locale": "swedish?", "phones": {"a": 1}}}', ("7", "", "", {})),
        (b'{"data": {"id": "C7", "contract": {"plan": {"a": 1}, "age": 1e999}}}', ("C7", "", "", {})),
        (b'{"data": {"id": "C7", "contract": {"plan": "x\\u0000", "age": 1}}}', ("C7", "", "", {"years": 1})),
        (b'{"data": {"id": "C7", "name": "Anna\\ud800"}}', ("C7", "", "", {})),
    ],
)
def test_of_a_strange_answer_as_much_is_kept_as_can_be(
    session: Session, allowing: Config, crm: Crm, said: bytes, known: tuple[object, ...] | None
) -> None:
    crm.body = said
    register = register_of(save(session, allowing, crm))
    found = answered(register, "", "1", allowing.external_hosts)
    assert (found and (found.key, found.name, found.language, found.facts)) == known


@pytest.mark.parametrize("said", [b"{", b"[" * 100_000, b'{"data": {"id": "no spaces"}}', b" " * 300_000])
def test_an_answer_that_is_none_changes_nothing(
    session: Session, allowing: Config, crm: Crm, look_up: LookUp, said: bytes
) -> None:
    stage.queue(session)
    save(session, allowing, crm)
    session.commit()
    crm.body = said
    assert come(session, look_up).customer is None
    assert session.scalars(select(Customer)).all() == []


def test_whoever_is_unknown_by_number_is_found_by_the_next_register(
    session: Session, allowing: Config, crm: Crm, look_up: LookUp
) -> None:
    stage.queue(session)
    save(session, allowing, crm, url=crm.url("/?who={key}"))
    save(session, allowing, crm, url=crm.url("/?who={address}&by=number"))
    session.commit()
    assert come(session, look_up, "c1", address="+46 0").customer is None
    assert crm.asked == ["+460"]  # without a key there is nothing to ask the first
    made = come(session, look_up, "c2", customer="C7", address="")
    assert made.customer
    assert (made.customer.key, crm.asked) == ("C7", ["+460", "C7"])
    assert come(session, look_up, "c3", address="").customer is None
    assert len(crm.asked) == 2


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"url": "http://evil.example/{key}"}, "url"),
        ({"url": "http://127.0.0.1/"}, "url"),
        ({"url": "file:///{key}"}, "url"),
        ({"name": " "}, "name"),
        ({"paths": {"name": "data.name"}}, "key"),
        ({"paths": {"key": "data..id"}}, "key"),
        ({"facts": {"a b": "x"}}, "facts"),
        ({"header": "Host"}, "header"),
        ({"header": "X: y"}, "header"),
        ({"header": "X", "secret": "a\r\nb"}, "secret"),
        ({"budget_ms": 5}, "budget_ms"),
        ({"ttl_s": -1}, "ttl_s"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_field(
    session: Session, allowing: Config, crm: Crm, given: dict[str, Any], field: str
) -> None:
    config = replace(allowing, external_hosts=allowing.external_hosts | {"127.0.0.1"})
    with pytest.raises(Invalid) as refused:
        save(session, config, crm, **given)
    assert set(refused.value.fields) == {field}


def test_only_administrators_arrange_registers_and_no_save_is_lost(
    session: Session, allowing: Config, crm: Crm
) -> None:
    made = save(session, allowing, crm, header="X-Key", secret="s")
    with pytest.raises(NotAllowed):
        save(session, allowing, crm, made, by=stage.viewer(session, "supervisor"))
    with pytest.raises(NotAllowed):
        registers.remove(session, made, by=stage.viewer(session, "supervisor"))
    with pytest.raises(Conflict):
        save(session, allowing, crm, made, seen="older")
    save(session, allowing, crm, made, header="X-Key", now=START + timedelta(minutes=1))
    assert made.secret == "s"  # an empty field leaves it
    save(session, allowing, crm, made, header="")
    assert made.secret == ""


@pytest.mark.parametrize("text", ["plan", "plan = a.b\n\n years=c "])
def test_facts_are_typed_as_lines(text: str) -> None:
    assert registers.facts_of(registers.facts_text(registers.facts_of(text))) == registers.facts_of(text)


@pytest.mark.parametrize(
    "text", ["a b = c", "plan = a..b", "plan = a\nplan = b", "= x", "\n".join(map(str, range(201)))]
)
def test_a_line_that_cannot_be_read_is_named(text: str) -> None:
    with pytest.raises(Invalid):
        registers.facts_of(text)


@pytest.fixture
def listed(app: Flask, crm: Crm) -> Services:
    """The operator lists the register's host."""
    services: Services = app.extensions["kalauz"]
    services.config = replace(services.config, external_hosts=frozenset({crm.host, "127.0.0.1"}))
    return services


def test_an_administrator_arranges_and_tries_a_register_on_a_page(
    listed: Services, session: Session, client_of: Open, admin: Person, supervisor: Person, crm: Crm
) -> None:
    client = client_of(admin)
    assert "No register is asked yet" in client.get("/routing/registers/").text
    sent = {
        "name": "Our CRM",
        "url": crm.url("/?who={address}"),
        "header": "X-Key",
        "secret": "very secret",
        "key": "data.id",
        "called": "data.name",
        "facts": "plan = data.contract.plan",
        "budget_ms": "300",
        "ttl_s": "600",
        "is_active": "y",
    }
    refused = client.post("/routing/registers/new", data={**sent, "facts": "a b = c"})
    assert (refused.status_code, "This line cannot be read: a b = c" in refused.text) == (422, True)
    made = client.post("/routing/registers/new", data=sent)
    assert made.status_code == 303
    page = client.get(made.location).text
    assert "plan = data.contract.plan" in page
    assert "very secret" not in page
    tried = client.post(f"{made.location}/test", data={"asked": NUMBER}).text
    assert "Anna" in tried
    assert crm.headers["X-Key"] == "very secret"
    assert "knows nobody" in client.post(f"{made.location}/test", data={"asked": "+46 0"}).text
    crm.status = 500
    assert "status 500" in client.post(f"{made.location}/test", data={"asked": NUMBER}).text
    assert "Our CRM" in client.get("/routing/registers/").text
    client.post(f"{made.location}/delete")
    session.expire_all()
    assert session.scalars(select(CustomerRegister)).all() == []
    assert client_of(supervisor).get("/routing/registers/").status_code == 403


def test_an_agent_who_types_a_key_brings_in_what_the_register_knows(
    listed: Services, session: Session, client_of: Open, agent: Person, specialist: Person, crm: Crm
) -> None:
    stage.queue(session)
    stage.agent(session)
    save(session, listed.config, crm, url=crm.url("/?who={key}"))
    contact = stage.bring(session, "c1")
    session.commit()
    client = client_of(agent)
    client.post(f"/api/v1/contacts/{contact.id}/take-over")
    path = f"/api/v1/contacts/{contact.id}/customer"
    problem(client_of(specialist).put(path, json={"customer": "C7"}), 403)
    assert crm.asked == []
    problem(client.put(path, json={"customer": "C0"}), 404)
    told = client.put(path, json={"customer": "C7"}).get_json()
    assert (told["customer"], told["facts"]) == ("C7", {"plan": "M", "years": 3})

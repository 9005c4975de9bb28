"""What happens is heard at once by whom it concerns, whoever wrote it, and nothing is missed when a server dies."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kb.db import Database
from kb.models import Person
from kb.permissions import SYSTEM
from routing import contacts, events, floor, streams
from routing.events import Happening
from routing.models import Contact
from routing.streams import Listener, Tail, Told
from tests.cbr.test_cases_api import as_documented, key_for, problem
from tests.conftest import START
from tests.processes import python, told
from tests.routing import serving, stage

Open = Callable[[Person], FlaskClient]
EVENTS = "/api/v1/contacts/events"
STREAM = {"Accept": "text/event-stream"}


@pytest.fixture
def opened(session: Session) -> None:
    """A queue."""
    stage.queue(session)
    session.commit()


def bring(database: Database, *keys: str) -> None:
    """Contacts come, each in a transaction of its own."""
    for key in keys:
        with database.transaction() as writing:
            stage.bring(writing, key)


def kinds_and_keys(found: Any) -> list[tuple[str, str]]:
    return [(event["kind"], event["key"]) for event in found["events"]]


def test_one_goes_on_from_where_one_was(
    client: FlaskClient, session: Session, database: Database, opened: None
) -> None:
    header = key_for(session, "contacts")
    start = client.get(EVENTS, headers=header).get_json()
    assert start == {"events": [], "head": 0}
    bring(database, "a", "b")
    answer = client.get(f"{EVENTS}?after=0", headers=header)
    found = as_documented(client, answer, "get", EVENTS)
    assert kinds_and_keys(found) == [("came", "a"), ("came", "b")]
    assert client.get(f"{EVENTS}?after={found['head']}", headers=header).get_json()["events"] == []
    assert client.get(f"{EVENTS}?after=999", headers=header).get_json()["head"] == found["head"]


@pytest.mark.usefixtures("both_databases")
def test_a_person_hears_what_concerns_them_and_who_directs_hears_all(
    session: Session, client_of: Open, agent: Person, specialist: Person, supervisor: Person, opened: None
) -> None:
    stage.agent(session)
    stage.agent(session, "specialist", queues={"other": 1})
    contact = stage.bring(session, "a")
    floor.round_(session, START)
    boss = stage.viewer(session, "supervisor")
    events.add(session, Happening.BROADCAST, now=START, by=boss, queue="other", text="Mind the outage")
    events.add(session, Happening.BROADCAST, now=START, by=boss, text="Cake at three")
    contacts.abandon(session, contact, by=SYSTEM, now=START)
    session.commit()

    def heard(person: Person) -> list[str]:
        found = client_of(person).get(f"{EVENTS}?after=0").get_json()["events"]
        return [event["kind"] for event in found]

    assert heard(agent) == ["presence", "offered", "broadcast", "abandoned"]
    assert heard(specialist) == ["presence", "broadcast", "broadcast"]
    assert len(heard(supervisor)) == 7


def test_who_loses_a_contact_hears_of_it() -> None:
    moved = Told(9, Happening.MOVED, START, 1, "a", 3, {}, 5)
    taken = Told(9, Happening.ACCEPTED, START, 1, "a", 3, {"taken_from": 6}, 5)
    heard = [Listener(who, False, frozenset()).hears(event) for who in (5, 6, 7) for event in (moved, taken)]
    assert heard == [True, True, False, True, False, False]


def test_who_takes_no_contacts_hears_nothing(client: FlaskClient, client_of: Open, outsider: Person) -> None:
    problem(client.get(EVENTS, headers=STREAM), 401)
    problem(client_of(outsider).get(EVENTS, headers=STREAM), 403)


@pytest.mark.usefixtures("both_databases")
def test_who_waits_is_told_what_another_process_writes(database: Database, session: Session) -> None:
    stage.queue(session)
    session.commit()
    tail = Tail(database, pause_s=0.01)
    leave = tail.enter()
    assert leave
    everything = Listener(None, True, frozenset())
    assert streams.heard(tail, everything, 0, 0) == ([], 0)
    bring(database, "a")
    found, position = streams.heard(tail, everything, 0, 60)
    bring(database, "b", "c")
    more: list[Told] = []
    while len(more) < 2:
        fresh, position = streams.heard(tail, everything, position, 60)
        more += fresh
    assert [event.key for event in [*found, *more]] == ["a", "b", "c"]
    leave()


def test_what_lies_before_what_is_kept_is_read_from_the_table(
    database: Database, session: Session, opened: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "KEPT", 2)
    tail = Tail(database, pause_s=0.01)
    leave = tail.enter()
    assert leave
    everything = Listener(None, True, frozenset())
    keys = [str(number) for number in range(7)]
    bring(database, *keys)
    last = contacts_head(database)
    tail.after(last - 1, 60)  # until it knows of all of them
    assert [event.key for event in streams.heard(tail, everything, 0, 60)[0]] == keys
    assert [event.key for event in streams.heard(tail, everything, last - 1, 60)[0]] == keys[-1:]
    leave()


def contacts_head(database: Database) -> int:
    with database.session() as reading:
        return events.head(reading)


def test_a_place_is_given_back_once_and_no_more_listen_than_may(database: Database) -> None:
    tail = Tail(database, most=1)
    leave = tail.enter()
    assert leave
    assert tail.enter() is None
    leave()
    leave()
    second = tail.enter()
    assert second
    assert tail.enter() is None
    second()


def test_who_finds_no_place_is_told_when_to_ask_again(
    app: Flask, database: Database, session: Session, opened: None
) -> None:
    header, client = key_for(session, "contacts"), app.test_client()
    app.extensions["floor events"] = Tail(database, most=0)
    refused = client.get(EVENTS, headers=header | STREAM)
    problem(refused, 503)
    assert refused.headers["Retry-After"]
    assert client.get(f"{EVENTS}?wait=20", headers=header).get_json() == {"events": [], "head": 0}


def test_a_stream_goes_on_after_the_last_id_and_ends_in_time(
    app: Flask, database: Database, session: Session, opened: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "BEAT_S", 0.01)
    header = key_for(session, "contacts")
    bring(database, "a", "b")
    answer = app.test_client().get(EVENTS, headers=header | STREAM | {"Last-Event-ID": "1"})
    assert (answer.mimetype, answer.headers["Cache-Control"]) == ("text/event-stream", "private, no-store")
    lines = answer.iter_encoded()
    said = [next(lines).decode() for _ in range(3)]
    assert said[0] == "retry: 1000\nid: 1\n\n"
    assert json.loads(said[1].partition("data: ")[2])["key"] == "b"
    assert said[2] == ": still here\nid: 2\n\n"
    answer.close()
    assert [*streams.stream(Tail(database), Listener(None, True, frozenset()), 0, str, life_s=0)] == [
        "retry: 1000\nid: 0\n\n"
    ]


class Listening:
    """A client that reads a stream line by line."""

    def __init__(self, port: str, header: dict[str, str], last: str = "") -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", int(port))
        resumed = {"Last-Event-ID": last} if last else {}
        self._connection.request("GET", EVENTS, headers=header | STREAM | resumed)
        self.last, self._answer = last, self._connection.getresponse()
        self.heard: list[str] = []

    def until(self, key: str) -> None:
        """Read until a contact came."""
        while key not in self.heard:
            line = self._answer.readline().decode()
            assert line, "the stream ended"
            self._take(line.strip())

    def _take(self, line: str) -> None:
        if line.startswith("id: "):
            self.last = line[4:]
        elif line.startswith("data: "):
            self.heard.append(json.loads(line[6:])["key"])

    def drain(self) -> None:
        """Read to the end of a stream whose server is gone."""
        with suppress(OSError, http.client.HTTPException):
            while line := self._answer.readline().decode():
                self._take(line.strip())

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def servers(data: Path, database_url: str) -> Iterator[list[Any]]:
    """Two processes that serve one database."""
    script = str(Path(serving.__file__).relative_to(Path.cwd()).with_suffix("")).replace("/", ".")
    with (
        python("-m", script, data, database_url) as first,
        python("-m", script, data.parent / "second", database_url) as second,
    ):
        yield [first, second]


def test_a_client_whose_server_is_killed_goes_on_at_another_and_misses_nothing(
    servers: list[Any], database: Database, session: Session, opened: None
) -> None:
    header = key_for(session, "contacts")
    first, second = (told(server) for server in servers)
    listening = Listening(first, header)
    brought = http.client.HTTPConnection("127.0.0.1", int(second))

    def bring_there(key: str) -> None:
        body = json.dumps({"channel": "phone", "key": key})
        brought.request("POST", "/api/v1/contacts", body, header | {"Content-Type": "application/json"})
        answer = brought.getresponse()
        answer.read()
        assert answer.status == 201

    bring_there("a")
    listening.until("a")
    bring_there("b")
    servers[0].kill()
    bring_there("c")
    listening.drain()
    resumed = Listening(second, header, listening.last)
    bring_there("d")
    resumed.until("d")
    assert [*listening.heard, *resumed.heard] == ["a", "b", "c", "d"]
    with database.session() as reading:
        assert reading.query(Contact).count() == 4
    for one in (listening, resumed):
        one.close()
    brought.close()

"""Values from outside, asked of a real server that is slow, huge, wrong, elsewhere, and in the end gone."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import external, journal
from kb.config import Config
from kb.db import Database
from kb.errors import Invalid
from kb.external import Reading
from kb.models import AuditEntry, ExternalSource
from tests import factories
from tests.conftest import START
from tests.kb.peer import PATIENCE, Peer, serving
from tests.server import free_port

MINUTE = timedelta(minutes=1)


@pytest.fixture
def peer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Peer]:
    """A server on the list of allowed hosts."""
    monkeypatch.setattr(external, "TIMEOUT_S", PATIENCE)
    with serving() as made:
        made.answers["/rates"] = (200, b'{"eur": 399}')
        yield made


@pytest.fixture
def allowing(config: Config, peer: Peer) -> Config:
    """Settings that allow the server."""
    return replace(config, external_hosts=frozenset({peer.host}))


def add(database: Database, key: str, url: str, ttl_s: int = 300) -> None:
    with database.transaction() as session:
        factories.source(session, key, url, ttl_s)


def kept(database: Database, key: str = "rates") -> ExternalSource:
    with database.session() as session:
        return session.scalars(select(ExternalSource).where(ExternalSource.key == key)).one()


def ask(database: Database, config: Config, key: str = "rates", later: timedelta = timedelta()) -> Reading:
    return external.readings(database, config, {key}, START + later)[key]


# One answer.


def test_a_value_is_asked_once_and_good_for_its_time(
    both_databases: str, database: Database, allowing: Config, peer: Peer
) -> None:
    add(database, "rates", peer.url("/rates"), ttl_s=60)
    first = ask(database, allowing)
    assert (first.at(["eur"]), first.fetched_at, first.stale, first.next_try) == (
        "399",
        START,
        False,
        START + MINUTE,
    )
    peer.answers["/rates"] = (200, b'{"eur": 400}')
    assert ask(database, allowing, later=MINUTE - timedelta(seconds=1)) == first
    assert peer.asked["/rates"] == 1
    again = ask(database, allowing, later=MINUTE)
    assert (again.at(["eur"]), again.fetched_at) == ("400", START + MINUTE)
    assert peer.headers["Accept"] == "application/json"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/silent", "did not answer"),
        ("/dripping-body", "did not answer within 0.25 seconds"),
        ("/dripping-head", "did not answer within 0.25 seconds"),
        ("/endless", "larger than|did not answer"),
        ("/cut-short", "IncompleteRead"),
        ("/no-http", "BadStatusLine"),
        ("/redirect", "status 302"),
        ("/broken", "status 500"),
        ("/missing", "status 404"),
        ("/page", "JSONDecodeError"),
        ("/nothing", "JSONDecodeError"),
        ("/bytes", "UnicodeDecodeError"),
        ("/nan", "ValueError"),
        ("/deep", "RecursionError"),
        ("/half-a-character", "UnicodeEncodeError"),
        ("/long-number", "ValueError"),
    ],
)
def test_whatever_else_a_source_does_its_last_value_stays_with_its_age(
    database: Database, allowing: Config, peer: Peer, path: str, reason: str
) -> None:
    peer.answers |= {
        "/redirect": (302, b""),
        "/broken": (500, b'{"eur": 1}'),
        "/page": (200, b"<!doctype html><h1>Log in</h1>"),
        "/nothing": (200, b""),
        "/bytes": (200, b'"\xff"'),
        "/nan": (200, b'{"eur": NaN}'),
        "/deep": (200, b"[" * 100_000 + b"]" * 100_000),
        "/half-a-character": (200, b'{"eur": "\\ud83d"}'),
        "/long-number": (200, b"1" * 5_000),
    }
    add(database, "rates", peer.url("/rates"), ttl_s=60)
    ask(database, allowing)
    with database.transaction() as session:
        session.get_one(ExternalSource, kept(database).id).url = peer.url(path)
    found = ask(database, allowing, later=MINUTE)
    assert (found.at(["eur"]), found.fetched_at, found.stale) == ("399", START, True)
    assert re.search(reason, kept(database).error)
    assert peer.asked["/elsewhere"] == 0
    with database.transaction() as session:
        session.get_one(ExternalSource, kept(database).id).url = peer.url("/rates")
    healed = ask(database, allowing, later=MINUTE + external.RETRY_AFTER)
    assert (healed.stale, healed.fetched_at, kept(database).error) == (
        False,
        START + MINUTE + external.RETRY_AFTER,
        "",
    )


def test_a_source_that_goes_down_shows_what_it_said_last(database: Database, config: Config) -> None:
    with serving() as peer:
        allowing = replace(config, external_hosts=frozenset({peer.host}))
        peer.answers["/rates"] = (200, b'{"eur": 399}')
        add(database, "rates", peer.url("/rates"), ttl_s=60)
        ask(database, allowing)
    found = ask(database, allowing, later=MINUTE)
    assert (found.at(["eur"]), found.fetched_at, found.stale) == ("399", START, True)
    assert "ConnectionRefusedError" in kept(database).error


def test_a_source_that_never_answered_has_no_value_and_is_asked_again(
    database: Database, config: Config
) -> None:
    """It says when it is asked again, so that a page without its value is not kept for ever."""
    host = f"127.0.0.1:{free_port()}"
    add(database, "rates", f"http://{host}/")
    found = ask(database, replace(config, external_hosts=frozenset({host})))
    assert (found.value, found.at(["eur"]), found.stale) == (None, None, True)
    assert found.next_try == START + external.RETRY_AFTER


def test_an_unknown_key_is_left_out(database: Database, config: Config) -> None:
    assert external.readings(database, config, {"nothing"}, START) == {}


# How often.


def test_a_source_that_fails_is_not_asked_again_at_once(
    database: Database, allowing: Config, peer: Peer
) -> None:
    peer.answers["/rates"] = (500, b"")
    add(database, "rates", peer.url("/rates"), ttl_s=10)
    for second in (0, 1, 29, 30, 31, 59, 60):
        ask(database, allowing, later=timedelta(seconds=second))
    assert peer.asked["/rates"] == 3


def test_of_many_readers_at_once_one_asks(
    both_databases: str, database: Database, allowing: Config, peer: Peer
) -> None:
    add(database, "rates", peer.url("/silent"), ttl_s=60)
    together = threading.Barrier(4)

    def read() -> None:
        together.wait()
        ask(database, allowing)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert peer.asked["/silent"] == 1


def test_an_asker_that_never_came_back_does_not_keep_others_from_asking(
    database: Database, allowing: Config, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(database, "rates", peer.url("/rates"), ttl_s=7 * 24 * 3600)

    def die(*_given: Any) -> ExternalSource:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(external, "refresh", die)
        with pytest.raises(KeyboardInterrupt):
            ask(database, allowing)
    assert ask(database, allowing).value is None
    assert ask(database, allowing, later=external.RETRY_AFTER).at(["eur"]) == "399"


def test_sources_are_asked_side_by_side(
    database: Database, allowing: Config, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of the four is answered only when all four have been asked."""
    monkeypatch.setattr(external, "TIMEOUT_S", 20 * PATIENCE)
    keys = [f"source-{number}" for number in range(4)]
    for key in keys:
        add(database, key, peer.url("/all-four"))
    found = external.readings(database, allowing, keys, START)
    assert {key: reading.value for key, reading in found.items()} == dict.fromkeys(keys, 4)


def test_keeping_a_value_is_no_change_of_knowledge(
    session: Session, database: Database, allowing: Config, peer: Peer
) -> None:
    add(database, "rates", peer.url("/rates"))
    head = journal.head(session)
    entries = len(session.scalars(select(AuditEntry)).all())
    ask(database, allowing)
    assert journal.head(session) == head
    assert len(session.scalars(select(AuditEntry)).all()) == entries


# Whom.


def test_a_host_that_is_not_on_the_list_is_never_asked(
    database: Database, config: Config, peer: Peer
) -> None:
    add(database, "rates", peer.url("/rates"))
    for hosts in (frozenset[str](), frozenset({"127.0.0.1", f"localhost:{peer.server.server_port}"})):
        found = ask(database, replace(config, external_hosts=hosts), later=MINUTE * len(hosts))
        assert found.value is None
    assert "not on the list" in kept(database).error
    assert not peer.asked


@pytest.mark.parametrize(
    "url",
    [
        "",
        "rates.example/x",
        "ftp://rates.example/",
        "file:///etc/passwd",
        "http:///x",
        "http://user@rates.example/",
        "http://user:word@rates.example/",
        "http://rates.example@evil.example/",
        "http://rates.example:80/",
        "http://evil.example/rates.example",
        "http://rates.example.evil.example/",
        "http://rates.example\\.evil.example/",
        "http://[::1",
        "javascript:alert(1)",
    ],
)
def test_an_address_elsewhere_is_refused(config: Config, url: str) -> None:
    with pytest.raises(Invalid) as refused:
        external.check_url(url, replace(config, external_hosts=frozenset({"rates.example"})))
    assert set(refused.value.fields) == {"url"}


@pytest.mark.parametrize(
    "url",
    ["http://rates.example", "https://RATES.example/x?y=z#f", "http://rates.example:8080/árak?ő=ű x%20y"],
)
def test_an_address_on_the_list_is_taken(config: Config, url: str) -> None:
    external.check_url(
        url, replace(config, external_hosts=frozenset({"rates.example", "rates.example:8080"}))
    )


def test_letters_beyond_ascii_and_blanks_reach_the_source_encoded(
    database: Database, allowing: Config, peer: Peer
) -> None:
    add(database, "rates", peer.url("/á r?q=ű%20x&y=[1]#part"))
    peer.answers["/%C3%A1%20r?q=%C5%B1%20x&y=[1]"] = (200, b"1")
    assert ask(database, allowing).value == 1


@given(before=st.text(), after=st.text())
def test_whatever_surrounds_it_only_the_host_on_the_list_is_asked(before: str, after: str) -> None:
    """The host that is connected to is the host that was checked, however strangely the address is written."""
    allowed = Config(data=None, database_url="", secret_key="", external_hosts=frozenset({"rates.example"}))  # type: ignore[arg-type]
    connected = []

    def refusing(host: str, *_more: Any, **_options: Any) -> Any:
        connected.append(host)
        raise ConnectionRefusedError

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("kb.fetching.socket.getaddrinfo", refusing)
        with suppress(Invalid, ConnectionRefusedError):
            external._fetch(f"http://{before}rates.example{after}", allowed)
    assert {host.lower() for host in connected} <= {"rates.example"}


# What of it.


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (["eur"], "399"),
        (["list", "1"], "b"),
        (["list", "2"], None),
        (["list", "-1"], None),
        (["list", "x"], None),
        (["deep", "er", "0"], "0.5"),
        (["zero"], "0"),
        (["empty"], ""),
        (["yes"], None),
        (["null"], None),
        (["list"], None),
        (["deep"], None),
        (["eur", "x"], None),
        (["nothing"], None),
        ([], None),
    ],
)
def test_a_value_is_found_by_names_and_positions_and_is_text_or_a_number(
    path: list[str], expected: str | None
) -> None:
    value = {
        "eur": 399,
        "list": ["a", "b"],
        "deep": {"er": [0.5]},
        "zero": 0,
        "empty": "",
        "yes": True,
        "null": None,
    }
    assert Reading(value, START, stale=False, next_try=START).at(path) == expected

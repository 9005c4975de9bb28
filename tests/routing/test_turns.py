"""Contacts are moved in turns: events become visible in their order, and nobody decides by what is old."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import event as sql_event
from sqlalchemy.orm import Session

from kb.context import Services
from kb.errors import Conflict
from kb.viewers import Viewer
from routing import contacts, events, floor, presence
from routing.events import Happening
from routing.models import Contact, Standing
from tests.conftest import START
from tests.routing import stage


@pytest.fixture
def statements(services: Services) -> Iterator[list[str]]:
    """What the database is asked."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    sql_event.listen(services.database.engine, "before_cursor_execute", note)
    yield asked
    sql_event.remove(services.database.engine, "before_cursor_execute", note)


@pytest.mark.usefixtures("both_databases")
def test_an_event_that_commits_late_has_no_later_one_before_it(services: Services) -> None:
    began = threading.Event()
    seen: list[str] = []

    def later() -> None:
        began.set()
        with services.database.transaction() as session:
            events.add(session, Happening.BROADCAST, now=START, text="second")
            seen.extend(one.said["text"] for one in events.since(session, 0))

    with services.database.transaction() as session:
        events.add(session, Happening.BROADCAST, now=START, text="first")
        session.flush()
        thread = threading.Thread(target=later)
        thread.start()
        began.wait()
        thread.join(0.1)
        assert seen == [], "it waits for its turn"
    thread.join()
    assert seen == ["first", "second"]


@pytest.mark.parametrize("database_kind", ["postgresql"])  # a writer on SQLite reads after it got its turn
def test_nobody_decides_by_what_they_read_before_their_turn(services: Services) -> None:
    """The offer runs out, and its agent is away, between the look of a request and its turn."""
    with services.database.transaction() as session:
        stage.queue(session)
        by = stage.agent(session)
        contact_id = stage.bring(session).id
        floor.round_(session, START)
    with services.database.transaction() as slow:
        assert slow.get_one(Contact, contact_id).agent_id == by.person_id
        assert presence.of(slow, by.person_id or 0, START).standing == Standing.AVAILABLE
        _goes_elsewhere(services, contact_id, by)
        with pytest.raises(Conflict):
            contacts.accept(slow, contacts.held(slow, contact_id), by=by, now=START)
        presence.be(slow, by.person_id or 0, "available", by=by, now=START)
    with services.database.session() as session:
        assert presence.of(session, by.person_id or 0, START).standing == Standing.AVAILABLE
        told = [event.said["standing"] for event in events.since(session, 0) if event.kind == "presence"]
        assert told == ["available", "away", "available"]


def _goes_elsewhere(services: Services, contact_id: int, first: Viewer) -> None:
    with services.database.transaction() as session:
        contacts.let_pass(session, contacts.held(session, contact_id), now=START)
        presence.gone(session, first.person_id or 0, now=START, reason="no answer")


def test_the_turn_is_taken_once_in_a_transaction_and_comes_before_what_is_written(
    services: Services, statements: list[str], both_databases: str
) -> None:
    with services.database.transaction() as session:
        stage.queue(session)
        stage.agent(session)
        contact_id = stage.bring(session).id
        session.commit()
        statements.clear()
        session.get_one(Contact, contact_id).notes = "not written before its turn"
        floor.round_(session, START)
        locks = [place for place, statement in enumerate(statements) if "pg_advisory_xact_lock" in statement]
        writes = [
            place for place, statement in enumerate(statements) if statement.startswith("UPDATE contact")
        ]
        assert len(locks) == (1 if both_databases == "postgresql" else 0)
        assert not locks or locks[0] < writes[0]


def test_a_turn_taken_in_what_was_taken_back_is_taken_again(services: Services) -> None:
    with services.database.transaction() as session:
        with session.begin_nested() as inner:
            events.take_turn(session)
            inner.rollback()
        assert not events._has_turn(session)
        events.take_turn(session)
        with session.begin_nested():
            assert events._has_turn(session)


@pytest.mark.usefixtures("both_databases")
def test_a_round_reads_as_often_for_many_offers_as_for_one(session: Session, statements: list[str]) -> None:
    for key in ("one", "many"):
        stage.queue(session, key)
    for part, queue in (("agent", "one"), ("specialist", "many"), ("supervisor", "many"), ("admin", "many")):
        stage.agent(session, part, queues={queue: 1})
    reads = []
    for queue, offers in (("one", 1), ("many", 3)):
        for _ in range(offers):
            stage.bring(session, queue=queue)
        session.flush()
        session.expunge_all()
        statements.clear()
        assert len(floor.round_(session, START)) == offers
        reads.append(sum(statement.startswith("SELECT") for statement in statements))
    assert reads[0] == reads[1] <= 10

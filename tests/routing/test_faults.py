"""A worker is killed, or the database restarts, in the middle of a call: nothing is lost, and nothing happens twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from kb.context import Services
from kb.db import Database
from kb.viewers import Viewer
from routing import contacts, events, floor
from routing.lifecycle import State
from routing.models import Contact
from routing.rounds import tick
from tests.conftest import START
from tests.processes import python, told
from tests.routing import stage

HAPPENED = ["presence", "came", "offered", "accepted"]
LATER = START + timedelta(hours=1)


@pytest.fixture
def offered(services: Services) -> tuple[int, Viewer]:
    """A contact that an agent is asked to take."""
    with services.database.transaction() as session:
        stage.queue(session)
        by = stage.agent(session)
        contact = stage.bring(session)
        floor.round_(session, START)
        return contact.id, by


def happened(services: Services) -> list[str]:
    with services.database.session() as session:
        return [event.kind for event in events.since(session, 0)]


def taken(
    services: Services, offered: tuple[int, Viewer], meanwhile: Callable[[], None] = lambda: None
) -> None:
    """The agent presses the button.

    Args:
        meanwhile: what happens before it is kept.
    """
    with services.database.transaction() as session:
        contact = contacts.accept(session, contacts.held(session, offered[0]), by=offered[1], now=LATER)
        assert contact.agent_id == offered[1].person_id
        session.flush()
        meanwhile()


@pytest.mark.usefixtures("both_databases")
def test_a_worker_killed_while_it_takes_a_contact_leaves_it_offered_and_it_is_taken_once(
    services: Services, database_url: str, offered: tuple[int, Viewer]
) -> None:
    with python("-m", "tests.routing.dying", database_url, str(offered[0])) as worker:
        assert told(worker) == "taken"
        worker.kill()
        worker.wait()
        with services.database.session() as session:
            assert session.get_one(Contact, offered[0]).state == State.OFFERED
        taken(services, offered)
    assert happened(services) == HAPPENED


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_a_database_that_restarts_in_the_middle_of_a_call_takes_it_from_nobody(
    services: Services, database_url: str, offered: tuple[int, Viewer]
) -> None:
    with pytest.raises(OperationalError):
        taken(services, offered, lambda: cut(database_url))
    tick(services, LATER, last=START)
    taken(services, offered)
    cut(database_url)
    tick(services, LATER + timedelta(hours=1), last=LATER)
    taken(services, offered)
    assert happened(services) == HAPPENED


def cut(database_url: str) -> None:
    """End all connections to the database, as its restart does."""
    other = Database(database_url)
    with other.session() as session:
        ending = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        session.execute(text(f"{ending} AND pid <> pg_backend_pid()"))
    other.engine.dispose()

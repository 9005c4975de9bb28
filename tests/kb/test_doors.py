"""No door ever shows an expired, withdrawn or unapproved text: they are all walked through at the very second.

Each test also walks while the text may be read, and then every door shows it, so that none of them passes emptily.
Those in which the second or the audience decides do so on both databases: they compare what the others only look up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kb import articles, people, publication
from kb.articles import Text
from kb.models import Article, Person, Revision, State
from kb.permissions import SYSTEM
from kb.validity import Validity
from kb.viewers import Viewer
from tests import factories
from tests.conftest import START, Clock
from tests.kb import doors
from tests.kb.doors import CLOSED, FILE, FOR_ANYBODY, MAP, NAMING_THE_TOPIC, leaking, open_doors
from tests.kb.test_routes import OPEN

Open = Callable[[Person], FlaskClient]
Readers = dict[str, FlaskClient]
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
STAFF = frozenset({"agent"})


@pytest.fixture
def readers(
    app: Flask,
    client: FlaskClient,
    client_of: Open,
    session: Session,
    customer: Person,
    outsider: Person,
    agent: Person,
) -> Readers:
    """A browser of each sort of reader, and a machine."""
    machine = app.test_client()
    _, key = people.issue_key(
        session, name="IVR", scopes=["read"], audiences=["public"], by=SYSTEM, now=START
    )
    session.commit()
    machine.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    persons = {"customer": customer, "outsider": outsider, "agent": agent}
    return {
        "anybody": client,
        "machine": machine,
        **{name: client_of(person) for name, person in persons.items()},
    }


def all_see_it(readers: Readers, but: Iterable[str] = ()) -> bool:
    """Walk with those who see least and most, as far as they are among the readers; and with who is not logged in once
    more, when every page is kept in memory.
    """
    for name in [name for name in ("anybody", "agent", "anybody") if name in readers]:
        assert leaking(readers[name]) == open_doors(staff=name in STAFF, but=but), name
    return True


def nobody_sees_it(readers: Readers, but: Iterable[str] = ()) -> bool:
    for name, client in readers.items():
        assert [door for door in leaking(client) if door not in but] == [], name
    return True


def test_every_public_route_is_behind_a_door_or_shows_no_article(app: Flask) -> None:
    behind = {endpoint for door in doors.DOORS for endpoint in door.endpoints}
    opened = {name for name, view in app.view_functions.items() if getattr(view, "access", "") == "public"}
    assert opened == behind | doors.NOTHING_OF_ARTICLES
    assert behind.isdisjoint(doors.NOTHING_OF_ARTICLES)
    assert behind <= OPEN


def test_doors_have_names_of_their_own() -> None:
    names = [door.name for door in doors.DOORS]
    assert len(names) == len(set(names))
    assert {*CLOSED, *FOR_ANYBODY, FILE} <= set(names)


def test_a_withdrawn_text_is_behind_no_door(session: Session, readers: Readers) -> None:
    made = doors.build(session)
    shown = doors.text(session, made)
    doors.file(session, made)
    session.commit()
    assert all_see_it(readers)
    publication.withdraw(session, shown, by=SYSTEM, now=START)
    session.commit()
    assert nobody_sees_it(readers)


def test_an_expired_text_is_behind_no_door_from_the_second_on(
    both_databases: str, session: Session, readers: Readers, clock: Clock
) -> None:
    made = doors.build(session)
    doors.text(session, made, expires_at=START + HOUR)
    doors.file(session, made)
    session.commit()
    assert all_see_it(readers)
    clock.now = START + HOUR - SECOND
    assert all_see_it(readers)
    clock.now = START + HOUR
    assert nobody_sees_it(readers)


@pytest.mark.parametrize("state", [State.DRAFT, State.IN_REVIEW, State.APPROVED, State.REJECTED])
def test_a_text_that_is_not_published_is_behind_no_door(
    session: Session, readers: Readers, state: State
) -> None:
    made = doors.build(session)
    written = doors.text(session, made, state=state)
    doors.file(session, made)
    session.commit()
    assert nobody_sees_it(readers)
    if state == State.REJECTED:
        written = doors.text(session, made, state=State.DRAFT)
    doors.publish(session, written, START)
    assert all_see_it(readers)


@pytest.mark.parametrize("state", [State.DRAFT, State.IN_REVIEW, State.REJECTED])
def test_a_text_that_waits_behind_a_published_one_is_behind_no_door(
    session: Session, readers: Readers, state: State
) -> None:
    made = doors.build(session, topic_is_marked=False)
    doors.harmless(session, made)
    written = doors.text(session, made, state=state)
    session.commit()
    assert nobody_sees_it(readers, but=[MAP])
    if state == State.REJECTED:
        written = doors.text(session, made, state=State.DRAFT)
    doors.publish(session, written, START)
    assert all_see_it(readers, but=[FILE, *NAMING_THE_TOPIC])


def test_a_text_that_gave_way_is_behind_no_door(
    both_databases: str, session: Session, readers: Readers, clock: Clock
) -> None:
    made = doors.build(session, topic_is_marked=False)
    doors.text(session, made)
    doors.harmless(session, made, publish_at=START + HOUR)
    session.commit()
    clock.now = START + HOUR - SECOND
    assert all_see_it(readers, but=[FILE, *NAMING_THE_TOPIC])
    clock.now = START + HOUR
    assert nobody_sees_it(readers, but=[MAP])


def test_a_scheduled_text_is_behind_no_door_until_its_second(
    both_databases: str, session: Session, readers: Readers, clock: Clock
) -> None:
    made = doors.build(session)
    written = doors.text(session, made, state=State.IN_REVIEW, publish_at=START + HOUR)
    doors.publish(session, written, START)
    doors.file(session, made)
    session.commit()
    assert nobody_sees_it(readers)
    clock.now = START + HOUR - SECOND
    assert nobody_sees_it(readers)
    clock.now = START + HOUR
    assert all_see_it(readers)


def test_a_file_that_is_not_approved_is_behind_no_door(
    session: Session, readers: Readers, author: Person
) -> None:
    made = doors.build(session, topic_is_marked=False)
    doors.harmless(session, made)
    doors.file(session, made, by=factories.viewer(session, author), name="quagga.txt")
    written = doors.harmless(session, made, state=State.IN_REVIEW)
    session.commit()
    assert nobody_sees_it(readers, but=[MAP])
    doors.publish(session, written, START)
    for name, client in readers.items():
        listed = {"its page", "its old address", "its page in another language", "its key"}
        assert {FILE, *listed} <= set(leaking(client)), name
    publication.withdraw(session, written, by=SYSTEM, now=START)
    session.commit()
    assert nobody_sees_it(readers)


def test_an_audience_that_is_only_proposed_opens_no_door(
    both_databases: str, session: Session, readers: Readers, author: Person
) -> None:
    made = doors.build(session, audience="agent")
    doors.text(session, made)
    doors.file(session, made)
    wider = _proposed(session, made, factories.viewer(session, author), "public")
    staff = {name: client for name, client in readers.items() if name in STAFF}
    others = {name: client for name, client in readers.items() if name not in STAFF}
    assert all_see_it(staff, but=FOR_ANYBODY)
    assert nobody_sees_it(others)
    doors.publish(session, wider, START)
    assert all_see_it(readers)
    narrower = _proposed(session, made, factories.viewer(session, author), "agent")
    assert all_see_it(readers)
    doors.publish(session, narrower, START)
    assert all_see_it(staff, but=FOR_ANYBODY)
    assert nobody_sees_it(others)


def _proposed(session: Session, made: Article, by: Viewer, audience: str) -> Revision:
    """The same text once more, with another audience, waiting for its approval."""
    written = articles.revise(
        session,
        made,
        "en",
        Text(**doors.wording()),
        validity=Validity(START),
        by=by,
        now=START,
        state=State.IN_REVIEW,
        proposed={"audience": audience},
    )
    session.commit()
    return written

"""Somebody who is no user is asked by a link, and answers once; the answer comes to the contact."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from email.headerregistry import Address

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from authoring.models import Mail, Notice
from authoring.telling import mail
from cbr.models import Case, CaseState
from kb.context import Services
from kb.errors import Conflict, NotAllowed
from kb.mail_settings import MailServer
from kb.models import Person
from kb.viewers import Viewer
from routing import contacts, events, floor
from routing.chain import experts
from routing.chain.models import ExpertRequest
from routing.models import Contact
from tests.cbr.stage import phones
from tests.conftest import START, Clock
from tests.routing import stage

Open = Callable[[Person], FlaskClient]
SECRET_PART = "no signal at all"


@pytest.fixture
def at_hand(app: Flask, services: Services, session: Session) -> tuple[Contact, Viewer]:
    """An agent talks to a customer, and mail is set up."""
    server = MailServer("localhost", 25, "")
    sender = Address("Kalauz", addr_spec="kalauz@halmar.example")
    services.config = replace(
        services.config, mail_server=server, mail_from=sender, base_url="https://kalauz.example"
    )
    stage.queue(session)
    by = stage.agent(session)
    contact = stage.bring(session, "c1", question=SECRET_PART, facts={"plan": "M"})
    floor.round_(session, START)
    return contacts.accept(session, contact, by=by, now=START), by


@pytest.fixture
def asked(app: Flask, services: Services, session: Session, at_hand: tuple[Contact, Viewer]) -> ExpertRequest:
    contact, by = at_hand
    with app.test_request_context():
        made = experts.ask(
            session,
            services.config,
            contact,
            "ida@radio.example",
            "Is the mast down?",
            language="en",
            by=by,
            now=START,
        )
    session.commit()
    return made


def link(services: Services, asked: ExpertRequest) -> str:
    return f"/expert/{experts.token(asked, services.config.secret_key)}"


def test_the_mail_has_the_link_and_nothing_of_the_contact(
    services: Services, session: Session, asked: ExpertRequest
) -> None:
    sent = session.scalars(select(Mail)).one()
    assert sent.recipient == "ida@radio.example"
    assert f"https://kalauz.example{link(services, asked)}" in sent.text
    assert SECRET_PART not in sent.text
    assert mail.claim(services, START) is not None  # it is not taken for one of somebody who was deleted


def test_behind_the_link_is_what_the_sender_looked_through_and_nothing_else(
    client: FlaskClient, services: Services, asked: ExpertRequest
) -> None:
    page = client.get(link(services, asked))
    assert "Is the mast down?" in page.text
    assert SECRET_PART not in page.text
    assert "no-store" in page.headers["Cache-Control"]


def test_an_answer_comes_to_the_contact_once_and_whoever_asked_is_told(
    client: FlaskClient, services: Services, session: Session, asked: ExpertRequest
) -> None:
    address = link(services, asked)
    assert client.post(address, data={"answer": " "}).status_code == 422
    done = client.post(address, data={"answer": "Yes, until noon.", "name": "Ida"})
    assert (done.status_code, "Your answer has arrived." in done.text) == (200, True)
    session.rollback()
    note = events.history(session, session.get_one(Contact, asked.contact_id))[-1]
    assert (note.kind, note.said["text"], note.said["expert"]) == ("note", "Yes, until noon.", "Ida")
    assert session.scalars(select(Notice.person_id)).all() == [asked.by_id]
    for again in (client.get(address), client.post(address, data={"answer": "No."})):
        assert again.status_code == 410
    session.rollback()
    assert session.scalars(select(ExpertRequest.answer)).all() == ["Yes, until noon."]


def test_a_link_that_is_forged_edited_or_too_old_opens_nothing(
    client: FlaskClient, services: Services, clock: Clock, asked: ExpertRequest
) -> None:
    good = link(services, asked)
    body, _dot, signature = good.rpartition(".")
    other = experts.token(ExpertRequest(id=asked.id, nonce="another"), services.config.secret_key)
    forged = experts.token(asked, "another secret")
    for bad in (f"{body}x.{signature}", good[:-1], f"/expert/{other}", f"/expert/{forged}", "/expert/x"):
        assert client.get(bad).status_code == 404
        assert client.post(bad, data={"answer": "x"}).status_code == 404
    clock.advance(days=8)
    assert client.get(good).status_code == 410


def test_the_answer_becomes_a_case_that_waits_for_somebody_else(
    session: Session, services: Services, asked: ExpertRequest, at_hand: tuple[Contact, Viewer]
) -> None:
    contact, by = at_hand
    row = phones(session, "agent")
    with pytest.raises(Conflict):
        experts.keep(session, asked, row, by=by, now=START)
    token = experts.token(asked, services.config.secret_key)
    experts.answer(session, services.config.secret_key, token, "Ida", "Reset the mast.", now=START)
    with pytest.raises(NotAllowed):
        experts.keep(session, asked, row, by=stage.viewer(session, "specialist"), now=START)
    made = experts.keep(session, asked, row, by=by, now=START)
    assert (made.state, made.solution, contact.case_id) == (CaseState.SOLVED, "Reset the mast.", made.id)
    assert session.scalars(select(Case.id)).all() == [made.id]


def test_it_is_put_together_looked_through_and_sent(
    client_of: Open, agent: Person, session: Session, at_hand: tuple[Contact, Viewer]
) -> None:
    contact, _by = at_hand
    session.commit()
    own, address = client_of(agent), f"/routing/contacts/{contact.id}/expert"
    typed = {"recipient": "ida@radio.example", "words": "Mast?", "language": "sv", "parts": ["facts"]}
    composed = own.post(address, data={**typed, "verb": "compose"}).text
    assert "Mast?\n\nplan: M" in composed
    refused = own.post(address, data={**typed, "verb": "send", "text": "Mast?", "recipient": "ida"})
    assert (refused.status_code, "Mast?" in refused.text) == (422, True)
    assert own.post(address, data={**typed, "verb": "send", "text": "Mast 7?"}).status_code == 303
    assert session.scalars(select(ExpertRequest.text)).all() == ["Mast 7?"]
    assert "ida@radio.example" in own.get(address).text


@pytest.mark.parametrize("part", ["customer", "author"])
def test_nobody_else_asks(
    client_of: Open, session: Session, at_hand: tuple[Contact, Viewer], part: str
) -> None:
    session.commit()
    client = client_of(stage.person(session, part))
    assert client.get(f"/routing/contacts/{at_hand[0].id}/expert").status_code == 403


def test_an_agent_who_does_not_have_it_cannot_send(
    client_of: Open, session: Session, at_hand: tuple[Contact, Viewer]
) -> None:
    session.commit()
    client = client_of(stage.person(session, "specialist"))
    typed = {"verb": "send", "text": "x", "recipient": "ida@radio.example", "language": "en"}
    answer = client.post(f"/routing/contacts/{at_hand[0].id}/expert", data=typed)
    assert answer.status_code == 403
    assert session.scalars(select(ExpertRequest.id)).all() == []

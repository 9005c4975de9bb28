"""The pages of the chain: what waits for whom, what is decided there, and what should be learned."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.models import Person
from routing import contacts, floor
from routing.chain import escalations, queries
from routing.chain.escalations import Escalating
from routing.chain.models import Escalation, Outcome, TrainingNeed
from routing.models import Contact
from tests.conftest import START
from tests.routing import stage

Open = Callable[[Person], FlaskClient]
PAGE = "/routing/escalations/"


@pytest.fixture
def sent(app: Flask, session: Session) -> Escalation:
    """An agent in front has sent a contact up."""
    stage.queue(session)
    by = stage.agent(session)
    contact = stage.bring(session, "c1", question="No signal at all", facts={"plan": "M"})
    floor.round_(session, START)
    contacts.accept(session, contact, by=by, now=START)
    contacts.tried(session, contact, "article", "roaming", by=by, now=START, title="Roaming abroad")
    made = escalations.escalate(session, contact, Escalating(note="I tried <all>"), by=by, now=START)
    session.commit()
    return made


@pytest.fixture
def above(session: Session, client_of: Open) -> FlaskClient:
    """A supervisor, who takes no contacts."""
    return client_of(stage.person(session, "supervisor"))


def again(session: Session, sent: Escalation) -> Escalation:
    session.expire_all()
    return session.get_one(Escalation, sent.id)


def test_a_supervisor_sees_what_waits_with_everything_that_was_tried(
    above: FlaskClient, sent: Escalation
) -> None:
    assert "No signal at all" in above.get(PAGE).text
    page = above.get(f"{PAGE}{sent.id}").text
    for told in ("I tried &lt;all&gt;", "Roaming abroad", "plan", "Agent"):
        assert told in page


def test_an_answer_goes_back_and_the_list_is_empty(
    above: FlaskClient, session: Session, sent: Escalation
) -> None:
    answer = above.post(f"{PAGE}{sent.id}", data={"verb": "answer", "answer": "Swap the SIM"})
    assert answer.status_code == 303
    found = again(session, sent)
    assert (found.state, found.answer) == (Outcome.ANSWERED, "Swap the SIM")
    assert session.get_one(Contact, sent.contact_id).agent_id == found.by_id
    assert "No signal at all" not in above.get(PAGE).text
    assert "No signal at all" in above.get(f"{PAGE}?list=decided").text
    late = above.post(f"{PAGE}{sent.id}", data={"verb": "give_back", "answer": "Other words"})
    assert late.status_code == 409
    assert "decided meanwhile" in late.text


def test_what_is_refused_keeps_all_that_was_typed(
    above: FlaskClient, session: Session, sent: Escalation
) -> None:
    typed = {"verb": "answer", "answer": " ", "note": "For radio planning", "need": "SIM swaps"}
    answer = above.post(f"{PAGE}{sent.id}", data=typed)
    assert answer.status_code == 422
    for kept in ("Say what to do.", "For radio planning", "SIM swaps"):
        assert kept in answer.text
    assert again(session, sent).state == Outcome.SENT


def test_it_is_handed_on_to_a_person_further_up(
    above: FlaskClient, session: Session, sent: Escalation
) -> None:
    expert = stage.agent(session, "specialist", level=3)
    session.commit()
    typed = {"verb": "hand_on", "level": "3", "person": str(expert.person_id), "note": "Radio planning"}
    assert above.post(f"{PAGE}{sent.id}", data=typed).status_code == 303
    assert again(session, sent).state == Outcome.HANDED_ON
    contact = session.get_one(Contact, sent.contact_id)
    assert (contact.level, contact.agent_id) == (3, expert.person_id)
    assert [one.note for one in queries.undecided(session)] == ["Radio planning"]


def test_what_should_be_learned_is_listed_until_it_is_done(
    above: FlaskClient, session: Session, sent: Escalation
) -> None:
    assert above.post(f"{PAGE}{sent.id}", data={"verb": "training", "need": "SIM swaps"}).status_code == 303
    need = session.scalars(select(TrainingNeed)).one()
    assert "SIM swaps" in above.get(f"{PAGE}figures").text
    for _ in range(2):
        assert above.post(f"/routing/training/{need.id}/done").status_code == 303
    session.rollback()  # what others committed since is seen from here
    assert session.scalars(select(TrainingNeed.done_at)).one() == START


def test_what_was_avoided_is_counted_by_queue(session: Session, sent: Escalation) -> None:
    contact = stage.bring(session, "c2")
    by = stage.viewer(session, "agent")
    floor.round_(session, START)
    contacts.accept(session, contact, by=by, now=START)
    escalations.avoided(session, contact, "article", "roaming", by=by, now=START)
    (one,) = queries.climbs(session, START)
    assert (one.contacts, one.sent, one.avoided, one.avoided_share) == (2, 1, 1, 0.5)


@pytest.mark.parametrize("part", ["agent", "customer", "author"])
def test_nobody_else_sees_or_decides_them(
    client_of: Open, session: Session, sent: Escalation, part: str
) -> None:
    client = client_of(stage.person(session, part))
    for address in (PAGE, f"{PAGE}{sent.id}", f"{PAGE}figures"):
        assert client.get(address).status_code == 403
    assert client.post(f"{PAGE}{sent.id}", data={"verb": "answer", "answer": "x"}).status_code == 403
    assert again(session, sent).state == Outcome.SENT

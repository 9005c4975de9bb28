"""The chain: a contact climbs with everything that was tried, is decided, and comes back; or does not have to climb."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kb.errors import Conflict, Invalid, NotAllowed
from kb.models import Person
from kb.viewers import ANONYMOUS, Viewer
from routing import contacts, events, floor
from routing.chain import escalations
from routing.chain.carrying import carried
from routing.chain.escalations import Escalating
from routing.chain.models import Escalation, Outcome
from routing.lifecycle import State
from routing.models import Contact, Presence, Standing
from tests.cbr.test_cases_api import as_documented, problem
from tests.conftest import START
from tests.routing import stage

SOON = START + timedelta(seconds=10)


@pytest.fixture
def at_hand(app: Flask, session: Session) -> tuple[Contact, Viewer]:
    """A contact that an agent in front talks to."""
    stage.queue(session)
    by = stage.agent(session)
    contact = stage.bring(session, "c1", question="No signal", facts={"plan": "M"})
    floor.round_(session, START)
    return contacts.accept(session, contact, by=by, now=START), by


def sent(session: Session, at_hand: tuple[Contact, Viewer], note: str = "Tried all I know") -> Escalation:
    contact, by = at_hand
    made = escalations.escalate(session, contact, Escalating(note=note), by=by, now=SOON)
    floor.round_(session, SOON)
    return made


def supervisor(session: Session, **given: Any) -> Viewer:
    return stage.agent(session, "supervisor", level=2, **given)


def test_it_is_offered_one_level_up_and_never_to_those_in_front(
    session: Session, at_hand: tuple[Contact, Viewer]
) -> None:
    contact, by = at_hand
    sent(session, at_hand)
    assert (contact.state, contact.level, contact.agent_id) == (State.ESCALATED, 2, None)
    with pytest.raises(NotAllowed):
        contacts.take_over(session, contact, by=by, now=SOON)
    above = supervisor(session)
    floor.round_(session, SOON)
    assert (contact.state, contact.agent_id) == (State.OFFERED, above.person_id)


def test_it_carries_what_is_known_and_what_was_tried_each_once(
    app: Flask, session: Session, at_hand: tuple[Contact, Viewer]
) -> None:
    contact, by = at_hand
    for title in ("Roaming abroad", "Roaming"):
        contacts.tried(session, contact, "article", "roaming", by=by, now=START, title=title)
    contacts.write_notes(session, contact, "Calls from abroad", by=by, now=START)
    sent(session, at_hand)
    session.commit()
    with app.test_request_context():
        found = carried(session, contact, by, SOON)
    assert [(one.key, one.title) for one in found.tried] == [("roaming", "Roaming abroad")]
    assert (found.facts[0], found.notes) == (("plan", "M"), "Calls from abroad")
    assert [one.note for one in found.escalations] == ["Tried all I know"]
    with pytest.raises(Exception, match="Log in"):
        carried(session, contact, ANONYMOUS, SOON)


def test_out_of_wrap_up_nothing_ends_by_itself_and_the_agent_is_free(
    session: Session, at_hand: tuple[Contact, Viewer]
) -> None:
    contact, by = at_hand
    contacts.wrap_up(session, contact, by=by, now=START)
    sent(session, at_hand)
    assert contact.wrap_up_ends_at is None
    assert session.get_one(Presence, by.person_id).standing == Standing.AVAILABLE
    floor.round_(session, START + timedelta(hours=1))
    assert contact.state == State.ESCALATED


@pytest.mark.parametrize(("verb", "outcome"), [("answer", "answered"), ("give_back", "given_back")])
def test_what_is_decided_goes_back_to_whoever_asked(
    session: Session, at_hand: tuple[Contact, Viewer], verb: str, outcome: str
) -> None:
    contact, by = at_hand
    made, above = sent(session, at_hand), supervisor(session)
    with pytest.raises(NotAllowed):
        getattr(escalations, verb)(session, made, "Swap the SIM", by=by, now=SOON)
    with pytest.raises(Invalid):
        getattr(escalations, verb)(session, made, " ", by=above, now=SOON)
    getattr(escalations, verb)(session, made, "Swap the SIM", by=above, now=SOON)
    floor.round_(session, SOON)
    assert (contact.state, contact.level, contact.agent_id) == (State.OFFERED, 1, by.person_id)
    assert (made.state, made.answer, made.decided_by_id) == (outcome, "Swap the SIM", above.person_id)
    with pytest.raises(Conflict):
        getattr(escalations, verb)(session, made, "Again", by=above, now=SOON)


def test_what_is_handed_on_comes_back_to_whoever_asked_first(
    session: Session, at_hand: tuple[Contact, Viewer]
) -> None:
    contact, by = at_hand
    first, above = sent(session, at_hand), supervisor(session)
    expert = stage.agent(session, "specialist", level=3)
    second = escalations.hand_on(session, first, Escalating(3, note="Radio planning"), by=above, now=SOON)
    floor.round_(session, SOON)
    assert (contact.level, contact.agent_id) == (3, expert.person_id)
    assert first.state == Outcome.HANDED_ON
    contacts.accept(session, contact, by=expert, now=SOON)
    escalations.answer(session, second, "The mast is down", by=expert, now=SOON)
    assert (contact.level, contact.wanted_id) == (1, by.person_id)


def test_it_goes_only_up_or_to_somebody_who_takes_contacts_there(
    session: Session, at_hand: tuple[Contact, Viewer]
) -> None:
    contact, by = at_hand
    other = stage.agent(session, "specialist", level=1)
    for what in (
        Escalating(1),
        Escalating(4),
        Escalating(person_id=by.person_id),
        Escalating(note="x" * 5_000),
    ):
        with pytest.raises(Invalid):
            escalations.escalate(session, contact, what, by=by, now=SOON)
    with pytest.raises(Invalid):
        escalations.escalate(session, contact, Escalating(person_id=other.person_id), by=by, now=SOON)
    with pytest.raises(NotAllowed):
        escalations.escalate(session, contact, Escalating(), by=other, now=SOON)
    above = supervisor(session)
    escalations.escalate(session, contact, Escalating(person_id=above.person_id), by=by, now=SOON)
    assert (contact.level, contact.wanted_id) == (2, above.person_id)


def test_what_helped_at_the_brink_is_counted_and_not_sent(
    session: Session, at_hand: tuple[Contact, Viewer]
) -> None:
    contact, by = at_hand
    made = escalations.avoided(session, contact, "article", "roaming", by=by, now=SOON)
    assert (contact.state, made.state, made.helped_key) == (State.ACTIVE, Outcome.AVOIDED, "roaming")
    assert events.history(session, contact)[-1].kind == "avoided"
    with pytest.raises(Invalid):
        escalations.avoided(session, contact, "luck", "roaming", by=by, now=SOON)


def test_whoever_keeps_and_closes_it_has_answered(session: Session, at_hand: tuple[Contact, Viewer]) -> None:
    made, above = sent(session, at_hand), supervisor(session)
    contact = contacts.take_over(session, made.contact, by=above, now=SOON)
    contacts.close(session, contact, contacts.Ending(), by=above, now=SOON)
    session.flush()
    escalations.settle(session, SOON)
    session.refresh(made)
    assert (made.state, made.decided_by_id) == (Outcome.ANSWERED, above.person_id)


def test_over_the_api_it_climbs_or_says_what_helped(
    client_of: Callable[[Person], FlaskClient],
    agent: Person,
    outsider: Person,
    session: Session,
    at_hand: tuple[Contact, Viewer],
) -> None:
    contact, _ = at_hand
    session.commit()
    own, address = client_of(agent), f"/api/v1/contacts/{contact.id}"
    helped = own.post(f"{address}/escalation-avoided", json={"kind": "case", "key": "c-9"})
    assert (
        as_documented(own, helped, "post", "/api/v1/contacts/{contact_id}/escalation-avoided")["state"]
        == "active"
    )
    problem(own.post(f"{address}/escalate", json={"queue": "none"}), 422, "queue")
    assert client_of(outsider).post(f"{address}/escalate", json={}).status_code == 403
    answer = own.post(f"{address}/escalate", json={"note": "Tried all"})
    told = as_documented(own, answer, "post", "/api/v1/contacts/{contact_id}/escalate")
    assert (told["state"], told["level"]) == ("escalated", 2)
    assert own.post(f"{address}/escalate", json={}).status_code == 403  # nobody has it any more

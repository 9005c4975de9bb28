"""Who comes while a queue is closed is told so, comes where somebody is, or waits for the opening."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from routing import arrivals, floor, opening, presence
from routing.lifecycle import State
from routing.models import Entrance
from tests.conftest import START
from tests.routing import stage

NIGHT = START + timedelta(hours=13)  # Monday, ten in the evening
MORNING = START + timedelta(days=1, hours=-1)
OFFICE = {"zone": "UTC", "week": [[[480, 1020]]] * 5 + [[], []]}


def test_a_caller_at_night_hears_when_it_opens_and_may_be_called_back(session: Session) -> None:
    stage.queue(session, hours=OFFICE, messages={"en": "We move.", "sv": "Vi flyttar."})
    contact = stage.bring(session, now=NIGHT, language="sv-SE")
    assert (contact.state, contact.ended_at) == (State.ABANDONED, NIGHT)
    told = opening.welcome(session, contact, NIGHT)
    assert told == opening.Welcome(False, MORNING, 0, "Vi flyttar.", offers_callback=True)


def test_a_call_to_make_waits_for_the_morning_and_a_mail_for_anybody(session: Session) -> None:
    stage.queue(session, hours=OFFICE)
    call, mail = (stage.bring(session, channel=channel, now=NIGHT) for channel in ("callback", "mail"))
    by = stage.agent(session, now=NIGHT)
    assert [found.contact for found in floor.round_(session, NIGHT)] == [mail.id]
    mail.state = State.RESOLVED
    presence.seen(session, by.person_id or 0, MORNING)
    assert [found.contact for found in floor.round_(session, MORNING)] == [call.id]


def test_who_stands_in_takes_the_calls_of_the_night(session: Session) -> None:
    night = stage.queue(session, "night")
    day = stage.queue(session, hours=OFFICE, fallback_id=night.id)
    assert stage.bring(session, queue="mobile", now=START).queue_id == day.id
    contact = stage.bring(session, queue="mobile", now=NIGHT)
    assert (contact.queue_id, contact.state) == (night.id, State.WAITING)
    night.fallback_id, night.hours = day.id, OFFICE
    assert stage.bring(session, queue="mobile", now=NIGHT).state == State.ABANDONED, "a circle ends"


def test_what_an_agent_enters_by_hand_stays(session: Session) -> None:
    stage.queue(session, hours=OFFICE)
    by = stage.viewer(session, "agent")
    contact = arrivals.bring(session, arrivals.Arrival("phone"), by=by, now=NIGHT)
    assert contact.state == State.WAITING


def test_a_number_of_a_queue_out_of_use_leads_to_the_one_that_stands_in_or_to_the_first(
    session: Session,
) -> None:
    first, other = stage.queue(session, "first"), stage.queue(session, "other")
    old = stage.queue(session, "old", is_active=False, fallback_id=other.id)
    session.add(Entrance(channel="phone", address="1", queue_id=old.id))
    session.flush()
    assert stage.bring(session, called="1").queue_id == other.id
    old.fallback_id = None
    assert stage.bring(session, called="1").queue_id == first.id


def test_who_waits_knows_how_many_are_before(session: Session) -> None:
    stage.queue(session)
    ahead = [opening.welcome(session, stage.bring(session), START).ahead for _ in range(3)]
    assert ahead == [0, 1, 2]


def test_a_message_ends(session: Session) -> None:
    queue = stage.queue(session, messages={"en": "Fibre is down in the north."}, messages_until=NIGHT)
    contact = stage.bring(session)
    assert opening.message(contact, START) == "Fibre is down in the north."
    assert opening.message(contact, NIGHT) == ""
    queue.messages = {}
    assert opening.message(contact, START) == ""

"""Contacts come, are offered, taken, let pass, given back and done: nothing is lost, and nothing happens twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.context import Services
from kb.db import Database
from kb.errors import Conflict, Invalid, KalauzError, NotAllowed
from kb.permissions import SYSTEM
from kb.viewers import ANONYMOUS, Viewer
from routing import arrivals, contacts, events, floor, presence
from routing.contacts import Ending
from routing.lifecycle import ENDED, HELD, State
from routing.models import Agent, Contact, Customer, CustomerAddress, Entrance, Presence, Queue, Standing
from routing.permissions import SCOPE
from routing.rounds import tick
from tests.conftest import START
from tests.routing import stage

LATER = START + timedelta(seconds=25)  # an offer lasts 20


def standing(session: Session, by: Viewer) -> Presence:
    """What somebody does now."""
    assert by.person_id is not None
    return session.get_one(Presence, by.person_id)


def kinds(session: Session, contact: Contact) -> list[str]:
    return [event.kind for event in events.history(session, contact)]


def active(session: Session, key: str = "c1", **given_: Any) -> tuple[Contact, Viewer]:
    """A contact that an agent has taken."""
    stage.queue(session)
    by = stage.agent(session)
    contact = stage.bring(session, key, **given_)
    floor.round_(session, START)
    return contacts.accept(session, contact, by=by, now=START), by


@pytest.mark.usefixtures("both_databases")
def test_a_contact_is_offered_taken_written_up_and_closed(session: Session) -> None:
    contact, by = active(session)
    contacts.wrap_up(session, contact, by=by, now=LATER)
    assert standing(session, by).standing == Standing.AFTER_CALL
    contacts.close(session, contact, Ending(["billing"], "article", "refunds"), by=by, now=LATER)
    assert (contact.state, contact.tags, contact.solved_key) == (State.RESOLVED, ["billing"], "refunds")
    assert standing(session, by).standing == Standing.AVAILABLE
    assert kinds(session, contact) == ["came", "offered", "accepted", "wrap_up", "resolved"]


def test_the_same_key_is_the_same_contact(session: Session) -> None:
    stage.queue(session)
    first = stage.bring(session, "sip-1", question="No service")
    assert stage.bring(session, "sip-1", question="Something else") is first
    assert kinds(session, first) == ["came"]


def test_whoever_does_not_answer_is_away_and_the_next_is_asked(session: Session) -> None:
    stage.queue(session)
    first = stage.agent(session, "agent")
    second = stage.agent(session, "specialist", now=START + timedelta(seconds=1))
    contact = stage.bring(session)
    floor.round_(session, START + timedelta(seconds=2))
    assert contact.agent_id == first.person_id
    floor.round_(session, LATER)
    assert contact.agent_id == second.person_id
    assert standing(session, first).reason == floor.NO_ANSWER
    assert contact.passed == [first.person_id]


def test_whoever_vanishes_gives_back_what_they_have_and_it_is_at_the_top(session: Session) -> None:
    contact, by = active(session)
    stage.bring(session, "c2", now=LATER)
    other = stage.agent(session, "specialist", now=LATER)
    presence.seen(session, other.person_id or 0, START + timedelta(seconds=60))
    floor.give_back_of_the_vanished(session, START + timedelta(seconds=61))
    floor.round_(session, START + timedelta(seconds=61))
    assert (contact.state, contact.agent_id) == (State.OFFERED, other.person_id)
    assert standing(session, by).reason == floor.VANISHED


def test_whoever_went_away_in_the_middle_and_vanished_gives_it_back_too(session: Session) -> None:
    contact, by = active(session)
    presence.be(session, by.person_id or 0, "away", by=by, now=START)
    floor.give_back_of_the_vanished(session, START + timedelta(seconds=61))
    assert contact.state == State.WAITING


def test_whoever_takes_no_contacts_any_more_gives_back_what_they_have(session: Session) -> None:
    contact, by = active(session)
    session.delete(session.get_one(Agent, by.person_id))
    floor.give_back_of_the_vanished(session, START)
    assert (contact.state, contact.agent_id) == (State.WAITING, None)


def test_nobody_vanishes_while_nobody_could_say_a_word(services: Services) -> None:
    """The database was away, or the clock was moved: the first round afterwards begins anew."""
    with services.database.transaction() as session:
        contact, by = active(session)
        stage.agent(session, "specialist")
        stage.bring(session, "c2")
        floor.round_(session, START)
    later = START + timedelta(hours=1)
    tick(services, later, START)
    with services.database.session() as session:
        states = session.scalars(select(Contact.state).order_by(Contact.id)).all()
        assert states == [State.ACTIVE, State.OFFERED]
    for seconds in range(10, 50, 10):
        tick(services, later + timedelta(seconds=seconds), later + timedelta(seconds=seconds - 10))
    with services.database.session() as session:
        assert session.get_one(Contact, contact.id).state == State.WAITING
        assert standing(session, by).reason == floor.VANISHED


def test_after_the_clock_was_set_back_an_offer_still_ends(services: Services) -> None:
    with services.database.transaction() as session:
        stage.queue(session)
        stage.agent(session)
        contact = stage.bring(session)
        floor.round_(session, START)
    before = START - timedelta(hours=1)
    tick(services, before, START)
    tick(services, before + timedelta(seconds=15), before)
    tick(services, before + timedelta(seconds=25), before + timedelta(seconds=15))
    with services.database.session() as session:
        assert session.get_one(Contact, contact.id).state == State.WAITING


def test_writing_up_ends_by_itself(session: Session) -> None:
    contact, by = active(session)
    contacts.wrap_up(session, contact, by=by, now=START)
    presence.seen(session, by.person_id or 0, START + timedelta(seconds=119))
    floor.round_(session, START + timedelta(seconds=119))
    assert contact.state == State.WRAP_UP
    floor.round_(session, START + timedelta(seconds=120))
    assert contact.state == State.RESOLVED
    assert events.history(session, contact)[-1].said["filed"] is False


def test_who_hung_up_is_offered_to_nobody(session: Session) -> None:
    stage.queue(session)
    contact = stage.bring(session)
    contacts.abandon(session, contact, by=SYSTEM, now=START)
    by = stage.agent(session)
    assert floor.round_(session, START) == []
    with pytest.raises(Conflict):
        contacts.accept(session, contact, by=by, now=START)


def test_who_hangs_up_while_somebody_speaks_leaves_it_to_be_written_up(session: Session) -> None:
    contact, _ = active(session)
    contacts.abandon(session, contact, by=SYSTEM, now=START)
    assert contact.state == State.WRAP_UP


def test_what_has_ended_stays_as_it_ended_whatever_is_said_of_it_later(session: Session) -> None:
    contact, by = active(session)
    contacts.close(session, contact, Ending(), by=by, now=START)
    contacts.abandon(session, contact, by=SYSTEM, now=LATER)
    contacts.close(session, contact, Ending(["late"]), by=by, now=LATER)
    assert (contact.state, contact.tags, contact.ended_at) == (State.RESOLVED, [], START)
    for verb in (contacts.wrap_up, contacts.take_over):
        with pytest.raises(Conflict):
            verb(session, contact, by=by, now=LATER)


def test_accepting_again_changes_nothing_and_somebody_else_is_told(session: Session) -> None:
    contact, by = active(session)
    contacts.accept(session, contact, by=by, now=LATER)
    assert contact.answered_at == START
    with pytest.raises(Conflict):
        contacts.accept(session, contact, by=stage.viewer(session, "specialist"), now=LATER)


@pytest.mark.parametrize(
    "ending",
    [Ending(solved_kind="luck"), Ending(solved_kind="case", solved_key="\0"), Ending(tags=["x"] * 21)],
)
def test_an_ending_that_cannot_be_kept_is_refused(session: Session, ending: Ending) -> None:
    contact, by = active(session)
    with pytest.raises(Invalid):
        contacts.close(session, contact, ending, by=by, now=START)


def test_a_supervisor_takes_over(session: Session) -> None:
    contact, by = active(session)
    supervisor = stage.agent(session, "supervisor", queues={"billing": 1})
    contacts.take_over(session, contact, by=supervisor, now=LATER)
    assert contact.agent_id == supervisor.person_id
    assert events.history(session, contact)[-1].said == {"taken_from": by.person_id}


def test_moved_to_another_queue_it_waits_for_that_ones_people(session: Session) -> None:
    contact, by = active(session)
    billing = stage.queue(session, "billing")
    contacts.move(session, contact, billing, by=by, now=START)
    assert floor.round_(session, START) == []
    other = stage.agent(session, "specialist", queues={"billing": 1})
    floor.round_(session, START)
    assert contact.agent_id == other.person_id


def test_sent_to_one_person_it_waits_for_that_one(session: Session) -> None:
    contact, by = active(session)
    other = stage.agent(session, "specialist", queues={"billing": 1})
    wanted = other.person_id or 0
    presence.be(session, wanted, "busy", by=other, now=START)
    contacts.move(session, contact, contact.queue, by=by, now=START, wanted_id=wanted)
    assert floor.round_(session, START) == []
    presence.be(session, wanted, "available", by=other, now=START)
    floor.round_(session, START)
    assert contact.agent_id == wanted
    contacts.let_pass(session, contact, by=other, now=START)
    presence.seen(session, by.person_id or 0, START)
    floor.round_(session, START)
    assert contact.agent_id == by.person_id, "who let it pass is not waited for"


def test_who_is_alone_is_asked_again_after_a_while(session: Session) -> None:
    stage.queue(session)
    by = stage.agent(session)
    contact = stage.bring(session)
    floor.round_(session, START)
    contacts.let_pass(session, contact, by=by, now=START)
    assert floor.round_(session, LATER) == []
    floor.round_(session, START + contacts.ASKED_AGAIN)
    assert contact.agent_id == by.person_id


def test_languages_meet_by_their_base_and_of_whom_nothing_is_said_is_asked_for_any(session: Session) -> None:
    stage.queue(session)
    for part, languages in (("agent", ["hu"]), ("specialist", ["sv"])):
        stage.person(session, part).languages = languages
        stage.agent(session, part)
    swedish = stage.bring(session, "c1", language="sv-SE")
    russian = stage.bring(session, "c2", language="ru", now=LATER)
    floor.round_(session, START)
    assert (swedish.agent_id, russian.agent_id) == (stage.person(session, "specialist").id, None)
    stage.person(session, "supervisor").languages = []
    other = stage.agent(session, "supervisor")
    floor.round_(session, START)
    assert russian.agent_id == other.person_id


def test_who_writes_up_two_is_available_after_the_second(session: Session) -> None:
    first, by = active(session, channel="chat")
    second = stage.bring(session, "c2", channel="chat")
    floor.round_(session, START)
    contacts.accept(session, second, by=by, now=START)
    for contact in (first, second):
        contacts.wrap_up(session, contact, by=by, now=START)
    contacts.close(session, first, Ending(), by=by, now=START)
    assert standing(session, by).standing == Standing.AFTER_CALL
    contacts.close(session, second, Ending(), by=by, now=START)
    assert standing(session, by).standing == Standing.AVAILABLE


def test_a_changed_priority_changes_what_is_due(session: Session) -> None:
    contact, by = active(session)
    contact.queue.targets = [
        {"channel": "", "priority": 0, "resolve_s": 3600},
        {"channel": "", "priority": 2, "resolve_s": 600},
    ]
    contacts.prioritise(session, contact, 2, by=by, now=LATER)
    assert contact.resolve_due_at == START + timedelta(seconds=600)
    with pytest.raises(Invalid):
        contacts.prioritise(session, contact, 10, by=by, now=LATER)
    with pytest.raises(NotAllowed):
        contacts.prioritise(session, contact, 0, by=stage.viewer(session, "specialist"), now=LATER)


def test_nobody_is_asked_who_may_not_take_contacts_any_more(session: Session) -> None:
    stage.queue(session)
    stage.agent(session)
    stage.bring(session)
    stage.person(session, "agent").roles = ["author"]
    assert floor.round_(session, START) == []
    stage.person(session, "agent").roles, stage.person(session, "agent").is_active = ["agent"], False
    assert floor.round_(session, START) == []


def test_an_entrance_leads_to_its_queue_by_what_was_chosen_there(session: Session) -> None:
    for key in ("general", "fibre"):
        stage.queue(session, key)
    stage.skill(session, "fibre")
    queues = {row.key: row.id for row in session.scalars(select(Queue))}
    session.add_all(
        [
            Entrance(channel="phone", address="1234", queue_id=queues["general"], language="sv"),
            Entrance(
                channel="phone",
                address="1234",
                choice="2",
                queue_id=queues["fibre"],
                priority=3,
                skills=["fibre"],
            ),
        ]
    )
    session.flush()
    any_, second = (
        stage.bring(session, called="1234", choice="9"),
        stage.bring(session, called="1234", choice="2"),
    )
    assert (any_.queue.key, any_.language, any_.priority) == ("general", "sv", 0)
    assert (second.queue.key, second.skills, second.priority) == ("fibre", ["fibre"], 3)


def test_a_known_number_brings_what_is_known_of_its_customer(session: Session) -> None:
    stage.queue(session)
    facts = {"plan": "S", "roaming": True}
    session.add(
        Customer(
            key="C7",
            language="hu",
            facts=facts,
            changed_at=START,
            addresses=[CustomerAddress(address="+361555")],
        )
    )
    contact = stage.bring(session, address="+361555", facts={"plan": "M"})
    assert (contact.language, contact.facts) == ("hu", {"plan": "M", "roaming": True})


def test_facts_change_one_by_one(session: Session) -> None:
    contact, by = active(session, facts={"plan": "S", "abroad": True})
    contacts.change_facts(session, contact, {"plan": None, "signal": "poor"}, by=by, now=START)
    assert contact.facts == {"abroad": True, "signal": "poor"}


@pytest.mark.parametrize(
    ("field", "given_"),
    [
        ("channel", {"channel": "pigeon"}),
        ("key", {"key": "with blanks"}),
        ("queue", {"queue": "nowhere"}),
        ("language", {"language": "??"}),
        ("priority", {"priority": 10}),
        ("question", {"question": "x" * 4001}),
        ("question", {"question": "\0"}),
        ("skills", {"skills": ["flying"]}),
        ("facts.plan", {"facts": {"plan": {"deep": []}}}),
        ("facts", {"facts": {"not a key": 1}}),
        ("facts.plan", {"facts": {"plan": float("nan")}}),
        ("facts.plan", {"facts": {"plan": ["x"] * 51}}),
        *((name, {name: "\0"}) for name in ("called", "choice", "customer", "queue", "portal")),
        ("skills", {"skills": ["\0"]}),
    ],
)
def test_what_cannot_be_kept_is_refused_by_its_field(
    session: Session, field: str, given_: dict[str, Any]
) -> None:
    stage.queue(session)
    with pytest.raises(Invalid) as refused:
        stage.bring(session, **given_)
    assert field in refused.value.fields


def test_outsiders_bring_nothing_and_others_do_not_write_into_what_somebody_has(session: Session) -> None:
    contact, _ = active(session)
    for by in (ANONYMOUS, stage.viewer(session, "outsider"), stage.viewer(session, "specialist")):
        with pytest.raises(KalauzError):
            contacts.write_notes(session, contact, "mine", by=by, now=START)
    with pytest.raises(NotAllowed):
        arrivals.bring(session, arrivals.Arrival("phone"), by=stage.viewer(session, "outsider"), now=START)


MACHINE = Viewer(name="telephones", scopes=frozenset({SCOPE}))
verbs: dict[str, Callable[[Session, Contact, Viewer], object]] = {
    "accept": lambda session, contact, by: contacts.accept(session, contact, by=by, now=START),
    "let_pass": lambda session, contact, by: contacts.let_pass(session, contact, by=by, now=START),
    "take_over": lambda session, contact, by: contacts.take_over(session, contact, by=by, now=START),
    "come_back": lambda session, contact, by: contacts.come_back(session, contact, by=by, now=START),
    "move": lambda session, contact, by: contacts.move(session, contact, contact.queue, by=by, now=START),
    "abandon": lambda session, contact, by: contacts.abandon(session, contact, by=by, now=START),
}


@pytest.mark.parametrize("verb", verbs)
@pytest.mark.parametrize("part", ["specialist", "customer", "author"])
def test_what_is_offered_to_somebody_is_not_for_others(session: Session, verb: str, part: str) -> None:
    stage.queue(session)
    by = stage.agent(session)
    contact = stage.bring(session)
    floor.round_(session, START)
    if part == "specialist":
        stage.agent(session, part)
    with pytest.raises((NotAllowed, Conflict)):
        verbs[verb](session, contact, stage.viewer(session, part))
    assert (contact.state, contact.agent_id) == (State.OFFERED, by.person_id)


@pytest.mark.parametrize("verb", ["accept", "take_over"])
def test_machines_take_nothing(session: Session, verb: str) -> None:
    stage.queue(session)
    with pytest.raises(NotAllowed):
        verbs[verb](session, stage.bring(session), MACHINE)


def test_what_waits_is_taken_by_those_of_its_queue(session: Session) -> None:
    stage.queue(session)
    contact = stage.bring(session)
    stranger = stage.agent(session, "specialist", queues={"billing": 1})
    with pytest.raises(NotAllowed):
        contacts.take_over(session, contact, by=stranger, now=START)
    by = stage.agent(session)
    contacts.take_over(session, contact, by=by, now=START)
    assert (contact.state, contact.agent_id) == (State.ACTIVE, by.person_id)


def test_it_is_sent_to_nobody_who_would_never_take_it(session: Session) -> None:
    contact, by = active(session)
    shut = stage.queue(session, "shut", is_active=False)
    with pytest.raises(Invalid):
        contacts.move(session, contact, shut, by=by, now=START)
    outsider = stage.person(session, "outsider").id
    with pytest.raises(Invalid):
        contacts.move(session, contact, contact.queue, by=by, now=START, wanted_id=outsider)


def test_only_those_who_take_contacts_are_present(session: Session) -> None:
    outsider = stage.viewer(session, "outsider")
    with pytest.raises(NotAllowed):
        presence.be(session, outsider.person_id or 0, "available", by=outsider, now=START)
    agent = stage.agent(session)
    with pytest.raises(NotAllowed):
        presence.be(session, agent.person_id or 0, "away", by=outsider, now=START)


@pytest.mark.usefixtures("both_databases")
def test_rounds_at_the_same_moment_offer_nothing_twice(services: Services, database: Database) -> None:
    with services.database.transaction() as session:
        stage.queue(session)
        for part in ("agent", "specialist", "supervisor"):
            stage.agent(session, part)
        for number in range(6):
            stage.bring(session, f"c{number}")
    faults: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(3):
                tick(services, START)
        except BaseException as error:  # told by the test
            faults.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    with services.database.session() as session:
        offered = session.scalars(select(Contact).where(Contact.state == State.OFFERED)).all()
        assert len({contact.agent_id for contact in offered}) == len(offered) == 3
        happened = [event.kind for event in events.since(session, 0)]
        assert happened.count("offered") == 3


def test_a_floor_where_nothing_happens_takes_no_lock(services: Services) -> None:
    def refuse(**_info: object) -> None:
        raise AssertionError("it wrote")

    services.database.transaction = refuse  # type: ignore[method-assign,assignment]
    tick(services, START)


deeds = st.lists(
    st.tuples(
        st.sampled_from(
            ("bring", "accept", "pass", "wrap_up", "close", "abandon", "away", "available", "time")
        ),
        st.integers(0, 4),
    ),
    max_size=25,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=deeds)
def test_whatever_happens_no_contact_is_lost_and_nobody_has_more_than_they_can(
    session: Session, deeds: list[tuple[str, int]]
) -> None:
    session.rollback()
    stage.queue(session)
    people = [stage.agent(session, part) for part in ("agent", "specialist")]
    brought: list[Contact] = []
    now = START

    def deed(name: str, number: int) -> None:
        by = people[number % len(people)]
        verbs: dict[str, Callable[[Contact], object]] = {
            "accept": lambda contact: contacts.accept(session, contact, by=by, now=now),
            "pass": lambda contact: contacts.let_pass(session, contact, by=by, now=now),
            "wrap_up": lambda contact: contacts.wrap_up(session, contact, by=SYSTEM, now=now),
            "close": lambda contact: contacts.close(session, contact, Ending(), by=SYSTEM, now=now),
            "abandon": lambda contact: contacts.abandon(session, contact, by=SYSTEM, now=now),
        }
        if name == "bring":
            brought.append(stage.bring(session, channel=("phone", "chat", "mail")[number % 3], now=now))
        elif name in {"away", "available"}:
            presence.be(session, by.person_id or 0, name, by=by, now=now)
        elif name in verbs and brought:
            verbs[name](brought[number % len(brought)])

    for name, number in deeds:
        now += timedelta(seconds=15 if name == "time" else 0)
        for by in people:
            presence.seen(session, by.person_id or 0, now)
        with suppress(KalauzError):
            deed(name, number)
        floor.round_(session, now)
        _check(session, brought, people)


def _check(session: Session, brought: list[Contact], people: list[Viewer]) -> None:
    assert len(session.scalars(select(Contact)).all()) == len(brought)
    for contact in brought:
        assert (contact.state in HELD) == (contact.agent_id is not None and contact.state not in ENDED)
    for by in people:
        theirs = [
            contact for contact in brought if contact.agent_id == by.person_id and contact.state in HELD
        ]
        assert sum(contact.channel == "phone" for contact in theirs) <= 1
        assert sum(contact.channel == "chat" for contact in theirs) <= 2
        assert sum(contact.state == State.OFFERED for contact in theirs) <= 1

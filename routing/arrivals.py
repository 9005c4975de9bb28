"""How a contact comes: by which way in, from which customer, to which queue."""

from __future__ import annotations

import math
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import texts
from kb.errors import N_, Invalid, NotFound
from kb.languages import is_language
from kb.viewers import Viewer
from routing import deadlines, events, opening
from routing.events import Happening
from routing.lifecycle import Move, State, after
from routing.models import Channel, Contact, Customer, CustomerAddress, Entrance, Queue, Skill
from routing.permissions import require_bringer
from routing.plain_addresses import plain_address

KEY = re.compile(r"[\w.:@+-]{1,64}")
LONGEST_QUESTION, LONGEST_ADDRESS = 4_000, 200
MOST_FACTS, MOST_VALUES, LONGEST_FACT = 200, 50, 500
HIGHEST_PRIORITY = 9


class Expected(NamedTuple):
    """What a contact will be when it comes, as far as that is known before: its queue, and all that is known of it."""

    queue: Queue
    facts: Mapping[str, object]
    language: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is known of a contact when it comes.

    Args:
        channel: how.
        key: what the system that brings it calls it; given anew if "".
        queue: key of a queue; else where `called` leads.
        called: number, address or form it came in by.
        choice: what was chosen there, as the digit of a menu.
        address: whose: the number or mail address of the caller.
        customer: key of the customer, where it is known; else found by the address.
        language: spoken; else that of the customer or the entrance.
        portal: key of the portal it came from, where it did.
        question: in the customer's words.
        facts: attribute -> plain value.
        skills: keys of what its agent must be able to do.
        priority: 0 is usual, up to 9; None for what the entrance says.
        run_id: of the guided help that it comes from.
        level: of the chain that takes it: 1 in front, 2 supervisors, 3 specialists.
        proposed: what a routing core proposed and why, for whoever reads the history.
        not_before: it waits from then on: a call at a time that was agreed; None for at once.
    """

    channel: str
    key: str = ""
    queue: str = ""
    called: str = ""
    choice: str = ""
    address: str = ""
    customer: str = ""
    language: str = ""
    portal: str = ""
    question: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)
    skills: Sequence[str] = ()
    priority: int | None = None
    run_id: str = ""
    level: int = 1
    proposed: Mapping[str, object] = field(default_factory=dict)
    not_before: datetime | None = None


def bring(session: Session, arrival: Arrival, *, by: Viewer, now: datetime) -> Contact:
    """A contact comes, and waits from now on; the same key again is the same contact, and nothing changes.

    Somebody on the line (`opening.LIVE`) whose queue is closed comes to the one that stands in for it, if that is open.
    Where no queue is, the contact has ended with its coming, and `opening.welcome` says what to tell them; but what
    people enter by hand stays, as they are there. Mails and calls to be made wait until it opens.

    Raises:
        Invalid: field -> what is wrong with it.
        NotFound: nothing leads from where it came to a queue.
    """
    require_bringer(by)
    check(session, arrival)
    events.take_turn(session)
    if arrival.key and (held := by_key(session, arrival.key)):
        return held
    entrance = _entrance(session, arrival)
    queue = _queue(session, arrival, entrance)
    is_live = arrival.channel in opening.LIVE and not by.person_id
    open_queue = opening.open_one(session, queue, now) if is_live else queue
    queue = open_queue or queue
    customer = _customer(session, arrival)
    contact = Contact(
        key=arrival.key or secrets.token_urlsafe(12),
        channel=arrival.channel,
        state=State.ESCALATED if arrival.level > 1 else State.WAITING,
        level=arrival.level,
        queue_id=queue.id,
        priority=arrival.priority if arrival.priority is not None else (entrance.priority if entrance else 0),
        language=_language(arrival, customer, entrance),
        portal=arrival.portal or (entrance.portal if entrance else ""),
        question=arrival.question.strip(),
        customer_id=customer.id if customer else None,
        address=arrival.address,
        facts=_facts(arrival, customer),
        skills=sorted({*arrival.skills, *(entrance.skills if entrance else ())}),
        passed=[],
        run_id=arrival.run_id,
        came_at=now,
        waited_from=max(now, arrival.not_before or now),
        not_before=arrival.not_before,
    )
    deadlines.set_due(contact, queue)
    session.add(contact)
    session.flush()
    said: dict[str, Any] = {"channel": contact.channel, "queue": queue.key}
    if arrival.not_before:
        said["not_before"] = contact.waited_from.isoformat()
    if arrival.proposed:
        said["proposed"] = dict(arrival.proposed)
    events.add(session, Happening.CAME, now=now, contact=contact, by=by, **said)
    if open_queue is None:
        contact.state, contact.ended_at = after(contact.state, Move.ABANDON, contact.level), now
        events.add(session, Happening.ABANDONED, now=now, contact=contact, why=opening.CLOSED)
    return contact


def expected(session: Session, arrival: Arrival) -> Expected:
    """What it will be if it comes now. Raises `Invalid` and `NotFound` as `bring` does."""
    entrance, customer = _entrance(session, arrival), _customer(session, arrival)
    queue = _queue(session, arrival, entrance)
    return Expected(queue, _facts(arrival, customer), _language(arrival, customer, entrance))


def by_key(session: Session, key: str) -> Contact | None:
    """The contact that the system which brought it calls so."""
    return session.scalars(select(Contact).where(Contact.key == key)).first()


def fact_problems(facts: Mapping[str, object]) -> dict[str, str]:
    """What is wrong with facts as they are given: "facts" or "facts." and the attribute -> sentence."""
    plain = (bool, int, float, str, type(None))
    problems = {}
    for key, value in facts.items():
        values = value if isinstance(value, list) else [value]
        numbers = [one for one in values if isinstance(one, float)]
        if not KEY.fullmatch(key):
            problems["facts"] = N_("Use letters, digits and . : @ + - _, at most 64 characters.")
        elif (
            len(values) > MOST_VALUES
            or not all(isinstance(one, plain) for one in values)
            or any(isinstance(one, str) and texts.problem(one, LONGEST_FACT) for one in values)
            or not all(map(math.isfinite, numbers))  # JSON has no word for them
        ):
            problems[f"facts.{key}"] = N_("A word, a number, yes or no, or a list of words.")
    return problems


def priority_problem(priority: int) -> str:
    """Why a contact cannot have this priority, or nothing."""
    if 0 <= priority <= HIGHEST_PRIORITY:
        return ""
    return N_("A number from 0 to %(most)s.", most=HIGHEST_PRIORITY)


def check(session: Session, arrival: Arrival) -> None:
    """Raises `Invalid`: field -> what is wrong with it."""
    problems = fact_problems(arrival.facts)
    if arrival.channel not in {*Channel}:
        problems["channel"] = N_("This is no channel.")
    if arrival.key and not KEY.fullmatch(arrival.key):
        problems["key"] = N_("Use letters, digits and . : @ + - _, at most 64 characters.")
    if arrival.language and not is_language(arrival.language):
        problems["language"] = N_("This is no language code.")
    if arrival.priority is not None and (reason := priority_problem(arrival.priority)):
        problems["priority"] = reason
    if len(arrival.facts) > MOST_FACTS:
        problems["facts"] = N_("At most %(most)s facts are kept.", most=MOST_FACTS)
    for name, longest in (
        ("question", LONGEST_QUESTION),
        ("address", LONGEST_ADDRESS),
        ("called", LONGEST_ADDRESS),
        ("choice", 16),
        ("customer", 64),
        ("queue", 64),
        ("run_id", 22),
        ("portal", 64),
    ):
        if reason := texts.problem(getattr(arrival, name), longest):
            problems[name] = reason
    asked = {skill for skill in arrival.skills if not texts.problem(skill)}
    unknown = {*arrival.skills} - {*session.scalars(select(Skill.key).where(Skill.key.in_(asked)))}
    if unknown:
        problems["skills"] = N_("There is no skill %(key)s.", key=min(unknown)[:64])
    if problems:
        raise Invalid(problems)


def _entrance(session: Session, arrival: Arrival) -> Entrance | None:
    """The one of this choice, or of this address at all."""
    if not arrival.called:
        return None
    query = select(Entrance).where(
        Entrance.channel == arrival.channel,
        Entrance.address == arrival.called,
        Entrance.choice.in_({arrival.choice, ""}),
    )
    return max(session.scalars(query), key=lambda entrance: len(entrance.choice), default=None)


def _facts(arrival: Arrival, customer: Customer | None) -> dict[str, object]:
    return {**(customer.facts if customer else {}), **arrival.facts}


def _language(arrival: Arrival, customer: Customer | None, entrance: Entrance | None) -> str:
    known = (arrival.language, customer.language if customer else "", entrance.language if entrance else "")
    return next(filter(None, known), "")


def _queue(session: Session, arrival: Arrival, entrance: Entrance | None) -> Queue:
    query = select(Queue).where(Queue.is_active)
    if arrival.queue:
        found = session.scalars(query.where(Queue.key == arrival.queue)).first()
        if found is None:
            raise Invalid({"queue": N_("There is no queue %(key)s.", key=arrival.queue[:64])})
        return found
    if entrance is not None:
        led_to = opening.standing_in(session, session.get_one(Queue, entrance.queue_id))
        if led_to:
            return led_to[0]
    found = session.scalars(query.order_by(Queue.position, Queue.id).limit(1)).first()
    if found is None:
        raise NotFound(N_("There is no queue that contacts could wait in."))
    return found


def _customer(session: Session, arrival: Arrival) -> Customer | None:
    """Whoever has the key, or else the address."""
    query = select(Customer)
    if arrival.customer:
        return session.scalars(query.where(Customer.key == arrival.customer)).first()
    if not arrival.address:
        return None
    query = query.join(CustomerAddress).where(CustomerAddress.address == plain_address(arrival.address))
    return session.scalars(query).first()

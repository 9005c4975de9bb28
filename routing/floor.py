"""The floor: who waits and who is free, and the round that brings them together.

Everything that can change who may take what ends with a round, in the same transaction; each process also asks for one
every second, for what time alone changes. Rounds happen in turns, so that of several processes none offers twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, exists, or_, select
from sqlalchemy.orm import Session

from routing import contacts, events, presence
from routing.contacts import Ending
from routing.lifecycle import HELD, WAITS, State
from routing.matching import Free, Match, Waiting, match
from routing.models import Agent, Channel, Contact, Presence, Queue, Standing
from routing.overflow import Overflow, Step, Way

VOICE = frozenset({Channel.PHONE, Channel.CALLBACK, Channel.IVR})
PATIENT = frozenset({Channel.MAIL, Channel.WEB})
"""What can be put aside for somebody who waits."""
NO_ANSWER, VANISHED = "no answer", "vanished"


@dataclass(frozen=True, slots=True)
class Held:
    """What an agent has at the moment: channel -> how many, and whether something is being offered."""

    channels: Mapping[str, int] = field(default_factory=dict)
    is_asked: bool = False


def round_(session: Session, now: datetime) -> list[Match]:
    """Give back what was not answered, then offer what waits to those who are free.

    Returns:
        What was offered, in the order in which it was.
    """
    events.take_turn(session)
    _end_what_ran_out(session, now)
    session.flush()
    free = free_agents(session, now)
    if not free:
        return []
    matches = match(waiting(session, now), free, seed=int(now.timestamp()))
    for found in matches:
        contact = session.get_one(Contact, found.contact, populate_existing=True)
        contacts.offer(session, contact, found.agent, now=now, order=found.order)
    session.flush()
    return matches


def waiting(session: Session, now: datetime) -> list[Waiting]:
    """All contacts for which somebody is wanted."""
    plans = {queue.id: overflow_of(queue) for queue in session.scalars(select(Queue))}
    columns = (
        *(
            Contact.id,
            Contact.channel,
            Contact.queue_id,
            Contact.waited_from,
            Contact.priority,
            Contact.language,
        ),
        *(Contact.skills, Contact.passed, Contact.wanted_id),
    )
    found = session.execute(select(*columns).where(Contact.state.in_(WAITS)))
    return [_waiting(row, plans[row.queue_id], now) for row in found]


def free_agents(session: Session, now: datetime) -> list[Free]:
    """All agents who could take one more contact of some channel."""
    query = (
        select(Agent, Presence.idle_since)
        .join(Presence, Presence.person_id == Agent.person_id)
        .where(Presence.standing == Standing.AVAILABLE, Agent.is_active)
    )
    rows = session.execute(query).all()
    if not rows:
        return []
    held = _held(session)
    found = []
    for agent, idle_since in rows:
        channels = room(agent.capacity, held.get(agent.person_id, Held()))
        if channels and agent.person.is_active:
            languages = frozenset(agent.person.languages)
            idle_s = (now - idle_since).total_seconds()
            found.append(Free(agent.person_id, idle_s, channels, agent.queues, agent.skills, languages))
    return found


def room(capacity: Mapping[str, int], held: Held) -> frozenset[str]:
    """The channels on which somebody can take one more.

    One thing is offered at a time. A call takes the whole person, so that nothing is offered beside it, and a call is
    offered only beside what can be put aside.

    Args:
        capacity: channel -> how many at once.

    >>> sorted(room({"phone": 1, "chat": 2, "mail": 5}, Held({"chat": 1})))
    ['chat', 'mail']
    >>> room({"phone": 1, "chat": 2}, Held({"phone": 1}))
    frozenset()
    """
    if held.is_asked or any(held.channels.get(channel) for channel in VOICE):
        return frozenset()
    urgent = any(count for channel, count in held.channels.items() if channel not in PATIENT)
    return frozenset(
        channel
        for channel, most in capacity.items()
        if held.channels.get(channel, 0) < most and not (channel in VOICE and urgent)
    )


def overflow_of(queue: Queue) -> Overflow:
    """The plan of a queue, as it is kept."""
    steps = (
        Step(step["after_s"], Way(step["queue"], step["order"], step.get("skilled", True)))
        for step in queue.steps
    )
    return Overflow(queue.key, tuple(steps))


def _waiting(row: Row[*tuple[Any, ...]], plan: Overflow, now: datetime) -> Waiting:
    waited_s = (now - row.waited_from).total_seconds()
    return Waiting(
        row.id,
        row.channel,
        plan.ways(waited_s),
        waited_s,
        row.priority,
        row.language,
        frozenset(row.skills),
        frozenset(row.passed),
        row.wanted_id,
    )


def _held(session: Session) -> dict[int | None, Held]:
    query = select(Contact.agent_id, Contact.channel, Contact.state)
    query = query.where(Contact.state.in_(HELD), Contact.agent_id.is_not(None))
    counts: dict[int | None, Counter[str]] = {}
    asked: set[int | None] = set()
    for person_id, channel, state in session.execute(query):
        counts.setdefault(person_id, Counter())[channel] += 1
        if state == State.OFFERED:
            asked.add(person_id)
    return {person_id: Held(channels, person_id in asked) for person_id, channels in counts.items()}


def _end_what_ran_out(session: Session, now: datetime) -> None:
    for contact in _late(session, Contact.state == State.OFFERED, Contact.offer_ends_at <= now):
        if contact.agent_id is not None:
            presence.gone(session, contact.agent_id, now=now, reason=NO_ANSWER)
        contacts.let_pass(session, contact, now=now, why=NO_ANSWER)
    for contact in _late(session, Contact.state == State.WRAP_UP, Contact.wrap_up_ends_at <= now):
        contacts.close(session, contact, _as_it_stands(contact), by=None, now=now)
    _take_from_the_vanished(session, now)


def _as_it_stands(contact: Contact) -> Ending:
    return Ending(contact.tags, contact.solved_kind, contact.solved_key)


def _take_from_the_vanished(session: Session, now: datetime) -> None:
    """Whoever is not heard of any more gives back what they have; nobody is away who was only slow to say a word."""
    theirs = Contact.agent_id == Presence.person_id, Contact.state.in_({State.ACTIVE, State.OFFERED})
    present = or_(Presence.standing != Standing.AWAY, exists().where(*theirs))
    silent = select(Presence).where(Presence.seen_at <= now - presence.GRACE, present)
    for held in session.scalars(silent).all():
        of_theirs = _late(
            session, Contact.agent_id == held.person_id, Contact.state.in_({State.ACTIVE, State.OFFERED})
        )
        for contact in of_theirs:
            contacts.come_back(session, contact, now=now, why=VANISHED)
        presence.gone(session, held.person_id, now=now, reason=VANISHED)


def _late(session: Session, *conditions: object) -> Sequence[Contact]:
    query = select(Contact).where(*conditions).order_by(Contact.waited_from, Contact.id)  # type: ignore[arg-type]
    return session.scalars(query.execution_options(populate_existing=True)).all()

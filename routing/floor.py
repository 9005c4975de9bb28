"""The floor: who waits and who is free, and the round that brings them together.

Everything that can change who may take what ends with a round, in the same transaction; each process also asks for one
every second, for what time alone changes. Rounds happen in turns, so that of several processes none offers twice.
Whoever vanished is found by those of the clock alone (`routing.rounds`), which know whether time went its usual way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, or_, select, update
from sqlalchemy.orm import Session, joinedload

from kb.models import Person
from routing import contacts, deadlines, events, presence
from routing.capacity import Channel, Held, room
from routing.contacts import Ending
from routing.lifecycle import HELD, WAITS, State
from routing.matching import ANY_LANGUAGE, Free, Match, Waiting, match
from routing.models import Agent, Contact, Presence, Queue, Standing, is_due
from routing.overflow import Overflow, Step, Way
from routing.permissions import TAKE

NO_ANSWER, VANISHED = "no answer", "vanished"
IN_ONE_GO = 500
HERE = frozenset({State.ACTIVE, State.OFFERED})
"""What somebody has who must be there."""


_OF_WAITING = (
    *(Contact.id, Contact.channel, Contact.queue_id, Contact.waited_from, Contact.priority),
    *(Contact.language, Contact.skills, Contact.passed, Contact.asked_again_at, Contact.wanted_id),
    Contact.level,
)


def round_(session: Session, now: datetime) -> list[Match]:
    """Give back what was not answered, then offer what waits to those who are free; it is the last of a transaction.

    Returns:
        What was offered, in the order in which it was.
    """
    events.take_turn(session)
    _end_what_ran_out(session, now)
    session.flush()
    free = free_agents(session, now)
    if not free:
        return []
    matches = match(waiting(session, now, free), free, seed=int(now.timestamp()))
    chosen = {contact.id: contact for contact in _as_they_are(session, [found.contact for found in matches])}
    for found in matches:
        contacts.offer(session, chosen[found.contact], found.agent, now=now, order=found.order)
    session.flush()
    return matches


def waiting(session: Session, now: datetime, free: Sequence[Free] | None = None) -> list[Waiting]:
    """The contacts for which somebody is wanted.

    Args:
        free: those who could take one; what none of them is asked for, by its queue or channel, is left out.
    """
    queues = session.scalars(select(Queue)).all()
    plans = {queue.id: overflow_of(queue) for queue in queues}
    is_open = _Doors(queues, now)
    conditions: list[ColumnElement[bool]] = [Contact.state.in_(WAITS), is_due(now)]
    if free is not None:
        served = {key for agent in free for key in agent.queues}
        within = [queue_id for queue_id, plan in plans.items() if not served.isdisjoint(plan.reaches)]
        conditions.append(Contact.channel.in_({channel for agent in free for channel in agent.channels}))
        conditions.append(or_(Contact.queue_id.in_(within), Contact.wanted_id.is_not(None)))
    return [
        _waiting(row, plans[row.queue_id], now)
        for row in session.execute(select(*_OF_WAITING).where(*conditions))
        if row.channel != Channel.CALLBACK or is_open[row.queue_id]
    ]


def free_agents(session: Session, now: datetime) -> list[Free]:
    """All agents who could take one more contact of some channel."""
    columns = (
        *(Agent.person_id, Agent.capacity, Agent.queues, Agent.skills),
        *(Agent.level, Presence.idle_since),
    )
    query = (
        select(*columns, Person.languages, Person.roles)
        .join(Presence, Presence.person_id == Agent.person_id)
        .join(Person, Person.id == Agent.person_id)
        .where(Presence.standing == Standing.AVAILABLE, Agent.is_active, Person.is_active)
    )
    rows = [row for row in session.execute(query) if TAKE.intersection(row.roles)]
    if not rows:
        return []
    held = _held(session)
    found = []
    for row in rows:
        channels = room(row.capacity, held.get(row.person_id, Held()))
        if channels:
            languages = frozenset(map(base, row.languages)) or frozenset({ANY_LANGUAGE})
            idle_s = (now - row.idle_since).total_seconds()
            found.append(Free(row.person_id, idle_s, channels, row.queues, row.skills, languages, row.level))
    return found


def overflow_of(queue: Queue) -> Overflow:
    """The plan of a queue, as it is kept."""
    steps = (
        Step(step["after_s"], Way(step["queue"], step["order"], step.get("skilled", True)))
        for step in queue.steps
    )
    return Overflow(queue.key, tuple(steps))


def base(language: str) -> str:
    """The language without its region: whoever speaks one speaks to the other.

    >>> base("sv-SE"), base("")
    ('sv', '')
    """
    return language.partition("-")[0]


def give_back_of_the_vanished(session: Session, now: datetime) -> None:
    """Whoever is not heard of any more gives back what they have; nobody is away who was only slow to say a word."""
    events.take_turn(session)
    theirs = exists().where(Contact.agent_id == Presence.person_id, Contact.state.in_(HERE))
    silent = (
        select(Presence)
        .where(Presence.seen_at <= now - presence.GRACE, or_(Presence.standing != Standing.AWAY, theirs))
        .execution_options(populate_existing=True)
    )
    for held in session.scalars(silent).all():
        for contact in _late(session, Contact.agent_id == held.person_id, Contact.state.in_(HERE)):
            contacts.come_back(session, contact, now=now, why=VANISHED)
        presence.gone(session, held.person_id, now=now, reason=VANISHED)
    known = exists().where(Presence.person_id == Contact.agent_id)
    for contact in _late(session, Contact.state.in_(HERE), ~known):  # no agent any more, or no person
        contacts.come_back(session, contact, now=now, why=VANISHED)


def begin_anew(session: Session, now: datetime) -> None:
    """Nobody could say a word, or the clock was moved: everybody is heard of now, and offers begin now."""
    events.take_turn(session)
    present = or_(
        Presence.standing != Standing.AWAY,
        Presence.person_id.in_(select(Contact.agent_id).where(Contact.state.in_(HERE))),
    )
    session.execute(update(Presence).where(present).values(seen_at=now))
    for contact in _late(session, Contact.state == State.OFFERED):
        contact.offer_ends_at = contacts.offer_end(contact, now)


class _Doors(dict[int, bool]):
    """Whether a queue is open now; looked up where a contact asks, as a calendar costs more than a contact."""

    def __init__(self, queues: Sequence[Queue], now: datetime) -> None:
        super().__init__()
        self._queues, self._now = {queue.id: queue for queue in queues}, now

    def __missing__(self, queue_id: int) -> bool:
        self[queue_id] = deadlines.hours_of(self._queues[queue_id], self._now).is_open(self._now)
        return self[queue_id]


def _waiting(row: Row[*tuple[Any, ...]], plan: Overflow, now: datetime) -> Waiting:
    waited_s = (now - row.waited_from).total_seconds()
    return Waiting(
        row.id,
        row.channel,
        plan.ways(waited_s),
        waited_s,
        row.priority,
        base(row.language),
        frozenset(row.skills),
        frozenset(row.passed if row.asked_again_at is None or row.asked_again_at > now else ()),
        row.wanted_id,
        row.level,
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


def _as_it_stands(contact: Contact) -> Ending:
    return Ending(contact.tags, contact.solved_kind, contact.solved_key)


def _late(session: Session, *conditions: ColumnElement[bool]) -> Sequence[Contact]:
    query = select(Contact).where(*conditions).order_by(Contact.waited_from, Contact.id)
    query = query.options(joinedload(Contact.queue, innerjoin=True)).execution_options(populate_existing=True)
    return session.scalars(query).all()


def _as_they_are(session: Session, contact_ids: Sequence[int]) -> Iterator[Contact]:
    """Contacts as they are in this turn, a few hundred in one go."""
    for start in range(0, len(contact_ids), IN_ONE_GO):
        yield from _late(session, Contact.id.in_(contact_ids[start : start + IN_ONE_GO]))

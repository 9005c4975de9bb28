"""What the panel's bar and its idle page show of somebody: what they have, what they are asked, how their day went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, joinedload

from kb.models import Person
from routing.chain.models import Alarm
from routing.events import Happening
from routing.lifecycle import HELD, State
from routing.models import Agent, Contact, ContactEvent, Presence, Queue

SAID_FOR = timedelta(hours=1)
"""So long what was said to everybody stands on the idle page."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What somebody has before them.

    Args:
        presence: what they are doing; None where they have not begun yet.
        contacts: those that they talk to or write up, the longest first.
        offer: what they are asked to take.
        alarms: id of a contact -> what it is late with, as kind and stage, the newest.
        head: the last event that this knows of.
    """

    presence: Presence | None
    contacts: Sequence[Contact]
    offer: Contact | None
    alarms: Mapping[int, tuple[str, str]]
    head: int


@dataclass(frozen=True, slots=True)
class Day:
    """How the day of somebody went so far.

    Args:
        answered: contacts that they took.
        resolved: of these, closed.
        linked: of these, with what solved them.
        talk_s: how long one took from its answer to its end, in seconds, on average; None before the first.
    """

    answered: int
    resolved: int
    linked: int
    talk_s: float | None


def desk(session: Session, person_id: int, head: int) -> Desk:
    """What somebody has before them: three queries."""
    query = (
        select(Contact)
        .where(Contact.agent_id == person_id, Contact.state.in_(HELD))
        .options(joinedload(Contact.queue, innerjoin=True), joinedload(Contact.customer))
        .order_by(Contact.answered_at, Contact.id)
    )
    held = session.scalars(query).all()
    late = select(Alarm).where(Alarm.seen_at.is_(None), Alarm.person_id == person_id).order_by(Alarm.id)
    return Desk(
        session.get(Presence, person_id),
        [contact for contact in held if contact.state != State.OFFERED],
        next((contact for contact in held if contact.state == State.OFFERED), None),
        {alarm.contact_id: (alarm.kind, alarm.stage) for alarm in session.scalars(late)},
        head,
    )


def day(session: Session, person_id: int, since: datetime) -> Day:
    """How somebody's day went: one query over their own contacts since then."""
    own = select(Contact).where(Contact.agent_id == person_id, Contact.answered_at >= since)
    done = Contact.state == State.RESOLVED
    row = session.execute(
        own.with_only_columns(
            func.count(),
            func.count().filter(done),
            func.count().filter(done, Contact.solved_kind != ""),
        )
    ).one()
    spans = session.execute(own.where(done).with_only_columns(Contact.answered_at, Contact.ended_at)).all()
    lengths = [(ended - answered).total_seconds() for answered, ended in spans if answered and ended]
    return Day(*row, sum(lengths) / len(lengths) if lengths else None)


def waiting(session: Session, queues: Sequence[str]) -> Sequence[tuple[Queue, int]]:
    """The queues of somebody, with how many wait in each, the fullest first."""
    waits = func.sum(case((Contact.state.in_([State.WAITING, State.ESCALATED]), 1), else_=0))
    query = (
        select(Queue, func.coalesce(waits, 0))
        .outerjoin(Contact, (Contact.queue_id == Queue.id) & Contact.ended_at.is_(None))
        .where(Queue.key.in_(queues), Queue.is_active)
        .group_by(Queue.id)
        .order_by(func.coalesce(waits, 0).desc(), Queue.position, Queue.id)
    )
    return [(queue, int(count)) for queue, count in session.execute(query)]


def above(session: Session, level: int) -> Sequence[Agent]:
    """Those further up the chain, the nearest first."""
    query = select(Agent).join(Agent.person).where(Agent.level > level, Agent.is_active, Person.is_active)
    return session.scalars(query.order_by(Agent.level, Person.name)).all()


def queues(session: Session) -> Sequence[Queue]:
    """All queues that a contact can be moved to."""
    return session.scalars(select(Queue).where(Queue.is_active).order_by(Queue.position, Queue.id)).all()


def decisions(session: Session, history: Sequence[ContactEvent]) -> list[tuple[str, str]]:
    """What was decided further up, the newest first: by whom, and in which words. One query, if there is any."""
    decided = [
        event for event in reversed(history) if event.kind == Happening.DECIDED and event.said["answer"]
    ]
    if not decided:
        return []
    query = select(Person.id, Person.name).where(Person.id.in_({event.person_id for event in decided}))
    names: dict[int | None, str] = {row.id: row.name for row in session.execute(query)}
    return [(names.get(event.person_id, ""), event.said["answer"]) for event in decided]


def said_to_all(session: Session, agent: Agent, now: datetime) -> Sequence[ContactEvent]:
    """What those who direct said lately to everybody, or to those of the agent's queues, the newest first."""
    query = (
        select(ContactEvent)
        .where(ContactEvent.at >= now - SAID_FOR, ContactEvent.kind == Happening.BROADCAST)
        .order_by(ContactEvent.id.desc())
    )
    heard = {"", *agent.queues}
    return [event for event in session.scalars(query) if event.said.get("queue", "") in heard]

"""What nobody serves: contacts that no agent could ever take, whoever were here and however long they waited.

They go to the queue that stands in for theirs, where somebody could take them. Where there is none, the skills are not
asked for any more, then the language; what is known of the language stays as a fact. Each is alarmed about once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.models import Person
from kb.permissions import SYSTEM
from routing import contacts, events, floor
from routing.chain.alarms import AT_ONCE, Late, raise_
from routing.chain.models import Alarm, AlarmKind, Stage
from routing.lifecycle import WAITS
from routing.matching import ANY_LANGUAGE, Free, Waiting, match
from routing.models import Agent, Contact, Queue
from routing.opening import standing_in
from routing.overflow import Way
from routing.permissions import TAKE

LANGUAGE = "language"
"""The fact that keeps what language was asked for."""
_NEEDS = (Contact.channel, Contact.language, Contact.skills, Contact.level, Contact.wanted_id)


def watch(session: Session, now: datetime) -> list[Alarm]:
    """Alarm about what nobody serves, and let somebody; a round follows where there was something."""
    events.take_turn(session)
    agents, raised = everybody(session), []
    for contact_id in unserved(session)[:AT_ONCE]:
        contact = contacts.held(session, contact_id)
        done = _let_somebody(session, contact, agents, now)
        late = Late(contact.id, AlarmKind.UNSERVED, Stage.BREACH, contact.waited_from)
        raised.append(raise_(session, late, now=now, **done))
    return raised


def unserved(session: Session) -> list[int]:
    """Contacts that wait for nobody, and that nobody was told of."""
    alarmed = select(Alarm.contact_id).where(Alarm.kind == AlarmKind.UNSERVED).scalar_subquery()
    query = select(Contact.id, Contact.queue_id, *_NEEDS).where(
        Contact.state.in_(WAITS), Contact.id.not_in(alarmed)
    )
    rows = session.execute(query.order_by(Contact.waited_from, Contact.id)).all()
    if not rows:
        return []
    agents, known, found = everybody(session), dict[object, bool](), []
    for row in rows:
        needs = (row.queue_id, row.channel, row.language, tuple(row.skills), row.level, row.wanted_id)
        if needs not in known:
            queue = session.get_one(Queue, row.queue_id)
            asked = _waiting(queue, row.channel, row.language, row.skills, row.level, row.wanted_id)
            known[needs] = is_served(asked, agents)
        if not known[needs]:
            found.append(row.id)
    return found


def everybody(session: Session) -> list[Free]:
    """All who take contacts, as if they were here and had nothing to do."""
    query = (
        select(Agent, Person.languages, Person.roles)
        .join(Person, Person.id == Agent.person_id)
        .where(Agent.is_active, Person.is_active)
    )
    return [
        Free(
            agent.person_id,
            0.0,
            frozenset(channel for channel, many in agent.capacity.items() if many > 0),
            agent.queues,
            agent.skills,
            frozenset(map(floor.base, languages)) or frozenset({ANY_LANGUAGE}),
            agent.level,
        )
        for agent, languages, roles in session.execute(query)
        if TAKE.intersection(roles)
    ]


def is_served(contact: Waiting, agents: Sequence[Free]) -> bool:
    """Whether one of the agents could take it, sooner or later."""
    return bool(match([contact], agents))


def _let_somebody(
    session: Session, contact: Contact, agents: Sequence[Free], now: datetime
) -> dict[str, object]:
    """Change what it takes for somebody to take it; returns what was done, for the event."""
    asked = _waiting(contact.queue, contact.channel, contact.language, contact.skills, contact.level, None)
    if is_served(asked, agents):
        contact.wanted_id = None
        return {"done": "person"}
    for queue in standing_in(session, contact.queue):
        if queue.id != contact.queue_id and is_served(replace(asked, ways=_ways(queue)), agents):
            contacts.move(session, contact, queue, by=SYSTEM, now=now)
            return {"done": "queue", "queue": queue.key}
    unskilled = replace(asked, skills=frozenset())
    if is_served(unskilled, agents):
        dropped, contact.skills, contact.wanted_id = contact.skills, [], None
        return {"done": "skills", "skills": dropped}
    if is_served(replace(unskilled, language=""), agents):
        contact.facts = {LANGUAGE: contact.language, **contact.facts}
        dropped, contact.skills, contact.wanted_id = contact.skills, [], None
        language, contact.language = contact.language, ""
        return {"done": "language", "skills": dropped, "language": language}
    return {"done": ""}


def _waiting(
    queue: Queue, channel: str, language: str, skills: Sequence[str], level: int, wanted: int | None
) -> Waiting:
    """A contact that waited for ever, so that all ways of its queue are open."""
    return Waiting(
        0,
        channel,
        _ways(queue),
        language=floor.base(language),
        skills=frozenset(skills),
        wanted=wanted,
        level=level,
    )


def _ways(queue: Queue) -> tuple[Way, ...]:
    return floor.overflow_of(queue).ways(math.inf)

"""A small contact centre: two queues, a few people who take contacts, and words to bring one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.models import Person
from kb.permissions import SYSTEM
from kb.viewers import AGENT, Viewer
from routing import arrivals, presence
from routing.arrivals import Arrival
from routing.models import Agent, Contact, Queue, Skill
from tests import cast
from tests.conftest import START


def queue(session: Session, key: str = "mobile", **given: Any) -> Queue:
    """A queue that is always open."""
    made = Queue(key=key, names={"en": key.capitalize()}, **given)
    session.add(made)
    session.flush()
    return made


def skill(session: Session, key: str) -> Skill:
    """Something that can be required."""
    made = Skill(key=key, names={"en": key.capitalize()})
    session.add(made)
    session.flush()
    return made


def person(session: Session, part: str) -> Person:
    """Somebody of the cast."""
    return session.scalars(select(Person).where(Person.email == cast.email(part))).one()


def viewer(session: Session, part: str) -> Viewer:
    """Somebody of the cast, as who asks."""
    whom = person(session, part)
    return Viewer(
        person_id=whom.id, name=whom.name, roles=frozenset(whom.roles), audiences=frozenset({AGENT})
    )


def agent(
    session: Session,
    part: str = "agent",
    *,
    queues: Mapping[str, int] | None = None,
    capacity: Mapping[str, int] | None = None,
    now: datetime = START,
    **given: Any,
) -> Viewer:
    """Somebody of the cast takes contacts of the queue "mobile" unless told otherwise, and is available."""
    whom = person(session, part)
    made = Agent(
        person_id=whom.id,
        capacity=dict(capacity or {"phone": 1, "chat": 2, "mail": 3}),
        queues=dict(queues or {"mobile": 1}),
        **given,
    )
    session.add(made)
    session.flush()
    by = viewer(session, part)
    presence.be(session, whom.id, "available", by=by, now=now)
    return by


def bring(
    session: Session, key: str = "", *, channel: str = "phone", now: datetime = START, **given: Any
) -> Contact:
    """A contact comes."""
    return arrivals.bring(session, Arrival(channel, key=key, **given), by=SYSTEM, now=now)

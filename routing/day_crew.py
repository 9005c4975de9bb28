"""The people of a played day: found when it begins, gone from the floor when it ends."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from kb import auth, people
from kb.auth import Passwords, viewer_of
from kb.models import Person
from kb.models.people import Role
from kb.permissions import SYSTEM
from kb.structure import Structure
from kb.viewers import Viewer
from routing import contacts, events, presence
from routing import people as arrangement
from routing.contacts import Ending
from routing.lifecycle import OPEN, State
from routing.models import Agent, Contact, Queue
from routing.people import Work

NAMES = (
    *("Anna Lind", "Bence Varga", "Carla Nemes", "David Holm", "Elena Orlova", "Filip Berg"),
    *("Greta Sand", "Hugo Nagy", "Irina Belova", "Jonas Ek", "Katalin Tóth", "Lars Dahl"),
)
BESIDE = {2: 1, 3: 1}
"""How many supervisors and specialists there are for each dozen in front, at least one."""
ROLES = {1: Role.AGENT, 2: Role.SUPERVISOR, 3: Role.SPECIALIST}
DOMAIN = "day.example"


@dataclass(frozen=True)
class Member:
    """Somebody who follows the script."""

    viewer: Viewer
    level: int


@dataclass(frozen=True)
class Crew:
    """All of them: id of the person -> who it is."""

    members: Mapping[int, Member]

    def above(self, level: int) -> Member | None:
        """Whom a contact is sent up to from a level; always the same, as one who knows it all."""
        return next((one for one in self.members.values() if one.level == level + 1), None)


def gather(
    session: Session, passwords: Passwords, structure: Structure, agents: int, *, now: datetime
) -> Crew:
    """Let so many in front, with those above them, take contacts of all queues, and be available.

    Nobody can log in as one of them: their passwords are drawn and told to nobody.
    """
    queues = dict.fromkeys(session.scalars(select(Queue.key).where(Queue.is_active)), 1)
    places = [1] * agents + [level for level, each in BESIDE.items() for _ in range(each * -(-agents // 12))]
    members = {}
    for number, (level, name) in enumerate(zip(places, cycle(NAMES), strict=False)):
        person = _person(session, passwords, number, name, level, now)
        takes = queues if level == 1 else {}
        agent = session.get(Agent, person.id)
        work = Work(level=level, capacity={"phone": 1}, queues=takes)
        arrangement.save(session, agent, work, person_id=person.id, by=SYSTEM)
        viewer = viewer_of(person, structure)
        presence.be(session, person.id, "available", by=viewer, now=now)
        members[person.id] = Member(viewer, level)
    return Crew(members)


def dismiss(session: Session, crew: Crew, *, now: datetime) -> None:
    """They take no contacts any more, and what they leave open waits for whoever can; what they did stays."""
    events.take_turn(session)
    theirs = or_(Contact.agent_id.in_(crew.members), Contact.wanted_id.in_(crew.members))
    for contact in session.scalars(select(Contact).where(theirs, Contact.state.in_(OPEN))).all():
        if contact.state == State.WRAP_UP:
            contacts.close(session, contact, Ending(), by=None, now=now)
        else:
            contacts.move(session, contact, contact.queue, by=SYSTEM, now=now)
    for person_id, member in crew.members.items():
        presence.be(session, person_id, "away", by=member.viewer, now=now)
        agent = session.get(Agent, person_id)
        if agent is not None:
            agent.is_active = False


def _person(
    session: Session, passwords: Passwords, number: int, name: str, level: int, now: datetime
) -> Person:
    """The one of this place, from an earlier day or new."""
    email = f"level{level}-{number}@{DOMAIN}"
    known = auth.person_by_email(session, email)
    if known is not None:
        return known
    return people.add(
        session,
        passwords,
        email=email,
        name=name,
        password=secrets.token_urlsafe(24),
        roles=[ROLES[level]],
        by=SYSTEM,
        now=now,
    )

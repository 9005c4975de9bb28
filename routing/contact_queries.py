"""Reads of contacts, for whoever takes or brings them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from kb.errors import N_, Invalid, NotFound
from kb.viewers import Viewer
from routing.models import Agent, Contact, Customer, Presence, Queue, Standing
from routing.permissions import require_bringer

_WHOLE = (joinedload(Contact.queue), joinedload(Contact.customer))


@dataclass(frozen=True, slots=True)
class Filters:
    """Which contacts; what is left empty does not matter.

    Args:
        states: names of states.
        queue, customer, key: keys.
        agent_id: of whoever has it.
        before: only those that came before the one with this id, to go on from a page.
    """

    states: Sequence[str] = ()
    queue: str = ""
    customer: str = ""
    key: str = ""
    agent_id: int | None = None
    before: int | None = None


def one(session: Session, viewer: Viewer, contact_id: int) -> Contact:
    """A contact.

    Raises:
        NotFound: there is none.
        NotAllowed: not for this viewer.
    """
    require_bringer(viewer)
    found = session.get(Contact, contact_id, options=_WHOLE)
    if found is None:
        raise NotFound(N_("There is no such contact."))
    return found


def page(session: Session, viewer: Viewer, filters: Filters, limit: int) -> Sequence[Contact]:
    """The newest contacts of a kind, at most so many.

    Raises:
        NotAllowed: not for this viewer.
    """
    require_bringer(viewer)
    query = select(Contact).options(*_WHOLE).order_by(Contact.id.desc()).limit(limit)
    if filters.states:
        query = query.where(Contact.state.in_(filters.states))
    if filters.queue:
        query = query.join(Queue).where(Queue.key == filters.queue)
    if filters.customer:
        query = query.join(Customer).where(Customer.key == filters.customer)
    if filters.key:
        query = query.where(Contact.key == filters.key)
    if filters.agent_id is not None:
        query = query.where(Contact.agent_id == filters.agent_id)
    if filters.before is not None:
        query = query.where(Contact.id < filters.before)
    return session.scalars(query).all()


def queue(session: Session, key: str) -> Queue:
    """A queue that is in use.

    Raises:
        Invalid: "queue" -> there is none.
    """
    found = session.scalars(select(Queue).where(Queue.key == key, Queue.is_active)).first()
    if found is None:
        raise Invalid({"queue": N_("There is no queue %(key)s.", key=key[:64])})
    return found


def presence_of(session: Session, person_id: int, now: datetime) -> Presence:
    """What an agent is doing; away where nothing is known.

    Raises:
        NotFound: this person takes no contacts.
    """
    if found := session.get(Presence, person_id):
        return found
    if session.get(Agent, person_id) is None:
        raise NotFound(N_("This person takes no contacts."))
    return Presence(
        person_id=person_id, standing=Standing.AWAY, reason="", since=now, idle_since=now, seen_at=now
    )

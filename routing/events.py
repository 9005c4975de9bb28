"""What happened to contacts, in one order for everybody who listens: panels, webhooks, the wall.

A transaction that adds to it holds a lock from there to its commit, as with the journal: ids become visible in order,
and whoever has read up to n can never miss an m < n that commits later. SQLite has one writer.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from kb.viewers import Viewer
from routing.models import Contact, ContactEvent

ADVISORY_LOCK = 0x6B616C72
_TURN = "turn of the contacts"
_HEAD = select(func.max(ContactEvent.id))


class Happening(StrEnum):
    """What can happen."""

    CAME = "came"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    PASSED = "passed"
    CAME_BACK = "came_back"
    MOVED = "moved"
    FACTS = "facts"
    NOTE = "note"
    TRIED = "tried"
    ESCALATED = "escalated"
    WRAP_UP = "wrap_up"
    RESOLVED = "resolved"
    ABANDONED = "abandoned"
    PRESENCE = "presence"
    BROADCAST = "broadcast"
    PRIORITY = "priority"
    DECIDED = "decided"
    AVOIDED = "avoided"
    ALARM = "alarm"
    REPLY = "reply"


def take_turn(session: Session) -> None:
    """Wait until nobody else is moving contacts, and keep everybody else waiting until the transaction ends.

    It comes before anything is written, as rows and the journal have locks of their own: who held one of those and then
    waited for the turn could wait for ever. What was read before it may be old, and is to be read again.
    """
    if not _has_turn(session):
        connection = session.connection()  # on SQLite a writing transaction has its turn from its beginning
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        session.info[_TURN] = session.get_nested_transaction() or session.get_transaction()
    session.flush()


def _has_turn(session: Session) -> bool:
    """Whether it was taken in this transaction; one taken in a savepoint is given back with it."""
    taken_in = session.info.get(_TURN)
    return taken_in is not None and taken_in in {
        session.get_transaction(),
        session.get_nested_transaction(),
    }


def add(
    session: Session,
    kind: Happening,
    *,
    now: datetime,
    contact: Contact | None = None,
    by: Viewer | None = None,
    person_id: int | None = None,
    **said: Any,
) -> None:
    """Note what happened, in a turn.

    Args:
        by: who did it; None for the house itself.
        person_id: whom it is about, where that is somebody else.
        said: whatever else belongs to it, as JSON.
    """
    if not _has_turn(session):
        take_turn(session)
    whom = person_id if person_id is not None else (by.person_id if by else None)
    session.add(
        ContactEvent(
            contact_id=contact.id if contact else None, kind=kind, at=now, person_id=whom or None, said=said
        )
    )


def head(session: Session) -> int:
    """The id of the newest, 0 for none."""
    return session.scalar(_HEAD) or 0


def since(session: Session, after: int, limit: int = 500) -> Sequence[ContactEvent]:
    """What happened after an event, in order."""
    query = select(ContactEvent).where(ContactEvent.id > after).order_by(ContactEvent.id).limit(limit)
    return session.scalars(query).all()


def history(session: Session, contact: Contact) -> Sequence[ContactEvent]:
    """All that happened to a contact, in order."""
    query = select(ContactEvent).where(ContactEvent.contact_id == contact.id).order_by(ContactEvent.id)
    return session.scalars(query).all()

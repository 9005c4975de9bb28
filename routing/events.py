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
    ALARM = "alarm"
    BROADCAST = "broadcast"


def take_turn(session: Session) -> None:
    """Wait until nobody else is moving contacts, and keep everybody else waiting until the transaction ends."""
    session.flush()
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})


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

"""What the wall shows of single contacts: those that want somebody most, and those that are with somebody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import case, select
from sqlalchemy.orm import Session, joinedload

from kb.models import Person
from routing.lifecycle import HELD, OPEN, WAITS, State
from routing.models import Contact, is_due

MOST = 6


def waiting(session: Session, now: datetime, limit: int = MOST) -> Sequence[Contact]:
    """The contacts that wait, as urgent ones first and then the longest."""
    query = select(Contact).where(Contact.state.in_(WAITS), is_due(now))
    query = query.order_by(Contact.priority.desc(), Contact.waited_from, Contact.id).limit(limit)
    return session.scalars(query.options(joinedload(Contact.queue, innerjoin=True))).all()


def at_hand(session: Session, limit: int = MOST) -> Sequence[tuple[Contact, str]]:
    """The contacts that somebody talks to or writes up, with whose name it is; the longest first."""
    talks = case((Contact.state == State.ACTIVE, 0), else_=1)
    query = (
        select(Contact, Person.name)
        .join(Person, Person.id == Contact.agent_id)
        .where(Contact.state.in_(OPEN & HELD - {State.OFFERED}))
        .order_by(talks, Contact.answered_at, Contact.id)
        .limit(limit)
        .options(joinedload(Contact.queue, innerjoin=True))
    )
    return [(contact, name) for contact, name in session.execute(query)]

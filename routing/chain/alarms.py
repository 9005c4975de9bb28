"""Alarms: a deadline comes near or has passed, or nobody took what was handed over; each is raised once.

Whoever has the contact is told, else those who direct. A contact about which something is raised already is only told
about again when it gets worse, or with another deadline. After a stand-still or a leap of the clock much can be late at
once: the worst come first, and so few at a time that whoever reads them can follow.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from kb.errors import N_, NotAllowed, NotFound
from kb.viewers import Viewer
from routing import deadlines, events
from routing.chain import telling
from routing.chain.models import Alarm, AlarmKind, Stage
from routing.events import Happening
from routing.lifecycle import OPEN, WAITS, State
from routing.models import Contact, ContactEvent, Queue
from routing.permissions import DIRECT, require_taker

TAKEN_WITHIN = timedelta(minutes=5)
"""Of working time; what was handed over and was not taken by then is forgotten by both sides."""
AT_ONCE = 20
UNTAKEN = frozenset({*WAITS, State.OFFERED})
HAS_IT = frozenset({State.ACTIVE, State.WRAP_UP})
_breach = aliased(Alarm)
_worse = exists().where(
    Alarm.stage == Stage.WARNING,
    _breach.contact_id == Alarm.contact_id,
    _breach.kind == Alarm.kind,
    _breach.of_at == Alarm.of_at,
    _breach.stage == Stage.BREACH,
)
"""A warning that came true is not read any more."""
_HANDED = (Happening.MOVED, Happening.ESCALATED, Happening.DECIDED)


class Late(NamedTuple):
    """Something that somebody should know of a contact.

    Args:
        of_at: the deadline, or when it was handed over.
    """

    contact_id: int
    kind: AlarmKind
    stage: Stage
    of_at: datetime


def watch(session: Session, now: datetime) -> list[Alarm]:
    """Raise what is late and was not raised yet, the worst first."""
    events.take_turn(session)
    found = sorted(
        unraised(session, now), key=lambda one: (one.stage != Stage.BREACH, one.of_at, one.contact_id)
    )
    return [raise_(session, one, now=now) for one in found[:AT_ONCE]]


def raise_(session: Session, late: Late, *, now: datetime, **said: Any) -> Alarm:
    """Tell whoever has the contact, or those who direct; in a turn.

    Args:
        said: what was done about it, for the event.
    """
    contact = session.get_one(Contact, late.contact_id)
    made = Alarm(
        contact=contact,
        kind=late.kind,
        stage=late.stage,
        of_at=late.of_at,
        at=now,
        person_id=contact.agent_id if contact.state in HAS_IT else None,
    )
    session.add(made)
    session.flush()
    events.add(
        session,
        Happening.ALARM,
        now=now,
        contact=contact,
        person_id=made.person_id,
        alarm=made.id,
        about=made.kind,
        stage=made.stage,
        **said,
    )
    telling.tell(session, made)
    return made


def late(session: Session, now: datetime) -> Iterator[Late]:
    """Deadlines of open contacts that come near or have passed; of each the worst."""
    times = (Contact.answer_warn_at, Contact.answer_due_at, Contact.resolve_warn_at, Contact.resolve_due_at)
    query = (
        select(Contact.id, Contact.answered_at, *times)
        .where(Contact.state.in_(OPEN - {State.WRAP_UP}))
        .where(or_(Contact.answer_warn_at <= now, Contact.resolve_warn_at <= now))
    )
    for contact_id, answered_at, answer_warn, answer_due, resolve_warn, resolve_due in session.execute(query):
        if answered_at is None and answer_due and answer_warn and answer_warn <= now:
            yield Late(contact_id, AlarmKind.ANSWER, _stage(answer_due, now), answer_due)
        if resolve_due and resolve_warn and resolve_warn <= now:
            yield Late(contact_id, AlarmKind.RESOLVE, _stage(resolve_due, now), resolve_due)


def untaken(session: Session, now: datetime) -> Iterator[Late]:
    """Contacts that were handed over, and that nobody took in so much working time of their queue."""
    newest = (
        select(func.max(ContactEvent.id))
        .join(Contact, Contact.id == ContactEvent.contact_id)
        .where(Contact.state.in_(UNTAKEN), ContactEvent.kind.in_([*_HANDED, Happening.ACCEPTED]))
        .group_by(ContactEvent.contact_id)
    )
    query = (
        select(Contact.id, Contact.queue_id, ContactEvent.at)
        .join(ContactEvent, ContactEvent.contact_id == Contact.id)
        .where(ContactEvent.id.in_(newest), ContactEvent.kind.in_(_HANDED))
        .where(ContactEvent.at <= now - TAKEN_WITHIN)
    )
    for contact_id, queue_id, at in session.execute(query).all():
        by = deadlines.hours_of(session.get_one(Queue, queue_id), at).after(at, TAKEN_WITHIN)
        if by is not None and by <= now:
            yield Late(contact_id, AlarmKind.UNTAKEN, Stage.BREACH, at)


def unraised(session: Session, now: datetime) -> list[Late]:
    """What is late and nobody was told of."""
    columns = (Alarm.contact_id, Alarm.kind, Alarm.stage, Alarm.of_at)
    query = select(*columns).join(Alarm.contact).where(Contact.state.in_(OPEN))
    known = {tuple(row) for row in session.execute(query)}
    return [one for one in (*late(session, now), *untaken(session, now)) if tuple(one) not in known]


def open_for(session: Session, by: Viewer, limit: int = 100) -> Sequence[Alarm]:
    """Alarms that nobody has seen to and that still hold, the newest first: one's own, or all for those who direct.

    Raises:
        NotAllowed: this person takes no contacts.
    """
    person_id = require_taker(by)
    query = (
        select(Alarm)
        .join(Alarm.contact)
        .where(Alarm.seen_at.is_(None), Contact.state.in_(OPEN))
        .where(or_(Alarm.kind == AlarmKind.RESOLVE, Contact.state.not_in(HAS_IT)), ~_worse)
        .options(joinedload(Alarm.contact, innerjoin=True).joinedload(Contact.queue, innerjoin=True))
        .order_by(Alarm.at.desc(), Alarm.id.desc())
        .limit(limit)
    )
    if not by.has(*DIRECT):
        query = query.where(Alarm.person_id == person_id)
    return session.scalars(query).all()


def see(session: Session, alarm_id: int, *, by: Viewer, now: datetime) -> Alarm:
    """Somebody sees to it; who was first stays.

    Raises:
        NotFound: there is no such alarm.
        NotAllowed: it is for somebody else, and this person does not direct.
    """
    person_id = require_taker(by)
    alarm = session.get(Alarm, alarm_id, with_for_update=True)
    if alarm is None:
        raise NotFound(N_("There is no such alarm."))
    if alarm.person_id != person_id and not by.has(*DIRECT):
        raise NotAllowed(N_("This alarm is for somebody else."))
    if alarm.seen_at is None:
        alarm.seen_at, alarm.seen_by_id = now, person_id
        session.flush()
    return alarm


def _stage(due_at: datetime, now: datetime) -> Stage:
    return Stage.BREACH if due_at <= now else Stage.WARNING

"""Notices of alarms, for whoever has no wall before them: a few, as mails are made of them."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from authoring.telling import notices
from kb.languages import named
from kb.models import Person
from routing.chain.models import Alarm, AlarmKind, Stage
from routing.models import Agent, Queue
from routing.permissions import DIRECT

LATE, UNSERVED = "contact_late", "contact_unserved"
ALARMS = "/routing/alarms"


def tell(session: Session, alarm: Alarm) -> None:
    """Tell whoever has a contact that was not done in time; with nobody, those who direct, once in an hour."""
    queue = alarm.contact.queue
    if alarm.kind == AlarmKind.UNSERVED:
        kind, about = UNSERVED, f"unserved {queue.key} {alarm.at:%Y-%m-%d %H}"
    elif alarm.kind == AlarmKind.RESOLVE and alarm.stage == Stage.BREACH:
        kind, about = LATE, f"late {queue.key} {alarm.at:%Y-%m-%d %H}"
    else:
        return
    whom: Iterable[int] = _supervisors(session, queue)
    if alarm.person_id is not None:
        whom, about = [alarm.person_id], f"late contact {alarm.contact_id}"
    notices.tell(
        session,
        whom,
        kind,
        about=about,
        path=ALARMS,
        now=alarm.at,
        title=named(queue.names, ["en"], queue.key),
    )


def _supervisors(session: Session, queue: Queue) -> list[int]:
    """Those of the queue; where it has none, all of them."""
    query = select(Person, Agent.queues).outerjoin(Agent, Agent.person_id == Person.id)
    query = query.where(Person.is_active)
    rows = [
        (person, queues or {})
        for person, queues in session.execute(query)
        if DIRECT.intersection(person.roles)
    ]
    own = [person.id for person, queues in rows if queue.key in queues]
    return own or [person.id for person, _queues in rows]

"""What somebody who comes is told: whether anybody is there, when else, how many wait, what everybody should know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb.languages import negotiate
from routing import deadlines
from routing.lifecycle import WAITS, State
from routing.models import Channel, Contact, Queue

LIVE = frozenset({Channel.PHONE, Channel.IVR, Channel.CHAT})
"""Who comes this way waits on the line: where nobody will come for them, they are told so at once."""
CALLED_BACK = frozenset({Channel.PHONE, Channel.IVR})
CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Welcome:
    """What can be said to somebody who came.

    Args:
        is_open: whether the contact waits for somebody who is there now; else it ended, or waits until then.
        opens_at: when somebody is there; None where that is now, or never.
        ahead: how many wait in the queue since before.
        message: what everybody in the queue is told now, in their language; "" for nothing.
        offers_callback: whether to offer that somebody calls: bring a contact of the channel "callback" then, which
            waits for the opening.
    """

    is_open: bool
    opens_at: datetime | None
    ahead: int
    message: str
    offers_callback: bool


def welcome(session: Session, contact: Contact, now: datetime) -> Welcome:
    """What to say to whoever this contact is of."""
    hours = deadlines.hours_of(contact.queue, now)
    is_open = hours.is_open(now)
    opens_at = None if is_open else hours.opens(now)
    offers = contact.state == State.ABANDONED and contact.channel in CALLED_BACK and opens_at is not None
    return Welcome(is_open, opens_at, _ahead(session, contact), message(contact, now), offers)


def message(contact: Contact, now: datetime) -> str:
    """What everybody in its queue is told now, in the language of the contact or else in the first there is."""
    queue = contact.queue
    if not queue.messages or (queue.messages_until is not None and queue.messages_until <= now):
        return ""
    return queue.messages[negotiate([contact.language], [*queue.messages], next(iter(queue.messages)))]


def open_one(session: Session, queue: Queue, now: datetime) -> Queue | None:
    """The queue where it is open, else the one that stands in for it, and so on; None where all of them are closed."""
    for one in standing_in(session, queue):
        if deadlines.hours_of(one, now).is_open(now):
            return one
    return None


def standing_in(session: Session, queue: Queue) -> list[Queue]:
    """The queue and those that stand in for it, as far as they are in use, the nearest first."""
    line: list[Queue] = []
    following: Queue | None = queue
    while following is not None and following not in line:
        line.append(following)
        following = session.get(Queue, following.fallback_id) if following.fallback_id else None
    return [one for one in line if one.is_active]


def _ahead(session: Session, contact: Contact) -> int:
    if contact.state not in WAITS:
        return 0
    before = (Contact.waited_from < contact.waited_from) | (
        (Contact.waited_from == contact.waited_from) & (Contact.id < contact.id)
    )
    query = select(func.count()).where(Contact.state.in_(WAITS), Contact.queue_id == contact.queue_id, before)
    return session.scalar(query) or 0

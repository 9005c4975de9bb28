"""What everybody is told at once: agents by a line in their panel, callers by the message of their queue."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from kb import texts
from kb.errors import N_, Conflict, Invalid
from kb.permissions import require
from kb.viewers import Viewer
from routing import contact_queries, events
from routing.events import Happening
from routing.models import Queue
from routing.permissions import DIRECT

LONGEST = 300
MESSAGE_LASTS = timedelta(hours=1)
"""So long a message for a sudden avalanche is told, unless it is turned off before."""


def say(session: Session, text: str, *, queue: str = "", by: Viewer, now: datetime) -> None:
    """Tell agents something, where they work.

    Args:
        queue: key of the one whose agents are meant; "" for everybody.

    Raises:
        Invalid: "text" or "queue" -> what is wrong.
        NotAllowed: this viewer does not direct.
    """
    require(by, DIRECT)
    text = text.strip()
    if not text:
        raise Invalid({"text": N_("Write what is to be said.")})
    if problem := texts.problem(text, LONGEST):
        raise Invalid({"text": problem})
    if queue:
        contact_queries.queue(session, queue)
    events.add(session, Happening.BROADCAST, now=now, by=by, text=text, queue=queue)


def is_told(queue: Queue, now: datetime) -> bool:
    """Whether those who wait in a queue are told its message now."""
    return bool(queue.messages) and (queue.messages_until is None or queue.messages_until > now)


def turn_message(session: Session, queue: Queue, on: bool, *, by: Viewer, now: datetime) -> None:
    """Tell everybody who waits in a queue its message from now on, or tell it no more.

    Raises:
        Conflict: the queue has no message.
        NotAllowed: this viewer does not direct.
    """
    require(by, DIRECT)
    if not queue.messages:
        raise Conflict(N_("This queue has no message yet. Write one on its page."))
    queue.messages_until = now + MESSAGE_LASTS if on else now
    session.flush()

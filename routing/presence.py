"""What agents are doing: available, busy, away, or writing down the last contact."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from kb import texts
from kb.errors import N_, Invalid, NotAllowed
from kb.viewers import Viewer
from routing import events
from routing.events import Happening
from routing.models import Agent, Presence, Standing
from routing.permissions import DIRECT

GRACE = timedelta(seconds=30)
"""After so long without a word from the panel an agent has vanished."""
LONGEST_REASON = 64
CHOSEN = frozenset({Standing.AVAILABLE, Standing.BUSY, Standing.AWAY})


def of(session: Session, person_id: int, now: datetime) -> Presence:
    """The presence of an agent; away where nothing is known.

    Raises:
        NotAllowed: this person takes no contacts.
    """
    found = session.get(Presence, person_id)
    if found is None:
        agent = session.get(Agent, person_id)
        if agent is None or not agent.is_active:
            raise NotAllowed(N_("You are not among those who take contacts. A supervisor can add you."))
        found = Presence(person_id=person_id, standing=Standing.AWAY, since=now, idle_since=now, seen_at=now)
        session.add(found)
        session.flush()
    return found


def be(
    session: Session, person_id: int, standing: str, *, by: Viewer, now: datetime, reason: str = ""
) -> Presence:
    """Say what somebody is doing from now on; a contact at hand is not touched by it.

    Raises:
        Invalid: "standing" or "reason" -> what is wrong.
        NotAllowed: it is somebody else, and this viewer does not direct; or they take no contacts.
    """
    if by.person_id != person_id and not by.has(*DIRECT):
        raise NotAllowed(N_("Only a supervisor changes what others are doing."))
    if standing not in CHOSEN:
        raise Invalid({"standing": N_("Choose available, busy or away.")})
    if problem := texts.problem(reason, LONGEST_REASON):
        raise Invalid({"reason": problem})
    events.take_turn(session)
    held = of(session, person_id, now)
    if by.person_id == person_id:
        held.seen_at = now
    if (held.standing, held.reason) != (standing, reason):
        if standing == Standing.AVAILABLE:
            held.idle_since = now
        _set(session, held, standing, now, by, reason)
    return held


def seen(session: Session, person_id: int, now: datetime) -> None:
    """The panel says that it is open."""
    of(session, person_id, now).seen_at = now


def after_call(session: Session, person_id: int, *, now: datetime) -> None:
    """What was said has to be written down: nothing new is offered meanwhile."""
    held = session.get(Presence, person_id)
    if held is not None and held.standing == Standing.AVAILABLE:
        _set(session, held, Standing.AFTER_CALL, now)


def freed(session: Session, person_id: int, *, now: datetime) -> None:
    """A contact has ended: whoever was available before is so again, and the last in line."""
    held = session.get(Presence, person_id)
    if held is None:
        return
    held.idle_since = now
    if held.standing == Standing.AFTER_CALL:
        _set(session, held, Standing.AVAILABLE, now)


def gone(session: Session, person_id: int, *, now: datetime, reason: str) -> None:
    """Somebody did not answer, or vanished: nothing is offered until they come back."""
    held = session.get(Presence, person_id)
    if held is not None and held.standing != Standing.AWAY:
        _set(session, held, Standing.AWAY, now, reason=reason)


def _set(
    session: Session, held: Presence, standing: str, now: datetime, by: Viewer | None = None, reason: str = ""
) -> None:
    held.standing, held.since, held.reason = standing, now, reason
    events.add(
        session,
        Happening.PRESENCE,
        now=now,
        by=by,
        person_id=held.person_id,
        standing=standing,
        reason=reason,
    )

"""What agents are doing: available, busy, away, or writing down the last contact."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from kb import texts
from kb.errors import N_, Invalid, NotAllowed
from kb.viewers import Viewer
from routing import events
from routing.events import Happening
from routing.lifecycle import State
from routing.models import Agent, Contact, Presence, Standing
from routing.permissions import DIRECT, require_taker

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
        require_agent(session, person_id)
        events.take_turn(session)
        found = _now(session, person_id)
    if found is None:
        found = Presence(person_id=person_id, standing=Standing.AWAY, since=now, idle_since=now, seen_at=now)
        session.add(found)
        session.flush()
    return found


def agent_of(session: Session, person_id: int) -> Agent | None:
    """Somebody who takes contacts, as an agent; None where they do not, or not any more."""
    agent = session.get(Agent, person_id)
    return agent if agent is not None and agent.is_active and agent.person.is_active else None


def require_agent(session: Session, person_id: int) -> Agent:
    """Somebody who takes contacts, as an agent.

    Raises:
        NotAllowed: this person takes none.
    """
    agent = agent_of(session, person_id)
    if agent is None:
        raise NotAllowed(N_("You are not among those who take contacts. A supervisor can add you."))
    return agent


def be(
    session: Session, person_id: int, standing: str, *, by: Viewer, now: datetime, reason: str = ""
) -> Presence:
    """Say what somebody is doing from now on; a contact at hand is not touched by it.

    Raises:
        Invalid: "standing" or "reason" -> what is wrong.
        NotAllowed: it is somebody else, and this viewer does not direct; or they take no contacts.
    """
    require_taker(by)
    if by.person_id != person_id and not by.has(*DIRECT):
        raise NotAllowed(N_("Only a supervisor changes what others are doing."))
    if standing not in CHOSEN:
        raise Invalid({"standing": N_("Choose available, busy or away.")})
    if problem := texts.problem(reason, LONGEST_REASON):
        raise Invalid({"reason": problem})
    events.take_turn(session)
    held = _now(session, person_id) or of(session, person_id, now)
    if standing == Standing.AVAILABLE:
        require_agent(session, person_id)
    if by.person_id == person_id:
        held.seen_at = now
    if (held.standing, held.reason) != (standing, reason):
        if standing == Standing.AVAILABLE:
            held.idle_since = now
        _set(session, held, standing, now, by, reason)
    return held


def seen(session: Session, person_id: int, now: datetime) -> None:
    """The panel says that it is open; it takes no turn, as a hundred panels do so all the time."""
    of(session, person_id, now).seen_at = now


def after_call(session: Session, person_id: int, *, now: datetime) -> None:
    """What was said has to be written down: nothing new is offered meanwhile."""
    held = _now(session, person_id)
    if held is not None and held.standing == Standing.AVAILABLE:
        _set(session, held, Standing.AFTER_CALL, now)


def freed(session: Session, person_id: int, *, now: datetime) -> None:
    """A contact has ended or went elsewhere: they are the last in line, and available with the last one written up."""
    held = _now(session, person_id)
    if held is None:
        return
    held.idle_since = now
    if held.standing == Standing.AFTER_CALL and not _writes_up(session, person_id):
        _set(session, held, Standing.AVAILABLE, now)


def gone(session: Session, person_id: int, *, now: datetime, reason: str) -> None:
    """Somebody did not answer, or vanished: nothing is offered until they come back."""
    held = _now(session, person_id)
    if held is not None and held.standing != Standing.AWAY:
        _set(session, held, Standing.AWAY, now, reason=reason)


def _now(session: Session, person_id: int) -> Presence | None:
    """As it is in this turn, whatever was read before it."""
    session.flush()
    return session.get(Presence, person_id, populate_existing=True)


def _writes_up(session: Session, person_id: int) -> bool:
    theirs = exists().where(Contact.agent_id == person_id, Contact.state == State.WRAP_UP)
    return bool(session.scalar(select(theirs)))


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

"""What other systems report of contacts, in whatever order it reaches us: one came, its customer is gone."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from kb import texts
from kb.errors import N_, Invalid
from kb.viewers import Viewer
from routing import arrivals, contacts, events
from routing.arrivals import KEY, Arrival
from routing.core import Core, followed
from routing.looking_up import LookUp
from routing.models import Contact, EarlyEnding
from routing.permissions import require_bringer

LONGEST_WHY = 64
KEPT = timedelta(days=1)
"""For so long a contact may come after word of its end."""


def came(
    session: Session,
    arrival: Arrival,
    core: Core,
    *,
    by: Viewer,
    now: datetime,
    look_up: LookUp | None = None,
) -> tuple[Contact, bool]:
    """Bring a contact to where the core proposes; if word of its end was here before it, it ends at once.

    Args:
        look_up: asked who a new contact is from, where somebody may be asked.
        core: asked about a contact that is new, before anybody waits for the turn.

    Returns:
        The contact, and whether it is new: the same key again is the same contact, and nothing changes.

    Raises:
        Invalid, NotFound: as with `arrivals.bring`.
    """
    require_bringer(by)
    if arrival.key and (held := arrivals.by_key(session, arrival.key)):
        return held, False
    arrivals.check(session, arrival)
    if look_up:
        arrival = look_up.recognised(session, arrival, now)
    if proposal := core.propose(session, arrival):
        arrival = followed(session, arrival, proposal)
    events.take_turn(session)
    if arrival.key and (held := arrivals.by_key(session, arrival.key)):
        return held, False
    contact = arrivals.bring(session, arrival, by=by, now=now)
    early = session.get(EarlyEnding, contact.key)
    if early is not None:
        session.delete(early)
        contacts.abandon(session, contact, by=None, now=now, why=early.why)
    return contact, True


def gone(session: Session, key: str, *, by: Viewer, now: datetime, why: str = "") -> Contact | None:
    """The customer is gone, as whoever brought the contact says; again, it changes nothing.

    Args:
        key: what that system calls the contact.

    Returns:
        The contact; None if it has not come yet: a mark is left for it.

    Raises:
        Invalid: "key" or "why" -> what is wrong.
        NotAllowed: not for this viewer.
    """
    require_bringer(by)
    problems = {}
    if not KEY.fullmatch(key):
        problems["key"] = N_("Use letters, digits and . : @ + - _, at most 64 characters.")
    if reason := texts.problem(why, LONGEST_WHY):
        problems["why"] = reason
    if problems:
        raise Invalid(problems)
    events.take_turn(session)
    contact = arrivals.by_key(session, key)
    if contact is not None:
        return contacts.abandon(session, contact, by=by, now=now, why=why)
    if session.get(EarlyEnding, key) is None:
        session.add(EarlyEnding(key=key, at=now, why=why))
    return None


def forget_early(session: Session, now: datetime) -> None:
    """Marks for contacts that never came."""
    session.execute(delete(EarlyEnding).where(EarlyEnding.at < now - KEPT))

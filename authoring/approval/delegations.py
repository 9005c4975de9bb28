"""Delegations: while a person is away, somebody else decides for them, as far as four eyes allow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from authoring.models import Delegation
from kb.errors import N_, Invalid, LoginRequired, NotAllowed
from kb.models import Person, Role
from kb.viewers import Viewer


def give(
    session: Session,
    person: Person,
    to: Person,
    *,
    from_at: datetime,
    until_at: datetime,
    by: Viewer,
    now: datetime,
) -> Delegation:
    """Let somebody decide for a person who is away. Supervisors do it for those who fell ill.

    Raises:
        Invalid: under "to", "from_at" or "until_at", what cannot be.
        NotAllowed: it is somebody else's absence.
    """
    _require(person.id, by)
    problems: dict[str, str] = {}
    if to.id == person.id:
        problems["to"] = N_("Choose somebody else.")
    elif not to.is_active or not to.roles:
        problems["to"] = N_("%(name)s cannot decide anything.", name=to.name)
    if until_at <= from_at:
        problems["until_at"] = N_("It must end after it begins.")
    elif until_at <= now:
        problems["until_at"] = N_("It must end in the future.")
    if problems:
        raise Invalid(problems)
    made = Delegation(person_id=person.id, to_id=to.id, from_at=from_at, until_at=until_at)
    session.add(made)
    session.flush()
    return made


def end(session: Session, delegation: Delegation, *, by: Viewer, now: datetime) -> None:
    """The person is back, or stays after all: what is yet to come goes, what is on ends now."""
    _require(delegation.person_id, by)
    if delegation.from_at >= now:
        session.delete(delegation)
    elif delegation.until_at > now:
        delegation.until_at = now
    session.flush()


def _require(person_id: int, by: Viewer) -> None:
    if by.is_anonymous:
        raise LoginRequired(N_("Log in to do this."))
    if by.person_id != person_id and not by.has(Role.SUPERVISOR):
        raise NotAllowed(N_("Only supervisors arrange the absence of others."))


def lasting(session: Session, now: datetime, person_id: int | None = None) -> Sequence[Delegation]:
    """Those that are on or yet to come, soonest first.

    Args:
        person_id: only those from or to this person; None for all.
    """
    query = select(Delegation).where(Delegation.until_at > now)
    if person_id is not None:
        query = query.where((Delegation.person_id == person_id) | (Delegation.to_id == person_id))
    return session.scalars(query.order_by(Delegation.from_at, Delegation.id)).all()

"""Letting people in: a first password that is shown once, and an early end to a lock-out."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from kb import auth, people
from kb.models import Group, Person
from kb.permissions import ADMINISTER, require
from kb.viewers import Viewer


def invite(
    session: Session,
    passwords: auth.Passwords,
    *,
    email: str,
    name: str,
    by: Viewer,
    now: datetime,
    roles: Sequence[str] = (),
    languages: Sequence[str] = (),
    groups: Sequence[Group] = (),
    zone: str = "UTC",
) -> tuple[Person, str]:
    """A new person with a password that is shown once; they must choose their own at the first login.

    Raises:
        Invalid: address, name, roles, languages or zone cannot be used.
        Conflict: somebody has this address already.
    """
    first = secrets.token_urlsafe(12)
    person = people.add(
        session,
        passwords,
        email=email,
        name=name,
        password=first,
        by=by,
        now=now,
        roles=roles,
        languages=languages,
        groups=groups,
        zone=zone,
    )
    person.must_change_password = True
    session.flush()
    return person, first


def unlock(person: Person, *, by: Viewer) -> None:
    """Let somebody try again who gave a wrong password too often."""
    require(by, ADMINISTER)
    person.failed_logins, person.locked_until = 0, None

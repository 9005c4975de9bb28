"""The people of the tests. The outsider is always tried: logged in, but entitled to nothing beyond the public part."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from kb import people
from kb.auth import Passwords
from kb.models import Person
from kb.permissions import SYSTEM

PASSWORD = "a long enough secret"
NAMES = {
    "author": "Anna Author",
    "translator": "Tara Translator",
    "reviewer": "Robert Reviewer",
    "agent": "Agnes Agent",
    "supervisor": "Simon Supervisor",
    "specialist": "Sofia Specialist",
    "admin": "Adam Admin",
    "customer": "Clara Customer",
    "outsider": "Oskar Outsider",
}
WITHOUT_ROLE = frozenset({"customer", "outsider"})


def email(part: str) -> str:
    """Say under which address the person of this part logs in."""
    return f"{part}@example.com"


def enter(session: Session, passwords: Passwords, now: datetime) -> dict[str, Person]:
    """Add everybody to an empty base; each holds the role that their part is called after."""
    return {
        part: people.add(
            session,
            passwords,
            email=email(part),
            name=name,
            password=PASSWORD,
            roles=() if part in WITHOUT_ROLE else (part,),
            by=SYSTEM,
            now=now,
        )
        for part, name in NAMES.items()
    }

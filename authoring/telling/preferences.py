"""How people want to be told by mail, and the link in every mail that switches it off without a login."""

from __future__ import annotations

from datetime import datetime

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.orm import Session

from authoring.models import NoticePreference
from kb.errors import N_, Invalid, NotFound
from kb.models import Person

AT_ONCE, DAILY, OFF = "at_once", "daily", "off"
CHOICES = (AT_ONCE, DAILY, OFF)
_SALT = "no more mails"


def of(session: Session, person_id: int) -> str:
    """One of CHOICES; at once for those who never chose."""
    found = session.get(NoticePreference, person_id)
    return found.mail if found else AT_ONCE


def choose(session: Session, person_id: int, mail: str, now: datetime) -> None:
    """Keep what a person wants; the first digest comes on the morning after.

    Raises:
        Invalid: it is none of the choices.
    """
    if mail not in CHOICES:
        raise Invalid({"mail": N_("Choose one of these.")})
    found = session.get(NoticePreference, person_id)
    if found is None:
        found = NoticePreference(person_id=person_id, mail=AT_ONCE)
        session.add(found)
    if mail == DAILY and found.mail != DAILY:
        found.digested_at = now
    found.mail = mail
    session.flush()


def opt_out_token(secret_key: str, person_id: int) -> str:
    """What a mail's link carries: who it is, signed. It works as long as the secret is the same."""
    return str(URLSafeSerializer(secret_key, salt=_SALT).dumps(person_id))


def person_of_token(session: Session, secret_key: str, token: str) -> Person:
    """Whom a link was made for.

    Raises:
        NotFound: we did not make it, or there is nobody any more.
    """
    try:
        person_id = URLSafeSerializer(secret_key, salt=_SALT).loads(token)
    except BadSignature:
        person_id = None
    found = session.get(Person, person_id) if isinstance(person_id, int) else None
    if found is None:
        raise NotFound(N_("This link is not complete or too old. Log in to choose which mails you get."))
    return found

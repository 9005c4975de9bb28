"""A guard against programs that fill in forms: no third party, no riddle, nothing that people notice.

A field that people do not see must stay empty, and nobody writes a request within seconds: when the form was made is
signed into it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from itsdangerous import BadSignature, URLSafeTimedSerializer

from kb.errors import N_, Invalid

TRAP = "website"
"""The field that people do not see."""
QUICKEST, LONGEST = timedelta(seconds=2), timedelta(days=1)
_SALT = "a form for requests"


def stamp(secret: str, now: datetime) -> str:
    """What a form carries: when it was made."""
    return str(URLSafeTimedSerializer(secret, salt=_SALT).dumps(int(now.timestamp())))


def check(secret: str, carried: str, trap: str, now: datetime) -> None:
    """Raises `Invalid` where no person can have filled the form in, or where it was open for longer than a day."""
    try:
        made = int(URLSafeTimedSerializer(secret, salt=_SALT).loads(carried))
    except (BadSignature, ValueError, TypeError):
        made = 0
    age = timedelta(seconds=now.timestamp() - made)
    if trap or not QUICKEST <= age <= LONGEST:
        raise Invalid({"": N_("The form could not be checked. Look it through and send it once more.")})

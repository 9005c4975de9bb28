"""Who is it: passwords, lock-out, machines' keys, and the viewer that a person or key becomes."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_login import UserMixin
from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from kb.config import Config
from kb.errors import N_, Invalid, TooMany
from kb.models import ApiKey, Person, Role
from kb.structure import Structure
from kb.viewers import AGENT, BUILT_IN_AUDIENCES, CUSTOMER, PUBLIC, Limit, Viewer

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
KEY_PREFIX = "klz"


class Passwords:
    """Argon2id hashing.

    Args:
        cost: rounds; the library's default memory is used.
    """

    def __init__(self, cost: int) -> None:
        self._hasher = PasswordHasher(time_cost=cost, memory_cost=65536 if cost > 1 else 1024, parallelism=1)
        self._nobody = self._hasher.hash(secrets.token_hex())

    def hash(self, password: str) -> str:
        """A salted hash.

        Raises:
            Invalid: the password is too short or too long.
        """
        if len(password) < SHORTEST_PASSWORD:
            raise Invalid({"password": N_("Use at least %(least)s characters.", least=SHORTEST_PASSWORD)})
        if len(password) > LONGEST_PASSWORD:
            raise Invalid({"password": N_("Use at most %(most)s characters.", most=LONGEST_PASSWORD)})
        return self._hasher.hash(password)

    def matches(self, password_hash: str | None, password: str) -> bool:
        """Whether it is the password; takes as long for a person who does not exist."""
        try:
            matched = self._hasher.verify(password_hash or self._nobody, password[: LONGEST_PASSWORD + 1])
        except (VerificationError, InvalidHashError):
            return False
        return matched and password_hash is not None


def person_by_email(session: Session, email: str) -> Person | None:
    """The person with this address, whatever its case."""
    return session.scalars(_by_email(email)).first()


def _by_email(email: str) -> Select[Person]:
    address = email.strip().lower().replace("\0", "?")  # which PostgreSQL cannot be asked for, and nobody has
    return select(Person).where(Person.email == address)


def person_by_id(session: Session, person_id: int) -> Person | None:
    """A person with their groups and limits, in one query."""
    query = (
        select(Person)
        .where(Person.id == person_id)
        .options(joinedload(Person.groups), joinedload(Person.limits))
    )
    return session.scalars(query).unique().first()


def log_in(
    session: Session, passwords: Passwords, config: Config, email: str, password: str, now: datetime
) -> Person | None:
    """The person, if the password is right and nobody tried too often; None otherwise.

    The caller commits in both cases: a failed try counts.

    Raises:
        TooMany: the account is locked for some minutes after too many wrong passwords.
    """
    held = _by_email(email).with_for_update()  # tries at the same time would else count as one
    person = session.scalars(held).first()
    locked = person is not None and person.locked_until is not None and person.locked_until > now
    matched = passwords.matches(person.password_hash if person else None, password)
    if locked:
        raise TooMany(N_("Too many wrong passwords. Try again in some minutes, or ask an administrator."))
    if person is None or not person.is_active:
        return None
    if not matched:
        person.failed_logins += 1
        if person.failed_logins >= config.login_attempts:
            person.locked_until = now + timedelta(minutes=config.lockout_minutes)
            person.failed_logins = 0
        return None
    person.failed_logins, person.locked_until, person.last_login_at = 0, None, now
    return person


class LoggedIn(UserMixin):
    """A person as the session cookie knows them; a new password or a deactivation ends every session."""

    def __init__(self, person: Person) -> None:
        self.person = person

    def get_id(self) -> str:
        """What the cookie holds: the person and the version of their sessions."""
        return f"{self.person.id}.{self.person.session_version}"


def logged_in(session: Session, token: str) -> LoggedIn | None:
    """The person of a session cookie, unless the session was ended meanwhile."""
    person_id, _, version = token.partition(".")
    person = person_by_id(session, int(person_id)) if person_id.isdecimal() else None
    if person is None or not person.is_active or str(person.session_version) != version:
        return None
    return LoggedIn(person)


def viewer_of(person: Person, structure: Structure) -> Viewer:
    """The viewer that a person is: roles, and the audiences that roles and groups give."""
    audiences = {PUBLIC, CUSTOMER}
    if person.roles:
        audiences.add(AGENT)
    for group in person.groups:
        audiences |= structure.audiences_of_groups.get(group.id, frozenset())
    if "admin" in person.roles:
        audiences |= set(structure.audiences) | set(BUILT_IN_AUDIENCES)
    return Viewer(
        person_id=person.id,
        name=person.name,
        roles=frozenset(person.roles),
        audiences=frozenset(audiences),
        languages=tuple(person.languages),
        limits=_limits(person, structure),
    )


def _limits(person: Person, structure: Structure) -> dict[str, Limit]:
    """Where roles may be used. A translator without a limit of languages translates into their own."""
    limits = {
        limit.role: Limit(structure.below(limit.topics), frozenset(limit.languages) or None)
        for limit in person.limits
    }
    translates = limits.get(Role.TRANSLATOR, Limit())
    if Role.TRANSLATOR in person.roles and translates.languages is None:
        limits[Role.TRANSLATOR] = Limit(translates.topic_ids, frozenset(person.languages))
    return limits


def new_key() -> tuple[str, str, str]:
    """A fresh key for a machine: (what is shown once, its public prefix, the hash that is kept)."""
    prefix = f"{KEY_PREFIX}_{secrets.token_hex(4)}"
    shown = f"{prefix}_{secrets.token_urlsafe(32)}"
    return shown, prefix, _digest(shown)


def _digest(key: str) -> str:
    # the key holds 256 random bits, so that a plain hash needs no salt and no rounds
    return hashlib.sha256(key.encode()).hexdigest()


def prefix_of(shown: str) -> str:
    """The part of a key by which it is found; the rest is the secret."""
    return "_".join(shown.split("_", 2)[:2])


def machine(session: Session, shown: str, now: datetime) -> Viewer | None:
    """The viewer that a key stands for, or None when it is unknown, revoked or expired."""
    key = session.scalars(select(ApiKey).where(ApiKey.prefix == prefix_of(shown))).first()
    if key is None or not hmac.compare_digest(key.secret_hash, _digest(shown)):
        return None
    if key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now):
        return None
    return Viewer(
        name=key.name,
        audiences=frozenset(key.audiences) | {PUBLIC},
        scopes=frozenset(key.scopes) | {"key"},
    )

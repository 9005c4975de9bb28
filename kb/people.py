"""People: added, changed, given a new password, let go. Verbs for administrators and for the people themselves."""

from __future__ import annotations

import re
import secrets
import zoneinfo
from collections.abc import Mapping, Sequence
from datetime import datetime

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb import auth, texts
from kb.errors import N_, Conflict, Invalid, NotAllowed
from kb.languages import is_language
from kb.models import ApiKey, Audience, Group, Person, Role, RoleLimit, Topic
from kb.permissions import ADMINISTER, require
from kb.viewers import Viewer

SCOPES = ("read", "cases", "contacts", "metrics")
LIMITED = (Role.AUTHOR, Role.TRANSLATOR, Role.SPECIALIST, Role.REVIEWER, Role.SUPERVISOR)
"""The roles that can be limited to topics and languages: those that do something with articles."""
LONGEST_NAME = 200
_EMAIL_HINT = N_("Give an address such as anna@example.com.")


def add(
    session: Session,
    passwords: auth.Passwords,
    *,
    email: str,
    name: str,
    password: str,
    by: Viewer,
    now: datetime,
    roles: Sequence[str] = (),
    languages: Sequence[str] = (),
    groups: Sequence[Group] = (),
    zone: str = "UTC",
) -> Person:
    """A new person.

    Raises:
        Invalid: address, name, roles, languages, zone or password cannot be used.
        Conflict: somebody has this address already.
    """
    require(by, ADMINISTER)
    address = _checked(email=email, name=name, roles=roles, languages=languages, zone=zone)
    if auth.person_by_email(session, address):
        raise Conflict(N_("There is already a person with the address %(address)s.", address=address))
    person = Person(
        email=address,
        name=name.strip(),
        password_hash=passwords.hash(password),
        roles=sorted(set(roles)),
        languages=list(languages),
        groups=list(groups),
        zone=zone,
        created_at=now,
    )
    session.add(person)
    session.flush()
    return person


def change(
    session: Session,
    person: Person,
    *,
    email: str,
    name: str,
    roles: Sequence[str],
    languages: Sequence[str],
    groups: Sequence[Group],
    zone: str,
    is_active: bool,
    by: Viewer,
) -> None:
    """Set everything an administrator may set. Letting somebody go ends their sessions.

    Raises:
        Invalid: a value cannot be used.
        Conflict: the address is taken.
        NotAllowed: it would leave no administrator.
    """
    require(by, ADMINISTER)
    address = _checked(email=email, name=name, roles=roles, languages=languages, zone=zone)
    other = auth.person_by_email(session, address)
    if other is not None and other.id != person.id:
        raise Conflict(N_("There is already a person with the address %(address)s.", address=address))
    if _is_last_admin(session, person) and (Role.ADMIN not in roles or not is_active):
        raise NotAllowed(N_("This is the last administrator: make somebody else one first."))
    if person.is_active and not is_active:
        person.session_version += 1
    person.email, person.name, person.zone, person.is_active = address, name.strip(), zone, is_active
    person.roles, person.languages, person.groups = sorted(set(roles)), list(languages), list(groups)
    session.flush()


def set_limits(
    session: Session,
    person: Person,
    limits: Mapping[str, tuple[Sequence[str], Sequence[str]]],
    *,
    by: Viewer,
) -> None:
    """Where a person may use their roles; what is not named is not limited. Limits of roles they do not hold go.

    Args:
        limits: role -> keys of topics (each with all below it) and language codes; an empty list is no limit.

    Raises:
        Invalid: a role cannot be limited, or a topic or language is unknown; under the names "limits", "topics_<role>"
            and "languages_<role>".
    """
    require(by, ADMINISTER)
    wanted = {role: pair for role, pair in limits.items() if role in person.roles and any(pair)}
    if problems := _limit_problems(session, wanted):
        raise Invalid(problems)
    held = {limit.role: limit for limit in person.limits}
    for role in held.keys() - wanted.keys():
        person.limits.remove(held[role])
    for role, (topics, languages) in sorted(wanted.items()):
        limit = held.get(role)
        if limit is None:
            limit = RoleLimit(role=role)
            person.limits.append(limit)
        limit.topics, limit.languages = sorted(set(topics)), sorted(set(languages))
    session.flush()


def _limit_problems(
    session: Session, limits: Mapping[str, tuple[Sequence[str], Sequence[str]]]
) -> dict[str, str]:
    problems: dict[str, str] = {}
    named = {key for topics, _ in limits.values() for key in topics}
    known = set(session.scalars(select(Topic.key).where(Topic.key.in_(sorted(named)))))
    for role, (topics, languages) in limits.items():
        if role not in LIMITED:
            problems["limits"] = N_("The role %(role)s cannot be limited.", role=role)
        if missing := sorted(set(topics) - known):
            problems[f"topics_{role}"] = N_("There is no topic %(key)s.", key=", ".join(missing))
        if strange := [code for code in languages if not is_language(code)]:
            problems[f"languages_{role}"] = _no_language(strange)
    return problems


def _no_language(codes: Sequence[str]) -> str:
    return N_("%(code)s is not a language code such as en or hu.", code=", ".join(codes))


def _is_last_admin(session: Session, person: Person) -> bool:
    active = session.scalars(select(Person).where(Person.is_active))
    return [other.id for other in active if Role.ADMIN in other.roles] == [person.id]


def _checked(*, email: str, name: str, roles: Sequence[str], languages: Sequence[str], zone: str) -> str:
    problems: dict[str, str] = {}
    address = email.strip().lower()
    try:
        validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        problems["email"] = _EMAIL_HINT
    if reason := _name_problem(name, N_("Give a name.")):
        problems["name"] = reason
    if unknown := set(roles) - set(Role):
        problems["roles"] = N_("There is no role %(roles)s.", roles=", ".join(sorted(unknown)))
    if strange := [code for code in languages if not is_language(code)]:
        problems["languages"] = _no_language(strange)
    if zone not in zoneinfo.available_timezones():
        problems["zone"] = N_("%(zone)s is not a time zone such as Europe/Budapest.", zone=zone)
    if problems:
        raise Invalid(problems)
    return address


def _name_problem(name: str, when_empty: str) -> str:
    return texts.problem(name, LONGEST_NAME) if name.strip() else when_empty


def set_own_password(passwords: auth.Passwords, person: Person, *, old: str, new: str) -> None:
    """A person chooses a new password; all their other sessions end.

    Raises:
        Invalid: the old password is wrong, or the new one is too short or the same.
    """
    if not passwords.matches(person.password_hash, old):
        raise Invalid({"old": N_("This is not your present password.")})
    if old == new:
        raise Invalid({"new": N_("Choose another password than the present one.")})
    try:
        person.password_hash = passwords.hash(new)
    except Invalid as error:
        raise Invalid({"new": error.fields["password"]}) from None
    person.must_change_password = False
    person.session_version += 1


def reset_password(passwords: auth.Passwords, person: Person, *, by: Viewer) -> str:
    """A new password that is shown once to the administrator; its owner must change it at the next login."""
    require(by, ADMINISTER)
    fresh = secrets.token_urlsafe(12)
    person.password_hash = passwords.hash(fresh)
    person.must_change_password = True
    person.session_version += 1
    person.failed_logins, person.locked_until = 0, None
    return fresh


def set_preferences(
    session: Session, person: Person, *, name: str, languages: Sequence[str], zone: str
) -> None:
    """What people set for themselves.

    Raises:
        Invalid: a value cannot be used.
    """
    _checked(email=person.email, name=name, roles=person.roles, languages=languages, zone=zone)
    person.name, person.languages, person.zone = name.strip(), list(languages), zone
    session.flush()


def issue_key(
    session: Session,
    *,
    name: str,
    scopes: Sequence[str],
    audiences: Sequence[str],
    by: Viewer,
    now: datetime,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """A key for a machine; the second value is shown once and kept nowhere.

    Raises:
        Invalid: no name, an unknown scope or audience, or an expiry in the past.
    """
    require(by, ADMINISTER)
    problems = {}
    if reason := _name_problem(name, N_("Say which system will use it.")):
        problems["name"] = reason
    if not scopes or set(scopes) - set(SCOPES):
        problems["scopes"] = N_("Choose from %(scopes)s.", scopes=", ".join(SCOPES))
    if unknown := set(audiences) - set(session.scalars(select(Audience.key))):
        problems["audiences"] = N_("There is no audience %(key)s.", key=", ".join(sorted(unknown)))
    if expires_at is not None and expires_at <= now:
        problems["expires_at"] = N_("It must expire in the future.")
    if problems:
        raise Invalid(problems)
    shown, prefix, secret_hash = auth.new_key()
    key = ApiKey(
        name=name.strip(),
        prefix=prefix,
        secret_hash=secret_hash,
        scopes=sorted(set(scopes)),
        audiences=sorted(set(audiences)),
        created_by_id=by.person_id or None,
        created_at=now,
        expires_at=expires_at,
    )
    session.add(key)
    session.flush()
    return key, shown


def revoke_key(session: Session, key: ApiKey, *, by: Viewer, now: datetime) -> None:
    """A key stops working at once; its line stays for the record."""
    require(by, ADMINISTER)
    key.revoked_at = key.revoked_at or now
    session.flush()


def save_group(
    session: Session, group: Group | None, *, key: str, name: str, members: Sequence[Person], by: Viewer
) -> Group:
    """Make or change a group.

    Raises:
        Invalid: the key or name cannot be used.
        Conflict: the key is taken.
    """
    require(by, ADMINISTER)
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", key) or not name.strip():
        raise Invalid({"key": N_("Use lower-case letters, digits and '-', and give a name.")})
    if reason := _name_problem(name, ""):
        raise Invalid({"name": reason})
    taken = session.scalar(
        select(func.count()).where(Group.key == key, Group.id != (group.id if group else 0))
    )
    if taken:
        raise Conflict(N_("There is already a group %(key)s.", key=key))
    if group is None:
        group = Group(key=key, name=name.strip())
        session.add(group)
    group.key, group.name, group.members = key, name.strip(), list(members)
    session.flush()
    return group

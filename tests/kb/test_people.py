"""People: added, changed, given a new password, let go; groups, and keys for machines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from kb import auth, people
from kb.auth import Passwords
from kb.errors import Conflict, Invalid, LoginRequired, NotAllowed
from kb.models import ApiKey, Group, Person, Role
from kb.permissions import SYSTEM
from kb.viewers import ANONYMOUS, Viewer
from tests import cast, factories
from tests.conftest import START

NEW = "a brand new secret"
Change = Callable[..., None]


def add(session: Session, passwords: Passwords, **given: Any) -> Person:
    wanted = {
        "email": "nora@example.com",
        "name": "Nora",
        "password": NEW,
        "by": SYSTEM,
        "now": START,
        **given,
    }
    return people.add(session, passwords, **wanted)


def change(session: Session, person: Person, **given: Any) -> None:
    kept = {
        name: getattr(person, name)
        for name in ("email", "name", "roles", "languages", "groups", "zone", "is_active")
    }
    people.change(session, person, **{**kept, "by": SYSTEM, **given})


def issue(session: Session, **given: Any) -> tuple[ApiKey, str]:
    wanted = {"name": "CRM", "scopes": ["read"], "audiences": ["agent"], "by": SYSTEM, "now": START, **given}
    return people.issue_key(session, **wanted)


def save_group(session: Session, group: Group | None = None, **given: Any) -> Group:
    return people.save_group(
        session, group, **{"key": "vip", "name": "VIP", "members": [], "by": SYSTEM, **given}
    )


VERBS: dict[str, Callable[[Session, Passwords, Person, Viewer], object]] = {
    "add": lambda session, passwords, person, by: add(session, passwords, by=by),
    "change": lambda session, passwords, person, by: change(session, person, name="New", by=by),
    "reset": lambda session, passwords, person, by: people.reset_password(passwords, person, by=by),
    "issue": lambda session, passwords, person, by: issue(session, by=by),
    "revoke": lambda session, passwords, person, by: people.revoke_key(
        session, issue(session)[0], by=by, now=START
    ),
    "group": lambda session, passwords, person, by: save_group(session, by=by),
}


@pytest.mark.parametrize("verb", VERBS)
def test_only_administrators_may(
    session: Session, passwords: Passwords, request: pytest.FixtureRequest, verb: str
) -> None:
    somebody = request.getfixturevalue("agent")
    act = VERBS[verb]
    for part in cast.NAMES:
        by = factories.viewer(session, request.getfixturevalue(part))
        if part == "admin":
            act(session, passwords, somebody, by)
        else:
            with pytest.raises(NotAllowed):
                act(session, passwords, somebody, by)
    with pytest.raises(LoginRequired):
        act(session, passwords, somebody, ANONYMOUS)
    machine = Viewer(name="CRM", scopes=frozenset({"key", "read"}))
    with pytest.raises(NotAllowed):
        act(session, passwords, somebody, machine)


def test_a_new_person_is_kept_as_given(session: Session, passwords: Passwords) -> None:
    group = factories.group(session)
    made = add(
        session,
        passwords,
        email=" Nora@Example.com ",
        name=" Nora ",
        roles=["agent", "author", "agent"],
        languages=["hu", "en"],
        groups=[group],
        zone="Europe/Budapest",
    )
    session.commit()
    session.expire_all()
    assert (made.email, made.name, made.roles, made.languages) == (
        "nora@example.com",
        "Nora",
        ["agent", "author"],
        ["hu", "en"],
    )
    assert (made.groups, made.zone, made.is_active, made.created_at) == (
        [group],
        "Europe/Budapest",
        True,
        START,
    )
    assert passwords.matches(made.password_hash, NEW)


@pytest.mark.parametrize("email", ["agent@example.com", " AGENT@example.com"])
def test_an_address_is_of_one_person(
    session: Session, passwords: Passwords, author: Person, email: str
) -> None:
    with pytest.raises(Conflict, match="already a person with the address agent@example"):
        add(session, passwords, email=email)
    with pytest.raises(Conflict):
        change(session, author, email=email)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *[
            ("email", email)
            for email in ("", "nora", "nora@", "@example.com", "a b@example.com", "nora@example.com\0")
        ],
        ("email", f"{'a' * 250}@example.com"),
        ("name", " "),
        ("name", "N" * 201),
        ("name", "Nora\0"),
        ("roles", ["king"]),
        ("languages", ["xx"]),
        ("zone", "Europe/Nowhere"),
        ("zone", "../etc/passwd"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused(
    session: Session, passwords: Passwords, agent: Person, field: str, value: Any
) -> None:
    for act in (
        lambda: add(session, passwords, **{field: value}),
        lambda: change(session, agent, **{field: value}),
    ):
        with pytest.raises(Invalid) as refused:
            act()
        assert set(refused.value.fields) == {field}


def test_the_longest_names_fit(both_databases: str, session: Session, passwords: Passwords) -> None:
    save_group(session, key="v" * 63, name="ű" * 200)
    issue(session, name="ű" * 200)
    add(session, passwords, name="ű" * 200, email=f"{'a' * 64}@{'b' * 63}.{'c' * 63}.example")
    session.commit()


@pytest.mark.parametrize("password", ["short", "x" * 201])
def test_nobody_is_added_with_a_bad_password(session: Session, passwords: Passwords, password: str) -> None:
    with pytest.raises(Invalid, match="password"):
        add(session, passwords, password=password)
    assert auth.person_by_email(session, "nora@example.com") is None


def test_the_last_administrator_stays_one(session: Session, admin: Person, agent: Person) -> None:
    for given in ({"roles": ["author"]}, {"is_active": False}):
        with pytest.raises(NotAllowed, match="last administrator"):
            change(session, admin, **given)
    change(session, agent, roles=["agent", Role.ADMIN])
    change(session, admin, roles=["author"])
    with pytest.raises(NotAllowed):
        change(session, agent, roles=["agent"])


def test_an_administrator_who_was_let_go_is_no_reason_to_let_the_last_one_go(
    session: Session, admin: Person, agent: Person
) -> None:
    change(session, agent, roles=[Role.ADMIN])
    change(session, agent, is_active=False)
    with pytest.raises(NotAllowed):
        change(session, admin, is_active=False)


def test_other_changes_leave_sessions_alone(session: Session, agent: Person) -> None:
    change(session, agent, name="New name", roles=["author"])
    assert agent.session_version == 1


# Passwords.


def test_somebody_chooses_a_new_password(passwords: Passwords, agent: Person) -> None:
    agent.must_change_password = True
    people.set_own_password(passwords, agent, old=cast.PASSWORD, new=NEW)
    assert passwords.matches(agent.password_hash, NEW)
    assert (agent.must_change_password, agent.session_version) == (False, 2)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("wrong", NEW, "old"),
        (cast.PASSWORD, "short", "new"),
        (cast.PASSWORD, cast.PASSWORD, "new"),
        ("", NEW, "old"),
    ],
)
def test_a_password_is_not_changed_without_the_old_one_or_to_a_bad_one(
    passwords: Passwords, agent: Person, old: str, new: str, field: str
) -> None:
    before = agent.password_hash
    with pytest.raises(Invalid) as refused:
        people.set_own_password(passwords, agent, old=old, new=new)
    assert set(refused.value.fields) == {field}
    assert (agent.password_hash, agent.session_version) == (before, 1)


def test_a_reset_gives_a_password_that_must_be_changed_and_ends_a_lock_out(
    passwords: Passwords, agent: Person
) -> None:
    agent.failed_logins, agent.locked_until = 4, START
    fresh = people.reset_password(passwords, agent, by=SYSTEM)
    assert passwords.matches(agent.password_hash, fresh)
    assert not passwords.matches(agent.password_hash, cast.PASSWORD)
    assert agent.must_change_password
    assert (agent.session_version, agent.failed_logins) == (2, 0)
    assert agent.locked_until != START
    assert people.reset_password(passwords, agent, by=SYSTEM) != fresh


def test_people_set_their_own_name_languages_and_zone(session: Session, agent: Person) -> None:
    people.set_preferences(session, agent, name=" Agi ", languages=["hu"], zone="Europe/Budapest")
    assert (agent.name, agent.languages, agent.zone) == ("Agi", ["hu"], "Europe/Budapest")
    with pytest.raises(Invalid):
        people.set_preferences(session, agent, name="Agi", languages=["xx"], zone="UTC")


# Groups.


def test_a_group_is_made_and_changed(session: Session, agent: Person, author: Person) -> None:
    group = save_group(session, members=[agent])
    assert save_group(session, group, key="vips", name=" VIPs ", members=[author]) is group
    session.commit()
    session.expire_all()
    assert (group.key, group.name, group.members, agent.groups) == ("vips", "VIPs", [author], [])


@pytest.mark.parametrize(
    ("field", "value"),
    [("key", ""), ("key", "V I P"), ("key", "-vip"), ("key", "v" * 64), ("name", " "), ("name", "V" * 201)],
)
def test_a_group_needs_a_key_and_a_name(session: Session, field: str, value: Any) -> None:
    with pytest.raises(Invalid):
        save_group(session, **{field: value})


def test_a_group_key_is_given_once(session: Session) -> None:
    save_group(session)
    other = save_group(session, key="press")
    for group in (None, other):
        with pytest.raises(Conflict, match="already a group vip"):
            save_group(session, group)


# Keys for machines.


def test_a_key_says_who_issued_it(session: Session, admin: Person) -> None:
    by = factories.viewer(session, admin)
    key, _ = issue(session, name=" CRM ", scopes=["read", "metrics", "read"], by=by)
    assert (key.name, key.scopes, key.created_by_id, key.created_at) == (
        "CRM",
        ["metrics", "read"],
        admin.id,
        START,
    )
    assert issue(session)[0].created_by_id is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("name", "C" * 201),
        ("scopes", []),
        ("scopes", ["read", "everything"]),
        ("scopes", ["key"]),
        ("audiences", ["agent", "nobody"]),
        ("expires_at", START),
        ("expires_at", START - timedelta(seconds=1)),
    ],
)
def test_a_key_that_cannot_work_is_refused(session: Session, field: str, value: Any) -> None:
    with pytest.raises(Invalid) as refused:
        issue(session, **{field: value})
    assert set(refused.value.fields) == {field}


def test_a_key_stays_revoked_since_it_was_first(session: Session) -> None:
    key, _ = issue(session)
    for hours in (0, 1):
        people.revoke_key(session, key, by=SYSTEM, now=START + timedelta(hours=hours))
    assert key.revoked_at == START

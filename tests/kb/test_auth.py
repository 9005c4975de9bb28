"""Who is it: passwords, lock-out, sessions, machines' keys."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import admission, auth, people, structure
from kb.auth import LoggedIn, Passwords
from kb.config import Config
from kb.db import Database
from kb.errors import Invalid, TooMany
from kb.models import ApiKey, Person
from kb.permissions import SYSTEM
from kb.viewers import Viewer
from tests import cast, factories
from tests.conftest import START

WRONG = "a wrong password"
MINUTE = timedelta(minutes=1)
LogIn = Callable[..., Person | None]


@pytest.fixture
def log_in(session: Session, passwords: Passwords, config: Config) -> LogIn:
    """Try to log in; what the try changes is committed, as the page does."""

    def tried(
        password: str = cast.PASSWORD, email: str = cast.email("agent"), now: datetime = START
    ) -> Person | None:
        try:
            return auth.log_in(session, passwords, config, email, password, now)
        finally:
            session.commit()

    return tried


def test_the_right_password_lets_somebody_in_whatever_the_case_of_the_address(
    log_in: LogIn, agent: Person
) -> None:
    assert log_in(email=" Agent@Example.COM ") is agent
    assert agent.last_login_at == START


def test_an_unknown_address_lets_nobody_in(both_databases: str, log_in: LogIn) -> None:
    for email in ("", "nobody@example.com", "agent", "agent@example.com\0", "' or 1=1 --", "a" * 10_000):
        assert log_in(email=email) is None


@pytest.mark.parametrize(
    "password", ["", WRONG, cast.PASSWORD + "x", cast.PASSWORD.upper(), "a\0b", "x" * 100_000]
)
def test_a_wrong_password_lets_nobody_in(log_in: LogIn, password: str) -> None:
    assert log_in(password) is None


def test_who_was_let_go_does_not_come_in(log_in: LogIn, agent: Person) -> None:
    agent.is_active = False
    assert log_in() is None


def test_somebody_without_a_password_cannot_log_in_with_none(log_in: LogIn, agent: Person) -> None:
    agent.password_hash = None
    assert log_in("") is None
    assert log_in() is None


def test_too_many_wrong_passwords_lock_somebody_out_for_a_while(
    log_in: LogIn, config: Config, agent: Person
) -> None:
    for _ in range(config.login_attempts):
        assert log_in(WRONG) is None
    for password in (cast.PASSWORD, WRONG):
        with pytest.raises(TooMany):
            log_in(password, now=START + config.lockout_minutes * MINUTE - timedelta(seconds=1))
    assert log_in(now=START + config.lockout_minutes * MINUTE) is agent
    assert agent.locked_until is None


def test_a_lock_out_is_of_one_person(log_in: LogIn, config: Config, author: Person) -> None:
    for _ in range(config.login_attempts):
        log_in(WRONG)
    assert log_in(email=author.email) is author


def test_the_right_password_starts_the_count_again(log_in: LogIn, config: Config, agent: Person) -> None:
    for _ in range(3):
        for _ in range(config.login_attempts - 1):
            log_in(WRONG)
        assert log_in() is agent


def test_an_administrator_ends_a_lock_out(log_in: LogIn, config: Config, agent: Person) -> None:
    for _ in range(config.login_attempts):
        log_in(WRONG)
    admission.unlock(agent, by=SYSTEM)
    assert log_in() is agent


def test_guesses_at_the_same_time_are_all_counted(
    both_databases: str, database: Database, config: Config, passwords: Passwords
) -> None:
    """Whoever guesses from many places at once gets no more guesses than whoever waits."""
    together = threading.Barrier(4)

    def guess() -> None:
        together.wait()
        with database.session(write=True) as session:
            auth.log_in(session, passwords, config, cast.email("agent"), WRONG, START)
            session.commit()

    threads = [threading.Thread(target=guess) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.session() as session:
        assert (
            session.scalars(select(Person.failed_logins).where(Person.email == cast.email("agent"))).one()
            == 4
        )


@pytest.mark.parametrize(
    "email", [cast.email("agent"), cast.email("nobody"), "", cast.email("locked"), cast.email("gone")]
)
def test_a_hash_is_verified_whoever_it_is(
    session: Session, config: Config, monkeypatch: pytest.MonkeyPatch, email: str
) -> None:
    """How long it takes tells nobody which addresses are known: the costly part is done for everybody, once."""
    passwords = Passwords(1)
    for part in ("locked", "gone"):
        held = people.add(
            session,
            passwords,
            email=cast.email(part),
            name=part,
            password=cast.PASSWORD,
            by=SYSTEM,
            now=START,
        )
        held.is_active, held.locked_until = part != "gone", START + MINUTE if part == "locked" else None
    session.flush()
    hasher, verified = passwords._hasher, []

    class Counting:
        def verify(self, *given: Any) -> bool:
            verified.append(given)
            return bool(hasher.verify(*given))

    monkeypatch.setattr(passwords, "_hasher", Counting())
    try:
        auth.log_in(session, passwords, config, email, WRONG, START)
    except TooMany:
        assert email == cast.email("locked")
    assert len(verified) == 1
    costs = [part for part in verified[0][0].split("$") if part.startswith("m=")]
    assert costs == [part for part in hasher.hash("x").split("$") if part.startswith("m=")]


@pytest.mark.parametrize("password", ["", "too short", "x" * 201])
def test_a_password_has_a_least_and_a_greatest_length(passwords: Passwords, password: str) -> None:
    with pytest.raises(Invalid, match="password"):
        passwords.hash(password)


def test_a_hash_is_salted_and_tells_nothing(passwords: Passwords) -> None:
    one, other = passwords.hash("x" * 200), passwords.hash("x" * 200)
    assert one != other
    assert one.startswith("$argon2id$")
    assert passwords.matches(one, "x" * 200)
    assert not passwords.matches(one, "x" * 199)
    assert not passwords.matches("damaged", "x" * 200)


def test_a_longer_guess_is_not_the_password_that_it_begins_with(passwords: Passwords) -> None:
    assert not passwords.matches(passwords.hash("x" * 200), "x" * 201)


def test_the_usual_cost_is_that_of_the_library() -> None:
    assert "m=65536,t=3,p=1" in Passwords(3).hash("x" * 10)


# Sessions.


def test_a_cookie_is_of_one_person_and_one_version(session: Session, agent: Person) -> None:
    token = LoggedIn(agent).get_id()
    found = auth.logged_in(session, token)
    assert found is not None
    assert found.person is agent


@pytest.mark.parametrize("token", ["", ".", "1", "0.1", "x.1", "-1.1", "999999.1", "²1.1", "1.1.1"])
def test_any_other_cookie_is_nobody(session: Session, token: str) -> None:
    assert auth.logged_in(session, token) is None


def ends_by_own_password(session: Session, passwords: Passwords, agent: Person) -> None:
    people.set_own_password(passwords, agent, old=cast.PASSWORD, new="another long secret")


def ends_by_reset(session: Session, passwords: Passwords, agent: Person) -> None:
    people.reset_password(passwords, agent, by=SYSTEM)


def ends_by_deactivation(session: Session, passwords: Passwords, agent: Person) -> None:
    for is_active in (False, True):  # even when somebody comes back, the old sessions do not
        people.change(
            session,
            agent,
            email=agent.email,
            name=agent.name,
            roles=agent.roles,
            languages=[],
            groups=[],
            zone="UTC",
            is_active=is_active,
            by=SYSTEM,
        )


@pytest.mark.parametrize("end", [ends_by_own_password, ends_by_reset, ends_by_deactivation])
def test_a_session_ends(
    session: Session, passwords: Passwords, agent: Person, end: Callable[[Session, Passwords, Person], None]
) -> None:
    token = LoggedIn(agent).get_id()
    end(session, passwords, agent)
    session.commit()
    assert auth.logged_in(session, token) is None


def test_who_is_let_go_is_out_at_once(session: Session, agent: Person) -> None:
    token = LoggedIn(agent).get_id()
    agent.is_active = False
    session.commit()
    assert auth.logged_in(session, token) is None


# The viewer that a person is.


@pytest.mark.parametrize(
    ("part", "audiences"),
    [
        ("outsider", {"public", "customer"}),
        ("customer", {"public", "customer", "vip"}),
        ("agent", {"public", "customer", "agent"}),
        ("admin", {"public", "customer", "agent", "vip", "empty"}),
    ],
)
def test_audiences_come_from_roles_and_groups(
    session: Session, request: pytest.FixtureRequest, part: str, audiences: set[str]
) -> None:
    vip = factories.group(session, "vip", [request.getfixturevalue("customer")])
    factories.audience(session, "vip", [vip])
    factories.audience(session, "empty")
    person = request.getfixturevalue(part)
    viewer = auth.viewer_of(person, structure.load(session, 0))
    assert viewer.audiences == audiences
    assert (viewer.person_id, viewer.roles) == (person.id, frozenset(person.roles))
    assert not viewer.is_anonymous
    assert viewer.is_staff == bool(person.roles)


# Machines.


def issue(session: Session, **given: Any) -> tuple[ApiKey, str]:
    key, shown = people.issue_key(
        session,
        **{"name": "CRM", "scopes": ["read"], "audiences": ["agent"], "by": SYSTEM, "now": START, **given},
    )
    session.commit()
    return key, shown


def test_a_key_stands_for_a_machine_with_its_audiences_and_scopes(session: Session) -> None:
    _, shown = issue(session)
    viewer = auth.machine(session, shown, START)
    assert viewer == Viewer(
        name="CRM", audiences=frozenset({"public", "agent"}), scopes=frozenset({"key", "read"})
    )
    assert not viewer.is_staff
    assert not viewer.is_anonymous


def test_of_a_key_only_a_hash_is_kept(session: Session) -> None:
    key, shown = issue(session)
    secret = shown.removeprefix(f"{key.prefix}_")
    assert len(secret) >= 43
    assert key.secret_hash == hashlib.sha256(shown.encode()).hexdigest()
    kept = [str(getattr(key, column.key)) for column in ApiKey.__table__.columns]
    assert not [value for value in kept if secret in value]


def test_no_two_keys_are_the_same(session: Session) -> None:
    assert issue(session)[1] != issue(session)[1]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda shown: shown[:-1],
        lambda shown: shown + "x",
        lambda shown: shown[:-1] + ("a" if shown[-1] != "a" else "b"),
        lambda shown: shown.upper(),
        lambda shown: shown.split("_", 2)[0] + "_" + shown.split("_", 2)[1],
        lambda shown: shown.replace("_", ""),
        lambda shown: "",
        lambda shown: "_" * 5,
        lambda shown: "ключ",
        lambda shown: f"{shown}\0",
    ],
)
def test_nothing_but_the_key_itself_is_the_key(session: Session, spoil: Callable[[str], str]) -> None:
    _, shown = issue(session)
    assert auth.machine(session, spoil(shown), START) is None


def test_a_key_stops_at_once_when_it_is_revoked(session: Session) -> None:
    key, shown = issue(session)
    people.revoke_key(session, key, by=SYSTEM, now=START)
    session.commit()
    assert auth.machine(session, shown, START) is None


def test_a_key_expires_on_the_second(session: Session) -> None:
    _, shown = issue(session, expires_at=START + MINUTE)
    assert auth.machine(session, shown, START + MINUTE - timedelta(seconds=1))
    assert auth.machine(session, shown, START + MINUTE) is None


def test_a_known_prefix_with_another_secret_is_nobody(session: Session) -> None:
    (one, _), (_, other) = issue(session), issue(session)
    assert auth.machine(session, f"{one.prefix}_{other.split('_', 2)[2]}", START) is None

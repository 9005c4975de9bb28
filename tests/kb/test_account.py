"""Logging in and out, passwords, preferences; and those who try to get in otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kb import auth, people
from kb.app import create_app
from kb.config import Config
from kb.models import Person
from kb.permissions import SYSTEM
from tests.cast import PASSWORD, email
from tests.conftest import Clock
from tests.kb.stage import Page, Stage, log_in, reread, token

Open = Callable[[Person], FlaskClient]
AGENT = email("agent")
NEW = "a brand new sentence"


def is_logged_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200


def limited(config: Config, clock: Clock) -> Flask:
    """An application that counts how often somebody tries."""
    made = create_app(replace(config, rate_limits=True), clock=clock)
    made.config["WTF_CSRF_ENABLED"] = False
    return made


# In


def test_who_knows_the_password_gets_in(client: FlaskClient) -> None:
    answer = log_in(client, AGENT, PASSWORD)
    assert (answer.status_code, answer.location) == (302, "/")
    assert "Agnes Agent" in Page(client.get("/account")).words


def test_the_address_may_be_written_in_any_case(client: FlaskClient) -> None:
    assert log_in(client, f"  {AGENT.upper()} ", PASSWORD).status_code == 302


@pytest.mark.parametrize("address", [AGENT, "nobody@example.com"])
def test_a_wrong_password_keeps_the_address_and_tells_nothing_else(client: FlaskClient, address: str) -> None:
    answer = log_in(client, address, "not the password")
    page = Page(answer)
    assert answer.status_code == 401
    assert page.all("input", name="email", value=address)
    assert page.all("input", name="password", value="") or not page.all("input", name="password")[0].get(
        "value"
    )
    assert "E-mail or password is wrong." in page.words
    assert not is_logged_in(client)


@pytest.mark.parametrize(
    "typed", [{}, {"email": AGENT}, {"password": PASSWORD}, {"email": "x" * 300, "password": "y"}]
)
def test_half_a_form_is_no_login(client: FlaskClient, typed: dict[str, str]) -> None:
    answer = client.post("/login", data=typed)
    assert answer.status_code == 422
    assert not is_logged_in(client)


def test_somebody_who_was_let_go_does_not_get_in(
    client: FlaskClient, session: Session, agent: Person
) -> None:
    agent.is_active = False
    session.commit()
    assert log_in(client, AGENT, PASSWORD).status_code == 401


def test_a_login_is_written_down(client: FlaskClient, session: Session, agent: Person, clock: Clock) -> None:
    log_in(client, AGENT, PASSWORD)
    reread(session, agent)
    assert agent.last_login_at == clock.now


def test_after_too_many_wrong_passwords_even_the_right_one_must_wait(
    client: FlaskClient, clock: Clock
) -> None:
    for _ in range(5):
        assert log_in(client, AGENT, "not the password").status_code == 401
    locked = log_in(client, AGENT, PASSWORD)
    assert locked.status_code == 429
    assert "Too many wrong passwords. Try again in some minutes" in Page(locked).words
    assert Page(locked).all("input", name="email", value=AGENT)
    clock.advance(minutes=15, seconds=1)
    assert log_in(client, AGENT, PASSWORD).status_code == 302


def test_wrong_passwords_for_one_lock_nobody_else(client: FlaskClient) -> None:
    for _ in range(6):
        log_in(client, AGENT, "not the password")
    assert log_in(client, email("author"), PASSWORD).status_code == 302


def test_one_address_cannot_try_on_and_on(config: Config, clock: Clock) -> None:
    client = limited(config, clock).test_client()
    codes = [log_in(client, f"{number}@example.com", "x").status_code for number in range(21)]
    assert codes == [401] * 20 + [429]
    assert client.get("/login").status_code == 200, "the page itself opens"


# Where to after the login


@pytest.mark.parametrize(
    "address",
    ["/account", "/help/en/search?q=a+b&kind=faq", "/help/hu/a/barangolás#at-this", "/", "/?x=/\u00a0y"],
)
def test_a_login_leads_back_to_where_one_came_from(client: FlaskClient, address: str) -> None:
    location = log_in(client, AGENT, PASSWORD, next=address).location
    assert location == quote(address, safe="/?=&+#:%")


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example/",
        "/\\evil.example/",
        "\\/evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/\r\n/evil.example",
        "\t//evil.example",
        " //evil.example",
        "/ /evil.example",
        "/\x00/evil.example",
        "/\x0b/evil.example",
        "javascript:alert(1)",
        "data:text/html,evil",
        "http:evil.example",
        "evil.example",
        "//[",
        "http://[",
        "/\x7f/evil.example",
        "/help\\..\\evil.example",
        "/help/\r\nSet-Cookie: evil=1",
        "",
    ],
)
def test_a_login_leads_nowhere_else(client: FlaskClient, address: str) -> None:
    for answer in (
        log_in(client, AGENT, PASSWORD, next=address),
        client.post("/login", query_string={"next": address}, data={"email": AGENT, "password": PASSWORD}),
    ):
        assert (answer.status_code, answer.location) == (302, "/")
        assert "evil" not in str(answer.headers)


def test_an_address_to_go_on_to_cannot_break_out_of_the_form(client: FlaskClient) -> None:
    evil = '"><script>alert(1)</script>'
    page = Page(client.get("/login", query_string={"next": evil}))
    assert page.all("input", name="next", value=evil)
    assert not page.all("script")


# Tokens and sessions


def test_the_login_form_carries_a_token_and_needs_it(app: Flask, client: FlaskClient) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    fields = {"email": AGENT, "password": PASSWORD}
    assert client.post("/login", data=fields).status_code == 400
    own = token(client.get("/login"))
    stranger = app.test_client()
    assert stranger.post("/login", data={**fields, "csrf_token": own}).status_code == 400, (
        "the token of another session"
    )
    assert client.post("/login", data={**fields, "csrf_token": own}).status_code == 302


def test_nothing_of_the_session_before_the_login_is_left(client: FlaskClient, agent: Person) -> None:
    with client.session_transaction() as cookie:
        cookie["planted"] = "by somebody else"
        cookie["csrf_token"] = "known to somebody else"
    log_in(client, AGENT, PASSWORD)
    with client.session_transaction() as cookie:
        assert "planted" not in cookie
        assert cookie.get("csrf_token") != "known to somebody else"
        assert cookie["_user_id"] == f"{agent.id}.{agent.session_version}"


@pytest.mark.parametrize(
    "forged", ["1.1", "1", "1.", ".1", "x.1", "99999999999999999999999.1", "-1.1", "١.1", ""]
)
def test_a_cookie_that_we_did_not_sign_is_nobody_s(app: Flask, forged: str) -> None:
    client = app.test_client()
    client.set_cookie("kalauz", f"eyJfdXNlcl9pZCI6IjEuMSJ9.{forged}.signature")
    assert not is_logged_in(client)


@pytest.mark.parametrize("token_", ["1", "1.", ".1", "x.1", "-1.1", "1.2", "999.1", ""])
def test_a_session_of_nobody_is_no_login(client: FlaskClient, token_: str) -> None:
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token_
    assert not is_logged_in(client)


def test_the_session_ends_after_hours_without_a_request(config: Config, clock: Clock, app: Flask) -> None:
    client = app.test_client()
    answer = log_in(client, AGENT, PASSWORD)
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Expires=" in cookie
    secure = create_app(replace(config, https=True), clock=clock)
    secure.config["WTF_CSRF_ENABLED"] = False
    assert "; Secure" in log_in(secure.test_client(), AGENT, PASSWORD).headers["Set-Cookie"]


def test_who_logs_out_is_out(client: FlaskClient) -> None:
    log_in(client, AGENT, PASSWORD)
    assert client.post("/logout").location == "/"
    assert not is_logged_in(client)


def test_a_link_logs_nobody_out(client: FlaskClient) -> None:
    log_in(client, AGENT, PASSWORD)
    assert client.get("/logout", follow_redirects=True).status_code in {404, 405}
    assert is_logged_in(client)


def test_who_is_let_go_is_out_at_once(client: FlaskClient, session: Session, agent: Person) -> None:
    session.commit()
    log_in(client, AGENT, PASSWORD)
    agent.is_active = False
    session.commit()
    assert not is_logged_in(client)


# Passwords


def change(client: FlaskClient, old: str, new: str) -> int:
    return client.post("/account/password", data={"old": old, "new": new}).status_code


def test_a_new_password_ends_the_other_sessions_and_not_this_one(app: Flask) -> None:
    here, elsewhere = app.test_client(), app.test_client()
    for client in (here, elsewhere):
        log_in(client, AGENT, PASSWORD)
    assert change(here, PASSWORD, NEW) == 303
    assert is_logged_in(here)
    assert not is_logged_in(elsewhere)
    assert log_in(elsewhere, AGENT, PASSWORD).status_code == 401
    assert log_in(elsewhere, AGENT, NEW).status_code == 302


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("wrong", NEW, "This is not your present password."),
        (PASSWORD, PASSWORD, "Choose another password than the present one."),
        (PASSWORD, "short", "Use at least 10 characters."),
        (PASSWORD, "x" * 201, "Field cannot be longer than 200 characters."),
    ],
)
def test_a_password_that_cannot_be_is_refused_beside_its_field(
    client_of: Open, session: Session, agent: Person, old: str, new: str, words: str
) -> None:
    client = client_of(agent)
    answer = client.post("/account/password", data={"old": old, "new": new})
    assert answer.status_code == 422
    assert words in Page(answer).words
    assert new not in answer.text or new == PASSWORD
    assert Page(answer).all("input", name="name", value="Agnes Agent"), "the other form is still there"
    assert is_logged_in(client)
    reread(session, agent)
    assert agent.session_version == 1


def test_a_stolen_session_cannot_try_passwords_on_and_on(config: Config, clock: Clock) -> None:
    client = limited(config, clock).test_client()
    log_in(client, AGENT, PASSWORD)
    assert [change(client, "guess", NEW) for _ in range(21)] == [422] * 20 + [429]


def test_after_a_reset_nothing_opens_before_a_password_of_one_s_own(
    client: FlaskClient, session: Session, agent: Person, passwords: auth.Passwords, site: Stage
) -> None:
    given = people.reset_password(passwords, agent, by=SYSTEM)
    session.commit()
    assert log_in(client, AGENT, given, next="/internal/en/").location == "/internal/en/"
    for path in ("/internal/en/", "/help/en/", "/", "/admin/", "/api/v1/articles"):
        assert client.get(path).location == "/account", path
    assert "Choose a password of your own first." in Page(client.get("/account")).words
    assert change(client, given, given) == 422
    assert change(client, given, NEW) == 303
    assert client.get("/internal/en/").status_code == 200


# Preferences


def test_people_set_their_name_languages_and_zone(client_of: Open, session: Session, agent: Person) -> None:
    client = client_of(agent)
    chosen = {"name": " Agnes A. ", "languages": ["hu", "sv"], "zone": "Europe/Budapest"}
    assert client.post("/account", data=chosen).location == "/account"
    reread(session, agent)
    assert (agent.name, agent.languages, agent.zone) == ("Agnes A.", ["hu", "sv"], "Europe/Budapest")
    page = Page(client.get("/account"))
    assert page.language == "hu"
    assert page.all("option", value="Europe/Budapest", selected="")


@pytest.mark.parametrize(
    "chosen",
    [
        {"name": "", "zone": "UTC"},
        {"name": "  ", "zone": "UTC"},
        {"name": "A", "zone": "Mars/Olympus"},
        {"name": "A", "zone": "UTC", "languages": ["xx"]},
        {"name": "x" * 201, "zone": "UTC"},
    ],
)
def test_preferences_that_cannot_be_are_refused_and_nothing_is_changed(
    client_of: Open, session: Session, agent: Person, chosen: dict[str, str]
) -> None:
    assert client_of(agent).post("/account", data=chosen).status_code == 422
    reread(session, agent)
    assert (agent.name, agent.languages, agent.zone) == ("Agnes Agent", [], "UTC")


def test_nobody_gives_themselves_a_role(client_of: Open, session: Session, outsider: Person) -> None:
    fields = {
        "name": "Oskar",
        "zone": "UTC",
        "roles": ["admin"],
        "is_active": "y",
        "email": "admin@example.com",
    }
    assert client_of(outsider).post("/account", data=fields).status_code == 303
    reread(session, outsider)
    assert outsider.roles == []
    assert outsider.email == email("outsider")

"""Every answer carries its safe headers, and no page has anything that they forbid."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError, OperationalError

from kb import errors
from kb.access import public
from kb.app import create_app
from kb.config import Config
from kb.http import CONTENT_SECURITY_POLICY
from kb.models import Person
from tests.conftest import Clock
from tests.kb.stage import Page, Stage
from tests.kb.test_routes import calls

Open = Callable[[Person], FlaskClient]

FAILURES: dict[str, tuple[Exception, int]] = {
    "/crash": (RuntimeError("secret detail"), 500),
    "/missing": (errors.NotFound("no such thing"), 404),
    "/gone": (errors.Gone("no longer"), 410),
    "/refused": (errors.NotAllowed("no"), 403),
    "/taken": (errors.Conflict("taken"), 409),
    "/often": (errors.TooMany("later"), 429),
    "/large": (errors.TooLarge("too large"), 413),
    "/full": (errors.StorageFull("full"), 507),
    "/down": (errors.Unavailable("later"), 503),
    "/invalid": (errors.Invalid({"name": "Give a name."}), 422),
    "/refused-in-general": (errors.KalauzError("no"), 400),
    "/database-down": (OperationalError("SELECT secret", {}, Exception("connection secret")), 503),
    "/database-full": (OperationalError("SELECT secret", {}, Exception("database or disk is full")), 507),
    "/at-once": (IntegrityError("SELECT secret", {}, Exception("UNIQUE constraint secret")), 409),
}


@pytest.fixture
def failing(app: Flask) -> Flask:
    """An application with a route for everything that can go wrong."""

    def fail_with(error: Exception) -> Callable[[], str]:
        @public
        def fail() -> str:
            raise error

        return fail

    for path, (error, _) in FAILURES.items():
        app.add_url_rule(path, path.strip("/"), fail_with(error))
    app.testing = False
    return app


def test_every_answer_says_what_a_browser_may_do_with_it(
    app: Flask, client: FlaskClient, client_of: Open, admin: Person, site: Stage
) -> None:
    for browser in (client, client_of(admin)):
        for method in ("GET", "POST", "OPTIONS"):
            for _, path in [*calls(app, "GET"), (None, "/nowhere"), (None, "/help/en/a/nothing")]:
                headers = browser.open(path, method=method, buffered=True).headers
                policy = headers["Content-Security-Policy"]
                assert policy == CONTENT_SECURITY_POLICY or (
                    path.startswith("/files/") and "sandbox" in policy
                ), path
                assert headers["X-Content-Type-Options"] == "nosniff", path
                assert headers["X-Frame-Options"] == "DENY", path
                assert headers["Referrer-Policy"] == "same-origin", path
                assert "Cache-Control" in headers, path


def test_the_policy_lets_nothing_run_that_is_not_a_file_of_ours() -> None:
    rules = dict(rule.strip().split(" ", 1) for rule in CONTENT_SECURITY_POLICY.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["form-action"] == "'self'"
    assert rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    assert "unsafe" not in CONTENT_SECURITY_POLICY


@pytest.mark.parametrize("path", FAILURES)
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_an_error_keeps_the_headers_and_tells_no_secret(failing: Flask, path: str, accept: str) -> None:
    answer = failing.test_client().get(path, headers={"Accept": accept})
    assert answer.status_code == FAILURES[path][1]
    assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    if accept == "text/html":
        assert f"Error {answer.status_code}" in Page(answer).words
    else:
        assert answer.content_type == "application/problem+json"
        assert answer.get_json()["status"] == answer.status_code


def test_a_mistake_at_the_commit_is_an_answer_with_headers_too(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, site: Stage
) -> None:
    def full(_session: object) -> None:
        raise OperationalError("COMMIT", {}, Exception("database or disk is full"))

    app.testing = False
    monkeypatch.setattr("sqlalchemy.orm.Session.commit", full)
    answer = client.get("/help/en/")
    assert answer.status_code == 507
    assert "storage is full" in Page(answer).words
    assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY


def test_no_page_has_an_inline_script_or_style(
    app: Flask, client: FlaskClient, client_of: Open, admin: Person, site: Stage
) -> None:
    seen = 0
    for browser in (client, client_of(admin)):
        for _, path in [*calls(app, "GET"), (None, "/nowhere")]:
            answer = browser.get(path, follow_redirects=True, buffered=True)
            if answer.mimetype != "text/html":
                continue
            seen += 1
            for tag, attributes in Page(answer).tags:
                assert tag != "style", path
                assert (
                    tag != "script" or "src" in attributes or attributes["type"] == "application/ld+json"
                ), path
                assert not [name for name in attributes if name.startswith("on") or name == "style"], path
                for name in ("href", "src", "action"):
                    assert not re.match(
                        r"\s*(javascript|data|vbscript):", attributes.get(name, ""), re.IGNORECASE
                    )
    assert seen > 30


def test_a_static_file_may_be_kept_and_so_carries_nobodys_cookie(
    client_of: Open, client: FlaskClient, admin: Person
) -> None:
    browser = client_of(admin)
    with browser.session_transaction() as cookie:
        cookie.permanent = True
    answer = browser.get("/static/base.css", buffered=True)
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert "Set-Cookie" not in answer.headers
    assert "Set-Cookie" in browser.get("/account").headers


def test_a_static_file_is_kept_for_ever_under_its_present_version_only(client: FlaskClient) -> None:
    page = client.get("/login").text
    (address,) = re.findall(r'"(/static/v-\w+/base\.css)"', page)
    kept = client.get(address, buffered=True)
    assert kept.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    other = client.get(re.sub(r"v-\w+", "v-0123456789", address), buffered=True)
    assert other.data == kept.data
    assert other.headers["Cache-Control"] == "public, max-age=3600"


def test_what_is_made_for_a_person_is_kept_by_no_cache_in_between(
    client: FlaskClient, client_of: Open, agent: Person, admin: Person, site: Stage
) -> None:
    assert client.get("/help/en/").headers["Cache-Control"] == "no-cache"
    assert client_of(agent).get("/help/en/").headers["Cache-Control"] == "private, no-cache"
    assert client_of(agent).get("/account").headers["Cache-Control"] == "private, no-store"
    assert client_of(admin).get("/admin/").headers["Cache-Control"] == "private, no-store"
    assert client.get("/login").headers["Cache-Control"] == "private, no-store"


def test_a_refused_method_says_which_are_allowed(client: FlaskClient) -> None:
    answer = client.delete("/login")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize(
    "path", ["//evil.example/%2e%2e", "/\\evil.example", "///evil.example//a//b", "/help//en//"]
)
def test_a_redirect_that_tidies_an_address_stays_here(client: FlaskClient, site: Stage, path: str) -> None:
    answer = client.get("/", environ_overrides={"PATH_INFO": path, "REQUEST_URI": path})
    assert answer.status_code in {301, 308, 404}
    assert re.match(r"/(?![/\\])", answer.headers.get("Location", "/"))


def test_a_redirect_that_tidies_an_address_names_no_host(client: FlaskClient, site: Stage) -> None:
    answer = client.get("/help?x=1&y=a/b", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.location) == (308, "/help/?x=1&y=a/b")


@pytest.mark.parametrize(
    "path",
    [
        "/static/../kb/config.py",
        "/static/%2e%2e/kb/config.py",
        "/static/..%2fkb/config.py",
        "/static//etc/passwd",
        "/static/%2fetc/passwd",
        "/static/..\\kb\\config.py",
        "/static/",
        "/static/kb",
        "/static/%00",
        "/files/1/../../etc/passwd",
    ],
)
def test_no_path_leads_out_of_the_static_folder(client: FlaskClient, site: Stage, path: str) -> None:
    assert client.get(path, buffered=True).status_code in {404, 308}


# The host that a request names


def test_without_a_list_of_hosts_any_name_is_served(client: FlaskClient, site: Stage) -> None:
    assert client.get("/help/en/", base_url="http://anything.example").status_code == 200


def test_the_hosts_are_a_setting(tmp_path: Path) -> None:
    config = Config.from_env({"KALAUZ_DATA": str(tmp_path), "KALAUZ_HOSTS": "help.example, .Support.example"})
    assert config.hosts == {"help.example", ".support.example"}
    assert create_app(config).config["TRUSTED_HOSTS"] == [".support.example", "help.example"]


@pytest.fixture
def choosy(config: Config, clock: Clock) -> FlaskClient:
    """An application that knows its names."""
    made = create_app(replace(config, hosts=frozenset({"help.example", ".support.example"})), clock=clock)
    return made.test_client()


@pytest.mark.parametrize(
    "host", ["help.example", "help.example:8443", "support.example", "eu.support.example"]
)
def test_a_host_on_the_list_is_served(choosy: FlaskClient, site: Stage, host: str) -> None:
    assert choosy.get("/help/en/", base_url=f"http://{host}").status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "help.example.evil.example", "xsupport.example", "", "help.example@evil"]
)
@pytest.mark.parametrize(
    "path", ["/", "/help/en/", "/api/v1/articles", "/nowhere", "/static/base.css", "/login"]
)
def test_a_host_that_is_not_on_the_list_is_refused(
    choosy: FlaskClient, site: Stage, host: str, path: str
) -> None:
    answer = choosy.get(path, headers={"Host": host})
    assert answer.status_code == 400
    assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert "evil" not in answer.text


@pytest.mark.parametrize(
    "host", ['evil"><script>', "evil\r\nX: y", "a b", "ä.example", "[::1", "x/y", "\x00"]
)
def test_a_host_that_is_none_breaks_nothing(client: FlaskClient, site: Stage, host: str) -> None:
    answer = client.get("/help/en/a/roaming-abroad", headers={"Host": host.replace("\r\n", "%0d%0a")})
    assert answer.status_code in {200, 400, 404}
    assert "evil" not in answer.text

"""Every route is closed unless it is listed here, and no form is taken from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from kb.models import Person
from tests.kb.stage import Stage

Open = Callable[[Person], FlaskClient]

OPEN = frozenset(
    """
    account.login account.logout
    api-docs.openapi_json api.article api.articles api.portals api.topics api_page.page search_api.find
    search_api.suggest
    articles.article articles.by_key articles.give_feedback attachments.file
    cases_api.nearest cases_api.one_type cases_api.page cases_api.record cases_api.types
    embed.act embed.answers embed.article embed.ask embed.feedback embed.home embed.index embed.run embed.send
    embed.sent embed.shell embed.start
    embed_loader.example embed_loader.looks embed_loader.script
    experts.answer
    feeds.feed feeds.sitemap
    guided.act guided.index guided.run guided.start
    mail.off
    operations.healthz operations.home operations.readyz operations.robots
    questions.kept questions.opened
    portal.entrance portal.home portal.tags portal.theme_css portal.topic portal.topics
    requests.find requests.lost requests.new requests.one requests.send
    runs.answer runs.back runs.best runs.finish runs.forget runs.run runs.start
    search.folder search.results search.suggest
    static
    """.split()
)
"""What anybody may ask for without a login; each of them shows what the viewer may see and nothing else."""

FOR_EVERYBODY_LOGGED_IN = frozenset(
    """
    account.account account.change_password
    authoring.notice authoring.notice_preferences authoring.notices authoring.notices_seen
    authoring.reading authoring.readings
    """.split()
)
WITHOUT_TOKEN = frozenset(
    """
    articles.give_feedback cases_api.nearest cases_api.put_type cases_api.record
    contacts_api.abandon contacts_api.accept contacts_api.alarm_seen contacts_api.avoided contacts_api.close
    contacts_api.come contacts_api.escalate contacts_api.flag contacts_api.gap contacts_api.gone
    contacts_api.let_pass contacts_api.seen contacts_api.send_reply contacts_api.take_over contacts_api.tried
    contacts_api.wrap_up
    embed.act embed.feedback embed.send embed.start guided.act guided.start requests.find requests.send
    mail.off questions.opened runs.answer runs.back runs.best runs.finish runs.forget runs.start
    """.split()
)
"""Forms on cached pages, which cannot carry a token and must come from this site; the API, whose callers have none and
must not come from another site; and what mail programs send."""

VALUES = {
    "portal": "help",
    "language": "en",
    "slug": "roaming-abroad",
    "key": "roaming",
    "filename": "base.css",
    "verb": "answer",
    "report": "weights",
}


def calls(app: Flask, method: str) -> Iterator[tuple[Rule, str]]:
    """Every route that takes the method, with an address."""
    for rule in app.url_map.iter_rules():
        if method in (rule.methods or ()):
            _, path = rule.build({name: VALUES.get(name, "1") for name in rule.arguments}) or ("", "")
            yield rule, path


def every_call(app: Flask) -> Iterator[tuple[Rule, str, str]]:
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        for rule, path in calls(app, method):
            yield rule, method, path


def test_the_list_of_open_routes_has_no_route_that_is_gone(app: Flask) -> None:
    assert set(app.view_functions) >= OPEN | FOR_EVERYBODY_LOGGED_IN


def test_an_anonymous_viewer_is_sent_away_from_every_route_that_is_not_listed(
    app: Flask, client: FlaskClient, site: Stage
) -> None:
    for rule, method, path in every_call(app):
        answer = client.open(path, method=method, buffered=True)
        if rule.endpoint in OPEN:
            assert answer.status_code not in {401, 403}, f"{method} {path} is listed as open"
        elif method == "GET" and not path.startswith("/api/"):
            assert answer.status_code == 302, f"{method} {path}"
            assert answer.location.startswith("/login?next="), f"{method} {path}"
        else:
            assert answer.status_code == 401, f"{method} {path}"


def test_the_outsider_may_not_use_any_route_that_is_not_listed(
    app: Flask, client_of: Open, outsider: Person, site: Stage
) -> None:
    client = client_of(outsider)
    for rule, method, path in every_call(app):
        if rule.endpoint not in OPEN | FOR_EVERYBODY_LOGGED_IN:
            assert client.open(path, method=method).status_code == 403, f"{method} {path}"


def test_a_route_that_says_nothing_is_for_administrators_only(
    app: Flask, client: FlaskClient, client_of: Open, agent: Person, admin: Person
) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    assert client.get("/forgotten").status_code == 302
    assert client_of(agent).get("/forgotten").status_code == 403
    assert client_of(admin).get("/forgotten").text == "secret"


@pytest.mark.parametrize("method", ["OPTIONS", "HEAD"])
def test_other_methods_are_no_way_around_the_guard(
    app: Flask, client: FlaskClient, site: Stage, method: str
) -> None:
    read_by_all = {path for rule, path in calls(app, "GET") if rule.endpoint in OPEN}
    for rule, path in calls(app, method):
        if rule.endpoint not in OPEN and path not in read_by_all:
            assert client.open(path, method=method).status_code in {302, 401}, f"{method} {path}"


def test_every_form_is_refused_without_its_token(
    app: Flask, client_of: Open, admin: Person, site: Stage
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    client = client_of(admin)
    for rule, path in calls(app, "POST"):
        if rule.endpoint not in WITHOUT_TOKEN:
            answer = client.post(path)
            assert answer.status_code == 400, f"POST {path}"
            assert "open for too long" in answer.text, f"POST {path}"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://localhost:8080"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
        {"Origin": "http://["},
    ],
)
def test_feedback_from_another_site_is_refused(
    app: Flask, client: FlaskClient, site: Stage, headers: dict[str, str]
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    answer = client.post("/help/en/a/roaming-abroad/feedback", data={"helpful": "yes"}, headers=headers)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "https://localhost"},  # a proxy has ended TLS
    ],
)
def test_feedback_from_our_own_page_is_taken_without_a_token(
    app: Flask, client: FlaskClient, site: Stage, headers: dict[str, str]
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    answer = client.post("/help/en/a/roaming-abroad/feedback", data={"helpful": "yes"}, headers=headers)
    assert answer.status_code == 303


def test_a_number_that_no_row_can_have_is_no_page(
    app: Flask, client_of: Open, admin: Person, site: Stage
) -> None:
    client = client_of(admin)
    for rule, path in calls(app, "GET"):
        if any(name.endswith("_id") for name in rule.arguments):
            assert client.get(path.replace("/1", "/99999999999999999999")).status_code == 404, path

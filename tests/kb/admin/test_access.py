"""Who may open which page of the administration: closed to everybody without a role, whatever the route."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from kb.models import Article, Person, Role
from kb.views.admin.blueprint import CARETAKERS
from tests import factories
from tests.kb.admin.conftest import afresh

Open = Callable[[Person], FlaskClient]
FOR_EVERY_ROLE = {"admin.home"}


def routes(app: Flask) -> list[tuple[str, str, str]]:
    """(endpoint, method, path with ones for ids) of everything below /admin."""
    found = [
        (rule.endpoint, method, filled(rule))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/admin")
        for method in sorted((rule.methods or set()) & {"GET", "POST"})
    ]
    assert len(found) > 60
    return found


def filled(rule: Rule) -> str:
    """The rule's path with something in its places."""
    path = rule.rule
    for argument in rule.arguments:
        path = path.replace(f"<int:{argument}>", "1").replace(f"<{argument}>", "en")
    return path


def test_nobody_who_is_not_logged_in_gets_past_the_door(app: Flask, client: FlaskClient) -> None:
    for _endpoint, method, path in routes(app):
        answer = client.open(path, method=method)
        if method == "GET":
            assert (answer.status_code, answer.location) == (302, f"/login?next={path}"), path
        else:
            assert answer.status_code == 401, path


@pytest.mark.parametrize("part", ["customer", "outsider"])
def test_people_without_a_role_are_refused_everywhere(
    part: str, app: Flask, client_of: Open, request: pytest.FixtureRequest
) -> None:
    browser = client_of(request.getfixturevalue(part))
    for _endpoint, method, path in routes(app):
        assert browser.open(path, method=method).status_code == 403, path


def test_an_agent_opens_the_overview_and_nothing_else(app: Flask, client_of: Open, agent: Person) -> None:
    browser = client_of(agent)
    for endpoint, method, path in routes(app):
        expected = 200 if endpoint in FOR_EVERY_ROLE else 403
        assert browser.open(path, method=method).status_code == expected, path


@pytest.mark.parametrize("part", CARETAKERS)
def test_those_who_look_after_articles_are_refused_all_the_rest(
    part: str, app: Flask, client_of: Open, request: pytest.FixtureRequest
) -> None:
    browser = client_of(request.getfixturevalue(part))
    for endpoint, method, path in routes(app):
        if endpoint not in FOR_EVERY_ROLE and not endpoint.startswith("admin.article"):
            assert browser.open(path, method=method).status_code == 403, path


def test_every_route_says_who_may_use_it(app: Flask) -> None:
    for endpoint, _method, path in routes(app):
        access = getattr(app.view_functions[endpoint], "access", None)
        assert access in ({Role.ADMIN}, set(CARETAKERS), set(Role)), path


def test_an_author_cannot_delete(session: Session, client_of: Open, author: Person) -> None:
    made = factories.article(session, title="Roaming")
    session.commit()
    assert client_of(author).post(f"/admin/articles/{made.id}/delete").status_code == 403
    afresh(session)
    assert session.get(Article, made.id) is not None


def test_a_reviewer_cannot_change_properties_addresses_and_files(
    session: Session, client_of: Open, reviewer: Person
) -> None:
    made = factories.article(session, title="Roaming")
    session.commit()
    browser = client_of(reviewer)
    fields = {"kind": "wiki", "audience": "public", "topic": "0"}
    assert browser.post(f"/admin/articles/{made.id}", data=fields).status_code == 403
    assert browser.post(f"/admin/articles/{made.id}/slug/en", data={"slug": "other"}).status_code == 403
    afresh(session)
    assert (made.kind, made.translations[0].slug) == ("faq", "roaming")


def test_pages_of_the_administration_are_kept_by_no_cache(client_of: Open, admin: Person) -> None:
    assert client_of(admin).get("/admin/").headers["Cache-Control"] == "private, no-store"


def test_a_form_without_its_token_changes_nothing(app: Flask, client_of: Open, admin: Person) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    browser = client_of(admin)
    for endpoint, method, path in routes(app):
        if method == "POST":
            assert browser.post(path, data={"name": "x"}).status_code in {400, 403}, endpoint


@pytest.mark.parametrize("part", [str(role) for role in Role])
def test_the_navigation_shows_what_opens_and_nothing_else(
    part: str, client_of: Open, request: pytest.FixtureRequest
) -> None:
    browser = client_of(request.getfixturevalue(part))
    page = browser.get("/admin/").text
    for path in ("articles/", "topics/", "portals/", "people/", "keys/", "audit"):
        opens = browser.get(f"/admin/{path}").status_code == 200
        assert (f'href="/admin/{path}"' in page) == opens, path

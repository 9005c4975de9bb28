"""What operators ask: is it alive, is it ready, what are the figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from kb import logs
from kb.app import create_app
from kb.config import Config
from kb.context import Services
from kb.models import Person
from tests import factories
from tests.conftest import Clock
from tests.kb.stage import Page, Stage
from tests.kb.test_api import key_for

Open = Callable[[Person], FlaskClient]


@pytest.fixture
def unready(tmp_path: Path, clock: Clock) -> Iterator[Flask]:
    """An application whose database has no table yet."""
    config = Config(
        data=tmp_path, database_url=f"sqlite:///{tmp_path / 'empty.db'}", secret_key="a secret for tests"
    )
    made = create_app(config, clock=clock)
    yield made
    services: Services = made.extensions["kalauz"]
    services.database.engine.dispose()


def break_database(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every connection fail from here on, as when the server is gone."""

    def refused(*_arguments: object, **_named: object) -> None:
        raise OperationalError("connect", {}, Exception("secret-host refused the connection"))

    services.database.engine.dispose()
    monkeypatch.setattr(services.database.engine.pool, "connect", refused)


def test_a_process_that_answers_is_alive(client: FlaskClient) -> None:
    assert client.get("/healthz").get_json() == {"status": "ok"}


def test_it_is_ready_on_any_database(both_databases: str, client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.get_json()["status"] == "ok"


def test_it_says_how_far_behind_the_index_is(client: FlaskClient, session: Session, site: Stage) -> None:
    behind = client.get("/readyz").get_json()
    assert behind["behind"]["search"] == behind["journal"] > 0
    client.get("/help/en/search?q=roaming")
    behind = client.get("/readyz").get_json()["behind"]
    assert (behind["search"], behind["synonyms"]) == (0, 0)


def test_without_its_tables_it_is_alive_but_not_ready(unready: Flask) -> None:
    client = unready.test_client()
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json() == {"status": "not ready", "reason": "the database schema is not current"}


def test_with_an_older_schema_it_is_not_ready(client: FlaskClient, session: Session) -> None:
    session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    session.commit()
    assert client.get("/readyz").status_code == 503


def test_without_a_database_it_is_alive_but_not_ready(
    client: FlaskClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_database(services, monkeypatch)
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json() == {"status": "not ready", "reason": "the database does not answer"}


@pytest.mark.parametrize(
    "path", ["/", "/help/en/", "/help/hu/a/roaming-abroad", "/account", "/nowhere/at/all/here", "/login"]
)
def test_without_a_database_every_page_says_so_whoever_asks(
    app: Flask,
    client_of: Open,
    agent: Person,
    services: Services,
    site: Stage,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
) -> None:
    anonymous, known = app.test_client(), client_of(agent)
    assert known.get("/help/en/").status_code == 200
    break_database(services, monkeypatch)
    for client in (anonymous, known):
        answer = client.get(path, headers={"Accept-Language": "hu"})
        if answer.status_code == 503:
            page = Page(answer)
            assert "503" in page.words
            assert page.language == ("en" if path == "/help/en/" else "hu")
        else:
            assert (answer.status_code, path) in {
                (404, "/nowhere/at/all/here"),
                (200, "/login"),
                (302, "/account"),
            }
        assert "secret-host" not in answer.text
    problem = anonymous.get("/api/v1/articles")
    assert (problem.status_code, problem.mimetype) == (503, "application/problem+json")


def test_it_comes_back_with_the_database(client: FlaskClient, services: Services, site: Stage) -> None:
    with pytest.MonkeyPatch.context() as broken:
        break_database(services, broken)
        assert client.get("/help/en/").status_code == 503
    assert client.get("/help/en/").status_code == 200


def test_the_figures_need_a_key_for_them(
    client: FlaskClient, client_of: Open, session: Session, agent: Person
) -> None:
    assert client.get("/metrics").status_code == 302
    assert client_of(agent).get("/metrics").status_code == 403
    assert client.get("/metrics", headers=key_for(session, "public")).status_code == 403
    answer = client.get("/metrics", headers=key_for(session, "public", scopes=("metrics",)))
    assert answer.status_code == 200
    assert answer.mimetype == "text/plain"


def test_the_figures_count_requests_by_route_and_not_by_address(
    client: FlaskClient, client_of: Open, session: Session, admin: Person
) -> None:
    factories.portal(session)
    session.commit()
    for address in ("/help/en/", "/help/hu/", "/no/such/page/x-made-up", "/made-up/en/"):
        client.get(address)
    figures = client_of(admin).get("/metrics").text
    assert 'kalauz_requests_total{endpoint="portal.home",status="200"}' in figures
    assert 'kalauz_requests_total{endpoint="none",status="404"}' in figures
    assert "kalauz_request_seconds_bucket" in figures
    assert "made-up" not in figures


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_what_a_client_sends_cannot_forge_a_line_of_the_log(log_format: str) -> None:
    configured = structlog.get_config()
    try:
        logs.configure(log_format, "info")
        write = structlog.get_config()["processors"][-1]
        line = write(
            None, "info", {"event": "request", "path": "/x\n2026-01-01 [info] login person=1\x1b[31m\r"}
        )
    finally:
        structlog.configure(**configured)
    assert "login" in line
    assert not {"\n", "\r", "\x1b"} & set(line)

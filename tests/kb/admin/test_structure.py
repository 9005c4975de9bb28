"""Audiences, snippets, outside values and dynamic folders, as an administrator keeps them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.config import Config
from kb.context import Services
from kb.models import ApiKey, Audience, AuditEntry, ExternalSource, Folder, Person, Snippet
from tests import factories
from tests.conftest import START
from tests.kb.admin.conftest import afresh, hidden, words

Open = Callable[[Person], FlaskClient]
EMPTY = {"names_hu": "", "names_sv": "", "names_ru": ""}
Changes = Callable[[str], list[AuditEntry]]


# Audiences


def test_an_audience_made_of_a_group_opens_its_articles_to_the_members(
    desk: FlaskClient, client_of: Open, session: Session, customer: Person, outsider: Person
) -> None:
    group = factories.group(session, members=[customer])
    session.commit()
    fields = {"key": "legal", "names_en": "Legal", "names_hu": "Jog", "groups": [str(group.id)]}
    assert desk.post("/admin/audiences/new", data=fields).status_code == 303
    factories.article(session, title="Secret terms", audience="legal")
    factories.portal(session, audiences=["public", "legal"])
    session.commit()
    assert client_of(customer).get("/help/en/key/roaming").status_code == 302
    assert client_of(outsider).get("/help/en/key/roaming").status_code == 404


def test_a_built_in_audience_keeps_everything_but_its_names(desk: FlaskClient, session: Session) -> None:
    built_in = session.scalars(select(Audience).where(Audience.key == "customer")).one()
    group = factories.group(session)
    session.commit()
    address = f"/admin/audiences/{built_in.id}"
    assert (
        desk.post(address, data={**EMPTY, "names_en": "Buyers", "groups": [str(group.id)]}).status_code == 303
    )
    afresh(session)
    assert (built_in.names, built_in.groups) == ({"en": "Buyers"}, [])
    answer = desk.post(f"{address}/delete")
    assert answer.status_code == 409
    assert "This audience is built in" in words(answer)


@pytest.mark.parametrize("use", ["article", "portal", "entry", "folder", "key"])
def test_an_audience_in_use_cannot_be_deleted(use: str, desk: FlaskClient, session: Session) -> None:
    made = factories.audience(session, "legal")
    match use:
        case "article":
            factories.article(session, audience="legal")
        case "portal":
            factories.portal(session, audiences=["public", "legal"])
        case "entry":
            factories.portal(session, entry_audience="legal")
        case "folder":
            factories.folder(session, audience="legal")
        case "key":
            session.add(
                ApiKey(name="IVR", prefix="p", secret_hash="h", audiences=["legal"], created_at=START)
            )
    session.commit()
    answer = desk.post(f"/admin/audiences/{made.id}/delete")
    assert answer.status_code == 409
    assert "This audience is in use" in words(answer)
    assert "In use by:" in words(desk.get(f"/admin/audiences/{made.id}"))


def test_an_audience_that_nothing_uses_is_deleted(
    desk: FlaskClient, session: Session, changes: Changes
) -> None:
    made = factories.audience(session, "legal", groups=[factories.group(session)])
    session.add(
        ApiKey(name="I", prefix="p", secret_hash="h", audiences=["legal"], created_at=START, revoked_at=START)
    )
    session.commit()
    assert desk.post(f"/admin/audiences/{made.id}/delete").status_code == 303
    entry = changes("audience")[-1]
    assert (entry.action, entry.subject, entry.before["names"]["en"]) == ("deleted", "legal", "Legal")


# Snippets


def test_a_snippet_changes_the_articles_that_take_it_in(
    desk: FlaskClient, client: FlaskClient, session: Session
) -> None:
    fields = {"key": "hours", "bodies_en": "From **8** to 20.", "bodies_hu": "8-tól 20-ig."}
    assert desk.post("/admin/snippets/new", data=fields).status_code == 303
    afresh(session)
    made = session.scalars(select(Snippet)).one()
    factories.article(session, body="Open: {{snippet:hours}}")
    factories.portal(session)
    session.commit()
    assert "Open: From 8 to 20." in words(client.get("/help/en/a/roaming"))
    page = words(desk.get(f"/admin/snippets/{made.id}"))
    assert "Taken in by Roaming en" in page
    assert desk.post(f"/admin/snippets/{made.id}", data={"bodies_en": "Always."}).status_code == 303
    assert "Open: Always." in words(client.get("/help/en/a/roaming"))


def test_a_snippet_that_is_taken_in_cannot_be_deleted(desk: FlaskClient, session: Session) -> None:
    hours = factories.snippet(session, "hours")
    longer = factories.snippet(session, "hours-and-days", en="Daily: {{ snippet:hours }} {{snippet:hours}}")
    made = factories.article(session, body="See {{snippet:hours-and-days}}.")
    session.commit()
    answer = desk.post(f"/admin/snippets/{longer.id}/delete")
    assert answer.status_code == 409
    assert "It is taken in by roaming" in words(answer)
    answer = desk.post(f"/admin/snippets/{hours.id}/delete")
    assert "It is taken in by hours-and-days" in words(answer)
    factories.revision(session, made, body="No more.")
    session.commit()
    assert desk.post(f"/admin/snippets/{longer.id}/delete").status_code == 303
    assert desk.post(f"/admin/snippets/{hours.id}/delete").status_code == 303


def test_an_empty_or_endless_snippet_is_refused_with_its_text_kept(
    desk: FlaskClient, session: Session
) -> None:
    empty = desk.post("/admin/snippets/new", data={"key": "hours", "bodies_en": " "})
    assert (empty.status_code, "Write it in at least one language." in words(empty)) == (422, True)
    endless = desk.post(
        "/admin/snippets/new", data={"key": "hours", "bodies_en": "Daily", "bodies_hu": "x" * 20_001}
    )
    assert (endless.status_code, "Use at most 20000 characters." in words(endless)) == (422, True)
    assert "Daily</textarea>" in endless.text
    assert session.scalar(select(Snippet)) is None


# Outside values


class Outside(BaseHTTPRequestHandler):
    """A system that says its prices, except when it is asked at /down."""

    def do_GET(self) -> None:
        body = json.dumps({"prices": {"pass": "4.90"}}).encode()
        self.send_response(503 if self.path == "/down" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def host() -> Iterator[str]:
    """Where an outside system listens."""
    server = HTTPServer(("127.0.0.1", 0), Outside)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def config(config: Config, host: str) -> Config:
    """Settings that let the outside system be asked."""
    return replace(config, external_hosts=frozenset({host}))


def test_a_source_is_asked_and_shows_what_it_said(
    desk: FlaskClient, session: Session, host: str, changes: Changes
) -> None:
    fields = {"key": "tariffs", "url": f"http://{host}/prices", "ttl_s": "60"}
    assert desk.post("/admin/sources/new", data=fields).status_code == 303
    afresh(session)
    made = session.scalars(select(ExternalSource)).one()
    assert "It has not been asked yet." in words(desk.get(f"/admin/sources/{made.id}"))
    answer = desk.post(f"/admin/sources/{made.id}/ask", follow_redirects=True)
    assert "tariffs answered." in words(answer)
    assert '"pass": "4.90"' in words(answer)
    assert [entry.after["url"] for entry in changes("external_source")] == [f"http://{host}/prices"]


def test_a_source_that_does_not_answer_says_why(desk: FlaskClient, session: Session, host: str) -> None:
    made = factories.source(session, "tariffs", f"http://{host}/down")
    session.commit()
    answer = words(desk.post(f"/admin/sources/{made.id}/ask", follow_redirects=True))
    assert "tariffs did not answer" in answer
    assert "503" in answer
    assert "No answer" in words(desk.get("/admin/sources/"))


def test_a_new_address_forgets_what_the_old_one_said(desk: FlaskClient, session: Session, host: str) -> None:
    made = factories.source(session, "tariffs", f"http://{host}/prices")
    session.commit()
    desk.post(f"/admin/sources/{made.id}/ask")
    seen = hidden(desk.get(f"/admin/sources/{made.id}"), "version")
    fields = {"url": f"http://{host}/other", "ttl_s": "60", "version": seen}
    assert desk.post(f"/admin/sources/{made.id}", data=fields).status_code == 303
    afresh(session)
    assert (made.value, made.fetched_at, made.tried_at, made.ttl_s) == (None, None, None, 60)


@pytest.mark.parametrize("url", ["http://example.com/x", "ftp://127.0.0.1/x", "http://user@127.0.0.1/x"])
def test_only_hosts_of_the_operator_may_be_named(url: str, desk: FlaskClient, session: Session) -> None:
    answer = desk.post("/admin/sources/new", data={"key": "tariffs", "url": url, "ttl_s": "60"})
    assert answer.status_code == 422
    assert f'value="{url}"' in answer.text
    assert 'id="url-error"' in answer.text
    assert session.scalar(select(ExternalSource)) is None


def test_a_source_that_is_shown_cannot_be_deleted(desk: FlaskClient, session: Session, host: str) -> None:
    made = factories.source(session, "tariffs", f"http://{host}/prices")
    other = factories.source(session, "tar", f"http://{host}/prices")
    factories.article(session, body="It costs {{ext:tariffs.prices.pass}}.")
    session.commit()
    answer = desk.post(f"/admin/sources/{made.id}/delete")
    assert answer.status_code == 409
    assert "Its values are shown by roaming" in words(answer)
    assert desk.post(f"/admin/sources/{other.id}/delete").status_code == 303


# Dynamic folders


def test_a_folder_shows_beside_the_topics_at_once(
    desk: FlaskClient, client: FlaskClient, session: Session
) -> None:
    factories.portal(session, features=["folders"])
    factories.article(session, kind="faq")
    session.commit()
    fields = {
        "key": "faqs",
        "names_en": "Questions",
        "query": "kind:faq",
        "audience": "public",
        "position": "3",
    }
    answer = desk.post("/admin/folders/new", data=fields, follow_redirects=True)
    assert 'href="/help/en/folders/faqs"' in answer.text
    assert client.get("/help/en/folders/faqs").status_code == 200
    afresh(session)
    made = session.scalars(select(Folder)).one()
    assert (made.names, made.query, made.position) == ({"en": "Questions"}, "kind:faq", 3)
    assert desk.post(f"/admin/folders/{made.id}/delete").status_code == 303
    assert client.get("/help/en/folders/faqs").status_code == 404


def test_a_folder_without_name_and_query_is_refused(desk: FlaskClient, session: Session) -> None:
    answer = desk.post("/admin/folders/new", data={"key": "faqs", "query": "kind:faq", "position": "3"})
    assert answer.status_code == 422
    assert "Give a name in at least one language." in words(answer)
    assert 'value="kind:faq"' in answer.text
    assert desk.post("/admin/folders/new", data={"key": "faqs", "names_en": "Q"}).status_code == 422
    assert session.scalar(select(Folder)) is None


def test_two_who_edit_one_folder_do_not_undo_each_other(
    desk: FlaskClient, session: Session, app: Flask, services: Services
) -> None:
    made = factories.folder(session)
    session.commit()
    fields = {"names_en": "New", "query": "kind:wiki", "audience": "public", "position": "0"}
    fields["version"] = hidden(desk.get(f"/admin/folders/{made.id}"), "version")
    assert desk.post(f"/admin/folders/{made.id}", data=fields).status_code == 303
    assert desk.post(f"/admin/folders/{made.id}", data={**fields, "query": "kind:faq"}).status_code == 409
    afresh(session)
    assert made.query == "kind:wiki"

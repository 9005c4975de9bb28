"""Requests of customers: what they read and answered goes along, and nobody gets in by them."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from authoring.models import Mail
from kb.models import Person
from routing import contacts, floor, replies
from routing.hours import Hours, Span
from routing.models import Contact, ContactEvent, Queue
from tests import factories
from tests.conftest import START, Clock
from tests.kb.stage import Stage
from tests.routing import stage
from widgets.requests import asking
from widgets.requests.guard import TRAP
from widgets.requests.models import HelpRequest, RequestFile
from widgets.requests.slots import FARTHEST, LONGEST_CALL, SOONEST, slots

Open = Callable[[Person], FlaskClient]

PAGE, PART = "/help/en/requests/new", "/embed/v1/help/en/ask"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63606060000000040001f61738"
    "550000000049454e44ae426082"
)
RIGHT = {
    "question": "My <b>phone</b> is silent",
    "kind": "message",
    "email": "anna@example.com",
    "agreed": "y",
}


@pytest.fixture
def floor_(session: Session, site: Stage) -> None:
    """A queue with an agent."""
    stage.queue(session)
    stage.agent(session, capacity={"web": 2, "callback": 1})
    session.commit()


def filled(client: FlaskClient, clock: Clock, path: str = PAGE, **given: Any) -> TestResponse:
    """Fill the form in as a person does, and send it."""
    shown = client.get(path)
    stamp = re.search(r'name="stamp"[^>]*value="([^"]+)"', shown.text)
    assert stamp, shown.text
    clock.advance(seconds=5)
    fields = {"stamp": stamp[1], **RIGHT, **given}
    return client.post(path, data={name: value for name, value in fields.items() if value is not None})


def only(session: Session) -> HelpRequest:
    session.rollback()
    return session.scalars(select(HelpRequest)).one()


def none_came(session: Session) -> bool:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Contact)) == 0


@pytest.mark.parametrize("path", [PAGE, PART])
def test_a_request_becomes_a_contact_with_all_that_was_read(
    session: Session, client: FlaskClient, clock: Clock, site: Stage, floor_: None, path: str
) -> None:
    factories.article(session, "secret", title="For agents", audience="agent", topics=[site.phones])
    session.commit()
    sent = filled(client, clock, path, read="roaming,secret,nothing", name=" Anna  Berg ")
    assert sent.status_code == 303
    made = only(session)
    contact = made.contact
    assert (contact.channel, contact.portal, contact.address) == ("web", "help", "anna@example.com")
    assert (contact.question, contact.language, made.name) == (RIGHT["question"], "en", "Anna Berg")
    tried = select(ContactEvent.said).where(ContactEvent.kind == "tried")
    assert [said["key"] for said in session.scalars(tried)] == ["roaming"]
    shown = client.get(sent.location).text
    assert made.number in shown
    assert "<b>phone" not in shown
    assert re.fullmatch(r"[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}", made.number)


def test_a_call_waits_for_its_time_and_is_offered_then(
    session: Session, client: FlaskClient, clock: Clock, floor_: None
) -> None:
    times = re.findall(r'<option value="(2026[^"]+)"', client.get(PAGE).text)
    sent = filled(client, clock, kind="call", email=None, phone="+36 1 234 5678", call_at=times[1])
    assert sent.status_code == 303
    made = only(session)
    assert made.call_at == datetime.fromisoformat(times[1])
    assert (made.contact.channel, made.contact.waited_from) == ("callback", made.call_at)
    assert floor.round_(session, clock()) == []
    assert "at the time that you chose" in client.get(sent.location).text
    assert [match.contact for match in floor.round_(session, made.call_at)] == [made.contact_id]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"question": ""}, "question"),
        ({"question": "x" * 4001}, "question"),
        ({"email": ""}, "email"),
        ({"email": "nobody"}, "email"),
        ({"agreed": None}, "agreed"),
        ({"kind": "call", "phone": ""}, "phone"),
        ({"kind": "call", "phone": "call me"}, "phone"),
        ({"kind": "call", "phone": "+3612345678", "call_at": "2026-03-08T03:00:00+00:00"}, "call_at"),
        ({"kind": "call", "phone": "+3612345678", "call_at": "never"}, "call_at"),
        ({"kind": "smoke"}, "kind"),
        ({"name": "n" * 201}, "name"),
    ],
)
@pytest.mark.parametrize("path", [PAGE, PART])
def test_what_is_missing_is_said_beside_its_field_and_nothing_is_lost(
    session: Session,
    client: FlaskClient,
    clock: Clock,
    floor_: None,
    path: str,
    given: dict[str, str],
    field: str,
) -> None:
    queue = session.scalars(select(Queue)).one()
    queue.hours = {"zone": "UTC", "week": [[[540, 1020]]] * 5 + [[], []], "days": {}, "country": ""}
    session.commit()
    refused = filled(client, clock, path, **given)
    assert refused.status_code == 422
    assert f'id="{field}-error"' in refused.text
    if field != "question":
        assert "My &lt;b&gt;phone&lt;/b&gt; is silent" in refused.text
    assert none_came(session)


def test_programs_that_fill_forms_in_are_refused(
    session: Session, client: FlaskClient, clock: Clock, floor_: None
) -> None:
    assert filled(client, clock, **{TRAP: "https://spam.example"}).status_code == 422
    assert filled(client, clock, stamp="made-up").status_code == 422
    assert filled(client, clock, stamp="").status_code == 422
    stamp = re.search(r'name="stamp"[^>]*value="([^"]+)"', client.get(PAGE).text)[1]  # type: ignore[index]
    assert client.post(PAGE, data={**RIGHT, "stamp": stamp}).status_code == 422
    clock.advance(days=2)
    assert client.post(PAGE, data={**RIGHT, "stamp": stamp}).status_code == 422
    assert none_came(session)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bill.html", b"<script>alert(1)</script>"),
        ("bill.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
        ("bill.exe", b"MZ\x90\0"),
        ("bill.pdf", b"MZ\x90\0"),
        ("bill.docx", b"PK\x03\x04"),
        ("bill.zip", b"PK\x05\x06" + b"\0" * 18),
        ("bill.png", b"\x89PNG\r\n\x1a\n"),
        ("bill.txt", b""),
        ("bill.txt", b"a\0b"),
    ],
)
def test_a_file_that_is_not_harmless_is_refused(
    session: Session, client: FlaskClient, clock: Clock, floor_: None, name: str, content: bytes
) -> None:
    refused = filled(client, clock, files=(io.BytesIO(content), name))
    assert refused.status_code == 422
    assert 'id="files-error"' in refused.text
    assert none_came(session)


def test_a_file_too_many_or_too_large_is_refused(
    session: Session,
    client: FlaskClient,
    clock: Clock,
    floor_: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    many = [(io.BytesIO(PNG), f"screen{number}.png") for number in range(4)]
    assert filled(client, clock, files=many).status_code == 422
    monkeypatch.setattr(asking, "LARGEST_FILE", len(PNG) - 1)
    assert filled(client, clock, files=(io.BytesIO(PNG), "screen.png")).status_code == 422
    assert none_came(session)


def test_files_go_to_the_desk_and_nobody_else_gets_them(
    session: Session,
    client: FlaskClient,
    client_of: Open,
    agent: Person,
    outsider: Person,
    clock: Clock,
    floor_: None,
) -> None:
    sent = filled(client, clock, PART, files=(io.BytesIO(PNG), "../../etc/screen<1>.png"))
    assert sent.status_code == 303
    kept = session.scalars(select(RequestFile)).one()
    assert (kept.filename, kept.media_type, kept.size) == ("screen_1_.png", "image/png", len(PNG))
    path = f"/agent/requests/files/{kept.id}"
    got = client_of(agent).get(path)
    assert got.data == PNG
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in got.headers["Content-Security-Policy"]
    assert client_of(outsider).get(path).status_code == 403
    assert client.get(path).status_code == 302
    panel = client_of(agent).get(f"/agent/parts/contacts/{only(session).contact_id}").text
    assert path in panel
    assert only(session).number in panel


def test_nobody_finds_the_request_of_somebody_else(
    session: Session, client: FlaskClient, clock: Clock, floor_: None
) -> None:
    filled(client, clock)
    made = only(session)
    for token in ("1", str(made.id), made.number, made.token[:-1], "x" * 22, "%00"):
        assert client.get(f"/help/en/requests/{token}").status_code == 404
    for number, email, status in (
        (made.number, "anna@example.com", 303),
        (made.number.lower().replace("-", " "), "Anna@Example.com", 303),
        (made.number, "eve@example.com", 404),
        (made.number, "", 404),
        ("AAAA-AAAA", "anna@example.com", 404),
        ("", "", 404),
    ):
        found = client.post("/help/en/requests/", data={"number": number, "email": email})
        assert found.status_code == status
    factories.portal(session, "other")
    session.commit()
    assert client.get(f"/other/en/requests/{made.token}").status_code == 404


def test_the_run_of_somebody_else_does_not_come_along(
    session: Session, client: FlaskClient, client_of: Open, agent: Person, clock: Clock, floor_: None
) -> None:
    from tests.cbr.stage import phones, solved

    solved(session, phones(session), "Switch roaming on.", abroad=True)
    session.commit()
    theirs = client_of(agent).post("/api/v1/runs", json={"case_type": "phones"}).get_json()["run"]["id"]
    filled(client, clock, run=theirs)
    assert only(session).contact.run_id == ""
    session.delete(only(session).contact)
    session.commit()
    own = client.post("/embed/v1/help/en/guided/", data={"case_type": "phones"}).location.rpartition("/")[2]
    filled(client, clock, run=own)
    assert only(session).contact.run_id == own


def test_an_answer_is_read_behind_the_link_and_a_mail_leads_there(
    session: Session, client: FlaskClient, agent: Person, clock: Clock, floor_: None
) -> None:
    sent = filled(client, clock)
    contact = only(session).contact
    by = factories.viewer(session, agent)
    contacts.take_over(session, contact, by=by, now=clock())
    session.commit()
    assert "working on it" in client.get(sent.location).text
    replies.keep(session, contact, "Switch it **on** <script>", articles=[], cases=[], by=by, now=clock())
    replies.send(session, contact, by=by, now=clock())
    session.commit()
    shown = client.get(sent.location).text
    assert "<strong>on</strong>" in shown
    assert "on</strong> <script" not in shown
    assert session.scalars(select(Mail)).all() == []  # mail is not set up here


def test_where_nobody_takes_requests_there_is_no_form(
    session: Session, client: FlaskClient, site: Stage
) -> None:
    for path in (PAGE, PART, "/help/en/requests/"):
        assert client.get(path).status_code == 404
    stage.queue(session)
    factories.portal(session, "quiet", features=["search"])
    session.commit()
    assert client.get("/quiet/en/requests/new").status_code == 404
    assert "Still need help?" not in client.get("/embed/v1/quiet/en/home").text
    assert "Still need help?" in client.get("/embed/v1/help/en/home").text


def test_a_contact_that_is_forgotten_takes_its_request_along(
    session: Session, client: FlaskClient, clock: Clock, floor_: None
) -> None:
    filled(client, clock, files=(io.BytesIO(PNG), "screen.png"))
    session.delete(only(session).contact)
    session.commit()
    assert session.scalars(select(HelpRequest)).all() == []
    assert session.scalars(select(RequestFile.id)).all() == []


OFFICE = Hours("Europe/Budapest", ((Span(540, 1020),),) * 5 + ((), ()))


@given(minutes=st.integers(0, 60 * 24 * 300))
def test_calls_are_offered_at_full_hours_within_the_week_when_somebody_is_there(minutes: int) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    found = slots(OFFICE, now)
    assert found == sorted(set(found))
    assert found
    for at in found:
        there = at.astimezone(ZoneInfo("Europe/Budapest"))
        assert (there.minute, there.weekday() < 5, 9 <= there.hour < 17) == (0, True, True)
        assert now + SOONEST <= at <= now + FARTHEST
        assert OFFICE.between(at, at + LONGEST_CALL) == LONGEST_CALL


def test_where_nobody_is_ever_there_no_call_is_offered() -> None:
    assert slots(Hours("UTC", ((),) * 7), START) == []

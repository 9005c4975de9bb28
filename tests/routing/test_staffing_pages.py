"""The page of staffing: a table is uploaded, the settings stay in the address, and a day is played."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from cbr import background
from kb.context import Services
from kb.errors import Sentence
from kb.models import Person
from kb.permissions import SYSTEM
from routing.staffing import records
from routing.staffing.models import ArrivalRecord
from routing.staffing.playing import SUBJECT
from tests.conftest import START
from tests.kb.admin.conftest import words
from tests.routing import stage

Open = Callable[[Person], FlaskClient]
TABLE = b"time,calls\n8:00,60\n8:30,90\n9:00,oops\n"
ADDRESS = "/routing/staffing"


@pytest.fixture
def client(client_of: Open, supervisor: Person) -> FlaskClient:
    return client_of(supervisor)


def upload(client: FlaskClient, data: bytes) -> str:
    """The address that the upload leads to."""
    sent = {"file": (io.BytesIO(data), "calls.csv")}
    return client.post(f"{ADDRESS}?level=90", data=sent).headers.get("Location", "")


def test_an_uploaded_table_is_planned_with_and_its_bad_lines_are_named(client: FlaskClient) -> None:
    leads_to = upload(client, TABLE)
    assert leads_to.startswith(f"{ADDRESS}?level=90&source=")
    page = words(client.get(leads_to))
    assert "1 line was left out. Line 4" in page
    assert "A number of at least 0 belongs here." in page
    assert "08:30" in page
    table = client.get(leads_to.replace("staffing?", "staffing/needs.csv?")).text.splitlines()
    assert len(table) == 3
    assert table[2].startswith("08:30,90.0000,12.0000,")


def test_settings_that_make_no_sense_are_mended_beside_their_fields(client: FlaskClient) -> None:
    answer = client.get(f"{ADDRESS}?handling=soon&level=100&groups=70,-1&within=&endpoint=x&_external=1")
    assert answer.status_code == 422
    assert answer.text.count('aria-invalid="true"') == 4
    assert 'value="soon"' in answer.text
    assert client.post(f"{ADDRESS}/play?handling=soon").status_code == 422
    assert client.get(f"{ADDRESS}/needs.csv?handling=soon").status_code == 404
    refused = client.post(ADDRESS, data={"file": (io.BytesIO(b"nothing"), "x.csv")})
    assert refused.status_code == 422
    assert "needs a column of times" in words(refused)


def test_a_day_is_played_beside_the_formula_once_for_the_same_settings(
    client: FlaskClient, services: Services, session: Session
) -> None:
    leads_to = upload(client, TABLE)
    play = leads_to.replace("staffing?", "staffing/play?") + "&groups=50,50&overflow=30&patience=2:00"
    assert client.post(play).status_code == 303
    assert client.post(play).status_code == 303  # goes on already
    assert "The day is being played." in words(client.get(leads_to))
    assert len(background.do_waiting(services, lambda id_: background.do(services, id_))) == 1
    shown = leads_to + "&groups=50,50&overflow=30&patience=2:00"
    assert "differs by more" in words(client.get(shown))
    assert "differs by more" not in words(client.get(leads_to))
    session.rollback()
    work = background.newest(session, "staffing", SUBJECT)
    assert work is not None
    assert work.result is not None
    assert [line["name"] for line in work.result["lines"]] == ["1", "2", ""]


def test_the_own_contacts_of_the_last_weeks_are_counted_where_they_came(session: Session) -> None:
    stage.queue(session)
    stage.queue(session, "fibre")
    for key, ago in (("a", timedelta()), ("b", timedelta(minutes=1)), ("c", timedelta(weeks=9))):
        stage.bring(session, key, now=START - ago)
    stage.bring(session, "d", channel="mail")
    stage.bring(session, "e", queue="fibre")
    session.flush()
    every, fibre = records.own(session, START, "UTC"), records.own(session, START, "UTC", "fibre")
    assert sum(sum(day.values()) for day in every.days.values()) == 3
    assert sum(sum(day.values()) for day in fibre.days.values()) == 1


def test_only_the_newest_files_are_kept_with_what_was_wrong_in_them(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "KEPT", 2)
    for number in range(3):
        records.take(session, TABLE, f"{number}.csv", by=SYSTEM, now=START)
    assert [name for _, name in records.every(session)] == ["2.csv", "1.csv"]
    kept = session.get_one(ArrivalRecord, records.every(session)[0][0])
    assert records.counts_of(kept).days == {"": {480: 60.0, 510: 90.0}}
    (line, column, sentence), *_ = records.faults_of(kept)
    assert (line, column) == (4, "calls")
    assert isinstance(sentence, Sentence)


def test_whoever_does_not_direct_sees_none_of_it(client_of: Open, agent: Person, customer: Person) -> None:
    for person in (agent, customer):
        assert client_of(person).get(ADDRESS).status_code == 403
        assert client_of(person).post(f"{ADDRESS}/play").status_code == 403

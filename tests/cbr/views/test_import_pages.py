"""The steps of an import on pages: guessed, corrected, looked at, taken in whole or not at all."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from cbr import background, import_work
from cbr.case_type import CaseType, Kind
from cbr.case_types import by_key, schema_of
from cbr.models import Case, CaseTypeRow
from cbr.similarity import Linear
from cbr.views.import_files import WaitingFiles
from kb.context import Services
from kb.jobs import run_due
from kb.models import Person
from tests.cbr.stage import phones
from tests.conftest import Clock
from tests.kb.stage import Page

Open = Callable[[Person], FlaskClient]
HEADING = ["id", "abroad", "signal", "used_gb", "complaint", "solution"]
ROWS = [
    ["c1", "yes", "poor", "3,5", "No service abroad since yesterday", "Roam."],
    ["c2", "no", "good", "4", "The bill is too high this month", "Pay."],
    ["c3", "no", "none", "", "Nothing works in the cellar", "Roam."],
]


@pytest.fixture
def shaper(client_of: Open, specialist: Person) -> FlaskClient:
    return client_of(specialist)


def table(rows: list[list[str]], heading: list[str] | None = None) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([heading or HEADING, *rows])
    return out.getvalue().encode()


def upload(client: FlaskClient, data: bytes, **fields: Any) -> TestResponse:
    told = {"type": "", "name": "Phones", "language": "en", "audience": "", "state": "solved"} | fields
    return client.post("/cases/import", data=told | {"file": (io.BytesIO(data), "phones.csv")})


def uses(page: TestResponse, **changed: str) -> dict[str, str]:
    """What stands in the form of the columns, but what is changed."""
    shown = Page(page)
    data = {one["name"]: one["value"] for one in shown.all("input") if "-" in one.get("name", "")}
    name = ""
    for tag, held in shown.tags:
        name = held["name"] if tag == "select" else name
        if tag == "option" and "selected" in held:
            data[name] = held["value"]
    return data | changed


def begun(client: FlaskClient, data: bytes, changed: dict[str, str] | None = None, **fields: Any) -> str:
    """The address of the last step, after the columns were confirmed as they were guessed."""
    columns = upload(client, data, **fields).location
    page = client.get(columns)
    assert page.status_code == 200
    return str(client.post(columns, data=uses(page, **changed or {})).location)


def kept(session: Session) -> int:
    """How many cases there are by now."""
    session.rollback()
    return session.scalar(select(func.count(Case.id))) or 0


def made(session: Session) -> CaseType:
    """What the case type is by now."""
    session.rollback()
    return schema_of(by_key(session, "phones"))


def taken_in(client: FlaskClient, services: Services, look: str) -> Page:
    """What the report says when the work is done."""
    report = client.post(look).location
    done(services)
    return Page(client.get(report))


def done(services: Services) -> None:
    """Do here and now what a server does beside its pages."""
    background.do_waiting(services, lambda id_: background.do(services, id_))


def test_a_table_becomes_a_case_type_and_cases(
    shaper: FlaskClient, services: Services, session: Session
) -> None:
    look = begun(shaper, table(ROWS))
    words = Page(shaper.get(look)).words
    assert "New cases 3 To be confirmed" in words
    assert "No service abroad since yesterday Roam. yes poor 3.5 GB" in words
    assert kept(session) == 0
    assert "The table is in: 3 new cases." in taken_in(shaper, services, look).words
    schema = made(session)
    assert [(one.key, one.kind) for one in schema.attributes] == [
        ("abroad", Kind.BOOLEAN),
        ("signal", Kind.ORDINAL),
        ("used_gb", Kind.NUMBER),
    ]
    case = session.scalars(select(Case).where(Case.key == "c1")).one()
    assert (case.problem, case.solution) == ("No service abroad since yesterday", "Roam.")


def test_what_was_guessed_wrong_is_corrected(
    shaper: FlaskClient, services: Services, session: Session
) -> None:
    changed = {"kind-2": "category", "key-2": "bars", "name-2": "Bars", "role-3": "out", "role-0": "out"}
    taken_in(shaper, services, begun(shaper, table(ROWS), changed))
    schema = made(session)
    assert [(one.key, one.kind, one.name("en")) for one in schema.attributes] == [
        ("abroad", Kind.BOOLEAN, "Abroad"),
        ("bars", Kind.CATEGORY, "Bars"),
    ]


def test_a_table_goes_into_a_case_type_that_is_there(
    shaper: FlaskClient, services: Services, session: Session
) -> None:
    phones(session)
    session.commit()
    look = begun(shaper, table(ROWS), {"key-3": "used", "role-3": "fact"}, type="phones", name="")
    assert "is taken without it" not in Page(shaper.get(look)).words
    taken_in(shaper, services, look)
    session.rollback()
    case = session.scalars(select(Case).where(Case.key == "c1")).one()
    assert case.facts == {"abroad": True, "signal": "poor", "used": 3.5}
    assert session.scalars(select(CaseTypeRow)).one().version == 1
    again = begun(shaper, table(ROWS), {"key-3": "used", "role-3": "fact"}, type="phones", name="")
    assert "New cases 0" in Page(shaper.get(again)).words
    assert "In already 3" in Page(shaper.get(again)).words


def test_a_kind_that_does_not_fit_shows_with_line_column_and_reason_before_anything_is_kept(
    shaper: FlaskClient,
) -> None:
    rows = [
        *ROWS,
        ["c4", "maybe", "good", "1", "Odd things happen", "Wait."],
        ["c5", "a", "b", "c", "d", "e", "f"],
    ]
    look = begun(shaper, table(rows), {"kind-1": "boolean"})
    words = Page(shaper.get(look)).words
    assert "5 abroad Write yes or no, not maybe. is taken without it" in words
    assert "6 – This row has more columns than the heading; it was left out. is left out" in words


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "This is no table of texts."),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "This is no table of texts."),
        (b"id,abroad\n", "There are headings in it, and no rows below them."),
        ((",".join(map(str, range(600))) + "\n1\n").encode(), "A table has at most 500 columns."),
    ],
)
def test_a_file_that_is_no_table_is_refused_beside_its_field(
    shaper: FlaskClient, content: bytes, sentence: str
) -> None:
    page = upload(shaper, content, name="My phones")
    assert page.status_code == 422
    assert sentence in Page(page).words
    assert Page(page).all("input", name="name", value="My phones")


def test_a_form_without_a_file_or_a_name_says_so(shaper: FlaskClient, session: Session) -> None:
    page = shaper.post("/cases/import", data={"name": "x", "language": "en", "state": "solved"})
    assert (page.status_code, "Choose a file first." in Page(page).words) == (422, True)
    page = upload(shaper, table(ROWS), name="")
    assert (page.status_code, "Give the new case type a name." in Page(page).words) == (422, True)
    phones(session)
    session.commit()
    page = upload(shaper, table(ROWS))
    assert (page.status_code, "There is a case type phones already." in Page(page).words) == (422, True)


def test_a_file_beyond_the_limit_is_refused(app: Flask, shaper: FlaskClient) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 1000
    assert upload(shaper, b"a,b\n" * 1000).status_code == 413


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"key-1": "Not A Key"}, "A key has small letters"),
        ({"key-1": "signal"}, "Two columns are for signal."),
        ({"role-1": "key"}, "Another column is for this already."),
        (dict.fromkeys([f"role-{number}" for number in range(5)], "out"), "Choose at least one column"),
    ],
)
def test_columns_that_cannot_be_are_named_and_all_stays_typed(
    shaper: FlaskClient, changed: dict[str, str], sentence: str
) -> None:
    columns = upload(shaper, table(ROWS)).location
    page = shaper.post(columns, data=uses(shaper.get(columns), **changed, **{"name-3": "My usage"}))
    assert page.status_code == 422
    assert sentence in Page(page).words
    assert Page(page).all("input", name="name-3", value="My usage")


def test_mixed_encodings_and_ten_thousand_categories_come_through(shaper: FlaskClient) -> None:
    rows = "".join(f"{number % 2},town {number},térerő,Do it.\n" for number in range(10_000)).encode()
    odd = "1,Győr,hűvös,Do it.\n1,Győr,hűvös,Do that.\n".encode("cp1250")
    columns = upload(shaper, b"abroad,town,complaint,solution\n" + rows + odd).location
    page = shaper.get(columns)
    assert "10001 different values" in Page(page).words
    look = shaper.post(columns, data=uses(page)).location
    words = Page(shaper.get(look)).words
    assert "New cases 10002" in words
    assert "10002 – This line is not in UTF-8 as others are; it was read as cp1250." in words
    assert "town 3" in words


def test_a_table_that_waits_is_for_whoever_brought_it(
    shaper: FlaskClient, client_of: Open, admin: Person, agent: Person, services: Services
) -> None:
    look = begun(shaper, table(ROWS))
    for address in (look, f"{look}/columns"):
        assert client_of(admin).get(address).status_code == 404
        assert client_of(agent).get(address).status_code == 403
    assert client_of(admin).post(f"{look}/drop").status_code == 404
    assert shaper.get("/cases/import/..%2f..%2fkalauz/columns").status_code == 404
    report = shaper.post(look).location
    assert client_of(admin).get(report).status_code == 404
    done(services)
    assert client_of(admin).get(report).status_code == 200
    assert shaper.get(look).status_code == 404


def test_what_nobody_comes_back_to_is_forgotten(
    shaper: FlaskClient, services: Services, clock: Clock, data: Path
) -> None:
    dropped, left = begun(shaper, table(ROWS)), begun(shaper, table(ROWS))
    assert shaper.post(f"{dropped}/drop").status_code == 303
    assert len(list((data / "imports").iterdir())) == 2
    clock.advance(days=1, hours=1)
    run_due(services.database, services.jobs, services.clock())
    assert list((data / "imports").iterdir()) == []
    assert shaper.get(left).status_code in (302, 404)


def test_a_file_that_waits_without_its_note_goes_too(tmp_path: Path, clock: Clock) -> None:
    files = WaitingFiles(tmp_path)
    token = files.keep(b"a,b", {}, 1, clock())
    (tmp_path / f"{token}.json").write_text("{")
    files.forget_old(clock() + timedelta(hours=1))
    assert not (tmp_path / f"{token}.csv").exists()


def test_two_who_make_the_same_type_are_told(
    shaper: FlaskClient, services: Services, session: Session
) -> None:
    first, second = begun(shaper, table(ROWS)), begun(shaper, table(ROWS))
    taken_in(shaper, services, first)
    assert shaper.get(second).status_code == 409
    assert kept(session) == 3


def test_an_import_that_fails_keeps_nothing_and_says_so(
    shaper: FlaskClient, services: Services, session: Session, specialist: Person
) -> None:
    look = begun(shaper, table(ROWS))
    report = shaper.post(look).location
    assert "It begins in a moment." in Page(shaper.get(report)).words
    session.rollback()
    specialist.roles = ["agent"]
    session.commit()
    done(services)
    session.rollback()
    specialist.roles = ["specialist"]
    session.commit()
    assert "Nothing of the file was kept." in Page(shaper.get(report)).words
    assert kept(session) == 0


def test_an_import_that_is_cancelled_on_its_way_keeps_nothing(
    shaper: FlaskClient,
    services: Services,
    session: Session,
    outsider: Person,
    client_of: Open,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    report = shaper.post(begun(shaper, table(ROWS))).location
    assert client_of(outsider).post(f"{report}/cancel").status_code == 403

    def cancelled(deed: Callable[[], Any]) -> Any:
        shaper.post(f"{report}/cancel")
        return deed()

    monkeypatch.setattr(import_work, "gently", cancelled)
    done(services)
    assert "It was cancelled." in Page(shaper.get(report)).words
    assert kept(session) == 0


def test_numbers_people_call_numbers_are_measured_by_distance(
    shaper: FlaskClient, services: Services, session: Session
) -> None:
    rows = [
        [str(number), "x" * (number % 3), str(number * 2), "", "All is slow today", "Wait."]
        for number in range(30)
    ]
    taken_in(
        shaper, services, begun(shaper, table(rows), {"role-0": "fact", "kind-0": "number", "key-0": "no"})
    )
    measure = made(session).attribute("no").similarity
    assert isinstance(measure, Linear)

"""Cases over HTTP: as the document says, to whom it may, and with the field that is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from cbr import cases
from cbr.models import Case, CaseState, CaseTypeRow
from kb import people
from kb.models import Person
from kb.permissions import SYSTEM
from tests import factories
from tests.cbr.stage import PHONES, phones, solved
from tests.conftest import START
from tests.kb.schemas import mismatches

Open = Callable[[Person], FlaskClient]


def key_for(session: Session, *scopes: str, audiences: tuple[str, ...] = ("agent",)) -> dict[str, str]:
    """The header of a machine with a key."""
    _, shown = people.issue_key(session, name="CRM", scopes=scopes, audiences=audiences, by=SYSTEM, now=START)
    session.commit()
    return {"Authorization": f"Bearer {shown}"}


def as_documented(client: FlaskClient, answer: TestResponse, method: str, path: str) -> Any:
    """The JSON of an answer, compared with the document."""
    document = client.get("/api/openapi.json").get_json()
    described = document["paths"][path][method]["responses"][str(answer.status_code)]
    schema = described["content"]["application/json"]["schema"]
    found = answer.get_json()
    assert mismatches(found, schema, document) == []
    return found


def problem(answer: TestResponse, status: int, *fields: str) -> None:
    """The answer is a problem (RFC 9457) that names these fields."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    assert set(answer.get_json().get("fields", {})) == set(fields)


def test_the_nearest_cases_come_with_their_reasons(
    client: FlaskClient, session: Session, row: CaseTypeRow
) -> None:
    factories.article(session, "roaming", title="Roaming")
    factories.portal(session)
    solved(session, row, "Switch {abroad} on, see [it](kb:roaming).", abroad=True, signal="poor")
    session.commit()
    asked = {
        "case_type": "phones",
        "facts": {"abroad": "igen", "signal": "none"},
        "lang": "hu",
        "portal": "help",
    }
    answer = client.post("/api/v1/cases/nearest", json=asked)
    found = as_documented(client, answer, "post", "/api/v1/cases/nearest")
    best = found["matches"][0]
    assert best["solution"] == "Switch igen on, see [it](kb:roaming)."
    assert sum(reason["contribution"] for reason in best["why"]) == pytest.approx(best["score"])
    assert {reason["name"] for reason in best["why"]} == {"Külföldön", "signal"}
    assert [article["title"] for article in best["articles"]] == ["Roaming"]
    assert "/help/" in best["articles"][0]["url"]
    assert found["cases"] == 1


@pytest.mark.parametrize(
    ("asked", "status", "fields"),
    [
        ({"facts": {}}, 422, ["case_type"]),
        ({"case_type": "phones", "facts": {"colour": 1}}, 422, ["facts.colour"]),
        ({"case_type": "phones", "facts": {"used": "two"}}, 422, ["facts.used"]),
        ({"case_type": "phones", "facts": [1]}, 422, ["facts"]),
        ({"case_type": "phones", "facts": {str(key): 1 for key in range(10_000)}}, 422, ["facts"]),
        ({"case_type": "phones", "limit": 0}, 422, ["limit"]),
        ({"case_type": "phones", "lang": "xx"}, 422, ["lang"]),
        ({"case_type": "phones", "text": "x" * 10_001}, 422, ["text"]),
        ({"case_type": "phones", "more": 1}, 422, ["more"]),
        ({"case_type": "routers"}, 404, []),
        ({"case_type": "phones", "portal": "nowhere"}, 404, []),
    ],
)
def test_a_bad_question_is_told_with_its_field(
    client: FlaskClient, row: CaseTypeRow, asked: dict[str, Any], status: int, fields: list[str]
) -> None:
    problem(client.post("/api/v1/cases/nearest", json=asked), status, *fields)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"\xff",
        b'{"case_type": "\\ud800"}',
        b'{"case_type": "phones", "text": "\\uD83D \\uDE00"}',
        b'{"case_type": "phones", "facts": {"used": ' + b"[" * 9000 + b"]" * 9000 + b"}}",
        b'{"case_type": "phones", "facts": {"used": ' + b"9" * 5000 + b"}}",
        b'{"case_type": "phones", "facts": {"used": ' + b"9" * 4000 + b"}}",
    ],
    ids=lambda body: body[:50].decode(errors="replace"),
)
def test_what_is_no_question_at_all_is_no_crash(client: FlaskClient, row: CaseTypeRow, body: bytes) -> None:
    answer = client.post("/api/v1/cases/nearest", data=body, content_type="application/json")
    assert 400 <= answer.status_code < 500
    assert answer.mimetype == "application/problem+json"


def test_a_whole_character_of_two_halves_is_text(client: FlaskClient, row: CaseTypeRow) -> None:
    body = b'{"case_type": "phones", "text": "\\ud83d\\ude00"}'
    answer = client.post("/api/v1/cases/nearest", data=body, content_type="application/json")
    assert answer.status_code == 200


def test_an_outsider_gets_nothing_that_is_not_public(
    client: FlaskClient, client_of: Open, outsider: Person, session: Session, row: CaseTypeRow
) -> None:
    factories.audience(session, "partners")
    solved(session, row, "Shown", abroad=True)
    for audience, state in (
        ("partners", CaseState.CONFIRMED),
        ("agent", CaseState.CONFIRMED),
        ("public", CaseState.SOLVED),
        ("public", CaseState.RETIRED),
    ):
        solved(session, row, f"Hidden {audience} {state}", abroad=True, audience=audience, state=state)
    session.commit()
    for browser in (client, client_of(outsider)):
        shown = [
            browser.get("/api/v1/cases?limit=100"),
            browser.get("/api/v1/cases?text=Hidden"),
            browser.post("/api/v1/cases/nearest", json={"case_type": "phones", "facts": {"abroad": True}}),
            browser.post("/api/v1/cases/nearest", json={"case_type": "phones", "text": "hidden"}),
            browser.get("/api/v1/case-types"),
        ]
        assert all(answer.status_code == 200 for answer in shown)
        assert "Hidden" not in "".join(answer.text for answer in shown)
        assert shown[0].get_json()["total"] == 1
        assert shown[4].get_json()["case_types"][0]["cases"] == {"confirmed": 1}


def test_types_are_listed_and_shown_to_who_may_know_of_them(
    client: FlaskClient, client_of: Open, agent: Person, session: Session
) -> None:
    phones(session, audience="agent")
    session.commit()
    assert client.get("/api/v1/case-types").get_json() == {"case_types": []}
    problem(client.get("/api/v1/case-types/phones"), 404)
    browser = client_of(agent)
    listed = as_documented(client, browser.get("/api/v1/case-types"), "get", "/api/v1/case-types")
    assert [one["key"] for one in listed["case_types"]] == ["phones"]
    shown = as_documented(client, browser.get("/api/v1/case-types/phones"), "get", "/api/v1/case-types/{key}")
    assert [one["key"] for one in shown["schema"]["attributes"]] == list(PHONES.by_key)


def test_a_specialist_makes_and_changes_a_type(
    client: FlaskClient, client_of: Open, specialist: Person, session: Session
) -> None:
    browser, schema = client_of(specialist), PHONES.to_plain()
    made = browser.put("/api/v1/case-types/phones", json={"schema": schema, "audience": "public"})
    told = as_documented(client, made, "put", "/api/v1/case-types/{key}")
    assert (told["version"], told["unfit_cases"]) == (1, 0)
    session.rollback()  # what others have committed since is to be seen
    row = session.scalars(select(CaseTypeRow)).one()
    case = solved(session, row, abroad=True, maker="Nokia")
    session.commit()
    less = schema | {"attributes": schema["attributes"][:3]}
    changed = browser.put("/api/v1/case-types/phones", json={"schema": less, "seen": told["etag"]})
    assert changed.get_json()["unfit"] == {case.key: {"maker": "There is no attribute maker."}}
    problem(browser.put("/api/v1/case-types/phones", json={"schema": less, "seen": told["etag"]}), 409)
    wrong = schema | {"attributes": [{"key": "a", "kind": "colour"}]}
    problem(browser.put("/api/v1/case-types/phones", json={"schema": wrong}), 422, "attributes[0].kind")
    problem(
        browser.put("/api/v1/case-types/phones", json={"schema": schema, "audience": "nobody"}),
        422,
        "audience",
    )


def test_nobody_else_changes_a_type(
    client: FlaskClient,
    client_of: Open,
    agent: Person,
    author: Person,
    outsider: Person,
    reviewer: Person,
    session: Session,
    row: CaseTypeRow,
) -> None:
    body = {"schema": PHONES.to_plain()}
    problem(client.put("/api/v1/case-types/phones", json=body), 401)
    for person in (agent, author, outsider, reviewer):
        problem(client_of(person).put("/api/v1/case-types/phones", json=body), 403)
    key = key_for(session, "read", "cases")
    problem(client.put("/api/v1/case-types/phones", json=body, headers=key), 403)


def test_an_agent_and_a_machine_record_and_others_do_not(
    client: FlaskClient,
    client_of: Open,
    agent: Person,
    outsider: Person,
    customer: Person,
    session: Session,
    row: CaseTypeRow,
) -> None:
    body = {"case_type": "phones", "facts": {"abroad": True}, "solution": "Roam.", "key": "call-1"}
    problem(client.post("/api/v1/cases", json=body), 401)
    for person in (outsider, customer):
        problem(client_of(person).post("/api/v1/cases", json=body), 403)
    problem(client.post("/api/v1/cases", json=body, headers=key_for(session, "read")), 403)
    made = client_of(agent).post("/api/v1/cases", json=body)
    assert as_documented(client, made, "post", "/api/v1/cases")["state"] == "solved"
    again = client.post("/api/v1/cases", json=body, headers=key_for(session, "cases"))
    assert again.get_json()["key"] == "call-1"
    assert len(session.scalars(select(Case)).all()) == 1
    listed = client_of(agent).get("/api/v1/cases?case_type=phones&limit=1")
    assert as_documented(client, listed, "get", "/api/v1/cases")["total"] == 1
    nearest = client_of(agent).post(
        "/api/v1/cases/nearest", json={"case_type": "phones", "facts": {"abroad": True}}
    )
    assert nearest.get_json()["matches"][0]["case"]["key"] == "call-1"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"facts": {"colour": "red"}}, "facts.colour"),
        ({"facts": {"signal": "best"}}, "facts.signal"),
        ({"article": "nowhere"}, "article"),
        ({"audience": "nobody"}, "audience"),
        ({"language": "xx"}, "language"),
        ({"title": "x" * 301}, "title"),
        ({"links": [1]}, "links.0"),
        ({"key": "a\0"}, "key"),
    ],
)
def test_a_bad_case_is_told_with_its_field(
    client_of: Open, agent: Person, row: CaseTypeRow, more: dict[str, Any], field: str
) -> None:
    body = {"case_type": "phones", "problem": "No service", "solution": "Roam.", **more}
    problem(client_of(agent).post("/api/v1/cases", json=body), 422, field)


def test_no_other_site_records_in_somebodys_name(client_of: Open, agent: Person, row: CaseTypeRow) -> None:
    body = {"case_type": "phones", "facts": {"abroad": True}, "solution": "Roam."}
    answer = client_of(agent).post("/api/v1/cases", json=body, headers={"Sec-Fetch-Site": "cross-site"})
    problem(answer, 403)


def test_a_page_leads_to_the_next(client: FlaskClient, session: Session, row: CaseTypeRow) -> None:
    for number in range(3):
        solved(session, row, f"Do {number}", used=float(number))
    session.commit()
    told = client.get("/api/v1/cases?limit=2").get_json()
    assert (len(told["cases"]), told["total"]) == (2, 3)
    rest = client.get(told["next"]).get_json()
    assert (len(rest["cases"]), rest["next"]) == (1, None)
    problem(client.get("/api/v1/cases?limit=0"), 422, "limit")
    problem(client.get("/api/v1/cases?state=lost"), 422, "state")


def test_what_was_retired_is_gone_with_the_next_question(
    client: FlaskClient, session: Session, row: CaseTypeRow
) -> None:
    case = solved(session, row, abroad=True)
    session.commit()
    asked = {"case_type": "phones", "facts": {"abroad": True}}
    assert len(client.post("/api/v1/cases/nearest", json=asked).get_json()["matches"]) == 1
    cases.retire(session, case, "Old", by=SYSTEM, now=START)
    session.commit()
    assert client.post("/api/v1/cases/nearest", json=asked).get_json()["matches"] == []

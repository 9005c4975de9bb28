"""Guided help over HTTP: what a caller gets, and what everybody else does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from cbr import case_types
from kb import people
from kb.app import create_app
from kb.config import Config
from kb.models import Article, Person
from kb.permissions import SYSTEM
from tests.cbr.stage import PHONES
from tests.conftest import START, Clock
from tests.kb.schemas import mismatches

Open = Callable[[Person], FlaskClient]


def post(client: FlaskClient, path: str = "", /, status: int = 200, **body: Any) -> dict[str, Any]:
    """Ask the API for something, and see that it answers with this status."""
    answer = client.post(f"/api/v1/runs{path}", json=body)
    assert answer.status_code == status, answer.text
    told: dict[str, Any] = answer.get_json()
    return told


def start(client: FlaskClient, **body: Any) -> dict[str, Any]:
    """Begin a run."""
    return post(client, "", 201, **({"guide": "router"} | body))


def problem(answer: TestResponse) -> tuple[int, list[str]]:
    """The status of a mistake and the fields that it names."""
    assert answer.mimetype == "application/problem+json", answer.text
    return answer.status_code, list(answer.get_json().get("fields", {}))


def test_a_guide_is_played_from_its_beginning_to_its_end(client: FlaskClient, router: Article) -> None:
    told = start(client, portal="help", text="dark", facts={"line": "fibre"})
    run, step = told["run"], told["step"]
    assert (run["guide"], run["case_type"], run["title"], run["answerer"]) == (
        "router",
        None,
        "Router",
        "customer",
    )
    assert run["facts"] == [
        {"attribute": "line", "name": "line", "value": "fibre", "text": "fibre", "words": ""}
    ]
    assert run["url"].endswith(f"/help/en/guided/{run['id']}")
    assert (step["type"], step["kind"], step["text"], step["dont_know"]) == (
        "question",
        "choice",
        "Is the light on?",
        True,
    )
    assert [option["key"] for option in step["options"]] == ["restart", "socket"]
    assert "<strong>front</strong>" in step["html"]
    assert step["why"][0]["text"] == "This is where the guide begins."
    told = post(client, f"/{run['id']}/answers", step="light", value="socket")
    assert told["run"]["answers"] == [
        {"step": "light", "question": "Is the light on?", "value": "socket", "text": "No"}
    ]
    assert told["step"]["type"] == "instruction"
    assert 'href="http://localhost/help/en/a/prices"' in told["step"]["html"]
    assert told["step"]["text"].startswith("Plug it in")
    assert told["step"]["why"][0]["text"] == "You answered “No” to “Is the light on?”."
    post(client, f"/{run['id']}/answers", step="socket", value=True)
    told = post(client, f"/{run['id']}/answers", step="light2", value="solved")
    assert (told["step"]["type"], told["step"]["kind"]) == ("outcome", "solution")
    assert told["step"]["proposals"][0]["title"] == "It works again"
    told = post(client, f"/{run['id']}/finish", verdict="worked")
    assert (told["run"]["verdict"], told["run"]["proposal"]) == ("worked", "solved")


def test_every_answer_is_as_the_document_says(app: Flask, client: FlaskClient, cases: None) -> None:
    document = client.get("/api/openapi.json").get_json()

    def fits(path: str, method: str, status: str, told: dict[str, Any]) -> None:
        described = document["paths"][f"/api/v1/runs{path}"][method]["responses"][status]
        assert mismatches(told, described["content"]["application/json"]["schema"], document) == []

    told = start(client)
    fits("", "post", "201", told)
    run = told["run"]["id"]
    fits("/{run_id}", "get", "200", client.get(f"/api/v1/runs/{run}").get_json())
    fits("/{run_id}/answers", "post", "200", post(client, f"/{run}/answers", step="light", value="socket"))
    fits("/{run_id}/back", "post", "200", post(client, f"/{run}/back"))
    fits("/{run_id}/best", "post", "200", post(client, f"/{run}/best"))
    fits("/{run_id}/finish", "post", "200", post(client, f"/{run}/finish", verdict="left"))
    told = post(client, "", 201, case_type="phones", text="I am abroad", facts={"signal": "none"})
    told = post(client, f"/{told['run']['id']}/best")
    fits("", "post", "201", told)
    assert told["step"]["proposals"][0]["chance"] > 0.5
    reasons = told["step"]["proposals"][0]["why"]
    assert {"same", "cases"} <= {reason["code"] for reason in reasons}
    assert sum(reason["share"] or 0 for reason in reasons) == pytest.approx(1.0)
    assert "Abroad: yes, as in the solved case" in [reason["text"] for reason in reasons]


def test_a_solution_has_the_facts_filled_in(client: FlaskClient, cases: None) -> None:
    facts = {"abroad": False, "signal": "good", "used": "9,1 GB"}
    told = post(client, "", 201, case_type="phones", facts=facts)
    told = post(client, f"/{told['run']['id']}/best")
    assert told["step"]["proposals"][0]["title"] == "Buy more than 9.1 GB."


def test_a_day_is_said_as_people_say_it_and_a_number_of_a_contract_as_it_is(
    client: FlaskClient, router: Article
) -> None:
    told = start(client, facts={"since": "2026-01-03", "contract": "20260103", "week": "2026-W01"})
    assert {fact["attribute"]: fact["text"] for fact in told["run"]["facts"]} == {
        "since": "Jan 3, 2026",
        "contract": "20260103",
        "week": "2026-W01",
    }


def test_a_run_speaks_the_language_that_was_asked_for(client: FlaskClient, router: Article) -> None:
    assert start(client, language="hu")["step"]["text"] == "Világít a lámpa?"
    assert start(client, language="sv")["run"]["language"] == "en"
    answer = client.post("/api/v1/runs", json={"guide": "router", "language": "xx"})
    assert problem(answer) == (422, ["language"])


def test_what_somebody_said_stays_in_no_cache(client: FlaskClient, router: Article) -> None:
    run = start(client, text="dark")["run"]["id"]
    assert client.get(f"/api/v1/runs/{run}").headers["Cache-Control"] == "private, no-store"


def test_a_repeated_request_gets_the_same_answer(client: FlaskClient, router: Article) -> None:
    name = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"
    first = start(client, request=name)
    assert start(client, request=name) == first
    path = f"/api/v1/runs/{first['run']['id']}/answers"
    body = {"step": "light", "value": "socket"}
    header = {"Idempotency-Key": "second"}
    told = client.post(path, json=body, headers=header).get_json()
    assert client.post(path, json=body, headers=header).get_json() == told
    assert len(told["run"]["answers"]) == 1


def test_an_answer_is_changed_by_its_place_and_a_fact_is_taken_off(client: FlaskClient, cases: None) -> None:
    run = start(client)["run"]["id"]
    post(client, f"/{run}/answers", step="light", value="socket")
    post(client, f"/{run}/answers", step="socket", value=True)
    told = post(client, f"/{run}/answers", at=0, value="restart")
    assert (told["run"]["lost"], told["step"]["id"]) == (1, "restart")
    run = post(client, "", 201, case_type="phones", text="abroad")["run"]["id"]
    answer = client.delete(f"/api/v1/runs/{run}/facts/abroad")
    assert answer.get_json()["run"]["facts"] == []
    assert problem(client.delete(f"/api/v1/runs/{run}/facts/abroad")) == (422, ["attribute"])


@pytest.mark.parametrize(
    ("body", "status", "fields"),
    [
        ({}, 422, ["guide"]),
        ({"guide": "router", "case_type": "phones"}, 422, ["guide"]),
        ({"guide": "nowhere"}, 404, []),
        ({"guide": "secret"}, 404, []),
        ({"guide": "prose"}, 404, []),
        ({"case_type": "secret"}, 404, []),
        ({"case_type": "phones", "facts": {"colour": 1}}, 422, ["facts.colour"]),
        ({"case_type": "phones", "facts": {"used": "much"}}, 422, ["facts.used"]),
        ({"case_type": "phones", "facts": [1]}, 422, ["facts"]),
        ({"guide": "router", "text": "x" * 3000}, 422, ["text"]),
        ({"guide": "router", "answerer": "robot"}, 422, ["answerer"]),
        ({"guide": "router", "portal": "nowhere"}, 404, []),
        ({"guide": "router", "portal": "inside"}, 403, []),
        ({"guide": "router", "request": "1"}, 422, ["request"]),
        ({"guide": "router", "colour": "red"}, 422, ["colour"]),
    ],
)
def test_a_beginning_that_cannot_be_is_refused_by_field(
    client: FlaskClient, cases: None, body: dict[str, Any], status: int, fields: list[str]
) -> None:
    assert problem(client.post("/api/v1/runs", json=body)) == (status, fields)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"step": "socket", "value": True}, ["step"]),
        ({"step": "light", "value": "blue"}, ["value"]),
        ({"step": "light"}, ["value"]),
        ({"value": "socket"}, ["step"]),
        ({"at": 3, "value": "socket"}, ["at"]),
        ({"step": "light", "value": "socket", "request": "a b"}, ["request"]),
    ],
)
def test_an_answer_that_is_none_is_refused_by_field(
    client: FlaskClient, router: Article, body: dict[str, Any], fields: list[str]
) -> None:
    run = start(client)["run"]["id"]
    assert problem(client.post(f"/api/v1/runs/{run}/answers", json=body)) == (422, fields)
    assert client.get(f"/api/v1/runs/{run}").get_json()["run"]["answers"] == []


def test_what_is_no_json_is_refused(client: FlaskClient, router: Article) -> None:
    for data in (b"{", b"[]", b"\xff", b'"x"'):
        answer = client.post("/api/v1/runs", data=data, content_type="application/json")
        assert problem(answer)[0] in {400, 422}


def test_another_persons_run_is_not_found(
    client: FlaskClient, client_of: Open, customer: Person, outsider: Person, router: Article
) -> None:
    run = start(client_of(customer))["run"]["id"]
    assert client_of(customer).get(f"/api/v1/runs/{run}").status_code == 200
    for other in (client, client_of(outsider)):
        assert problem(other.get(f"/api/v1/runs/{run}")) == (404, [])
        for path, body in (
            ("answers", {"step": "light", "value": "socket"}),
            ("back", {}),
            ("best", {}),
            ("finish", {"verdict": "worked"}),
        ):
            assert problem(other.post(f"/api/v1/runs/{run}/{path}", json=body)) == (404, [])
        assert problem(other.delete(f"/api/v1/runs/{run}/facts/x")) == (404, [])


def test_a_run_in_a_closed_portal_stays_there(client: FlaskClient, session: Session, router: Article) -> None:
    _, key = people.issue_key(session, name="IVR", scopes=["read"], audiences=["agent"], by=SYSTEM, now=START)
    session.commit()
    headers = {"Authorization": f"Bearer {key}"}
    body = {"guide": "secret", "portal": "inside"}
    run = client.post("/api/v1/runs", json=body, headers=headers).get_json()["run"]
    assert run["portal"] == "inside"
    assert client.get(f"/api/v1/runs/{run['id']}", headers=headers).status_code == 200
    assert problem(client.get(f"/api/v1/runs/{run['id']}"))[0] == 403


def test_a_run_that_has_expired_is_not_found(client: FlaskClient, clock: Clock, router: Article) -> None:
    run = start(client)["run"]["id"]
    clock.advance(days=3)
    assert problem(client.get(f"/api/v1/runs/{run}")) == (404, [])


def test_pages_of_other_sites_cannot_answer(client: FlaskClient, router: Article) -> None:
    run = start(client)["run"]["id"]
    body = {"step": "light", "value": "socket"}
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        assert problem(client.post(f"/api/v1/runs/{run}/answers", json=body, headers=headers))[0] == 403


def test_agents_are_asked_as_agents(client_of: Open, agent: Person, router: Article) -> None:
    assert start(client_of(agent))["run"]["answerer"] == "agent"
    assert start(client_of(agent), answerer="customer")["run"]["answerer"] == "customer"


def test_a_finished_run_takes_no_answer(client: FlaskClient, router: Article) -> None:
    run = start(client)["run"]["id"]
    post(client, f"/{run}/finish", verdict="left")
    answer = client.post(f"/api/v1/runs/{run}/answers", json={"step": "light", "value": "socket"})
    assert problem(answer)[0] == 409


def test_who_is_not_known_cannot_fill_the_database_with_runs(
    config: Config, session: Session, router: Article
) -> None:
    limited = create_app(replace(config, rate_limits=True), clock=Clock(START))
    statuses = [
        limited.test_client().post("/api/v1/runs", json={"guide": "router"}).status_code for _ in range(32)
    ]
    limited.extensions["kalauz"].database.engine.dispose()
    assert (statuses[0], statuses[-1]) == (201, 429)


def test_a_fact_that_fits_no_more_does_not_end_a_run(
    client: FlaskClient, session: Session, cases: None
) -> None:
    told = start_of_phones(client, text="", facts={"abroad": True, "maker": "Acme", "signal": "poor"})
    row = case_types.by_key(session, "phones")
    without = tuple(one for one in PHONES.attributes if one.key != "maker")
    fewer = replace(without[1], choices=without[1].choices[:1])
    case_types.change(
        session, row, replace(PHONES, attributes=(without[0], fewer, without[2])), by=SYSTEM, now=START
    )
    session.commit()
    path = f"/{told['run']['id']}"
    assert client.get(f"/api/v1/runs{path}").status_code == 200
    told = post(client, f"{path}/best")
    assert told["step"]["proposals"]
    assert {fact["attribute"]: fact["text"] for fact in told["run"]["facts"]} == {
        "abroad": "yes",
        "maker": "Acme",
        "signal": "poor",
    }


def test_a_number_that_nobody_can_mean_is_not_read_from_a_text(client: FlaskClient, cases: None) -> None:
    told = start_of_phones(client, text="I have used 99999999999999999999 GB abroad")
    assert [fact["attribute"] for fact in told["run"]["facts"]] == ["abroad"]


def start_of_phones(client: FlaskClient, **body: Any) -> dict[str, Any]:
    """Begin a run by the cases of phones."""
    return post(client, "", 201, case_type="phones", **body)

"""The pages of guided help: forms that work without a script, on the portal and in the work area."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kb.models import Article, Person
from tests.conftest import Clock

Open = Callable[[Person], FlaskClient]
START = "/help/en/guided/"


def begin(client: FlaskClient, where: str = START, **form: str) -> str:
    """Begin a run; its address."""
    answer = client.post(where, data=form or {"guide": "router"})
    assert answer.status_code == 303, answer.text
    return answer.location


def do(client: FlaskClient, run: str, verb: str, /, **form: str) -> str:
    """Send a form of the page; the page after it."""
    answer = client.post(f"{run}/{verb}", data=form)
    assert answer.status_code == 303, answer.text
    return client.get(answer.location).text


def answer(client: FlaskClient, run: str, step: str, value: str, kind: str = "choice") -> str:
    """Answer the present step."""
    return do(client, run, "answer", step=step, value=value, kind=kind)


def shown(page: str) -> str:
    """The heading of the step."""
    found = re.search(r'id="step-head"[^>]*>([^<]*)<', page)
    return found[1] if found else ""


def test_what_can_be_started_is_offered(client: FlaskClient, cases: None) -> None:
    page = client.get(START).text
    assert "What is the matter?" in page
    assert re.findall(r'name="guide" value="([^"]*)"', page) == ["router"]
    assert "Secret guide" not in page
    assert "Secret guide" not in client.get("/help/hu/guided/").text


def test_where_nothing_can_be_started_it_says_so(
    client: FlaskClient, router: Article, session: Session
) -> None:
    page = client.get("/help/hu/guided/").text
    assert "Útválasztó" in page
    session.delete(router)
    session.commit()
    assert "There is no guided help here yet" in client.get(START).text


def test_a_guide_is_played_to_its_end_by_forms(client: FlaskClient, router: Article) -> None:
    run = begin(client)
    page = client.get(run).text
    assert shown(page) == "Is the light on?"
    assert "<strong>front</strong>" in page
    assert re.findall(r'class="option[^"]*" name="(\w+)" value="([\w-]+)"', page) == [
        ("value", "restart"),
        ("value", "socket"),
        ("unknown", "1"),
    ]
    page = answer(client, run, "light", "socket")
    assert shown(page) == "Do this"
    assert 'href="/help/en/a/prices"' in page
    page = answer(client, run, "socket", "done", "instruction")
    assert shown(page) == "Is it on now?"
    page = answer(client, run, "light2", "solved")
    assert shown(page) == "What helps"
    assert "It works again" in page
    page = do(client, run, "finish", verdict="worked", proposal="solved")
    assert "It helps to know that this worked" in page


def test_a_sentence_is_understood_and_shown_as_chips(client: FlaskClient, cases: None) -> None:
    run = begin(client, text="I am abroad")
    page = client.get(run).text
    assert "“I am abroad”" in page
    assert re.search(r'chip-name">Abroad:</span> yes', page)
    page = do(client, run, "forget", attribute="abroad")
    assert "chip-name" not in page


def test_cases_are_proposed_with_the_reasons_as_bars(client: FlaskClient, cases: None) -> None:
    run = begin(client, text="I am abroad")
    page = do(client, run, "best")
    assert "Switch roaming on." in page
    assert "Abroad: yes, as in the solved case" in page
    assert '<rect width="100" height="8" rx="1"/>' in page
    assert "style=" not in page
    page = do(client, run, "back")
    assert shown(page) not in {"", "What may help, the likeliest first"}


def test_who_takes_over_reads_what_is_known_and_apart_from_it_what_is_not(
    client: FlaskClient, cases: None
) -> None:
    run = begin(client, text="I am abroad")
    page = client.get(run).text
    asked = shown(page)
    step = re.search(r'name="step" value="([^"]*)"', page)
    assert step
    page = do(client, run, "answer", step=step[1], kind="choice", unknown="1")
    handover = dict(re.findall(r"<dt>([^<]*)</dt><dd[^>]*>([^<]*)</dd>", page))
    assert (handover["In your words"], handover["Abroad"]) == ("I am abroad", "yes")
    assert handover["Asked, and not known"] == asked
    assert asked not in handover


def test_an_answer_is_changed_from_the_list(client: FlaskClient, router: Article) -> None:
    run = begin(client)
    answer(client, run, "light", "socket")
    page = answer(client, run, "socket", "done", "instruction")
    assert f'href="{run}?change=0#step-head"' in page
    page = client.get(f"{run}?change=0").text
    assert shown(page) == "Is the light on?"
    assert "your answer" in page
    page = do(client, run, "change", at="0", value="restart", kind="choice", step="light")
    assert shown(page) == "How many minutes ago did it start?"
    assert "1 later answer does not fit any more" in page


def test_what_is_no_answer_is_refused_on_the_page_and_loses_nothing(
    client: FlaskClient, router: Article
) -> None:
    run = begin(client)
    answer(client, run, "light", "restart")
    for value, kind in (("", "number"), ("a while", "number")):
        refused = client.post(f"{run}/answer", data={"step": "restart", "value": value, "kind": kind})
        assert refused.status_code == 422
        assert shown(refused.text) == "How many minutes ago did it start?"
        assert 'role="alert"' in refused.text
    refused = client.post(f"{run}/answer", data={"step": "light", "value": "socket", "kind": "choice"})
    assert refused.status_code == 422
    assert "not asked" in refused.text
    refused = client.post(f"{run}/change", data={"at": "0", "value": "blue", "kind": "choice"})
    assert (refused.status_code, shown(refused.text)) == (422, "Is the light on?")
    assert shown(client.get(run).text) == "How many minutes ago did it start?"


def test_a_form_that_is_sent_twice_counts_once(client: FlaskClient, router: Article) -> None:
    page = client.get(START).text
    request = re.findall(r'name="request" value="([^"]*)"', page)
    assert len(set(request)) == len(request)
    form = {"guide": "router", "request": request[0]}
    assert begin(client, **form) == begin(client, **form)
    run = begin(client)
    form = {"step": "light", "value": "socket", "kind": "choice", "request": "0123456789abcdef"}
    for _ in range(2):
        assert client.post(f"{run}/answer", data=form).status_code == 303
    assert shown(client.get(run).text) == "Do this"


def test_whoever_is_finished_sees_who_goes_on(client: FlaskClient, router: Article) -> None:
    run = begin(client)
    page = do(client, run, "finish", verdict="failed")
    assert re.search(r'<details class="person" id="person" open>', page)
    assert "<strong>123</strong>" in page
    refused = client.post(f"{run}/answer", data={"step": "light", "value": "socket", "kind": "choice"})
    assert refused.status_code == 409
    assert "finished" in refused.text
    assert shown(do(client, run, "back")) == "Is the light on?"


def test_the_page_speaks_the_language_of_its_address(client: FlaskClient, router: Article) -> None:
    run = begin(client)
    answer(client, run, "light", "restart")
    page = client.get(run.replace("/en/", "/hu/")).text
    assert "Útválasztó" in page
    assert "Igen" in page


def test_another_persons_run_is_no_page(
    client: FlaskClient, client_of: Open, customer: Person, outsider: Person, agent: Person, router: Article
) -> None:
    run = begin(client_of(customer))
    assert client_of(customer).get(run).status_code == 200
    for other in (client, client_of(outsider), client_of(agent)):
        assert other.get(run).status_code == 404
        assert other.post(f"{run}/back").status_code == 404


def test_a_run_is_no_page_of_another_portal_or_after_its_time(
    client: FlaskClient, client_of: Open, agent: Person, clock: Clock, router: Article
) -> None:
    run = begin(client)
    assert client_of(agent).get(run.replace("/help/", "/inside/")).status_code == 404
    staff = run.rpartition("/")[2]
    assert client_of(agent).get(f"/assist/guided/{staff}").status_code == 404
    clock.advance(days=3)
    assert client.get(run).status_code == 404


def test_forms_of_other_sites_are_refused(app: Flask, client: FlaskClient, router: Article) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    run = begin(client)
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert client.post(START, data={"guide": "router"}, headers=headers).status_code == 403
    assert client.post(f"{run}/back", headers=headers).status_code == 403
    assert client.post(f"{run}/back").status_code == 303


def test_nothing_of_a_run_stays_in_a_cache_or_a_session(client: FlaskClient, router: Article) -> None:
    page = client.get(begin(client))
    assert page.headers["Cache-Control"] == "private, no-store"
    assert "Set-Cookie" not in page.headers
    assert '<meta name="robots" content="noindex">' in page.text


def test_unknown_things_are_no_pages(client: FlaskClient, router: Article) -> None:
    run = begin(client)
    assert client.post(START, data={"guide": "secret"}).status_code == 404
    assert client.post(START, data={"text": "help"}).status_code == 404
    assert client.post(f"{run}/dance").status_code == 404
    assert client.get(f"{START}nothing").status_code == 404
    assert client.get(f"{run}?change=7").status_code == 200
    assert client.get(f"{run}?change=x").status_code == 200


# For agents.


def test_an_agent_types_at_once_and_a_reader_is_not_taken_anywhere(
    client: FlaskClient, client_of: Open, agent: Person, cases: None
) -> None:
    assert re.search(r"<textarea[^>]*autofocus", client_of(agent).get("/assist/guided/").text)
    assert not re.search(r"<textarea[^>]*autofocus", client.get(START).text)


def test_agents_play_in_the_work_area(app: Flask, client_of: Open, agent: Person, cases: None) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    client = client_of(agent)
    page = client.get("/assist/guided/").text
    assert "Secret guide" in page
    token = re.search(r'name="csrf_token" value="([^"]*)"', page)
    assert token
    assert client.post("/assist/guided/", data={"guide": "secret"}).status_code == 400
    run = begin(client, "/assist/guided/", guide="secret", csrf_token=token[1])
    page = client.get(run).text
    assert shown(page) == "Is the light on?"
    assert 'aria-current="page"' in page
    page = do(client, run, "answer", step="light", value="socket", kind="choice", csrf_token=token[1])
    assert shown(page) == "Do this"


@pytest.mark.parametrize("part", ["customer", "outsider"])
def test_who_does_not_work_here_may_not_enter_the_work_area(
    client_of: Open, request: pytest.FixtureRequest, part: str, router: Article
) -> None:
    client = client_of(request.getfixturevalue(part))
    assert client.get("/assist/guided/").status_code == 403
    assert client.post("/assist/guided/", data={"guide": "router"}).status_code == 403


def test_a_guide_can_be_started_from_its_article(client: FlaskClient, router: Article) -> None:
    page = client.get("/help/en/a/router").text
    assert re.search(r'action="/help/en/guided/"><input type="hidden" name="guide" value="router">', page)
    assert 'name="guide"' not in client.get("/help/en/a/prices").text

"""Solved cases in the box: found by their words and by the facts of a question, by whoever may find them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from cbr import case_types
from cbr.case_type import Attribute, CaseType, Choice, Kind
from cbr.models import CaseState, CaseTypeRow
from kb import context
from kb.context import Services
from kb.models import Person
from kb.permissions import SYSTEM
from kb.viewers import AGENT
from search.answers import Item, Proven
from search.engine import Filters, Hit
from search.federation.cases import CaseSource
from search.federation.protocol import Asking
from search.understanding import offer, understandings
from tests import factories
from tests.cbr.stage import solved
from tests.conftest import START
from tests.kb.stage import Page, statements
from tests.search.federation.stage import NOW

SIGNAL = CaseType(
    "signal",
    (
        Attribute("abroad", Kind.BOOLEAN, names={"en": "Abroad", "hu": "Külföldön"}),
        Attribute(
            "bars",
            Kind.CATEGORY,
            names={"en": "Signal"},
            choices=(
                Choice("none", {"en": "no signal", "hu": "nincs térerő"}),
                Choice("weak", {"en": "weak signal"}),
            ),
        ),
    ),
    {"en": "Phones without signal"},
)
TOLD = "There is no signal abroad"
WORDS = (
    "no",
    "not",
    "signal",
    "abroad",
    "-",
    "5",
    "GB",
    "since",
    "yesterday",
    '"',
    "roaming",
    "kind:faq",
    "weak",
)


@pytest.fixture
def row(session: Session) -> CaseTypeRow:
    """An open and a closed portal, a case type for everybody, and an article that says what helps."""
    factories.portal(session, features=["search"])
    factories.portal(
        session,
        "desk",
        audiences=["public", "customer", "agent"],
        entry_audience="agent",
        features=["search"],
    )
    factories.article(session, "networks", title="Choose another network")
    made = case_types.create(session, SIGNAL, audience="public", by=SYSTEM, now=START)
    session.commit()
    return made


def asked(question: str, portal: str = "help", language: str = "en") -> Asking:
    """As the box asks, within a request to the portal."""
    context.enter_portal(portal, language)
    viewer = context.viewer()
    return Asking(
        question=question,
        languages=(language,),
        viewer=viewer,
        site=context.portal(),
        now=START,
        filters=Filters(audiences=viewer.audiences, now=NOW, languages=(language,)),
        address=_address,
        understood=understandings(question, language, viewer, START),
    )


def _address(hit: Hit) -> str:
    return f"/a/{hit.slug}"


def found(app: Flask, question: str, **place: Any) -> list[Item]:
    """What the source says to somebody who is not logged in."""
    with app.test_request_context():
        return [*CaseSource().ask(asked(question, **place), 1.0)]


def test_a_case_is_found_by_the_words_of_its_problem(app: Flask, session: Session, row: CaseTypeRow) -> None:
    solved(session, row, "Take the **card** out.", problem="The phone says invalid card", bars="weak")
    session.commit()
    (item,) = found(app, "invalid card")
    assert (item.source, item.kind, item.title) == (
        "cases",
        "case",
        "The phone says <mark>invalid</mark> <mark>card</mark>",
    )
    assert (item.snippet, item.proven) == ("Take the card out", Proven(0, 0, 1))


def test_a_case_is_found_by_the_facts_of_a_question_without_a_word_in_common(
    app: Flask, session: Session, row: CaseTypeRow
) -> None:
    solved(session, row, "Choose another network.", problem="Roaming fails", abroad=True, bars="none")
    session.commit()
    assert [item.title for item in found(app, TOLD)] == ["Roaming fails"]


@pytest.mark.parametrize(
    "question", ["signal", "no signal", "the", "", "invoice", "card kind:faq", "\0 \ud800 (("]
)
def test_one_fact_or_a_common_word_is_no_evidence(
    app: Flask, session: Session, row: CaseTypeRow, question: str
) -> None:
    solved(session, row, problem="It fails at the border with the card of my aunt", abroad=True, bars="none")
    session.commit()
    assert found(app, question) == []


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=st.text(max_size=60) | st.lists(st.sampled_from(WORDS)).map(" ".join))
def test_whatever_is_typed_is_answered(app: Flask, made: None, question: str) -> None:
    assert len(found(app, question)) <= 1


@pytest.fixture
def made(session: Session, row: CaseTypeRow) -> None:
    """One case."""
    solved(session, row, "Choose another network.", problem="Roaming fails", abroad=True, bars="none")
    session.commit()


def test_of_cases_that_propose_the_same_the_best_is_shown(
    app: Flask, session: Session, row: CaseTypeRow
) -> None:
    known: dict[str, Any] = {"abroad": True, "bars": "none"}
    for problem, solution in (("Roaming fails", "Choose another."), ("Lost in Norway", "Choose one.")):
        solved(session, row, solution, problem=problem, article="networks", **known)
    solved(session, row, "Restart it.", problem="Bars are gone", **known)
    solved(session, row, "Restart it twice.", problem="Bars are gone", **known)
    session.commit()
    assert [item.title for item in found(app, TOLD)] == ["Roaming fails", "Bars are gone"]


def test_readers_are_led_to_the_article_or_to_guided_help(
    app: Flask, session: Session, row: CaseTypeRow
) -> None:
    known: dict[str, Any] = {"abroad": True, "bars": "none"}
    solved(session, row, "Choose another network.", problem="Roaming fails", article="networks", **known)
    solved(session, row, "Restart it.", problem="Bars are gone", **known)
    solved(session, row, "Wait.", problem="Nothing there", **known)
    session.commit()
    assert [item.url for item in found(app, TOLD)] == [
        "/a/choose-another-network",
        "/help/en/guided/?text=There+is+no+signal+abroad",
    ]


def test_nobody_is_led_to_an_article_that_they_may_not_read(
    app: Flask, session: Session, row: CaseTypeRow
) -> None:
    factories.article(session, "hidden", title="Hidden", audience=AGENT)
    known: dict[str, Any] = {"abroad": True, "bars": "none"}
    solved(session, row, "See [](kb:hidden).", problem="Roaming fails", article="hidden", **known)
    session.commit()
    (item,) = found(app, TOLD)
    assert item.url.startswith("/help/en/guided/")
    assert "hidden" not in f"{item.title} {item.snippet}".casefold()


def test_only_those_find_a_case_who_may_see_it(
    app: Flask, session: Session, row: CaseTypeRow, client_of: Callable[[Person], FlaskClient], agent: Person
) -> None:
    known: dict[str, Any] = {"abroad": True, "bars": "none"}
    solved(session, row, "Ask the desk.", problem="Secret trick", audience=AGENT, **known)
    solved(session, row, "Guess.", problem="Unconfirmed trick", state=CaseState.SOLVED, **known)
    solved(session, row, "Forget it.", problem="Retired trick", state=CaseState.RETIRED, **known)
    session.commit()
    assert found(app, TOLD) == []
    page = client_of(agent).get("/desk/en/search", query_string={"q": TOLD}).text
    assert "Secret trick" in page
    assert "Unconfirmed trick" in page
    assert "Retired trick" not in page
    assert 'href="/cases/signal/' in page


def test_guided_help_is_offered_where_the_question_is_understood(
    session: Session, row: CaseTypeRow, client: FlaskClient
) -> None:
    solved(session, row, "Choose another network.", problem="Roaming fails", abroad=True, bars="none")
    session.commit()
    answer = client.get("/help/en/search", query_string={"q": TOLD})
    words = Page(answer).words
    assert "Signal: no signal" in words
    assert "Abroad: yes" in words
    sent = {"case_type": "signal", "text": TOLD}
    assert f'name="text" value="{TOLD}"' in answer.text
    assert 'name="case_type" value="signal"' in answer.text
    started = client.post("/help/en/guided/", data=sent)
    assert started.status_code == 303
    assert "/help/en/guided/" in started.location


def test_programs_start_guided_help_with_what_they_are_offered(
    session: Session, row: CaseTypeRow, client: FlaskClient
) -> None:
    solved(session, row, "Choose another network.", problem="Roaming fails", abroad=True, bars="none")
    session.commit()
    [offered] = client.get(
        "/api/v1/search", query_string={"q": TOLD, "portal": "help", "lang": "en"}
    ).get_json()["offers"]
    assert {fact["name"]: fact["value"] for fact in offered["facts"]} == {
        "Abroad": "yes",
        "Signal": "no signal",
    }
    beginning = {"case_type": offered["case_type"], "text": offered["text"], "portal": "help"}
    started = client.post("/api/v1/runs", json=beginning).get_json()
    assert [(fact["name"], fact["text"]) for fact in started["run"]["facts"]] == [
        (fact["name"], fact["value"]) for fact in offered["facts"]
    ]


def test_a_word_that_is_looked_up_gets_no_questions(app: Flask, session: Session, row: CaseTypeRow) -> None:
    solved(session, row, abroad=True, bars="none")
    session.commit()
    with app.test_request_context():
        understood = asked("weak signal").understood
        assert [fact.value for fact in understood[0].facts] == ["weak"]
        assert offer(understood, "weak signal", ("en",), is_sentence=False) is None
        made = offer(understood, "weak signal", ("hu", "en"), is_sentence=True)
        assert made
        assert (made.case_type, made.name) == ("signal", "Phones without signal")


def test_where_nothing_may_be_found_nothing_is_offered(
    app: Flask, session: Session, row: CaseTypeRow
) -> None:
    solved(session, row, audience=AGENT, abroad=True, bars="none")
    session.commit()
    with app.test_request_context():
        assert asked(TOLD).understood == []


def test_cases_cost_the_database_one_question_and_links_another(
    session: Session, services: Services, row: CaseTypeRow, client: FlaskClient
) -> None:
    def questions() -> int:
        with statements(services.database.engine) as told:
            assert client.get("/help/en/search", query_string={"q": TOLD}).status_code == 200
        return len(told)

    client.get("/help/en/search?q=x")
    without = questions()
    solved(session, row, problem="Roaming fails", abroad=True, bars="none")
    session.commit()
    questions()  # the texts of problems are read once
    assert questions() == without + 1
    solved(session, row, "Go.", problem="Bars are gone", abroad=True, bars="none", article="networks")
    session.commit()
    questions()
    assert questions() == without + 2

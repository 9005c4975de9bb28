"""Who asks about something else is told that there is nothing, with what came nearest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.context import Services
from search.learning.wiring import Learning
from search.meaning.meaning import Meaning
from search.models import AskedQuestion
from tests import factories
from tests.search.meaning.encoders import ByThings, encode_all, meaning_in

ELSEWHERE = "why do cats purr at night"
"""One word of it is in the base; nothing in it is about cats."""

BREAD = "how do I knead a loaf of bread and write a postcard to the invoice of Rome"


@pytest.fixture
def portal(session: Session, services: Services) -> None:
    """A dozen articles, one of them in Hungarian too, and one in nothing else."""
    factories.portal(session, features=["search"])
    factories.article(session, "sim", title="A new SIM card", translations={"hu": "Új kártya"})
    factories.article(session, "cats", title="Kártya", body="This is said at night.", language="hu")
    factories.article(session, "pay", title="Your invoice")
    factories.article(session, "roam", title="The phone abroad", body="Calls home cost less at night.")
    for number in range(9):
        factories.article(session, f"slow-{number}", title=f"Slow {number}", body=f"It is {number}0 slow.")
    session.commit()
    services.settle()


@pytest.fixture
def encoder() -> ByThings:
    return ByThings()


@pytest.fixture
def meaning(app: Flask, tmp_path: Path, portal: None, encoder: ByThings) -> Meaning:
    """The application's own, with all texts encoded."""
    made = meaning_in(tmp_path, encoder)
    app.extensions["box"] = replace(app.extensions["box"], meaning=made)
    encode_all(made, app.extensions["search"].engine)
    return made


def asked(client: FlaskClient, question: str, **values: object) -> dict[str, Any]:
    """The answer of the API."""
    query = {"q": question, "portal": "help", "lang": "en", **values}
    told: dict[str, Any] = client.get("/api/v1/search", query_string=query).get_json()
    return told


def keys(lines: list[dict[str, Any]]) -> list[str]:
    return [line["key"] for line in lines]


def test_a_question_with_an_answer_has_no_near_misses(client: FlaskClient, meaning: Meaning) -> None:
    told = asked(client, "is there an invoice for me")
    assert (keys(told["results"]), told["total"], told["near_misses"]) == (["pay"], 1, [])


def test_a_question_about_something_else_finds_nothing_and_says_what_came_nearest(
    client: FlaskClient, meaning: Meaning
) -> None:
    told = asked(client, ELSEWHERE, facets=1)
    assert (told["results"], told["total"], told["passages"], told["elsewhere"]) == ([], 0, [], [])
    assert keys(told["near_misses"]) == ["roam"]
    assert not any(told["facets"].values())
    page = client.get("/help/en/search", query_string={"q": ELSEWHERE}).get_data(as_text=True)
    assert f"Nothing found for “{ELSEWHERE}”" in page
    assert page.index("This comes nearest") < page.index("What may help")
    assert "cost less at <mark>night</mark>." in page


def test_its_next_page_is_empty_too(client: FlaskClient, meaning: Meaning) -> None:
    told = asked(client, ELSEWHERE, offset=10, limit=10)
    assert (told["results"], told["total"]) == ([], 0)


def test_keywords_are_taken_at_their_word(client: FlaskClient, meaning: Meaning, encoder: ByThings) -> None:
    assert keys(asked(client, "card")["results"]) == ["sim"]
    assert encoder.questions == []


def test_it_counts_as_a_question_without_an_answer(
    app: Flask, client: FlaskClient, session: Session, meaning: Meaning
) -> None:
    asked(client, ELSEWHERE)
    learning: Learning = app.extensions["learning"]
    learning.log.flush()
    assert session.scalars(select(AskedQuestion.hits)).all() == [0]


def test_an_encoder_that_fails_hides_nothing(
    client: FlaskClient, meaning: Meaning, encoder: ByThings
) -> None:
    encoder.fails = True
    for _ in range(2):
        assert keys(asked(client, "where is the card of my SIM")["results"]) == ["sim"]
    told = asked(client, BREAD)
    assert (told["results"], keys(told["near_misses"])) == ([], ["pay"]), "then the words alone are asked"


def test_by_words_alone_what_has_hardly_a_word_of_it_is_a_near_miss_too(
    app: Flask, client: FlaskClient, portal: None
) -> None:
    app.extensions["box"] = replace(app.extensions["box"], meaning=None)
    told = asked(client, BREAD)
    assert told["results"] == []
    assert keys(told["near_misses"]) == ["pay"]
    assert keys(asked(client, "where do I see my invoice")["results"]) == ["pay"]

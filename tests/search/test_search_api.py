"""Search as JSON: every part of an answer, as the document says."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import Markup
from sqlalchemy.orm import Session

from kb.portals import FEATURES
from search.answers import Answer, Facet, Failure, Offer, Passage
from tests import factories
from tests.kb.schemas import mismatches
from tests.search.test_results_page import TOKEN, FakeBox, hit, item

FULL = Answer(
    items=(
        item(hit(also_in=("hu",), alike=1, reasons=("recent",))),
        item(source="forum", kind="page", hit=None),
    ),
    total=1,
    asked="puk",
    instead_of="pukk",
    given_up=("zebra",),
    elsewhere=(item(hit(language="hu")),),
    passage=Passage(Markup("<mark>Eight</mark> digits."), item(), "what-is-it"),
    guide=item(hit(kind="guide")),
    offer=Offer("mobile-service", "Mobile service", [("Abroad", "yes")], "no service abroad"),
    failures=(Failure("Forum", late=True),),
    also_asked=("where?",),
    facets={"kind": (Facet("faq", 3),), "other": (Facet("x", 1),)},
    token=TOKEN,
)


@pytest.fixture
def box(app: Flask, session: Session) -> FakeBox:
    """The portal `help`, and a box that answers as told."""
    factories.portal(session, features=list(FEATURES))
    session.commit()
    fake = app.extensions["box"] = FakeBox()
    return fake


def found(client: FlaskClient, query: str) -> dict[str, Any]:
    """The answer of the API."""
    answer = client.get(f"/api/v1/search?{query}")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.get_json()
    return told


def test_every_part_of_an_answer_is_told(client: FlaskClient, box: FakeBox) -> None:
    box.answers = FULL
    told = found(client, "q=pukk&facets=1&portal=help")
    first, second = told["results"]
    assert (first["type"], first["source"], first["also_in"], first["alike"], first["reasons"]) == (
        "article",
        "articles",
        ["hu"],
        1,
        ["recent"],
    )
    assert (second["type"], second["source"], second["key"], second["title"]) == (
        "page",
        "forum",
        "",
        "Find your PUK",
    )
    assert (told["relaxed"], told["given_up"], told["instead"]) == (True, ["zebra"], "puk")
    assert told["passages"][0]["url"].endswith("#what-is-it")
    assert (told["guides"][0]["kind"], told["elsewhere"][0]["language"]) == ("guide", "hu")
    assert told["offers"] == [
        {
            "case_type": "mobile-service",
            "name": "Mobile service",
            "text": "no service abroad",
            "facts": [{"name": "Abroad", "value": "yes"}],
        }
    ]
    assert told["facets"] == {"kind": [{"value": "faq", "count": 3}], "topic": [], "language": [], "tag": []}
    assert (told["failures"], told["also_asked"]) == ([{"source_name": "Forum", "late": True}], ["where?"])
    assert told["token"] == TOKEN


@pytest.mark.parametrize("answer", [FULL, Answer()], ids=["full", "empty"])
def test_an_answer_is_as_the_document_says(client: FlaskClient, box: FakeBox, answer: Answer) -> None:
    box.answers = answer
    document = client.get("/api/openapi.json").get_json()
    said = document["paths"]["/api/v1/search"]["get"]["responses"]["200"]["content"]["application/json"]
    assert mismatches(found(client, "q=puk&facets=1"), said["schema"], document) == []


def test_what_is_asked_for_reaches_the_box(client: FlaskClient, box: FakeBox) -> None:
    found(client, "q=puk&portal=help&lang=hu,en&kind=faq&topic=sim&tag=pin&exact=1&limit=5&offset=10")
    ((question, filters, place, part),) = box.asked
    assert (question, filters.languages, filters.topic) == ("puk", ("hu", "en"), "sim")
    assert (filters.kinds, filters.tags) == (frozenset(["faq"]), frozenset(["pin"]))
    assert (place.surface, place.language, place.others, place.exact) == ("api", "hu", (), True)
    assert part == {"limit": 5, "offset": 10, "facets": False}


def test_only_the_beginning_of_an_answer_is_a_question_to_keep(client: FlaskClient, box: FakeBox) -> None:
    found(client, "q=puk")
    found(client, "q=puk&offset=10")
    client.get("/api/v1/search?q=puk", headers={"DNT": "1"})
    assert [place.keeps for _, _, place, _ in box.asked] == [True, False, False]


@pytest.mark.parametrize("query", ["q=a&lang=hu,,en", "q=a&lang=hu,.../", "q=a&lang=" + "en," * 30])
def test_languages_that_are_none_are_refused(client: FlaskClient, box: FakeBox, query: str) -> None:
    answer = client.get(f"/api/v1/search?{query}")
    assert answer.status_code == 422
    assert "lang" in answer.get_json()["fields"]

"""What answers can be narrowed down to is the same on the page and in the API, and counts every answer once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kb import context
from kb.context import Services
from kb.portals import FEATURES
from search.answers import Facet
from search.facets import facets_of
from tests import factories
from tests.kb.stage import Page
from tests.search.meaning.encoders import encode_all, meaning_in
from tests.search.test_results_page import hit

COUNTED: Mapping[str, Sequence[tuple[str, int]]] = {
    "kind": [("faq", 3), ("wiki", 1)],
    "topic": [("phones", 3), ("sim", 2), ("bills", 1), ("gone", 1)],
    "language": [("en", 4)],
    "tag": [("old", 2)],
}


@pytest.fixture(autouse=True)
def places(session: Session) -> dict[str, int]:
    """A portal of all topics, one of SIM cards alone, and one without topics and tags; ids by key."""
    phones = factories.topic(session, "phones")
    sim = factories.topic(session, "sim", parent=phones)
    bills = factories.topic(session, "bills")
    factories.portal(session, features=list(FEATURES))
    factories.portal(session, "narrow", topics=["sim"], features=list(FEATURES))
    factories.portal(session, "plain", features=["search"])
    article = factories.article(session, "puk", topics=[sim, bills], tags=["PIN"], kind="wiki")
    session.commit()
    revision = factories.newest(article)
    return {"article": article.id, "revision": revision.id}


def offered(app: Flask, portal: str, **beyond: int) -> dict[str, list[tuple[str, int]]]:
    """What a portal offers."""
    with app.test_request_context(f"/{portal}/en/search"):
        context.enter_portal(portal, "en")
        others = [hit(beyond["article"], id=str(beyond["revision"]), kind="wiki")] if beyond else []
        found = facets_of(COUNTED, others, context.portal())
    return {facet: [(one.value, one.count) for one in values] for facet, values in found.items()}


def test_a_portal_offers_no_topics_but_its_own(app: Flask) -> None:
    assert offered(app, "help")["topic"] == [("phones", 3), ("sim", 2), ("bills", 1)]
    assert offered(app, "narrow")["topic"] == [("sim", 2)]
    assert offered(app, "plain") == {**offered(app, "help"), "topic": [], "tag": []}


def test_answers_that_only_mean_the_same_count_too(
    both_databases: str, app: Flask, places: dict[str, int]
) -> None:
    assert offered(app, "help", **places) == {
        "kind": [("faq", 3), ("wiki", 2)],
        "topic": [("phones", 4), ("sim", 3), ("bills", 2)],
        "language": [("en", 5)],
        "tag": [("old", 2), ("pin", 1)],
    }


def test_nothing_counted_is_nothing_offered(app: Flask) -> None:
    with app.test_request_context("/help/en/search"):
        assert facets_of({}, [hit()], None) == {}
        assert facets_of({"topic": [("bills", 1), ("gone", 1)]}, [], None) == {"topic": (Facet("bills", 1),)}


def test_page_and_api_agree(client: FlaskClient) -> None:
    for portal, topics in (("help", {"phones", "sim", "bills"}), ("narrow", {"sim"}), ("plain", set())):
        found = client.get(f"/api/v1/search?q=puk&portal={portal}&facets=1").get_json()
        assert {one["value"] for one in found["facets"]["topic"]} == topics
        page = Page(client.get(f"/{portal}/en/search?q=puk"))
        assert not [
            link for link in page.links() if "topic=" in link and link.rpartition("=")[2] not in topics
        ]


def test_what_is_counted_is_what_the_pages_list(
    app: Flask, client: FlaskClient, session: Session, services: Services, tmp_path: Path
) -> None:
    for number in range(4):
        factories.article(session, f"pay-{number}", title=f"Invoice {number}", body="Settled by card? No.")
    for number in range(19):
        factories.article(session, f"other-{number}", title=f"Faktura {number}", kind="wiki", body="Räkning.")
    session.commit()
    services.settle()
    meaning = meaning_in(tmp_path)
    app.extensions["box"] = replace(app.extensions["box"], meaning=meaning)
    encode_all(meaning, app.extensions["search"].engine)
    listed: list[str] = []
    for offset in (0, 10, 20, 30):
        asked = f"/api/v1/search?q=how do i settle my invoice&portal=help&lang=en&facets=1&offset={offset}"
        found = client.get(asked).get_json()
        listed += [one["key"] for one in found["results"] if one["type"] == "article"]
    first = client.get(asked.replace("offset=30", "offset=0")).get_json()
    assert len(listed) == len(set(listed)) == first["total"]
    assert first["total"] > 20, "more than by words, and more than two pages"
    assert sum(one["count"] for one in first["facets"]["kind"]) == first["total"]

"""The API: its contract, its mistakes, its keys, its document, and that no question makes it fall over."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from kb import people
from kb.models import ApiKey, Person, State
from kb.permissions import SYSTEM
from tests import factories
from tests.conftest import START, Clock
from tests.kb.schemas import mismatches
from tests.kb.stage import Stage, reread

Open = Callable[[Person], FlaskClient]
ADDRESSES = (
    "/api/v1/search?q=roaming",
    "/api/v1/articles",
    "/api/v1/articles/roaming",
    "/api/v1/topics",
    "/api/v1/portals",
)


def get(client: FlaskClient, path: str, **headers: str) -> Any:
    """The JSON of an answer that must be one."""
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/json"
    return answer.get_json()


def key_for(
    session: Session, *audiences: str, scopes: tuple[str, ...] = ("read",), **more: Any
) -> dict[str, str]:
    """The header of a machine with a key for these audiences."""
    _, shown = people.issue_key(
        session, name="shop", scopes=scopes, audiences=audiences, by=SYSTEM, now=START, **more
    )
    session.commit()
    return {"Authorization": f"Bearer {shown}"}


def problem(answer: TestResponse, status: int) -> dict[str, Any]:
    """What is wrong, in the form of RFC 9457."""
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    found: dict[str, Any] = answer.get_json()
    assert set(found) <= {"type", "title", "status", "detail", "fields", "replaced_by"}
    assert found["status"] == status
    assert found["title"]
    assert found["detail"]
    return found


# Search


def test_search_answers_as_agreed(client: FlaskClient, site: Stage) -> None:
    answer = get(client, "/api/v1/search?q=roaming&lang=en")
    assert {"results", "took_ms"} <= set(answer)
    assert isinstance(answer["took_ms"], float)
    first = answer["results"][0]
    assert {"type", "key", "title", "language", "url", "snippet", "score"} <= set(first)
    assert (first["type"], first["key"], first["title"], first["language"]) == (
        "article",
        "roaming",
        "Roaming abroad",
        "en",
    )
    assert first["url"] == "http://localhost/help/en/a/roaming-abroad"
    assert isinstance(first["score"], float)
    assert isinstance(first["snippet"], str)


def test_search_finds_in_every_language_unless_told_one(client: FlaskClient, site: Stage) -> None:
    every = get(client, "/api/v1/search?q=kind:faq&limit=50")["results"]
    assert {code for hit in every for code in (hit["language"], *hit["also_in"])} == {"en", "hu"}
    hungarian = get(client, "/api/v1/search?q=Barangolás&lang=hu")["results"]
    assert [hit["url"] for hit in hungarian] == ["http://localhost/help/hu/a/barangolas-kulfoldon"]


def test_search_turns_pages(client: FlaskClient, session: Session, site: Stage) -> None:
    for number in range(7):
        factories.article(session, f"modem-{number}", title=f"Modem {number}")
    session.commit()
    pages = [
        get(client, f"/api/v1/search?q=modem&lang=en&limit=3&offset={offset}") for offset in (0, 3, 6, 9)
    ]
    assert [len(page["results"]) for page in pages] == [3, 3, 1, 0]
    assert {page["total"] for page in pages} == {7}
    assert len({hit["key"] for page in pages for hit in page["results"]}) == 7


def test_a_snippet_is_safe_to_show(client: FlaskClient, session: Session, site: Stage) -> None:
    factories.article(
        session, "evil", title="Evil <script>", body="An evil &lt;img src=x onerror=alert(1)&gt; word."
    )
    session.commit()
    (hit,) = get(client, "/api/v1/search?q=evil&lang=en")["results"]
    assert "<script" not in hit["snippet"]
    assert "<img" not in hit["snippet"]
    assert set(hit["snippet"].replace("</mark>", "<mark>").split("<mark>")[0]) & {"<"} == set()


# Articles, topics, portals


def test_articles_are_listed_page_by_page(client: FlaskClient, site: Stage) -> None:
    first = get(client, "/api/v1/articles?limit=1&lang=hu&portal=help")
    assert first["total"] == 2, "articles, not translations"
    assert [card["key"] for card in first["articles"]] == ["prices"]
    second = get(client, first["next"])
    assert [(card["key"], card["language"]) for card in second["articles"]] == [("roaming", "hu")]
    assert second["next"] is None


def test_the_address_of_the_next_page_is_made_of_what_we_know(client: FlaskClient, site: Stage) -> None:
    following = get(client, "/api/v1/articles?limit=1&x=evil&_scheme=javascript&endpoint=static")["next"]
    assert following.startswith("http://localhost/api/v1/articles?")
    assert "evil" not in following


def test_an_article_is_told_whole(client: FlaskClient, site: Stage) -> None:
    told = get(client, "/api/v1/articles/roaming?portal=help")
    assert told["title"] == "Roaming abroad"
    assert told["languages"] == ["en", "hu"]
    assert told["topics"] == ["sim"]
    assert told["tags"] == ["travel", "Say what?"]
    assert [card["key"] for card in told["related"]] == ["prices"]
    assert 'href="http://localhost/help/en/a/prices"' in told["html"]
    assert datetime.fromisoformat(told["changed_at"]) == START
    assert get(client, "/api/v1/articles/roaming?lang=hu")["title"] == "Barangolás külföldön"


def test_the_source_with_its_comments_is_for_staff_and_keys(
    client: FlaskClient, client_of: Open, session: Session, agent: Person, outsider: Person, site: Stage
) -> None:
    factories.article(session, "noted", body="Words. <!-- not for customers --> [more](kb:a-secret-plan)")
    session.commit()
    address = "/api/v1/articles/noted"
    for browser in (client, client_of(outsider)):
        answer = browser.get(address)
        assert answer.get_json()["markdown"] is None
        assert "not for customers" not in answer.text
        assert "a-secret-plan" not in answer.text
    assert "not for customers" in client_of(agent).get(address).get_json()["markdown"]
    assert (
        "not for customers" in client.get(address, headers=key_for(session, "public")).get_json()["markdown"]
    )


def test_an_article_without_any_of_the_languages_is_told_in_one_it_has(
    client: FlaskClient, site: Stage
) -> None:
    assert get(client, "/api/v1/articles/prices?lang=hu")["language"] == "en"


def test_topics_come_with_counts_parents_first(client: FlaskClient, site: Stage) -> None:
    told = get(client, "/api/v1/topics?lang=hu")["topics"]
    assert told == [
        {"key": "phones", "name": "Telefonok", "parent": None, "articles": 2},
        {"key": "sim", "name": "SIM-kártyák", "parent": "phones", "articles": 1},
    ]


def test_portals_are_those_that_one_may_enter(
    client: FlaskClient, client_of: Open, session: Session, agent: Person, site: Stage
) -> None:
    told = get(client, "/api/v1/portals")["portals"]
    assert [(portal["key"], portal["open"], portal["url"]) for portal in told] == [
        ("help", True, "http://localhost/help/")
    ]
    assert [portal["key"] for portal in get(client_of(agent), "/api/v1/portals")["portals"]] == [
        "help",
        "internal",
    ]


def test_without_an_open_portal_articles_have_no_address(client: FlaskClient, session: Session) -> None:
    factories.article(session, body="## There\n\n[Here](kb:roaming#at-there)")
    session.commit()
    assert get(client, "/api/v1/articles/roaming")["url"] == ""
    assert get(client, "/api/v1/search?q=roaming")["results"][0]["url"] == ""


# Mistakes


def test_a_question_that_asks_for_too_much_is_refused_as_such(client: FlaskClient, site: Stage) -> None:
    assert list(problem(client.get("/api/v1/search?q=" + "x" * 2001), 400)["fields"]) == ["q"]


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/api/v1/search", "q"),
        ("/api/v1/search?q=a&limit=0", "limit"),
        ("/api/v1/search?q=a&limit=101", "limit"),
        ("/api/v1/search?q=a&limit=ten", "limit"),
        ("/api/v1/search?q=a&offset=-1", "offset"),
        ("/api/v1/search?q=a&offset=10001", "offset"),
        ("/api/v1/search?q=a&kind=poem", "kind"),
        ("/api/v1/search?q=a&lang=..%2f", "lang"),
        ("/api/v1/search?q=a&lang=sv&portal=help", "lang"),
        ("/api/v1/articles?limit=1.5", "limit"),
        ("/api/v1/articles/roaming?lang=xx", "lang"),
        ("/api/v1/topics?lang=", "lang"),
    ],
)
def test_a_bad_value_is_named_with_what_is_wrong(
    client: FlaskClient, site: Stage, path: str, field: str
) -> None:
    found = problem(client.get(path), 422)
    assert list(found["fields"]) == [field]
    assert found["fields"][field].endswith(".")
    assert found["fields"][field] in found["detail"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/articles/nothing",
        "/api/v1/articles?portal=nothing",
        "/api/v1/search?q=a&portal=nothing",
        "/api/v1/nothing",
        "/api/v2/articles",
    ],
)
def test_what_is_not_there_is_a_problem_and_no_page(client: FlaskClient, site: Stage, path: str) -> None:
    problem(client.get(path), 404)


def test_a_wrong_method_is_a_problem_too(client: FlaskClient) -> None:
    answer = client.post("/api/v1/articles")
    problem(answer, 405)
    assert "GET" in answer.headers["Allow"]


def test_an_article_that_does_not_show_is_not_told(
    client: FlaskClient, client_of: Open, session: Session, author: Person
) -> None:
    factories.article(session, "hidden", state=State.DRAFT)
    factories.article(session, "inner", audience="agent")
    session.commit()
    problem(client_of(author).get("/api/v1/articles/hidden"), 404)
    problem(client.get("/api/v1/articles/inner"), 404)
    assert get(client_of(author), "/api/v1/articles/inner")["key"] == "inner"


def test_a_withdrawn_article_is_gone_and_what_replaced_it_is_named(
    client: FlaskClient, session: Session
) -> None:
    factories.portal(session, "help")
    old = factories.article(session, "old", state=State.WITHDRAWN)
    factories.article(session, "inner", audience="agent")
    session.commit()
    assert "replaced_by" not in problem(client.get("/api/v1/articles/old"), 410)
    old.replaced_by = "inner"
    session.commit()
    assert "replaced_by" not in problem(client.get("/api/v1/articles/old"), 410)
    factories.article(session, "new")
    old.replaced_by = "new"
    session.commit()
    told = problem(client.get("/api/v1/articles/old?portal=help"), 410)
    assert told["replaced_by"] == "http://localhost/api/v1/articles/new?portal=help"
    assert get(client, told["replaced_by"])["key"] == "new"


def test_what_this_caller_could_never_read_is_not_said_to_be_gone(
    client: FlaskClient, session: Session
) -> None:
    factories.article(session, "inner", audience="agent", state=State.WITHDRAWN)
    session.commit()
    problem(client.get("/api/v1/articles/inner"), 404)


# Keys


def test_a_key_opens_what_its_audiences_may_read_and_no_more(
    client: FlaskClient, session: Session, site: Stage
) -> None:
    factories.article(session, "inner", audience="agent")
    factories.article(session, "outer", audience="customer")
    session.commit()
    header = key_for(session, "agent")
    assert get(client, "/api/v1/articles/inner", **header)["key"] == "inner"
    problem(client.get("/api/v1/articles/outer", headers=header), 404)
    assert get(client, "/api/v1/articles/roaming", **header)["key"] == "roaming", "what is public, always"
    problem(client.get("/api/v1/articles/inner"), 404)


@pytest.mark.parametrize("path", ADDRESSES)
@pytest.mark.parametrize(
    "key", ["", "klz", "klz_", "klz_00000000_nothing", "klz_\u00e9_x", "x" * 4000, "a b", "'; --"]
)
def test_a_key_that_is_none_is_refused_rather_than_ignored(client: FlaskClient, path: str, key: str) -> None:
    problem(client.get(path, headers={"Authorization": f"Bearer {key}"}), 401)


def test_a_key_with_a_changed_end_is_refused(client: FlaskClient, session: Session) -> None:
    header = key_for(session, "public")["Authorization"]
    assert client.get("/api/v1/articles", headers={"Authorization": header}).status_code == 200
    for wrong in (header[:-1], header + "x", header[:-4] + "AAAA"):
        problem(client.get("/api/v1/articles", headers={"Authorization": wrong}), 401)


def test_a_key_ends_when_it_is_revoked_or_expires(
    client: FlaskClient, session: Session, clock: Clock
) -> None:
    expiring = key_for(session, "public", expires_at=START + timedelta(hours=1))
    revoked = key_for(session, "public")
    assert client.get("/api/v1/articles", headers=revoked).status_code == 200
    row = session.scalars(select(ApiKey).order_by(ApiKey.id.desc())).first()
    assert row is not None
    people.revoke_key(session, row, by=SYSTEM, now=START)
    session.commit()
    problem(client.get("/api/v1/articles", headers=revoked), 401)
    clock.advance(minutes=59)
    assert client.get("/api/v1/articles", headers=expiring).status_code == 200
    clock.advance(minutes=1)
    problem(client.get("/api/v1/articles", headers=expiring), 401)


def test_a_key_without_the_scope_may_not_read(client: FlaskClient, session: Session) -> None:
    problem(client.get("/api/v1/articles", headers=key_for(session, "public", scopes=("metrics",))), 403)


def test_a_key_is_no_way_into_pages_for_people(client: FlaskClient, session: Session) -> None:
    header = key_for(session, "public", "agent", scopes=("read", "metrics"))
    assert client.get("/admin/", headers=header).status_code == 403
    assert client.get("/account", headers=header).status_code == 403


def test_the_use_of_a_key_is_noted_once_an_hour(client: FlaskClient, session: Session, clock: Clock) -> None:
    header = key_for(session, "public")
    row = session.scalars(select(ApiKey)).one()
    client.get("/api/v1/articles", headers=header)
    reread(session, row)
    assert row.last_used_at == START
    clock.advance(minutes=59)
    client.get("/api/v1/articles", headers=header)
    reread(session, row)
    assert row.last_used_at == START
    clock.advance(minutes=2)
    client.get("/api/v1/articles", headers=header)
    reread(session, row)
    assert row.last_used_at == START + timedelta(minutes=61)


def test_a_key_in_a_form_does_not_wait_for_itself(client: FlaskClient, session: Session, site: Stage) -> None:
    answer = client.post(
        "/help/en/a/prices/feedback", data={"helpful": "yes"}, headers=key_for(session, "public")
    )
    assert answer.status_code == 303
    assert session.scalars(select(ApiKey.last_used_at)).all() == [START]


# Asking again


@pytest.mark.parametrize("path", [*ADDRESSES, "/api/openapi.json"])
@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_who_asks_again_is_told_that_nothing_changed(
    client: FlaskClient, site: Stage, path: str, encoding: str
) -> None:
    first = client.get(path, headers={"Accept-Encoding": encoding})
    tag = first.headers["ETag"]
    assert tag.startswith('W/"')
    again = client.get(path, headers={"Accept-Encoding": encoding, "If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == tag
    assert client.get(path, headers={"If-None-Match": 'W/"other"'}).status_code == 200


def test_what_changed_is_told_anew(client: FlaskClient, session: Session, site: Stage) -> None:
    tags = {path: client.get(path).headers["ETag"] for path in ADDRESSES}
    factories.revision(session, site.roaming, title="Roaming anywhere")
    factories.article(session, "more", topics=[site.sim])
    factories.portal(session, "new")
    session.commit()
    for path, tag in tags.items():
        assert client.get(path, headers={"If-None-Match": tag}).status_code == 200, path


def test_a_tag_of_one_caller_is_none_of_another(client: FlaskClient, session: Session, site: Stage) -> None:
    factories.article(session, "inner", audience="agent")
    session.commit()
    header = key_for(session, "agent")
    tag = client.get("/api/v1/articles", headers=header).headers["ETag"]
    answer = client.get("/api/v1/articles", headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert "inner" not in answer.text
    assert "Authorization" in answer.headers["Vary"]


# The document


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield (
                    path,
                    method,
                    {
                        **operation,
                        "parameters": [*item.get("parameters", []), *operation.get("parameters", [])],
                    },
                )


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for inner in node.values():
            yield from references(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from references(inner)


@pytest.fixture
def document(client: FlaskClient) -> dict[str, Any]:
    """The OpenAPI document."""
    found: dict[str, Any] = get(client, "/api/openapi.json")
    return found


def test_the_document_says_what_it_must(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    assert document["info"]["title"] == "Kalauz"
    assert document["info"]["version"] == "v1"
    assert {} in document["security"], "a key is not always needed"
    assert document["components"]["securitySchemes"]["key"] == {"type": "http", "scheme": "bearer"}
    tags = {tag["name"] for tag in document["tags"]}
    for path, method, operation in operations(document):
        assert operation["summary"], f"{method} {path}"
        assert set(operation["tags"]) <= tags


def test_every_reference_in_the_document_leads_somewhere(document: dict[str, Any]) -> None:
    found = set(references(document))
    assert found
    for reference in found:
        node: Any = document
        for name in reference.removeprefix("#/").split("/"):
            node = node[name]


def test_the_document_has_every_route_with_its_parameters(app: Flask, document: dict[str, Any]) -> None:
    described = {(path, method.upper()): operation for path, method, operation in operations(document)}
    answered = set()
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/v1"):
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                answered.add((path, method))
                parameters = described[path, method]["parameters"]
                assert {one["name"] for one in parameters if one["in"] == "path"} == rule.arguments
    assert answered == set(described)


def test_every_mistake_is_described_as_a_problem(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        assert "default" in operation["responses"], f"{method} {path}"
    for response in document["components"]["responses"].values():
        assert list(response["content"]) == ["application/problem+json"]


@pytest.mark.parametrize("path", ADDRESSES)
def test_an_answer_is_as_the_document_says(
    client: FlaskClient, document: dict[str, Any], site: Stage, path: str
) -> None:
    described = urlsplit(path).path.replace("/articles/roaming", "/articles/{key}")
    schema = document["paths"][described]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert mismatches(get(client, path), schema, document) == []
    mistake = client.get(path, headers={"Authorization": "Bearer none"}).get_json()
    assert mismatches(mistake, {"$ref": "#/components/schemas/Problem"}, document) == []

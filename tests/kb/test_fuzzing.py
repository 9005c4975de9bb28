"""Whatever is asked, and however an address is made up: there is an answer, and never a crash."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from kb.languages import MOST_REMEMBERED, _locale, is_language
from kb.portals import FEATURES
from tests import factories
from tests.kb.stage import Stage
from tests.kb.test_api import problem

WORDS = st.text(max_size=60) | st.sampled_from(
    [
        '"',
        "((((",
        "a AND",
        "NOT NOT",
        "tag:",
        'tag:"x',
        "changed:x",
        "kind:faq",
        "*",
        "a*",
        "title:*",
        "-",
        "+",
        "\x00",
        "'",
        "%",
        "lang:",
    ]
)
ANYTHING = st.text(max_size=20) | st.integers().map(str)
QUERY = st.fixed_dictionaries(
    {},
    optional={
        "q": st.lists(WORDS, max_size=5).map(" ".join),
        "lang": st.sampled_from(["en", "hu", "sv", "xx", "", "en-GB", "../.."]) | ANYTHING,
        "portal": st.sampled_from(["help", "internal", "nothing", ""]) | ANYTHING,
        "kind": st.sampled_from(["faq", "poem"]) | ANYTHING,
        "topic": st.sampled_from(["sim", "nothing"]) | ANYTHING,
        "limit": st.integers(-2, 120).map(str) | ANYTHING,
        "offset": st.integers(-2, 12_000).map(str) | ANYTHING,
        "page": ANYTHING,
        "_external": ANYTHING,
        "endpoint": ANYTHING,
    },
)
PLACES = st.sampled_from(
    [
        "/api/v1/search",
        "/api/v1/articles",
        "/api/v1/articles/roaming",
        "/api/v1/topics",
        "/api/v1/portals",
        "/help/en/search",
        "/help/hu/suggest",
        "/help/en/folders/travel",
        "/help/en/a/roaming-abroad",
        "/help/en/",
    ]
)


@given(path=PLACES, query=QUERY)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_question_makes_it_fall_over(
    client: FlaskClient, site: Stage, path: str, query: dict[str, str]
) -> None:
    answer = client.get(path, query_string=query)
    assert answer.status_code in {200, 403, 404, 422}
    if path.startswith("/api/v1") and answer.status_code != 200:
        problem(answer, answer.status_code)


@given(path=st.text(max_size=40))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize(
    "start", ["/api/v1/articles/", "/help/en/a/", "/help/", "/", "/files/1/", "/static/"]
)
def test_no_address_makes_it_fall_over(client: FlaskClient, site: Stage, start: str, path: str) -> None:
    answer = client.get(
        "/", environ_overrides={"PATH_INFO": (start + path).encode().decode("latin-1")}, buffered=True
    )
    assert answer.status_code in {200, 302, 308, 403, 404}


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/api/v1/search", {"q": "a\x00b"}),
        ("/api/v1/search", {"q": "a", "topic": "\x00", "portal": "\x00"}),
        ("/api/v1/articles/\x00", {}),
        ("/help/en/a/\x00", {}),
        ("/help/en/key/\x00", {}),
        ("/help/en/a/" + "x" * 3000, {}),
        ("/help/en/search", {"q": "\x00", "page": "9" * 400}),
        ("/files/1/\x00", {}),
    ],
)
def test_no_database_falls_over_at_what_it_cannot_hold(
    both_databases: str, client: FlaskClient, session: Session, path: str, query: dict[str, str]
) -> None:
    factories.portal(session, features=list(FEATURES))
    factories.article(session)
    session.commit()
    assert client.get(path, query_string=query).status_code in {200, 400, 404}


@pytest.mark.parametrize("email", ["\x00@example.com", "x" * 200 + "\x00"])
def test_no_form_makes_a_database_fall_over(
    both_databases: str, client: FlaskClient, session: Session, email: str
) -> None:
    factories.portal(session, features=list(FEATURES))
    factories.article(session)
    session.commit()
    assert client.post("/login", data={"email": email, "password": "\x00"}).status_code in {400, 401, 422}
    feedback = {"helpful": "yes", "comment": "a\x00b"}
    assert client.post("/help/en/a/roaming/feedback", data=feedback).status_code in {303, 400, 422}


def test_made_up_languages_do_not_fill_the_memory() -> None:
    for number in range(MOST_REMEMBERED + 100):
        is_language(f"en-{number:05}abc")
    assert _locale.cache_info().currsize == MOST_REMEMBERED

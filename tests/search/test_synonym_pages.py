"""The pages of synonyms, as authors and others find them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.models import Person
from kb.portals import FEATURES
from search.models import SynonymGroup
from tests import factories
from tests.kb.admin.conftest import afresh, hidden, words

Open = Callable[[Person], FlaskClient]
ADDRESSES = ("", "new", "1", "1/delete", "import", "export")


@pytest.fixture
def desk(client_of: Open, author: Person) -> FlaskClient:
    """A browser in which the author is logged in."""
    return client_of(author)


@pytest.fixture
def group(session: Session) -> SynonymGroup:
    """PUK and its other name, in English."""
    made = SynonymGroup(language="en", words=["PUK", "personal key"], one_way=False)
    session.add(made)
    session.commit()
    return made


def groups(session: Session) -> list[tuple[str, list[str], bool]]:
    """What is stored."""
    afresh(session)
    found = session.scalars(select(SynonymGroup).order_by(SynonymGroup.id))
    return [(one.language, one.words, one.one_way) for one in found]


@pytest.mark.parametrize("part", ["author", "specialist", "supervisor", "admin"])
def test_those_who_write_find_them(
    client_of: Open, request: pytest.FixtureRequest, group: SynonymGroup, part: str
) -> None:
    browser = client_of(request.getfixturevalue(part))
    for address in ADDRESSES:
        assert browser.get(f"/search/synonyms/{address}").status_code == 200, address


@pytest.mark.parametrize("part", ["reviewer", "translator", "agent", "customer", "outsider"])
def test_nobody_else_does(
    client_of: Open, request: pytest.FixtureRequest, session: Session, group: SynonymGroup, part: str
) -> None:
    browser = client_of(request.getfixturevalue(part))
    for address in ADDRESSES:
        assert browser.get(f"/search/synonyms/{address}").status_code == 403, address
    for address in ("new", "1", "1/delete", "import"):
        data = {"language": "en", "words": "a\nb", "lines": "a, b"}
        assert browser.post(f"/search/synonyms/{address}", data=data).status_code == 403
    assert len(groups(session)) == 1


def test_strangers_are_asked_to_log_in(client: FlaskClient, group: SynonymGroup) -> None:
    for address in ADDRESSES:
        assert client.get(f"/search/synonyms/{address}").status_code in {302, 401}


def test_a_form_without_its_token_is_refused(app: Flask, desk: FlaskClient, session: Session) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    for address in ("new", "import"):
        assert desk.post(f"/search/synonyms/{address}", data={"words": "a\nb"}).status_code == 400
    assert groups(session) == []


def test_a_group_is_made_changed_and_deleted(desk: FlaskClient, session: Session) -> None:
    made = desk.post("/search/synonyms/new", data={"language": "hu", "words": " PUK \r\n\r\nfeloldókód "})
    assert (made.status_code, made.location) == (303, "/search/synonyms/?language=hu")
    assert groups(session) == [("hu", ["PUK", "feloldókód"], False)]
    assert "PUK, feloldókód" in words(desk.get(made.location))
    page = desk.get("/search/synonyms/1")
    assert "PUK\nfeloldókód" in page.text.replace("\r\n", "\n")
    changed = {"language": "hu", "words": "PUK\nkód", "one_way": "y", "version": hidden(page, "version")}
    assert desk.post("/search/synonyms/1", data=changed).status_code == 303
    assert groups(session) == [("hu", ["PUK", "kód"], True)]
    assert desk.post("/search/synonyms/1/delete").status_code == 303
    assert groups(session) == []


def test_what_is_refused_stands_beside_the_field_and_what_was_typed_stays(
    desk: FlaskClient, session: Session
) -> None:
    page = desk.post("/search/synonyms/new", data={"language": "en", "words": "only-one"})
    assert page.status_code == 422
    assert "Give 2 to 20 words." in words(page)
    assert "only-one" in page.text
    assert desk.post("/search/synonyms/new", data={"language": "xx", "words": "a\nb"}).status_code == 422
    assert desk.post("/search/synonyms/new", data={}).status_code == 422
    assert groups(session) == []


def test_two_people_one_group(desk: FlaskClient, session: Session, group: SynonymGroup) -> None:
    seen = hidden(desk.get("/search/synonyms/1"), "version")
    first = {"language": "en", "words": "PUK\nfirst", "version": seen}
    assert desk.post("/search/synonyms/1", data=first).status_code == 303
    late = desk.post("/search/synonyms/1", data={**first, "words": "PUK\nsecond"})
    assert (late.status_code, "Somebody else saved this" in words(late)) == (409, True)
    assert "second" in late.text
    again = {**first, "words": "PUK\nsecond", "version": hidden(late, "version")}
    assert desk.post("/search/synonyms/1", data=again).status_code == 303
    assert groups(session) == [("en", ["PUK", "second"], False)]


def test_lines_are_taken_in_and_given_out(desk: FlaskClient, session: Session) -> None:
    lines = "PUK, personal key\r\nphone => mobile, handset\r\n"
    done = desk.post(
        "/search/synonyms/import", data={"language": "en", "lines": lines}, follow_redirects=True
    )
    assert "2 groups added, 0 were there already." in words(done)
    given = desk.get("/search/synonyms/export?language=en")
    assert given.text == lines.replace("\r\n", "\n")
    assert 'filename="synonyms-en.txt"' in given.headers["Content-Disposition"]


def test_wrong_lines_are_named_by_their_numbers(desk: FlaskClient, session: Session) -> None:
    page = desk.post("/search/synonyms/import", data={"language": "en", "lines": 'a, b\nc\n"d", e'})
    assert page.status_code == 422
    assert "Line 2: Give 2 to 20 words." in words(page)
    assert "Line 3:" in words(page)
    assert groups(session) == []


def test_a_question_shows_what_it_becomes(desk: FlaskClient, session: Session, group: SynonymGroup) -> None:
    factories.article(session, title="Personal key", body="It unlocks the card.")
    factories.article(session, "other", title="Router", body="Lights.")
    session.commit()
    page = words(desk.get("/search/synonyms/?language=en&q=PUK"))
    assert "puk also: personal key" in page
    assert "1 article, the best first: Personal key" in page
    assert "Answered instead: router" in words(desk.get("/search/synonyms/?language=en&q=rowter"))
    assert "No article answers it." in words(desk.get("/search/synonyms/?language=en&q=xyzzy"))
    assert desk.get('/search/synonyms/?language=nonsense&q=%00*"(').status_code == 200


def test_readers_find_by_a_synonym_at_once_and_no_longer_when_it_is_gone(
    desk: FlaskClient, client: FlaskClient, session: Session
) -> None:
    factories.portal(session, features=list(FEATURES))
    factories.article(session, title="Personal key", body="It unlocks the card.")
    session.commit()

    def finds() -> bool:
        return bool(client.get("/api/v1/search?q=PUK&portal=help&lang=en").get_json()["results"])

    assert not finds()
    desk.post("/search/synonyms/new", data={"language": "en", "words": "PUK\npersonal key"})
    assert finds()
    desk.post("/search/synonyms/1/delete")
    assert not finds()

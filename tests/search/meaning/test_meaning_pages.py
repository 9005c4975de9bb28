"""The page and the command that show how far the encoding is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kb.context import Services
from kb.models import Person
from search.meaning.meaning import Meaning
from tests import factories
from tests.search.meaning.encoders import ByThings, encode_all, meaning_in

Opened = Callable[[Person], FlaskClient]


@pytest.fixture
def meaning(app: Flask, tmp_path: Path) -> Meaning:
    """The application's own, by an encoder for tests."""
    made = app.extensions["meaning"] = meaning_in(tmp_path)
    return made


@pytest.fixture
def two_articles(session: Session, services: Services) -> None:
    """Three texts in two languages, in the index."""
    factories.article(session, "card", title="Card", translations={"hu": "Kártya"})
    factories.article(session, "invoice", title="Invoice")
    session.commit()
    services.settle()


def test_a_supervisor_sees_how_far_it_is(
    app: Flask, meaning: Meaning, two_articles: None, client_of: Opened, supervisor: Person
) -> None:
    page = client_of(supervisor).get("/search/meaning").get_data(as_text=True)
    assert "0 of 3 texts are prepared." in page
    encode_all(meaning, app.extensions["search"].engine)
    page = client_of(supervisor).get("/search/meaning").get_data(as_text=True)
    assert "All texts are prepared: 3." in page
    assert "magyar" in page.lower()
    assert "things-1" in page


def test_where_search_works_by_words_the_page_says_how_to_have_more(
    app: Flask, client_of: Opened, admin: Person
) -> None:
    app.extensions["meaning"] = None
    page = client_of(admin).get("/search/meaning")
    assert page.status_code == 200
    assert "KALAUZ_SEMANTIC" in page.get_data(as_text=True)


def test_nobody_else_sees_the_page(
    meaning: Meaning, client: FlaskClient, client_of: Opened, outsider: Person, agent: Person, author: Person
) -> None:
    assert client.get("/search/meaning").status_code in {302, 303, 401}
    for person in (outsider, agent, author):
        assert client_of(person).get("/search/meaning").status_code == 403


def test_the_command_encodes_everything(app: Flask, meaning: Meaning, two_articles: None) -> None:
    said = app.test_cli_runner().invoke(args=["meaning"])
    assert said.exit_code == 0
    assert said.output.splitlines()[-1].startswith("3 documents in ")
    assert sum(len(shelf.ids) for shelf in meaning.store.shelves().values()) == 3
    assert app.test_cli_runner().invoke(args=["meaning"]).output.splitlines()[-1].startswith("0 documents")


def test_the_command_says_that_there_is_nothing_to_do(app: Flask) -> None:
    app.extensions["meaning"] = None
    said = app.test_cli_runner().invoke(args=["meaning"])
    assert said.exit_code == 0
    assert "by words alone" in said.output


def test_the_command_leaves_it_to_the_one_who_encodes_already(app: Flask, meaning: Meaning) -> None:
    with meaning.store.writing():
        said = app.test_cli_runner().invoke(args=["meaning"])
    assert said.exit_code != 0
    assert "Another process" in str(said.exception)


def test_the_command_says_why_an_encoder_fails(app: Flask, meaning: Meaning, two_articles: None) -> None:
    assert isinstance(meaning.encoder, ByThings)
    meaning.encoder.fails = True
    said = app.test_cli_runner().invoke(args=["meaning"])
    assert said.exit_code == 1
    assert "told to" in said.output


def test_each_process_that_serves_begins_to_encode(services: Services) -> None:
    begun = [begin.__qualname__ for begin in services.companions]
    assert ("Background.start" in begun) == (services.config.semantic == "auto")

"""What the domain refuses is said in the reader's language, with its values, on pages and in the API."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kb import errors
from kb.config import Config
from kb.errors import N_, Invalid, NotFound, Sentence
from kb.http import told
from tests import factories
from tests.cast import PASSWORD, email
from tests.conftest import Clock
from tests.kb.stage import Page, Stage, log_in
from tests.processes import ROOT

REFUSALS = {
    name
    for name, held in vars(errors).items()
    if isinstance(held, type) and issubclass(held, errors.KalauzError)
}
FILES_FOR_THE_COMMAND_LINE = {"readers"}  # what an import says of files is read on a terminal, in English


@pytest.fixture
def swedish(tmp_path: Path, config: Config, clock: Clock) -> Flask:
    """An application whose Swedish is that of this test."""
    from kb.app import create_app

    catalog = Catalog(locale="sv")
    catalog.add("There is no article %(key)s that you may read.", "Ingen artikel %(key)s för dig.")
    catalog.add("Use at most %(most)s characters.", "Högst %(most)s tecken.")
    catalog.add("Use at least %(least)s characters.", "Minst %(least)s tecken.")
    catalog.add("There is no such article here.", "Ingen sådan artikel här.")
    folder = tmp_path / "words" / "sv" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "messages.mo").open("wb") as file:
        write_mo(file, catalog)
    made = create_app(config, clock=clock)
    made.config.update(BABEL_TRANSLATION_DIRECTORIES=str(tmp_path / "words"))
    made.extensions["babel"].translation_directories = [str(tmp_path / "words")]
    return made


def test_a_sentence_is_its_english_words() -> None:
    sentence = N_("At most %(most)s of %(kind)s, 100 %% sure.", most=3, kind="a%b")
    assert sentence == "At most 3 of a%b, 100 % sure."
    assert isinstance(sentence, Sentence)
    assert (sentence.message, sentence.values) == (
        "At most %(most)s of %(kind)s, 100 %% sure.",
        {"most": 3, "kind": "a%b"},
    )
    assert N_("Exactly 100 %.") == "Exactly 100 %."


def test_a_refusal_keeps_its_sentence() -> None:
    refusal = NotFound(N_("There is no article %(key)s.", key="x"))
    assert str(refusal) == "There is no article x."
    assert isinstance(refusal.sentence, Sentence)
    assert NotFound().sentence == ""
    assert str(Invalid({"a": N_("Give %(what)s.", what="it"), "b": "Plain."})) == "a: Give it.; b: Plain."


def test_a_problem_is_told_in_the_caller_s_language(swedish: Flask, site: Stage) -> None:
    client = swedish.test_client()
    found = client.get("/api/v1/articles/100%25", headers={"Accept-Language": "sv"}).get_json()
    assert found["detail"] == "Ingen artikel 100% för dig."
    english = client.get("/api/v1/articles/100%25", headers={"Accept-Language": "en"}).get_json()
    assert english["detail"] == "There is no article 100% that you may read."


def test_a_page_is_told_in_the_reader_s_language(swedish: Flask, session: Session) -> None:
    factories.portal(session, languages=["sv", "en"], features=["search", "feedback"])
    factories.article(session)
    session.commit()
    client = swedish.test_client()
    assert "Ingen sådan artikel här." in Page(client.get("/help/sv/a/nothing")).words
    assert "There is no such article here." in Page(client.get("/help/en/a/nothing")).words
    long = {"helpful": "yes", "comment": "x" * 2001}
    assert "Högst 2000 tecken." in Page(client.post("/help/sv/a/roaming/feedback", data=long)).words


def test_a_form_is_told_in_the_person_s_language(swedish: Flask) -> None:
    swedish.config["WTF_CSRF_ENABLED"] = False
    client = swedish.test_client()
    log_in(client, email("agent"), PASSWORD)
    answer = client.post(
        "/account/password", data={"old": PASSWORD, "new": "short"}, headers={"Accept-Language": "sv"}
    )
    assert answer.status_code == 422
    assert "Minst 10 tecken." in Page(answer).words


def test_what_is_no_sentence_is_told_as_it_is(swedish: Flask) -> None:
    with swedish.test_request_context(headers={"Accept-Language": "sv"}):
        assert told(N_("Use at most %(most)s characters.", most=5)) == "Högst 5 tecken."
        assert told("Said already: 100 %.") == "Said already: 100 %."


def raised(module: Path) -> Iterator[ast.Call]:
    """The refusals that a module raises."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            name = (
                node.exc.func.id
                if isinstance(node.exc.func, ast.Name)
                else getattr(node.exc.func, "attr", "")
            )
            if name in REFUSALS:
                yield node.exc


def words_in(call: ast.Call) -> Iterator[ast.expr]:
    """What a refusal says: its argument, or the values of its fields."""
    for argument in call.args:
        yield from argument.values if isinstance(argument, ast.Dict) else [argument]


def collected(module: Path) -> Iterator[ast.expr]:
    """What a module puts into its problems before it refuses."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            kept = node.targets[0].value
            if isinstance(kept, ast.Name) and kept.id == "problems":
                yield node.value


@pytest.mark.parametrize("package", ["kb", "search", "authoring", "cbr", "routing", "widgets"])
def test_every_refusal_can_be_translated(package: str) -> None:
    plain = [
        f"{module.relative_to(ROOT)}:{said.lineno}"
        for module in sorted((ROOT / package).rglob("*.py"))
        if not FILES_FOR_THE_COMMAND_LINE & set(module.parts)
        for said in [*collected(module), *(words for call in raised(module) for words in words_in(call))]
        if isinstance(said, ast.Constant | ast.JoinedStr)
    ]
    assert plain == []


def test_the_client_is_not_told_what_was_not_meant_for_it(client: FlaskClient, site: Stage) -> None:
    found = client.get("/api/v1/articles/x?lang=%25(secret)s").get_json()
    assert list(found["fields"]) == ["lang"]

"""Every kind of notice has words in the reader's language, with moments in the reader's time zone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import gettext as _
from hypothesis import given
from hypothesis import strategies as st

import routing.words
from authoring.telling import notice_words
from authoring.telling.notice_words import KINDS, told
from kb.languages import INTERFACE_LANGUAGES
from kb.models import Person
from tests.authoring.telling.mailing import SUBJECT, speak
from tests.processes import ROOT
from tests.test_house import PACKAGES

PLANNED = """waiting returned approved overdue expiring expired suggestion suggestion_answered comment reading_asked
    reading_due stale published_unreviewed""".split()


def calls() -> Iterator[tuple[str, ast.Call, ast.Module]]:
    """Where the code tells somebody something, with the module."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            module = ast.parse(path.read_text())
            for call in ast.walk(module):
                if not isinstance(call, ast.Call) or len(call.args) < 3:  # tell(0.5) is how far work is
                    continue
                if ast.unparse(call.func) in {"notices.tell", "tell"}:
                    yield f"{path.relative_to(ROOT)}:{call.lineno}", call, module


def kinds(said: ast.expr, module: ast.Module) -> set[str]:
    """The kinds that an expression can be; a name is all that its module ever gives it."""
    if isinstance(said, ast.IfExp):
        return kinds(said.body, module) | kinds(said.orelse, module)
    if isinstance(said, ast.Name):
        return set().union(*(kinds(one, module) for one in values_of(said.id, module)))
    return {str(ast.literal_eval(said))}


def values_of(name: str, module: ast.Module) -> Iterator[ast.expr]:
    """What is assigned to a name, or stands at its place in the pairs of words that a loop goes through."""
    nodes = list(ast.walk(module))
    for node in nodes:
        if isinstance(node, ast.Assign):
            target, value = node.targets[0], node.value
            if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                pairs = zip(target.elts, value.elts, strict=True)
            else:
                pairs = zip([target], [value], strict=True)
            yield from (given for given_to, given in pairs if ast.unparse(given_to) == name)
        if isinstance(node, ast.For) and isinstance(node.target, ast.Tuple):
            names = [ast.unparse(target) for target in node.target.elts]
            rows = (row.elts for row in nodes if isinstance(row, ast.Tuple) and len(row.elts) == len(names))
            for row in rows:
                if name in names and all(isinstance(word, ast.Constant) for word in row):
                    yield row[names.index(name)]


def test_every_kind_that_the_code_tells_has_words() -> None:
    known = {*KINDS, *routing.words.NOTICES}
    told_of = {place: kinds(call.args[2], module) for place, call, module in calls()}
    assert {place: said for place, said in told_of.items() if not said or not said <= known} == {}
    assert set().union(*told_of.values()) >= {"waiting", "returned", "approved"}


def test_every_value_that_the_code_gives_is_shown() -> None:
    known = {"about", "path", "now", "title", "language", *notice_words.DETAILS}
    values = {place: {part.arg for part in call.keywords if part.arg} for place, call, _module in calls()}
    assert {place: names - known for place, names in values.items() if not names <= known} == {}


def test_every_kind_that_was_agreed_has_words() -> None:
    assert set(PLANNED) <= set(KINDS)


@pytest.mark.parametrize("language", INTERFACE_LANGUAGES)
def test_every_kind_can_be_said_in_every_language_with_its_title(app: Flask, language: str) -> None:
    with app.app_context():
        for kind in (*KINDS, "a kind of tomorrow"):
            said = told(kind, {"title": "100 % Őrült %(x)s", "language": "hu"}, language=language, zone="UTC")
            assert "100 % Őrült %(x)s" in said.subject, kind
            assert "100 % Őrült %(x)s" in said.sentence, kind
            assert "Magyar" in said.sentence or kind not in PLANNED, kind
            assert said.heading, kind


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        ("en", "Waiting for you: Őrült tarifa"),
        ("hu", "Önre vár: Őrült tarifa"),
        ("sv", "Väntar på dig: Őrült tarifa"),
        ("ru", "Ждёт вас: Őrült tarifa"),
    ],
)
def test_words_are_those_of_the_reader_whatever_the_asker_speaks(
    app: Flask, tmp_path: Path, language: str, subject: str
) -> None:
    speak(app, tmp_path)
    with app.test_request_context(headers={"Accept-Language": "sv"}):
        assert str(_(SUBJECT, title="x")) == "Väntar på dig: x"
        assert told("waiting", {"title": "Őrült tarifa"}, language=language, zone="UTC").subject == subject
        assert str(_(SUBJECT, title="x")) == "Väntar på dig: x", "the page goes on in its own language"


@pytest.mark.parametrize(
    ("languages", "meant"),
    [([], "en"), (["hu"], "hu"), (["sv-FI", "hu"], "sv"), (["de", "hu"], "en"), (["ru"], "ru")],
)
def test_a_reader_s_language_is_their_first_one_if_the_interface_has_it(
    languages: list[str], meant: str
) -> None:
    assert notice_words.language_of(Person(languages=languages)) == meant


@pytest.mark.parametrize(
    ("zone", "language", "shown"),
    [
        ("Europe/Budapest", "hu", "2026. március 29., 3:30"),  # the clocks were put forward half an hour ago
        ("America/New_York", "en", "March 28, 2026, 9:30\u202fPM"),
        ("UTC", "sv", "29 mars 2026, 01:30"),
    ],
)
def test_a_moment_is_said_in_the_reader_s_zone_and_language(
    app: Flask, zone: str, language: str, shown: str
) -> None:
    params = {"title": "X", "due_at": "2026-03-29T01:30:00+00:00"}
    with app.app_context():
        details = told("waiting", params, language=language, zone=zone).details
    assert [value for _name, value in details] == [shown]


def test_a_day_without_a_time_stays_that_day(app: Flask) -> None:
    with app.app_context():
        said = told("expiring", {"expires_at": "2026-03-29"}, language="en", zone="America/New_York")
    assert said.details == (("Expires", "March 29, 2026"),)


def test_other_values_are_said_as_they_are(app: Flask) -> None:
    params = {"by": "Anna", "comment": "20260329", "due_at": "soon", "unknown": "secret"}
    with app.app_context():
        details = told("waiting", params, language="en", zone="UTC").details
    assert details == (("By", "Anna"), ("Due", "soon"), ("Comment", "20260329"))


def test_a_notice_that_lacks_all_its_values_can_still_be_said(app: Flask) -> None:
    with app.app_context():
        for kind in (*KINDS, "a kind of tomorrow"):
            assert "an article" in told(kind, {}, language="en", zone="UTC").sentence


def test_long_and_broken_values_become_one_short_line(app: Flask) -> None:
    params = {"title": "A\r\nBcc: x@example.com\x00\u2028" + "long " * 100, "comment": "one\n\ntwo"}
    with app.app_context():
        said = told("comment", params, language="en", zone="UTC")
    assert said.subject.startswith("Comment: A Bcc: x@example.com long long")
    assert said.subject.endswith("…")
    assert len(said.subject) < 200
    assert said.details == (("Comment", "one two"),)


@given(
    kind=st.sampled_from([*KINDS, ""]),
    params=st.dictionaries(
        st.sampled_from([*notice_words.DETAILS, "title", "language"]), st.text() | st.integers() | st.none()
    ),
)
def test_whatever_a_notice_holds_it_can_be_said(kind: str, params: dict[str, object]) -> None:
    said = told(kind, params, language="en", zone="UTC")
    assert said.subject
    assert not set(said.subject) & set("\r\n\0")

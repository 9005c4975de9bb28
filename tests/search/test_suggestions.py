"""What goes on from what is typed: which titles, in which order, and how the typed letters are shown in them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from search.analysis import clean
from search.suggestions import completion, goes_on, marked, unlike
from search.tantivy.engine import TantivyEngine
from tests.search.documents import document, put, seen_by

SWEDISH = {"languages": ("sv",)}


def suggested(engine: TantivyEngine, typed: str, *audiences: str, **values: tuple[str, ...]) -> list[str]:
    return [found.title for found in engine.suggest(typed, seen_by(*audiences, **values))]


@pytest.fixture
def filled(engine: TantivyEngine) -> TantivyEngine:
    put(
        engine,
        document("Turn on your new SIM card"),
        document("Change your Wi-Fi password"),
        document("Roaming in the EU"),
        document("Roaming outside the EU"),
        document("Roaming fees we never tell", audience="agent"),
        document("Din nätfaktura", language="sv"),
        document("Faktura på papper", language="sv"),
    )
    return engine


def test_titles_go_on_with_words_in_any_order(filled: TantivyEngine) -> None:
    assert suggested(filled, "card new s") == ["Turn on your new SIM card"]


def test_a_word_is_found_within_a_compound_after_those_that_begin_so(filled: TantivyEngine) -> None:
    assert suggested(filled, "faktu", **SWEDISH) == ["Faktura på papper", "Din nätfaktura"]


@pytest.mark.parametrize("typed", ["raoming", "roamign", "rooming", "passwrod", "chnage"])
def test_a_slip_of_the_keyboard_is_forgiven_where_nothing_else_is_found(
    filled: TantivyEngine, typed: str
) -> None:
    assert suggested(filled, typed)


def test_a_slip_is_not_looked_for_where_the_word_exists(engine: TantivyEngine) -> None:
    put(engine, document("Rooming house"), document("Roaming abroad"))
    assert suggested(engine, "roaming") == ["Roaming abroad"]


def test_figures_and_short_words_are_taken_as_they_are(engine: TantivyEngine) -> None:
    put(engine, document("5G coverage"), document("The EU"))
    assert suggested(engine, "4g") == []
    assert suggested(engine, "us") == []


def test_nobody_is_offered_a_title_that_they_may_not_read(filled: TantivyEngine) -> None:
    for typed in ("roaming fe", "fees", "never", "roamnig fees", "tell"):
        assert "Roaming fees we never tell" not in suggested(filled, typed)
        assert suggested(filled, typed, "agent") == ["Roaming fees we never tell"]


@given(typed=st.text(max_size=60), limit=st.integers(-1, 5))
def test_whatever_is_typed_is_answered(everything: TantivyEngine, typed: str, limit: int) -> None:
    assert len(everything.suggest(typed, seen_by(), limit=limit)) <= max(limit, 0)


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> TantivyEngine:
    engine = TantivyEngine(tmp_path_factory.mktemp("suggest") / "index")
    put(engine, document("Wi-Fi & a 5G (new) router"), document("İstanbul straße ёлка", language="ru"))
    return engine


@pytest.mark.parametrize(
    ("title", "typed", "html"),
    [
        ("Új PIN-kód", "uj pin", "<mark>Új</mark> <mark>PIN</mark>-kód"),
        ("Nätfakturan", "faktura", "Nät<mark>faktura</mark>n"),
        ("Straße <b>", "strass", "<mark>Straß</mark>e &lt;b&gt;"),
        ("Ещё ёлка", "елк", "Ещё <mark>ёлк</mark>а"),
        ("Roaming", "raoming", "Roaming"),
    ],
)
def test_what_was_typed_is_marked(title: str, typed: str, html: str) -> None:
    assert marked(title, typed) == html


@given(title=st.text(max_size=80), typed=st.text(max_size=20))
def test_a_marked_title_is_the_title_and_nothing_runs(title: str, typed: str) -> None:
    html = str(marked(title, typed))
    assert re.sub("</?mark>", "", html) == str(escape(clean(title)))


@given(title=st.text(max_size=80))
def test_a_title_goes_on_from_its_own_words(title: str) -> None:
    assert goes_on(title, title) or not re.search(r"[^\W_]", title)


def test_a_question_that_an_article_asks_is_offered_once() -> None:
    lines = [
        completion(kind, title, "/", "")
        for kind, title in [("article", "What is PUK?"), ("question", "what is puk")]
    ]
    assert [line.type for line in unlike(lines)] == ["article"]

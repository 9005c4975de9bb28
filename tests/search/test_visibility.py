"""Nobody learns of anything they may not see: the index shows exactly what a slow filter in Python shows."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.engine import Document, Filters, Suggestion
from search.tantivy.engine import TantivyEngine
from tests.search.documents import NOW, document, is_visible, put

AUDIENCES = ["public", "customer", "agent", "group:night shift"]
LANGUAGES = ["en", "hu", "sv", "ru", "en-GB"]
KINDS = ["standard", "wiki", "faq", "guide"]
TOPICS = [f"topic-{number}" for number in range(12)]
TAGS = ["volte", "mobile data", "é", "5g"]
MOMENTS = [NOW - 2, NOW - 1, NOW, NOW + 1, NOW + 2]
EVERYTHING = 10_000


def some_documents(number: int) -> list[Document]:
    """Random documents, each with a word of its own, that change their visibility around now."""
    chance = random.Random(2026)
    return [
        document(
            f"Sim secret{index}x",
            f"The sim card, secret{index}x, and a pin.",
            summary=f"About secret{index}x",
            language=chance.choice(LANGUAGES),
            audience=chance.choice(AUDIENCES),
            kind=chance.choice(KINDS),
            topics=tuple(chance.sample(TOPICS, chance.randint(0, 3))),
            tags=tuple(chance.sample(TAGS, chance.randint(0, 2))),
            visible_from=chance.choice(MOMENTS),
            visible_until=chance.choice([*MOMENTS, 2**40]),
            changed_at=NOW - index,
            stale_from=chance.choice([*MOMENTS, 2**40]),
        )
        for index in range(number)
    ]


DOCUMENTS = some_documents(400)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> TantivyEngine:
    engine = TantivyEngine(tmp_path_factory.mktemp("search") / "index")
    for start in range(0, len(DOCUMENTS), 100):  # in several segments
        put(engine, *DOCUMENTS[start : start + 100])
    return engine


def some_of(values: list[str]) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from([*values, "missing"]), max_size=3)


FILTERS = st.builds(
    Filters,
    audiences=some_of(AUDIENCES),
    now=st.sampled_from([*MOMENTS, 0, 2**41]),
    languages=st.lists(st.sampled_from([*LANGUAGES, "xx"]), max_size=3, unique=True).map(tuple),
    portal_topics=st.none() | st.frozensets(st.sampled_from(TOPICS), max_size=len(TOPICS)),
    topic=st.none() | st.sampled_from([*TOPICS, "missing"]),
    kinds=some_of(KINDS),
    tags=some_of(TAGS),
    hides_stale=st.booleans(),
)
QUESTIONS = st.sampled_from(
    ["", "sim", "sim card", "pin -missing", '"sim card"', "si*", "sim OR missing", "title:sim"]
)


@settings(max_examples=300, deadline=None)
@given(filters=FILTERS, question=QUESTIONS)
def test_exactly_what_is_visible_is_found(filled: TantivyEngine, filters: Filters, question: str) -> None:
    expected = {given.id for given in DOCUMENTS if is_visible(given, filters)}
    results = filled.search(question, filters, limit=EVERYTHING)
    assert {hit.id for hit in results.hits} == expected
    assert len(results.hits) == results.total == len(expected)


@settings(max_examples=100, deadline=None)
@given(
    filters=FILTERS,
    question=st.sampled_from(
        ["secret", "secret1x", "secret*", "nothing secret17x sim", "sim secret3x pin secret5x card"]
    ),
)
def test_no_word_of_what_is_invisible_is_shown(
    filled: TantivyEngine, filters: Filters, question: str
) -> None:
    seen = {given.title for given in DOCUMENTS if is_visible(given, filters)}
    results = filled.search(question, filters, limit=EVERYTHING)
    shown = [text for hit in results.hits for text in (hit.title, hit.summary, hit.snippet, hit.title_html)]
    words = set(re.findall(r"secret\d+x", re.sub("</?mark>", "", " ".join(shown))))
    assert words <= {word for title in seen for word in title.split()}
    assert results.total <= len(seen)


@settings(max_examples=100, deadline=None)
@given(filters=FILTERS, typed=st.sampled_from(["s", "sim", "secret", "secret1", "sim secret2"]))
def test_exactly_the_visible_titles_are_suggested(
    filled: TantivyEngine, filters: Filters, typed: str
) -> None:
    expected = {
        Suggestion(given.title, given.key, given.language, given.slug)
        for given in DOCUMENTS
        if is_visible(given, filters) and typed.rpartition(" ")[2] in given.title.lower()
    }
    assert set(filled.suggest(typed, filters, limit=EVERYTHING)) == expected


@settings(max_examples=50, deadline=None)
@given(filters=FILTERS, kind=st.sampled_from(KINDS), language=st.sampled_from(LANGUAGES))
def test_a_filter_that_is_typed_narrows_and_never_widens(
    filled: TantivyEngine, filters: Filters, kind: str, language: str
) -> None:
    expected = {
        given.id
        for given in DOCUMENTS
        if is_visible(given, filters) and given.kind == kind and given.language == language
    }
    found = filled.search(f"kind:{kind} lang:{language} sim", filters, limit=EVERYTHING)
    assert {hit.id for hit in found.hits} == expected


@pytest.mark.parametrize("question", ["", "sim", "-sim", "position", "*", "NOT sim", "kind:wiki OR sim"])
def test_without_an_audience_nothing_is_found(filled: TantivyEngine, question: str) -> None:
    nobody = Filters(audiences=frozenset(), now=NOW)
    assert filled.search(question, nobody).total == 0
    assert filled.suggest(question, nobody) == ()


@pytest.mark.parametrize("question", ["-sim", "NOT sim", "-kind:wiki", "(NOT sim) OR (NOT pin)"])
def test_a_question_of_what_is_not_meant_shows_nothing_hidden(filled: TantivyEngine, question: str) -> None:
    public = Filters(audiences=frozenset({"public"}), now=NOW)
    visible = {given.id for given in DOCUMENTS if is_visible(given, public)}
    assert {hit.id for hit in filled.search(question, public, limit=EVERYTHING).hits} <= visible


def test_an_article_appears_and_disappears_on_the_second(engine: TantivyEngine) -> None:
    put(engine, document("Offer", visible_from=NOW, visible_until=NOW + 10))
    seen = {
        second: engine.search("offer", Filters(audiences=frozenset({"public"}), now=NOW + second)).total
        for second in (-1, 0, 9, 10)
    }
    assert seen == {-1: 0, 0: 1, 9: 1, 10: 0}

"""Facets count what the viewer finds, no more and no less."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.engine import Document, Filters
from search.tantivy.engine import TantivyEngine
from tests.search.documents import DAY, NOW, document, is_visible, put, seen_by

KINDS, TOPICS, LANGUAGES = ("wiki", "faq", "standard"), ("devices", "phones", "bills"), ("en", "hu", "sv")
AUDIENCES = ("public", "agent", "customer")


def made() -> list[Document]:
    """Documents with all values in all combinations, some hidden in one way or another."""
    return [
        document(
            f"Sim {number}",
            kind=KINDS[number % 3],
            language=LANGUAGES[number // 3 % 3],
            topics=TOPICS[: 1 + number // 9 % 3],
            audience=AUDIENCES[number // 27 % 3],
            tags=("Mobile Data", "old")[: number % 3],
            visible_until=NOW if number % 7 == 0 else NOW + DAY,
            stale_from=NOW if number % 5 == 0 else NOW + DAY,
        )
        for number in range(120)
    ]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[TantivyEngine, list[Document]]:
    documents = made()
    engine = TantivyEngine(tmp_path_factory.mktemp("facets") / "index")
    put(engine, *documents[:70])
    put(engine, *documents[70:])
    return engine, documents


def slowly(documents: list[Document], filters: Filters) -> dict[str, dict[str, int]]:
    """The same counts, one document after the other."""
    seen = [one for one in documents if is_visible(one, filters)]
    return {
        "kind": dict(Counter(one.kind for one in seen)),
        "language": dict(Counter(one.language for one in seen)),
        "tag": dict(Counter(tag.lower() for one in seen for tag in one.tags)),
        "topic": dict(Counter(topic for one in seen for topic in one.topics)),
    }


def some(values: tuple[str, ...], least: int = 0) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(values), min_size=least)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.builds(
        Filters,
        audiences=some(AUDIENCES, least=1),
        now=st.just(NOW),
        languages=some(LANGUAGES).map(tuple),
        portal_topics=st.none() | some(TOPICS, least=1),
        topic=st.none() | st.sampled_from(TOPICS),
        kinds=some(KINDS),
        hides_stale=st.booleans(),
    ),
    st.sampled_from(["sim", ""]),
)
def test_facets_are_what_counting_one_by_one_gives(
    filled: tuple[TantivyEngine, list[Document]], filters: Filters, question: str
) -> None:
    engine, documents = filled
    found = engine.search(question, filters, facets=True).facets
    expected = slowly(documents, filters)
    if not any(expected.values()):
        assert not any(found.values())
        return
    assert {name: dict(counts) for name, counts in found.items()} == expected
    for counts in found.values():
        assert list(counts) == sorted(counts, key=lambda value: (-value[1], value[0]))


def test_facets_are_counted_only_where_they_are_asked_for(engine: TantivyEngine) -> None:
    put(engine, document("Sim"))
    assert engine.search("sim", seen_by()).facets == {}
    assert engine.search("sim", seen_by(), facets=True).facets["kind"] == (("wiki", 1),)
    assert engine.search("missing", seen_by(), facets=True).facets == {}


def test_facets_count_what_was_found_not_all_there_is(engine: TantivyEngine) -> None:
    put(engine, document("Sim", kind="faq"), document("Bill", kind="wiki"))
    assert engine.search("sim", seen_by(), facets=True).facets["kind"] == (("faq", 1),)

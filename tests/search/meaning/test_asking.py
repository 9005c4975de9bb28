"""When meaning is asked, what it may show, and how words and meaning become one list."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.analysis import analyzer
from search.engine import Hit
from search.meaning.asking import LEAST_SHARE, SPREAD, fused, is_question, near_hits
from search.meaning.meaning import Meaning
from search.query import parse
from search.tantivy.engine import TantivyEngine
from tests.search.documents import NOW, document, put, seen_by
from tests.search.meaning.encoders import encode_all, meaning_in

QUESTIONS = {
    "en": [
        "how do I pay my invoice",
        "where is my puk?",
        "my phone has no signal since yesterday",
        "why does the A54-5G not charge",
        "kind:faq how do I pay",
    ],
    "hu": [
        "hogyan fizetek",
        "nem működik az internet",
        "hol találom a PUK kódot",
        "mennyibe kerül külföldön",
    ],
    "sv": ["hur betalar jag", "internet fungerar inte", "varför är det så långsamt hemma"],
    "ru": ["как оплатить счёт", "почему не работает интернет", "где найти puk код"],
}
LOOK_UPS = {
    "en": [
        "invoice",
        "change plan",
        "A54-5G",
        "a54-5g s23+ 5g 4g",
        '"lost card" how do I report it',
        "+puk where do i find it",
        "how do i pay -invoice",
        "title:roaming how do i turn it on",
        "roam* how do i pay",
        "kind:faq lang:en",
        "how",
        "",
    ],
    "hu": ["számla", "PUK kód", "külföldi adat díja", "árvíztűrő"],
    "sv": ["faktura", "nytt kort", "byta abonnemang"],
    "ru": ["счёт", "новая карта", "роуминг тариф"],
}


def asks(language: str, text: str) -> bool:
    return is_question(parse(text, now=NOW), analyzer(language).common)


@pytest.mark.parametrize(
    ("language", "text"), [(key, one) for key, all_ in QUESTIONS.items() for one in all_]
)
def test_a_sentence_is_a_question(language: str, text: str) -> None:
    assert asks(language, text)


@pytest.mark.parametrize(("language", "text"), [(key, one) for key, all_ in LOOK_UPS.items() for one in all_])
def test_keywords_numbers_operators_and_filters_are_no_question(language: str, text: str) -> None:
    assert not asks(language, text)


@given(st.text(max_size=200))
def test_whatever_is_typed_it_is_a_question_or_not(text: str) -> None:
    assert asks("en", text) in {True, False}


@pytest.fixture
def meaning(tmp_path: Path) -> Meaning:
    return meaning_in(tmp_path)


def test_only_what_the_filters_let_through_is_near(engine: TantivyEngine, meaning: Meaning) -> None:
    put(
        engine,
        document("Abroad, for everybody", id="public"),
        document("Abroad, for agents", id="agent", audience="agent"),
        document("Abroad, soon", id="soon", visible_from=NOW + 1),
        document("Abroad, no longer", id="past", visible_until=NOW),
        document("Abroad, elsewhere", id="elsewhere", topics=("billing",)),
        document("Utomlands", id="swedish", language="sv"),
    )
    encode_all(meaning, engine)
    filters = seen_by(languages=("en",), portal_topics=frozenset({"devices"}))
    assert [hit.id for hit in near_hits(meaning, engine, "külföldön", filters, 10)] == ["public"]
    assert near_hits(meaning, engine, "külföldön", seen_by("nobody"), 10) == []
    swedish = near_hits(meaning, engine, "külföldön", seen_by(languages=("sv",)), 10)
    assert [(hit.id, hit.language) for hit in swedish] == [("swedish", "sv")]


def test_filters_within_the_question_hold_too(engine: TantivyEngine, meaning: Meaning) -> None:
    put(engine, document("Abroad", id="faq", kind="faq"), document("Abroad too", id="wiki"))
    encode_all(meaning, engine)
    assert [hit.id for hit in near_hits(meaning, engine, "kind:faq külföldön", seen_by(), 10)] == ["faq"]


def test_more_are_looked_up_where_the_filters_drop_most_of_the_nearest(
    engine: TantivyEngine, meaning: Meaning
) -> None:
    hidden = [document("Abroad abroad", audience="agent") for _ in range(20)]
    put(engine, *hidden, document("Abroad, slow", id="shown"))
    encode_all(meaning, engine)
    assert [hit.id for hit in near_hits(meaning, engine, "külföldön", seen_by(), 2)] == ["shown"]


def test_what_is_no_longer_in_the_index_is_not_shown(engine: TantivyEngine, meaning: Meaning) -> None:
    put(engine, document("Abroad", id="old", article="a"), document("Invoice", id="other"))
    encode_all(meaning, engine)
    engine.apply(deletes=["a"], documents=[], position=2)
    assert near_hits(meaning, engine, "külföldön", seen_by(), 5) == []


def test_a_question_about_something_else_finds_nothing(engine: TantivyEngine, meaning: Meaning) -> None:
    put(engine, document("Abroad", id="r1"))
    encode_all(meaning, engine)
    assert near_hits(meaning, engine, "számla", seen_by(), 5) == []
    assert near_hits(meaning, engine, "számla", seen_by(), 5, least=0.0) != []


def hits(engine: TantivyEngine, *scored: tuple[str, float]) -> list[Hit]:
    """Hits with these ids and scores."""
    (one,) = engine.search("model", seen_by()).hits
    return [
        Hit(**{name: getattr(one, name) for name in Hit.__dataclass_fields__} | {"id": id_, "score": score})
        for id_, score in scored
    ]


def everything(_id: str, _language: str) -> bool:
    """All is encoded."""
    return True


def test_what_is_not_encoded_yet_keeps_the_place_that_its_words_give_it(engine: TantivyEngine) -> None:
    put(engine, document("Model"))
    words = hits(engine, ("new", 10.0), ("old", 6.0))
    found = fused(words, hits(engine, ("near", 0.9), ("old", 0.8)), lambda id_, _language: id_ != "new")
    assert found[0].id == "new"


def test_what_has_the_words_and_the_meaning_is_before_what_has_one(engine: TantivyEngine) -> None:
    put(engine, document("Model"))
    words = hits(engine, ("words", 10.0), ("both", 9.0), ("weak", 1.0))
    near = hits(engine, ("near", 0.9), ("both", 0.89), ("far", 0.3))
    found = fused(words, near, everything)
    assert [hit.id for hit in found] == ["both", "near", "words", "weak"], "a list has an end"
    assert found[0].score == 9.0


def test_without_words_the_nearest_come_first_and_without_meaning_the_words_stay(
    engine: TantivyEngine,
) -> None:
    put(engine, document("Model"))
    some = hits(engine, ("a", 0.9), ("b", 0.8))
    assert fused(some, [], everything) == fused([], some, everything) == some
    assert fused([], [], everything) == []


def test_scores_of_nothing_keep_their_order(engine: TantivyEngine) -> None:
    put(engine, document("Model"))
    words = hits(engine, ("a", 0.0), ("b", 0.0), ("c", 0.0))
    assert fused(words, [], everything) == words


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.floats(0, 50))), st.lists(st.sampled_from("abcdef")))
def test_everything_with_the_words_and_what_is_nearest_is_in_the_list_once(
    scored: list[tuple[str, float]], near: list[str]
) -> None:
    words = [_hit(id_, score) for id_, score in dict(scored).items()]
    nearest = [_hit(id_, 1 - place / 10) for place, id_ in enumerate(dict.fromkeys(near))]
    near_enough = [hit.id for hit in nearest if 1 - hit.score < LEAST_SHARE * SPREAD]
    found = [hit.id for hit in fused(words, nearest, everything)]
    assert sorted(found) == sorted({*dict(scored), *near_enough})


def _hit(id_: str, score: float) -> Hit:
    fields = dict.fromkeys(("article", "key", "kind", "language", "slug", "title", "summary"), "")
    return Hit(id=id_, score=score, snippet="", title_html="", changed_at=0, **fields)  # type: ignore[arg-type]

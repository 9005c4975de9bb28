"""When meaning is asked, what it may show, and how words and meaning become one list."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.analysis import analyzer
from search.engine import Hit
from search.meaning.asking import BEHIND, fused, is_question, joined, near_hits
from search.meaning.meaning import Meaning, Near
from search.meaning.store import Store
from search.tantivy.engine import TantivyEngine
from tests.search.documents import NOW, document, put, seen_by
from tests.search.meaning.encoders import UNREADABLE, ByThings, encode_all, meaning_in, vectors

QUESTIONS = {
    "en": [
        "how do I pay my invoice",
        "where is my puk?",
        "my phone has no signal since yesterday",
        "why does the A54-5G not charge",
        "kind:faq how do I pay",
        "Pair devices.",
        "Card lost?",
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
        "Invoice.",
        "A54-5G 5G?",
        '"lost card".',
        "?",
        "",
    ],
    "hu": ["számla", "PUK kód", "külföldi adat díja", "árvíztűrő"],
    "sv": ["faktura", "nytt kort", "byta abonnemang"],
    "ru": ["счёт", "новая карта", "роуминг тариф"],
}


def asks(language: str, text: str) -> bool:
    return is_question(text, analyzer(language).common)


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


MANY = 300  # documents


def test_what_is_not_encoded_yet_keeps_the_place_that_its_words_give_it(engine: TantivyEngine) -> None:
    put(engine, document("Model"))
    words = hits(engine, ("new", 10.0), ("old", 6.0))
    near = hits(engine, ("near", 0.9), ("old", 0.8))
    found, _ = fused(words, near, 2, MANY, lambda id_, _language: id_ != "new")
    assert found[0].id == "new"


def test_what_has_the_words_and_the_meaning_is_before_what_has_one(engine: TantivyEngine) -> None:
    put(engine, document("Model"))
    words = hits(engine, ("words", 10.0), ("both", 9.0), ("weak", 1.0))
    near = hits(engine, ("near", 0.9), ("both", 0.89), ("far", 0.6))
    found, evidence = fused(words, near, 20, MANY, everything)
    assert [hit.id for hit in found] == ["both", "near", "words", "weak"], "a list has an end"
    assert found[0].score == 9.0
    assert 0.89 < evidence < 1


def test_a_question_of_many_matching_words_leans_on_them_and_one_of_few_on_its_meaning(
    engine: TantivyEngine,
) -> None:
    put(engine, document("Model"))
    near = hits(engine, ("near", 0.5), ("words", 0.3))
    many, _ = fused(hits(engine, ("words", 60.0), ("near", 30.0)), near, 20, MANY, everything)
    few, _ = fused(hits(engine, ("words", 6.0), ("near", 3.0)), near, 20, MANY, everything)
    assert (many[0].id, few[0].id) == ("words", "near")


def test_what_was_not_among_the_nearest_may_be_as_near_as_the_last_of_them(engine: TantivyEngine) -> None:
    put(engine, document("Model"))
    words = hits(engine, ("words", 6.0))
    near = hits(engine, ("first", 0.6), ("last", 0.59))
    assert fused(words, near, 2, MANY, everything).hits[0].id == "words"
    assert fused(words, near, 3, MANY, everything).hits[0].id == "first", "all that are near were found"


def test_without_words_the_nearest_come_first_and_without_meaning_the_words_stay(
    engine: TantivyEngine,
) -> None:
    put(engine, document("Model"))
    some = hits(engine, ("a", 0.9), ("b", 0.8))
    assert fused(some, [], 20, 2, everything).hits == fused([], some, 20, 2, everything).hits == some
    assert fused([], [], 20, 0, everything) == ([], 0.0)


def test_scores_of_nothing_keep_their_order(engine: TantivyEngine) -> None:
    put(engine, document("Model"))
    words = hits(engine, ("a", 0.0), ("b", 0.0), ("c", 0.0))
    assert fused(words, [], 20, 3, everything).hits == words
    assert fused(words, [], 20, 3, nothing).hits == words


@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), st.floats(0, 50))),
    st.lists(st.sampled_from("abcdef")),
    st.integers(1, 20),
    st.integers(0, 100_000),
)
def test_everything_with_the_words_and_what_is_nearest_is_in_the_list_once(
    scored: list[tuple[str, float]], near: list[str], most: int, documents: int
) -> None:
    words = [_hit(id_, score) for id_, score in dict(scored).items()]
    nearest = [_hit(id_, 1 - place / 10) for place, id_ in enumerate(dict.fromkeys(near))]
    near_enough = [hit.id for hit in nearest if hit.score >= 1 - BEHIND]
    found, evidence = fused(words, nearest, most, documents, everything)
    assert sorted(hit.id for hit in found) == sorted({*dict(scored), *near_enough})
    assert evidence >= max((hit.score for hit in nearest), default=0.0)


def test_one_list_of_both_says_whether_it_is_more_than_chance(
    engine: TantivyEngine, meaning: Meaning
) -> None:
    put(engine, document("Abroad", id="r1"), *(document(f"Invoice {number}") for number in range(9)))
    encode_all(meaning, engine)
    for question, is_chance in {"külföldön": False, "how do cats purr": True}.items():
        words = engine.search(question, seen_by(), limit=20).hits
        near = near_hits(meaning, engine, question, seen_by(), 20)
        found, said = joined(meaning, question, words, near, 20, ["en"])
        assert said is is_chance
        assert [hit.id for hit in found][:1] == ([] if is_chance else ["r1"])


def test_nothing_is_called_chance_before_what_has_the_words_is_encoded(
    engine: TantivyEngine, meaning: Meaning
) -> None:
    put(engine, *(document(f"Phone {number}", "It is one of ours.") for number in range(20)))
    encode_all(meaning, engine)
    put(engine, document("Model", "It is one of ours.", id="new"), position=2)
    question = "the model of a cat"
    words = engine.search(question, seen_by(), limit=20).hits
    assert [hit.id for hit in words] == ["new"]
    assert joined(meaning, question, words, [], 20, ["en"]) == ([*words], False)
    encode_all(meaning, engine)
    assert joined(meaning, question, words, [], 20, ["en"]) == ([*words], True)


def test_nothing_is_called_chance_where_the_encoder_fails(tmp_path: Path, engine: TantivyEngine) -> None:
    encoder = ByThings()
    meaning = meaning_in(tmp_path, encoder)
    put(engine, *(document(f"Abroad {number}") for number in range(20)))
    encode_all(meaning, engine)
    encoder.fails = True
    near = near_hits(meaning, engine, "külföldön", seen_by(), 20)
    assert (near, meaning.has_failed) == ([], True)
    assert joined(meaning, "külföldön", [], near, 20, ["en"]) == ([], False)


def test_nothing_is_called_chance_of_a_question_that_cannot_be_encoded(
    engine: TantivyEngine, meaning: Meaning
) -> None:
    put(engine, *(document(f"Phone {number}", "It is one of ours.") for number in range(20)))
    encode_all(meaning, engine)
    words = engine.search("the phone of a cat", seen_by(), limit=20).hits
    assert joined(meaning, "the phone of a cat", words, [], 20, ["en"])[1]
    assert not joined(meaning, f"the phone of a cat {UNREADABLE}", words, [], 20, ["en"])[1]


def test_what_is_encoded_between_two_looks_is_found_once(engine: TantivyEngine, tmp_path: Path) -> None:
    """The second look finds a document before those of the first, which is neither left out nor there twice."""

    class Overtaken(Meaning):
        def nearest(self, *given: Any, **more: Any) -> list[Near]:
            found = super().nearest(*given, **more)
            with self.store.writing() as writer:
                assert writer is not None
                if "late" not in writer.known:
                    writer.add("en", [("late", vectors([0, 0, 1, 0, 0]))])
            return found

    encoder = ByThings()
    overtaken = Overtaken(encoder, Store(tmp_path / "meaning"))
    put(engine, *(document("Abroad", id=f"r{number}", audience="agent") for number in range(9)))
    put(engine, *(document("Abroad with a card", id=f"s{number}") for number in range(3)))
    encode_all(overtaken, engine)
    put(engine, document("Abroad", id="late"), position=2)
    found = near_hits(overtaken, engine, "külföldön", seen_by(), 4, least=0.1)
    assert found[0].id == "late"
    assert sorted(hit.id for hit in found) == ["late", "s0", "s1", "s2"]


def nothing(_id: str, _language: str) -> bool:
    """Nothing is encoded."""
    return False


def _hit(id_: str, score: float) -> Hit:
    fields = dict.fromkeys(("article", "key", "kind", "language", "slug", "title", "summary"), "")
    return Hit(id=id_, score=score, snippet="", title_html="", changed_at=0, **fields)  # type: ignore[arg-type]

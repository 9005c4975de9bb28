"""A question that finds too little is asked a little differently, and says so; nobody learns of hidden words by it."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.advice import Advice
from search.engine import NOTHING, Document, Filters
from search.query import MOST_TERMS
from search.ranking import ENOUGH
from search.tantivy.engine import TantivyEngine
from search.tantivy.vocabulary import Vocabularies
from search.thesaurus import Thesaurus, synonyms
from tests.search.documents import NOW, document, is_visible, put, seen_by, titles
from tests.search.test_visibility import AUDIENCES, FILTERS, some_documents


@pytest.mark.parametrize(
    ("language", "title", "question", "instead"),
    [
        ("en", "Router lights", "Rowter", "Router"),
        ("en", "Router lights", "rputer lights", "router lights"),
        ("en", "Forgotten password", "pasword", "password"),
        ("en", "Forgotten password", "forgotten passwrod", "forgotten password"),
        ("hu", "A nyomtató beállítása", "nyomatto", "nyomtató"),
        ("hu", "Jelszó váltása", "jelzsó", "jelszó"),
        ("hu", "Lejárt jelszavak", "lejart jelszawak", "lejart jelszavak"),
        ("sv", "Återställ lösenordet", "lösenrodet", "lösenordet"),
        ("sv", "Skrivare", "skrviare", "skrivare"),
        ("ru", "Настройка принтера", "настрйока", "настройка"),
        ("ru", "Настройка принтера", "yfcnhjqrf", "настройка"),
        ("en", "The WiFi router", "wifirouter", "wifi router"),
        ("sv", "Bredband hemma", "bred band", "bredband"),
    ],
)
def test_a_mistyped_word_is_mended(
    engine: TantivyEngine, language: str, title: str, question: str, instead: str
) -> None:
    put(engine, document(title, language=language), document("Something else", language=language))
    found = engine.search(question, seen_by())
    assert [hit.title for hit in found.hits] == [title]
    assert found.instead == instead
    assert "<mark>" in found.hits[0].title_html


@pytest.mark.parametrize(
    "question", ['"rowter"', "+rowter", "title:rowter2", "a54-5h", "r0uter", "rowter*", "xyzzy", "rot"]
)
def test_what_was_meant_to_the_letter_is_not_mended(engine: TantivyEngine, question: str) -> None:
    put(engine, document("Router A54-5G"))
    assert engine.search(question, seen_by()) == NOTHING


def test_whoever_asks_to_the_letter_gets_nothing_else(engine: TantivyEngine) -> None:
    put(engine, document("Router"))
    assert engine.search("rowter", seen_by(), exact=True) == NOTHING


def test_words_that_belong_together_are_put_together_even_where_each_is_a_word(engine: TantivyEngine) -> None:
    put(engine, document("Coronavirus"), document("A virus"), document("Corona"))
    found = engine.search("corona virus", seen_by(languages=("en",)))
    assert (found.instead, found.hits[0].title) == ("coronavirus", "Coronavirus")


def test_of_words_spelled_alike_the_one_that_stands_with_the_others_is_likelier(
    engine: TantivyEngine,
) -> None:
    put(engine, document("Puk code"), *(document(f"Flight mode {number}") for number in range(6)))
    assert engine.search("puk kode", seen_by()).instead == "puk code"
    assert engine.search("flight kode", seen_by()).instead == "flight mode"


def test_a_banned_word_stays_banned_when_another_is_mended(engine: TantivyEngine) -> None:
    put(engine, document("Router lights"), document("Router password"))
    found = engine.search("rowter -lights", seen_by())
    assert ([hit.title for hit in found.hits], found.instead) == (["Router password"], "router -lights")


def test_the_mended_word_counts_with_the_others(engine: TantivyEngine) -> None:
    put(engine, document("Sim activation"), document("Sim"), document("Bill"))
    found = engine.search("sim activatoin", seen_by())
    assert (found.instead, found.hits[0].title, found.relaxed) == ("sim activation", "Sim activation", False)


def test_a_better_spelling_is_offered_where_it_answers_no_better(engine: TantivyEngine) -> None:
    put(engine, document("Old phone"), document("New router"))
    found = engine.search("phone rowter", seen_by())
    assert (found.instead, found.did_you_mean) == ("", "phone router")
    assert found.given_up == ("rowter",)


def test_a_much_commoner_spelling_is_offered(engine: TantivyEngine) -> None:
    put(engine, document("My rooter"), *(document(f"Router {number}") for number in range(20)))
    found = engine.search("rooter", seen_by())
    assert ([hit.title for hit in found.hits], found.did_you_mean) == (["My rooter"], "router")


def test_at_most_four_words_are_mended(engine: TantivyEngine) -> None:
    put(engine, document("router password activation invoice customer"))
    found = engine.search("rowter passwrod activatoin invoise custmoer", seen_by())
    assert found.instead == "router password activation invoice custmoer"
    assert found.given_up == ("custmoer",)


def test_the_last_word_may_be_unfinished(engine: TantivyEngine) -> None:
    put(engine, document("Router lights"), document("Rower"))
    found = engine.search("rout", seen_by())
    assert ([hit.title for hit in found.hits], found.instead, found.relaxed) == (["Router lights"], "", False)
    assert titles(engine, "lights rou") == ["Router lights"]


def test_a_finished_word_is_no_beginning(engine: TantivyEngine) -> None:
    put(engine, document("Router lights"))
    assert engine.search("rou ", seen_by()) == NOTHING
    assert titles(engine, "rou") == ["Router lights"]


def test_words_that_the_best_does_not_have_are_named_as_typed(engine: TantivyEngine) -> None:
    put(engine, document("Red card"), document("Green card"))
    found = engine.search("Red card Reader", seen_by())
    assert (found.relaxed, found.given_up, found.hits[0].title) == (True, ("Reader",), "Red card")
    assert engine.search("red card", seen_by()).given_up == ()


def test_a_phrase_that_nothing_has_falls_apart_and_says_so(engine: TantivyEngine) -> None:
    put(engine, document("Red plastic card"), document("Card. A long text, then something else that is red"))
    near = engine.search('"Red card"', seen_by())
    assert ([hit.title for hit in near.hits], near.relaxed, near.given_up) == (
        ["Red plastic card"],
        True,
        ('"Red card"',),
    )
    put(engine, document("Reader"), position=2)
    words = engine.search('"reader holder"', seen_by())
    assert ([hit.title for hit in words.hits], words.given_up) == (["Reader"], ('"reader holder"',))


def test_what_must_and_what_must_not_be_there_is_never_given_up(engine: TantivyEngine) -> None:
    put(engine, document("Red card"), document("Green card"), document("Reader"))
    assert titles(engine, "red reader +green") == ["Green card"]
    assert "Red card" not in titles(engine, "card reader -red")
    assert engine.search("reader +missing", seen_by()).total == 0


def test_filters_are_kept_and_the_question_without_them_is_offered(engine: TantivyEngine) -> None:
    put(engine, document("Sim", kind="faq", tags=("lost",)))
    found = engine.search("kind:wiki sim", seen_by())
    assert (found.total, found.did_you_mean) == (0, "sim")
    assert engine.search("kind:faq tag:lost sim", seen_by()).total == 1
    assert engine.search("kind:wiki missing", seen_by()) == NOTHING


def test_a_synonym_finds_and_counts_less_than_the_word(engine: TantivyEngine) -> None:
    advice = Advice({"en": Thesaurus("en", synonyms([(["PUK", "personal unblocking key"], False)]))})
    put(
        engine,
        document("PUK", "The code"),
        document("Personal unblocking key", "The code"),
        document("Key", "The code"),
    )
    for question, first, second in (
        ("puk", "PUK", "Personal unblocking key"),
        ("personal unblocking keys", "Personal unblocking key", "PUK"),
    ):
        found = engine.search(question, seen_by(), advice=advice)
        assert [hit.title for hit in found.hits[:2]] == [first, second]
        assert found.hits[0].score > found.hits[1].score
        assert not found.relaxed
    assert titles(engine, "puk") == ["PUK"]
    assert [hit.title for hit in engine.search('"puk"', seen_by(), advice=advice).hits] == ["PUK"]


def test_a_synonym_is_only_one_in_its_language(engine: TantivyEngine) -> None:
    advice = Advice({"hu": {"csekk": ("számla",)}})
    put(engine, document("Számla", language="hu"), document("Számla", language="sv"))
    found = engine.search("csekket", seen_by(), advice=advice)
    assert [hit.language for hit in found.hits] == ["hu"]


def test_a_banned_word_has_no_synonyms(engine: TantivyEngine) -> None:
    advice = Advice({"en": {"bill": ("invoice",)}})
    put(engine, document("Sim invoice"), document("Sim bill"))
    assert [hit.title for hit in engine.search("sim -bill", seen_by(), advice=advice).hits] == ["Sim invoice"]


def test_what_is_read_from_outside_shows_only_where_it_is_asked_for(engine: TantivyEngine) -> None:
    put(engine, document("Sim here"), document("Sim there", source="shop"))
    assert titles(engine, "sim") == ["Sim here"]
    assert titles(engine, "sim", seen_by(sources=frozenset({"shop"}))) == ["Sim there"]
    assert len(titles(engine, "sim", seen_by(sources=frozenset({"", "shop"})))) == 2
    assert titles(engine, "sim", seen_by(sources=frozenset())) == []


DOCUMENTS = some_documents(200)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> TantivyEngine:
    """Each document has a word of letters that no other has."""
    engine = TantivyEngine(tmp_path_factory.mktemp("mending") / "index")
    put(engine, *(worded(number) for number in range(len(DOCUMENTS))))
    return engine


def own_word(number: int) -> str:
    return "quagga" + "".join("abcdefghij"[int(digit)] * 2 for digit in f"{number:03}")


def worded(number: int) -> Document:
    return replace(DOCUMENTS[number], title=f"Sim {own_word(number)}", body="", summary="")


@settings(max_examples=150)
@given(
    filters=FILTERS, number=st.integers(0, len(DOCUMENTS) - 1), slip=st.integers(0, 2), beside=st.booleans()
)
def test_a_correction_never_tells_a_word_of_what_is_invisible(
    filled: TantivyEngine, filters: Filters, number: int, slip: int, beside: bool
) -> None:
    word = own_word(number)
    at = 7 + slip
    typed = f"{'sim ' if beside else ''}{word[:at]}z{word[at + 1 :]}"
    found = filled.search(typed, filters)
    told = set(
        re.findall(r"quagga\w+", f"{found.instead} {found.did_you_mean} {' '.join(found.given_up)}")
    ) - {typed.rsplit(maxsplit=1)[-1]}
    visible = {own_word(place) for place, given in enumerate(DOCUMENTS) if is_visible(given, filters)}
    assert told <= visible


def test_a_word_that_only_hidden_articles_have_does_not_hinder_a_correction(engine: TantivyEngine) -> None:
    put(engine, document("Rowter", audience="agent"), document("Router"))
    assert engine.search("rowter", seen_by("public")).instead == "router"
    assert engine.search("rowter", seen_by("agent")).hits[0].title == "Rowter"
    assert engine.search("rowter", seen_by("nobody")) == NOTHING


def test_new_words_are_known_at_once_and_old_ones_are_forgotten(engine: TantivyEngine) -> None:
    put(engine, document("Router", id="one", article="one"))
    assert engine.search("rowter", seen_by()).instead == "router"
    put(engine, document("Password"), position=2)
    engine.apply(deletes=["one"], documents=(), position=3)
    assert engine.search("rowter", seen_by()) == NOTHING


def vocabulary_of(known: Vocabularies, engine: TantivyEngine) -> set[str]:
    """Which of two words it knows of English, once nothing is being made any more."""
    found = known.of(engine._index().snapshot(), "en")
    for making in known._making.values():
        making.join()
    return {word for word in ("router", "password") if word in found}


def test_the_vocabulary_of_a_large_index_is_not_made_again_for_every_change(engine: TantivyEngine) -> None:
    put(engine, document("Router"))
    seconds = count()
    known = Vocabularies(clock=lambda: float(next(seconds)), few=0)
    vocabulary_of(known, engine)
    assert vocabulary_of(known, engine) == {"router"}
    put(engine, document("Password"), position=2)
    assert vocabulary_of(known, engine) == {"router"}, "it serves a little longer"
    for _ in range(50):
        latest = vocabulary_of(known, engine)
    assert latest == {"router", "password"}


def test_the_vocabulary_of_a_large_index_is_made_before_it_is_needed(engine: TantivyEngine) -> None:
    put(engine, document("Router"))
    known = Vocabularies(few=0)
    known.prepare(engine._index().snapshot(), ("en", "en"))
    assert vocabulary_of(known, engine) == {"router"}


def test_a_question_goes_on_while_the_vocabulary_of_a_large_index_is_made(
    engine: TantivyEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(engine, document("Router"))
    known = Vocabularies(few=0)
    snapshot = engine._index().snapshot()
    done = threading.Event()
    make = known._make

    def slowly(*given: Any) -> Any:
        done.wait()
        return make(*given)

    monkeypatch.setattr(known, "_make", slowly)
    assert len(known.of(snapshot, "en")) == 0
    done.set()
    assert vocabulary_of(known, engine) <= {"router"}
    assert vocabulary_of(known, engine) == {"router"}


def test_pages_of_mended_answers_go_on(engine: TantivyEngine) -> None:
    put(engine, *(document(f"Router {number}") for number in range(ENOUGH * 2)))
    pages = [engine.search("rowter", seen_by(), limit=4, offset=offset) for offset in (0, 4, 8)]
    assert [len(page.hits) for page in pages] == [4, 4, 2]
    assert {page.instead for page in pages} == {"router"}
    assert len({hit.id for page in pages for hit in page.hits}) == ENOUGH * 2


@pytest.mark.parametrize("audience", AUDIENCES)
def test_a_question_of_many_mistakes_is_answered(filled: TantivyEngine, audience: str) -> None:
    typed = " ".join(f"quaggz{own_word(number)[6:]}" for number in range(MOST_TERMS * 2))
    assert filled.search(typed, Filters(audiences=frozenset({audience}), now=NOW)) is not None


@pytest.mark.parametrize(
    ("question", "titles"),
    [("bake bread", ["Take a break"]), ("someone", ["Some ways", "One way"]), ("bröd", ["Stöd och hjälp"])],
)
def test_a_word_of_the_language_is_not_taken_for_another(
    engine: TantivyEngine, question: str, titles: list[str]
) -> None:
    put(engine, *(document(title, language="sv" if "ö" in question else "en") for title in titles))
    found = engine.search(question, seen_by())
    assert (found.total, found.instead) == (0, "")


def test_a_word_of_the_language_may_stand_for_one_that_begins_like_it(engine: TantivyEngine) -> None:
    put(engine, document("Синхронизировать календарь", language="ru"))
    assert engine.search("синхронизатор календарь", seen_by()).total == 1

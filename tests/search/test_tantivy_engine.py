"""What is asked is found, in every language, best first."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.engine import NOTHING, Engine
from search.ranking import ENOUGH
from search.tantivy.engine import TantivyEngine
from tests.search.documents import DAY, NOW, document, put, seen_by, titles
from tests.search.null_engine import NullEngine


@pytest.mark.parametrize(
    ("language", "title", "question"),
    [
        ("hu", "A nyomtató beállításai", "nyomtató beállítása"),
        ("hu", "Nyomtatók beállítása", "nyomtató beállítása"),
        ("hu", "Árvíztűrő tükörfúrógép", "arvizturo tukorfurogep"),
        ("hu", "Arvizturo tukorfurogep", "árvíztűrő tükörfúrógép"),
        ("hu", "Árvíztűrő tükörfúrógép", '"arvizturo tukorfurogep"'),
        ("ru", "Настройка принтера", "принтеры"),
        ("ru", "Счёт за услуги", "счета"),
        ("sv", "Installera skrivaren", "skrivare"),
        ("sv", "Återställ lösenordet", "aterstall losenordet"),
        ("en", "Setting up printers", "printer's setting"),
        ("de", "Drucker für Büros", "drucker fur buros"),
        ("fi", "Tulostin ja PIN-koodi", "tulostin pin"),
        ("en", "Galaxy A54-5G", "a54-5g"),
        ("en", "Galaxy A54 5G", "A54-5G"),
        ("en", "Galaxy A54-5G", "a545g"),
        ("en", "Galaxy A54-5G", "5g"),
        ("en", "Galaxy S23+", "s23+"),
        ("en", "Wi-Fi password", "wifi password"),
        ("en", "Wifi password", "wi-fi password"),
        ("en", "Router at 192.168.0.1", "192.168.0.1"),
        ("en", "Version 2.4", '"version 2.4"'),
    ],
)
def test_an_article_is_found_however_its_words_are_written(
    engine: TantivyEngine, language: str, title: str, question: str
) -> None:
    put(engine, document(title, language=language), document("Something else", language=language))
    results = engine.search(question, seen_by())
    assert [hit.title for hit in results.hits] == [title]
    assert not results.relaxed


def test_other_accents_than_those_typed_count_only_where_nothing_has_the_ones_typed(
    engine: TantivyEngine,
) -> None:
    put(
        engine, document("Kór", language="hu"), document("Kor", language="hu"), document("Kör", language="hu")
    )
    assert titles(engine, "kör") == ["Kör", "Kor"]
    assert set(titles(engine, "kőr")) == {"Kor", "Kór", "Kör"}
    assert titles(engine, "kor")[0] == "Kor"
    assert set(titles(engine, "kor")) == {"Kor", "Kór", "Kör"}


@pytest.mark.parametrize("field", ["title", "summary", "body", "headings", "tags"])
def test_an_article_is_found_by_each_of_its_texts(engine: TantivyEngine, field: str) -> None:
    text: dict[str, object] = {field: ("the puk",) if field in {"headings", "tags"} else "the puk"}
    put(engine, document(**({"title": "A", "id": "found"} | text)), document("Other"))  # type: ignore[arg-type]
    assert [hit.id for hit in engine.search("puk", seen_by()).hits] == ["found"]


def test_a_word_in_the_title_weighs_more(engine: TantivyEngine) -> None:
    put(
        engine,
        document("Bill", "The sim, the sim, the sim."),
        document("Sim", "The bill, the card, the sim."),
    )
    assert titles(engine, "sim") == ["Sim", "Bill"]


def test_all_words_are_wanted_where_enough_articles_have_them(engine: TantivyEngine) -> None:
    put(
        engine,
        *(document(f"Red card {number}") for number in range(ENOUGH)),
        document("Red"),
        document("Card"),
    )
    assert len(titles(engine, "red card")) == ENOUGH
    assert not engine.search("red card", seen_by()).relaxed


def test_few_articles_with_all_words_come_before_those_with_some(engine: TantivyEngine) -> None:
    put(engine, document("Red card"), document("Red"), document("Card"))
    results = engine.search("red card", seen_by())
    assert results.hits[0].title == "Red card"
    assert results.total == 3
    assert not results.relaxed


def test_where_no_article_has_all_words_those_with_most_come_first(engine: TantivyEngine) -> None:
    put(engine, document("Red card"), document("Green card"), document("Other"))
    results = engine.search("red card reader", seen_by())
    assert results.relaxed
    assert results.hits[0].title == "Red card"
    assert set(titles(engine, "card reader")) == {"Red card", "Green card"}


def test_of_a_sentence_the_best_is_found_even_where_it_has_not_every_word(engine: TantivyEngine) -> None:
    put(engine, document("Unlock a blocked phone with the code"), document("Phone bills"))
    results = engine.search("somebody blocked my phone, which code helps me unlock it again?", seen_by())
    assert results.relaxed
    assert results.hits[0].title == "Unlock a blocked phone with the code"


def test_a_sentence_that_an_article_has_word_for_word_is_not_relaxed(engine: TantivyEngine) -> None:
    put(engine, document("Unlock every blocked phone with codes"), document("Phone"))
    results = engine.search("unlock every blocked phone with codes", seen_by())
    assert not results.relaxed
    assert results.hits[0].title == "Unlock every blocked phone with codes"


def test_function_words_need_not_be_there(engine: TantivyEngine) -> None:
    put(engine, document("Reset PIN"), document("How do I"))
    results = engine.search("How do I reset my PIN?", seen_by())
    assert [hit.title for hit in results.hits] == ["Reset PIN"]
    assert not results.relaxed


def test_a_question_of_function_words_only_wants_them(engine: TantivyEngine) -> None:
    put(engine, document("To be or not to be"), document("Being"))
    results = engine.search("to be or not to be", seen_by())
    assert results.hits[0].title == "To be or not to be"
    assert not results.relaxed


def test_a_phrase_stands_in_order_and_does_not_run_across_a_seam(engine: TantivyEngine) -> None:
    put(
        engine,
        document("Red card"),
        document("Card red"),
        document("The red", "card"),
        document("Red, red", "The card"),
    )
    assert titles(engine, '"red card"') == ["Red card"]
    assert titles(engine, '"card red"') == ["Card red"]


def test_a_phrase_that_is_required_is_never_given_up(engine: TantivyEngine) -> None:
    put(engine, document("Red card"))
    assert engine.search('+"red reader" card', seen_by()) == NOTHING


def test_a_required_word_is_never_given_up(engine: TantivyEngine) -> None:
    put(engine, document("Red card"), document("Reader"))
    assert titles(engine, "card +reader") == ["Reader"]
    assert titles(engine, "card +missing") == []


def test_what_is_banned_is_not_found(engine: TantivyEngine) -> None:
    put(engine, document("Red card"), document("Green card"))
    assert titles(engine, "card -green") == ["Red card"]
    assert titles(engine, "-green") == ["Red card"]
    assert titles(engine, "card -(green card)") == ["Red card"]
    assert set(titles(engine, "card -missing")) == {"Red card", "Green card"}


def test_operators(engine: TantivyEngine) -> None:
    put(engine, document("Red card"), document("Green card"), document("Blue"))
    assert set(titles(engine, "red OR blue")) == {"Red card", "Blue"}
    assert set(titles(engine, "(red OR green) card")) == {"Red card", "Green card"}
    assert titles(engine, "card AND NOT red") == ["Green card"]
    assert set(titles(engine, "blue OR (card NOT red)")) == {"Blue", "Green card"}


def test_a_prefix_finds_all_that_begin_so_titles_first(engine: TantivyEngine) -> None:
    put(
        engine, document("Other", "Of printing"), document("Árnyék"), document("Printers"), document("Sprint")
    )
    assert titles(engine, "prin*") == ["Printers", "Other"]
    assert titles(engine, "arny*") == ["Árnyék"]
    assert titles(engine, "title:prin*") == ["Printers"]


def test_a_prefix_is_complete_however_many_words_begin_so(engine: TantivyEngine) -> None:
    put(engine, *(document("Word", f"prefix{number}") for number in range(1_500)))
    assert engine.search("prefix*", seen_by()).total == 1_500


def test_filters_can_be_typed(engine: TantivyEngine) -> None:
    put(
        engine,
        document("FAQ", "sim", kind="faq"),
        document("Tagged", "sim", tags=("Mobile Data",)),
        document("Topic", "sim", topics=("phones", "devices")),
        document("Magyar", "sim", language="hu"),
        document("New", "sim", changed_at=NOW - 60),
    )
    assert titles(engine, "kind:faq sim") == ["FAQ"]
    assert titles(engine, 'tag:"mobile data"') == ["Tagged"]
    assert titles(engine, "topic:phones") == ["Topic"]
    assert titles(engine, "lang:hu sim") == ["Magyar"]
    assert titles(engine, "changed:1h") == ["New"]
    assert set(titles(engine, "changed:..1h sim")) == {"FAQ", "Tagged", "Topic", "Magyar"}
    assert titles(engine, "title:sim") == []
    assert titles(engine, "title:faq") == ["FAQ"]


@pytest.mark.parametrize("question", ["", "  ", "kind:wiki", "-missing", "kind:(wiki OR faq)"])
def test_without_words_the_newest_come_first(engine: TantivyEngine, question: str) -> None:
    put(
        engine,
        *(
            document(str(age), language=language, changed_at=NOW - age * DAY)
            for age, language in ((3, "en"), (1, "hu"), (2, "en"))
        ),
    )
    assert titles(engine, question) == ["1", "2", "3"]


def test_pages_follow_one_another_without_gap_or_repeat(engine: TantivyEngine) -> None:
    put(engine, *(document(f"Sim {number}") for number in range(25)))
    pages = [engine.search("sim", seen_by(), limit=10, offset=offset) for offset in (0, 10, 20, 30)]
    assert [len(page.hits) for page in pages] == [10, 10, 5, 0]
    assert len({hit.id for page in pages for hit in page.hits}) == 25
    assert {page.total for page in pages} == {25}


@pytest.mark.parametrize(("limit", "offset"), [(0, 0), (-5, -5), (10**9, 0), (1, 10**12)])
def test_a_page_of_any_size_is_answered(engine: TantivyEngine, limit: int, offset: int) -> None:
    put(engine, document("Sim"))
    assert engine.search("sim", seen_by(), limit=limit, offset=offset).total == 1


def test_the_preferred_language_comes_first(engine: TantivyEngine) -> None:
    put(engine, document("Bluetooth", language="en"), document("Bluetooth", language="hu"))
    for languages in (("hu", "en"), ("en", "hu")):
        hits = engine.search("bluetooth", seen_by(languages=languages)).hits
        assert tuple(hit.language for hit in hits) == languages


def test_a_question_is_understood_in_each_language_of_the_searcher(engine: TantivyEngine) -> None:
    put(engine, document("Printers", language="en"), document("Nyomtatók", language="hu"))
    assert titles(engine, "nyomtató", seen_by(languages=("en", "hu"))) == ["Nyomtatók"]
    assert titles(engine, "printer", seen_by(languages=("hu", "en"))) == ["Printers"]
    assert titles(engine, "printer", seen_by(languages=("hu",))) == []


def test_a_word_that_says_nothing_in_one_language_says_nothing_in_another(engine: TantivyEngine) -> None:
    put(
        engine,
        *(document(f"How do I use the number {number}", language="en") for number in range(20)),
        *(document(f"Szám {number}", language="hu") for number in range(20)),
        document("A printer", language="en"),
        document("How do I, the song", language="hu"),
    )
    found = titles(engine, "how do I connect the printer in the office", seen_by(languages=("hu", "en")))
    assert found[0] == "A printer"


def test_a_hit_says_where_it_is_and_shows_the_passage(engine: TantivyEngine) -> None:
    given_document = document("SIM & PIN", "Enter the <PIN> code.", summary="About codes")
    put(engine, given_document)
    (hit,) = engine.search("pin", seen_by()).hits
    assert (hit.id, hit.article, hit.key, hit.slug) == (
        given_document.id,
        given_document.article,
        given_document.key,
        given_document.slug,
    )
    assert (hit.kind, hit.language, hit.summary) == ("wiki", "en", "About codes")
    assert hit.changed_at == given_document.changed_at
    assert hit.score > 0
    assert hit.title == "SIM & PIN"
    assert hit.title_html == "SIM &amp; <mark>PIN</mark>"
    assert hit.snippet == "Enter the &lt;<mark>PIN</mark>&gt; code."


def test_titles_are_suggested_as_one_types(engine: TantivyEngine) -> None:
    put(
        engine,
        document("A printer"),
        document("Printers that can be installed in large offices"),
        document("Árak"),
        document("Wi-Fi printing"),
        document("Other", "printer"),
    )

    def suggested(typed: str) -> list[str]:
        return [suggestion.title for suggestion in engine.suggest(typed, seen_by())]

    assert suggested("pri")[0] == "Printers that can be installed in large offices"
    assert set(suggested("PRI")[1:]) == {"A printer", "Wi-Fi printing"}
    assert suggested("off print") == ["Printers that can be installed in large offices"]
    assert suggested("wif") == suggested("wi-f") == ["Wi-Fi printing"]
    assert suggested("ara") == ["Árak"]
    assert suggested("") == suggested("?!") == []
    assert len(engine.suggest("p", seen_by(), limit=2)) == 2


def test_suggestions_come_in_the_preferred_language_first(engine: TantivyEngine) -> None:
    put(engine, document("Modem", language="en"), document("A modem cseréje", language="hu"))
    found = engine.suggest("mod", seen_by(languages=("hu", "en")))
    assert [suggestion.language for suggestion in found] == ["hu", "en"]


def test_an_empty_index_answers(engine: TantivyEngine) -> None:
    assert engine.search("sim", seen_by()) == engine.search("", seen_by()) == NOTHING
    assert engine.suggest("sim", seen_by()) == ()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> TantivyEngine:
    engine = TantivyEngine(tmp_path_factory.mktemp("search") / "index")
    put(engine, document("Reset the PIN", "A54-5G"), document("PIN beállítása", "é", language="hu"))
    return engine


PIECES = [
    "pin",
    "é",
    "a54-5g",
    '"',
    "(",
    ")",
    "+",
    "-",
    "*",
    " ",
    " OR ",
    " AND ",
    " NOT ",
    "kind:",
    "title:",
    "..",
    "changed:1d",
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.one_of(st.text(max_size=2_000), st.lists(st.sampled_from(PIECES), max_size=60).map("".join)))
def test_whatever_is_typed_is_answered(filled: TantivyEngine, typed: str) -> None:
    for languages in ((), ("hu", "en"), ("xx",)):
        results = filled.search(typed, seen_by(languages=languages))
        assert len(results.hits) <= results.total
        filled.suggest(typed, seen_by(languages=languages))


def test_the_null_engine_keeps_to_the_protocol_and_finds_nothing() -> None:
    engine: Engine = NullEngine()
    put(engine, document("Sim"), position=7)
    assert engine.position() == 7
    assert engine.search("sim", seen_by()) == NOTHING
    assert engine.suggest("sim", seen_by()) == ()
    with engine.rebuild() as writer:
        writer.apply(deletes=(), documents=(), position=9)
    assert engine.position() == 9
    engine.clear()
    assert engine.position() == 0

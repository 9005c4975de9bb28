"""What a word asks for is found in all its forms, within longer words, and under the names that things have."""

from __future__ import annotations

import pytest

from search.ranking import ENOUGH
from search.tantivy.engine import TantivyEngine
from tests.search.documents import document, put, seen_by, titles


@pytest.mark.parametrize(
    ("language", "title", "question"),
    [
        ("hu", "A munka mentése", "menteni"),
        ("hu", "Menteni jó", "mentett mentés"),
        ("hu", "Elfelejtett jelszavak", "elfelejtettem a jelszavamat"),
        ("hu", "A hívásátirányítás beállítása", "beállítani"),
        ("hu", "Jelszóváltoztatás", "jelszó változtatása"),
        ("hu", "Hogyan változtassa meg a jelszót: a jelszó változtatása", "jelszóváltoztatás"),
        ("hu", "Számlabefizetés", "számla befizetés"),
        ("sv", "Lösenordsåterställning", "återställa lösenord"),
        ("sv", "Så återställer du lösenordet", "lösenordsåterställning"),
        ("sv", "Ringde någon?", "ringer"),
        ("sv", "Böcker", "bok"),
        ("ru", "Сохранение файлов", "сохраняю файл"),
        ("ru", "Как оплатить", "оплачивать"),
        ("ru", "Настроить почту", "настройка почты"),
        ("ru", "Ещё о счёте", "еще счет"),
        ("ru", "Еще о счете", "ещё счёт"),
        ("de", "Rechnungsbetrag", "Betrag der Rechnung"),
        ("de", "Der Betrag auf der Rechnung", "Rechnungsbetrag"),
        ("de", "Gekündigt", "Kündigung"),
        ("en", "I forgot it", "forgotten"),
        ("en-GB", "I forgot it", "forgotten"),
    ],
)
def test_an_article_is_found_by_other_forms_and_parts_of_its_words(
    engine: TantivyEngine, language: str, title: str, question: str
) -> None:
    put(engine, document(title, language=language), document("Halmar", language=language))
    for field in ("", "title:"):
        results = engine.search(" ".join(field + word for word in question.split()), seen_by())
        assert [hit.title for hit in results.hits] == [title]
    put(engine, document("In the text", title, language=language, id="text"), position=2)
    assert set(titles(engine, question)) == {title, "In the text"}


@pytest.mark.parametrize(
    "name",
    ["5G", "A54-5G", "PUK", "2.4", "2.4 GHz", "S23+", "M.2", "USB-C", "4K", "IPv6", "AT&T", "802.11ax"],
)
@pytest.mark.parametrize("language", ["en", "hu", "sv", "ru", "de", "fi"])
def test_a_name_is_found_as_it_is_however_it_is_typed(
    engine: TantivyEngine, language: str, name: str
) -> None:
    others = [document(other, language=language) for other in ("S22", "A5", "USB", "3G", "M", "Punk")]
    put(engine, document(f"Halmar {name} x", language=language), *others)
    for typed in (name, name.lower(), name.upper(), f"+{name}", f'"{name}"'):
        assert titles(engine, typed)[0] == f"Halmar {name} x"


def test_a_word_typed_with_a_hyphen_is_also_found_by_its_parts_behind_those_that_have_it_whole(
    engine: TantivyEngine,
) -> None:
    put(engine, document("The address of an IP"), document("The IP-address"), document("An address"))
    assert titles(engine, "ip-address") == ["The IP-address", "The address of an IP"]


@pytest.mark.parametrize(
    ("name", "parts"), [("2.4", "2 or 4"), ("A54-5G", "5G on an A54"), ("USB-C", "C as in USB")]
)
def test_a_name_is_not_found_by_its_parts(engine: TantivyEngine, name: str, parts: str) -> None:
    put(engine, document(f"Halmar {name}"), document(parts))
    assert titles(engine, name) == [f"Halmar {name}"]


def test_the_form_that_was_typed_comes_first(engine: TantivyEngine) -> None:
    put(engine, document("A fájl mentése", language="hu"), document("A fájl mentett", language="hu"))
    assert titles(engine, "mentett fájl")[0] == "A fájl mentett"
    assert titles(engine, "mentése fájl")[0] == "A fájl mentése"


def test_a_word_by_itself_comes_before_one_within_another(engine: TantivyEngine) -> None:
    put(
        engine,
        document("Fakturakopia", "Halmar", language="sv"),
        document("Faktura", "Halmar", language="sv"),
    )
    assert titles(engine, "faktura") == ["Faktura", "Fakturakopia"]


def test_a_compound_asks_for_all_its_parts(engine: TantivyEngine) -> None:
    both = [document(f"Faktura och kopia {number}", language="sv") for number in range(ENOUGH)]
    put(engine, *both, document("Faktura", language="sv"), document("Kopia", language="sv"))
    assert set(titles(engine, "fakturakopia")) == {found.title for found in both}


@pytest.mark.parametrize("question", ["arvizturo", "árvíztűrő", "ÁRVÍZTŰRŐ", "arvízturő"])
def test_accents_are_optional(engine: TantivyEngine, question: str) -> None:
    put(engine, document("Árvíztűrő tükörfúrógép", language="hu"), document("Árvíz", language="hu"))
    assert titles(engine, question)[0] == "Árvíztűrő tükörfúrógép"


def test_what_is_avoided_is_meant_to_the_letter(engine: TantivyEngine) -> None:
    put(engine, document("Fakturakopia", language="sv"), document("Faktura", language="sv"))
    assert titles(engine, "fakturakopia -faktura") == ["Fakturakopia"]


def test_a_document_is_of_this_base_or_of_its_source(engine: TantivyEngine) -> None:
    put(engine, document("Sim here"), document("Sim outside", source="maker"))
    assert titles(engine, "sim") == ["Sim here"]
    hits = engine.search("sim", seen_by(sources=frozenset({"", "maker"}))).hits
    assert {hit.title: hit.source for hit in hits} == {"Sim here": "", "Sim outside": "maker"}

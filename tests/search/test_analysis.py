"""Text becomes terms the same way for what is written and for what is asked."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.analysis import (
    analyzer,
    beginnings,
    chunks,
    clean,
    digest,
    fold,
    joined,
    lowered,
    typed_words,
    unaccented,
)


def stems(language: str, text: str) -> list[str]:
    return [part for chunk in chunks(text) for part in analyzer(language)[chunk].parts]


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("hu", "nyomtató", "nyomtatók"),
        ("hu", "beállítása", "beállításai"),
        ("en", "printer", "printers"),
        ("en", "printer's", "printer"),
        ("sv", "skrivare", "skrivaren"),
        ("ru", "принтеры", "принтер"),
        ("ru", "счёт", "счет"),
        ("de", "Drucker", "Druckers"),
    ],
)
def test_forms_of_a_word_have_one_stem(language: str, one: str, other: str) -> None:
    assert stems(language, one) == stems(language, other)


def test_a_language_without_a_stemmer_keeps_its_words() -> None:
    assert stems("xx", "Printers printing") == ["xx:printers", "xx:printing"]


def test_a_regional_language_has_the_stemmer_of_its_language_and_terms_of_its_own() -> None:
    assert stems("en-GB", "printers") == ["en-gb:printer"]


def test_a_model_number_is_one_term_and_its_parts_are_terms() -> None:
    terms = analyzer("en")["a54-5g"]
    assert terms.parts == ("en:a54", "en:5g")
    assert terms.whole == "en:a545g"


@pytest.mark.parametrize("text", ["5G", "S23+", "802.11ax", "AT&T", "USB-C", "1.5", "don't"])
def test_units_and_names_stay_in_one_chunk(text: str) -> None:
    assert chunks(f"the {text}, and") == ["the", text.lower(), "and"]


def test_a_plus_before_a_figure_is_no_part_of_a_name() -> None:
    assert chunks("1+1 C++") == ["1", "1", "c++"]


def test_a_hyphen_makes_no_difference_to_a_name_but_does_to_figures() -> None:
    assert joined("wi-fi") == joined("wifi")
    assert joined("10-12") != joined("1012")


def test_text_is_composed_and_freed_of_what_cannot_be_seen() -> None:
    assert clean("nyomtato\u0301 soft\u00adware \ud800") == "nyomtató software ?"


def test_accents_can_be_left_away() -> None:
    assert fold("árvíztűrő") == "arvizturo"
    assert analyzer("hu")["tükörfúrógép"].folded == analyzer("hu")["tukorfurogep"].parts


def test_cyrillic_letters_are_no_accents() -> None:
    assert fold("йод") == "йод"


def test_every_beginning_of_a_title_can_be_typed() -> None:
    found = beginnings("Wi-Fi jelszó")
    assert {"w", "wi", "f", "fi", "wif", "wifi", "j", "jelszo", "^wifi"} <= set(found)
    assert "^jelszo" not in found
    assert set(typed_words("jelsz")) <= set(found)


def test_a_word_of_any_length_is_one_term_of_bounded_length() -> None:
    assert len(stems("en", "a" * 5_000)[0]) < 100


@given(st.text())
def test_a_character_in_lower_case_or_without_its_accent_stays_in_its_place(text: str) -> None:
    assert len(lowered(text)) == len(text)
    assert len(unaccented(lowered(text))) == len(text)


@given(st.text(), st.sampled_from(["hu", "en", "sv", "ru", "de", "xx"]))
def test_any_text_gives_terms_that_the_index_can_take(text: str, language: str) -> None:
    for chunk in chunks(clean(text)):
        for term in (*analyzer(language)[chunk].parts, *analyzer(language)[chunk].folded):
            assert not any(map(str.isspace, term))
            term.encode()


def test_words_that_tell_nothing_have_no_root_in_an_index() -> None:
    the, password = analyzer("en").written("the password")
    assert (the.roots, password.roots) == ("", "en:password")
    (changes,) = analyzer("sv").written("lösenordsbyten")
    assert changes.roots.split()[1:] == ["sv:lösenord", "sv:byt"]


def test_an_index_takes_words_with_and_without_accents_and_names_also_as_one() -> None:
    (made,) = analyzer("hu").written("Wi-Fi-jelszót,")
    assert made.line == "hu:wi hu:fi hu:jelszó"
    assert (made.bare, made.whole) == ("hu:jelsz", "hu:wifijelszó")
    assert made.words == "hu:wi hu:fi hu:jelszot hu:wifijelszot"
    assert [each.line for each in analyzer("en").written("SIM/PIN -- now")] == ["en:sim en:pin", "", "en:now"]


@given(st.text(), st.sampled_from(["hu", "en", "sv", "ru", "xx"]))
def test_what_an_index_takes_are_the_terms_of_all_chunks_in_their_order(text: str, language: str) -> None:
    made = analyzer(language)
    every = [made[chunk] for chunk in chunks(clean(text))]
    written = made.written(clean(text))
    assert " ".join(each.line for each in written).split() == [
        part for terms in every for part in terms.parts
    ]
    assert " ".join(each.folded for each in written).split() == [
        part for terms in every for part in terms.folded
    ]
    assert " ".join(each.words for each in written).split() == [
        word for terms in every for word in terms.words
    ]
    assert b"".join(each.digests for each in written) == b"".join(map(digest, chunks(clean(text))))


def test_a_regional_language_has_the_roots_of_its_language() -> None:
    assert analyzer("en-GB")["forgot"].roots == ("en-gb:forget",)


@given(st.text(), st.sampled_from(["hu", "en", "sv", "ru", "de"]))
def test_every_part_has_a_root_that_the_index_can_take(text: str, language: str) -> None:
    for chunk in chunks(clean(text)):
        terms = analyzer(language)[chunk]
        assert len(terms.roots) == len(terms.parts)
        for term in (*terms.roots, *terms.inner):
            assert term == term.strip()
            assert not any(map(str.isspace, term))
        for written in analyzer(language).written(chunk):
            assert set(written.roots.split()) <= {*terms.roots, *terms.inner}


@given(st.text())
def test_writing_an_accent_apart_changes_no_chunk(text: str) -> None:
    assert chunks(clean(unicodedata.normalize("NFD", text))) == chunks(clean(text))

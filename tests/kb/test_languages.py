"""Languages: which are known, how they are called, which one a reader gets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.languages import (
    INTERFACE_LANGUAGES,
    direction,
    interface_language,
    is_language,
    named,
    native_name,
    negotiate,
    preference,
)

CODES = ["en", "hu", "sv", "ru", "de", "pt-BR", "zh-Hant", "ar"]


@pytest.mark.parametrize("code", [*CODES, "sr-Latn-RS", "haw"])
def test_a_language_of_the_world_is_known(code: str) -> None:
    assert is_language(code)
    assert native_name(code) != code


@pytest.mark.parametrize(
    "code",
    ["", "e", "xx", "EN", "en_US", "en-", "-en", "en us", "en/..", "english", "en-" + "a" * 20, "en\n", "😀"],
)
def test_anything_else_is_not(code: str) -> None:
    assert not is_language(code)


@given(st.text(max_size=20))
def test_whatever_stands_in_an_address_there_is_an_answer(code: str) -> None:
    assert isinstance(is_language(code), bool)
    assert direction(code) in {"ltr", "rtl"}
    assert interface_language(code) in INTERFACE_LANGUAGES


@pytest.mark.parametrize(
    ("code", "name"), [("hu", "Magyar"), ("pt-BR", "Português (Brasil)"), ("xx", "Xx"), ("", "")]
)
def test_a_language_is_called_as_its_speakers_call_it(code: str, name: str) -> None:
    assert native_name(code) == name


@pytest.mark.parametrize(("code", "expected"), [("ar", "rtl"), ("he", "rtl"), ("hu", "ltr"), ("xx", "ltr")])
def test_arabic_and_hebrew_run_from_right_to_left(code: str, expected: str) -> None:
    assert direction(code) == expected


@pytest.mark.parametrize(("code", "expected"), [("hu", "hu"), ("sv-FI", "sv"), ("de", "en"), ("", "en")])
def test_the_interface_speaks_the_language_of_the_content_or_english(code: str, expected: str) -> None:
    assert interface_language(code) == expected


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (["hu"], "hu"),
        (["hu-HU", "en"], "hu"),
        (["de", "ru", "en"], "ru"),
        (["pt-BR"], "pt-BR"),
        (["pt"], "sv"),
        ([], "sv"),
        (["de"], "sv"),
    ],
)
def test_a_reader_gets_the_first_language_there_is(wanted: list[str], expected: str) -> None:
    assert negotiate(wanted, ["en", "hu", "ru", "sv", "pt-BR"], "sv") == expected


@given(st.lists(st.sampled_from(CODES)), st.lists(st.sampled_from(CODES), min_size=1, unique=True))
def test_a_reader_gets_a_language_that_there_is(wanted: list[str], available: list[str]) -> None:
    found = negotiate(wanted, available, available[0])
    assert found in available
    if known := [code for code in wanted if code in available]:
        assert found == known[0] or found in {code.split("-")[0] for code in wanted[: wanted.index(known[0])]}


@given(st.sampled_from(CODES), st.lists(st.sampled_from(CODES), min_size=1, unique=True))
def test_every_language_is_offered_once_with_the_readers_first(language: str, available: list[str]) -> None:
    offered = preference(language, available[-1], available)
    assert sorted(offered) == sorted(available)
    assert offered[0] == (language if language in available else available[-1])


@pytest.mark.parametrize(
    ("names", "languages", "expected"),
    [
        ({"en": "Phones", "hu": "Telefonok"}, ["hu", "en"], "Telefonok"),
        ({"en": "Phones", "hu": ""}, ["hu", "en"], "Phones"),
        ({"en": "Phones"}, ["hu"], "Phones"),
        ({"en": ""}, ["hu"], "phones"),
        ({}, ["hu"], "phones"),
    ],
)
def test_a_thing_is_called_in_the_best_language_it_has(
    names: dict[str, str], languages: list[str], expected: str
) -> None:
    assert named(names, languages, "phones") == expected

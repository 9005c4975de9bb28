"""Questions that only differ in form have one shape."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.learning.shapes import LONGEST, shape


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "How do I change my PIN?", "changing the pin"),
        ("hu", "Hogyan nyomtatok fényképet?", "Fénykép nyomtatása"),
        ("hu", "Barangolás árai", "arak: barangolas"),
        ("sv", "Hur byter jag lösenord?", "byta lösenordet"),
        ("ru", "Как сменить пароль?", "сменить пароли"),
        ("en", "roaming   roaming abroad", "abroad, roaming!"),
    ],
)
def test_form_order_accents_and_common_words_do_not_count(language: str, one: str, other: str) -> None:
    assert shape(one, language) == shape(other, language) != ""


def test_other_words_are_another_shape() -> None:
    assert shape("change the PIN", "en") != shape("change the PUK", "en")


def test_common_words_alone_are_kept() -> None:
    assert shape("who are you", "en") != ""


@pytest.mark.parametrize("text", ["", "?!", "…", "   "])
def test_without_a_word_there_is_no_shape(text: str) -> None:
    assert shape(text, "en") == ""


def test_long_questions_keep_apart_within_the_length_of_the_column() -> None:
    words = [f"w{number}" for number in range(200)]
    one, other = shape(" ".join(words), "en"), shape(" ".join([*words, "z"]), "en")
    assert one != other
    assert max(len(one), len(other)) <= LONGEST


@given(st.text(max_size=300), st.sampled_from(["en", "hu", "sv", "ru", "de", "xx", ""]))
def test_whatever_is_typed_has_a_shape_that_can_be_kept(text: str, language: str) -> None:
    assert len(shape(text, language)) <= LONGEST


@given(st.permutations(["roaming", "abroad", "price", "data"]))
def test_the_order_of_words_does_not_count(words: list[str]) -> None:
    assert shape(" ".join(words), "en") == shape("roaming abroad price data", "en")

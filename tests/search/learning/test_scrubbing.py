"""What tells who somebody is goes out of a question before it is kept."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.learning.scrubbing import FEWEST_DIGITS, HIDDEN, LONGEST_KEPT, scrub

TYPED = st.text(alphabet="0123456789 .-/()+@abÅő…\n\0SE", max_size=60)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("My mail is kim.o'neil+x@example.co.uk please", "My mail is … please"),
        ("mailto:kim@localhost", "…"),
        ("Call 0701234567", "Call …"),
        ("Hívjon: +36 (30) 123-45-67", "Hívjon: …"),
        ("06-30/123-4567 nem veszi fel", "… nem veszi fel"),
        ("personnummer 19850709-9805", "personnummer …"),
        ("personnummer 850709+9805", "personnummer …"),
        ("card 4111 1111 1111 1111 was stolen", "card … was stolen"),
        ("IBAN se45 5000 0000 0583 9825 7466 is mine", "IBAN … is mine"),
        ("DE89370400440532013000", "…"),
        ("contract KX1234567", "contract …"),
        ("٠٧٠١٢٣٤٥٦٧", "…"),
    ],
)
def test_addresses_and_long_numbers_are_taken_out(typed: str, kept: str) -> None:
    assert scrub(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "How do I activate 5G on an A54-5G?",
        "iPhone 15 since 2023",
        "1,990,000 Ft or 14.99 a month",
        "open 10:30-12:45?",
        "PUK 1234",
        "Не работает Wi-Fi",
    ],
)
def test_models_prices_years_and_hours_stay(typed: str) -> None:
    assert scrub(typed) == typed


def test_a_question_becomes_one_line_that_every_database_can_keep() -> None:
    assert scrub("a\0b\r\n c\u2028d\ud800") == "a b c d?"


def test_what_is_long_is_cut_after_it_was_scrubbed() -> None:
    kept = scrub("word " * 58 + " 0701234567" + " more" * 100)
    assert len(kept) <= LONGEST_KEPT
    assert not re.search(r"\d", kept)


@given(TYPED)
def test_nothing_long_or_mailable_is_left(typed: str) -> None:
    kept = scrub(typed)
    assert not re.search(rf"\d{{{FEWEST_DIGITS}}}", kept)
    assert not re.search(r"[^\s@…]@[^\s@…]", kept)


@given(st.text(max_size=400))
def test_whatever_is_typed_is_kept_without_an_error(typed: str) -> None:
    kept = scrub(typed)
    assert len(kept) <= LONGEST_KEPT
    assert "\0" not in kept
    kept.encode()
    if HIDDEN not in kept:
        assert scrub(kept) == kept


def test_a_text_made_to_be_slow_is_not() -> None:
    for typed in ("1 " * 1000, "a" * 2000, "a@" * 1000, "1-" * 5 + "x" * 1990, "ab12" * 500):
        scrub(typed)

"""What passages claim, and how one version differs from another."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from authoring.languages.claims import Change, claims, compare, words
from authoring.languages.passages import Passage, split

SAME = [
    ("en", "It costs 5 EUR.", "it costs  5\nEUR"),
    ("en", "Say “yes” – don’t wait…", 'Say "yes" - don\'t wait'),
    ("en", "The *red* line", "The red **line**"),
    ("en", "Pay 10 000 Ft", "Pay 10\u00a0000 Ft"),
    ("en", "50 % off", "50% off"),
    ("en", "2-4 days", "2–4 days"),
    ("hu", "Hívja a 123-at!", "hívja a 123-at."),
]
REWORDED = [
    ("en", "Pay within three days.", "You pay within 3 days."),
    ("en", "Do not press it.", "Never press it."),
    ("en", "Open the box", "Unpack the box"),
    ("hu", "Csak 3 napon belül kérje!", "Kizárólag három napon belül igényelje!"),
    ("sv", "Ring inte före tre", "Telefonera inte före 3"),
    ("ru", "Оплатите в течение трёх дней", "Заплатите в течение 3 дней"),
    ("de", "Zahlen Sie binnen drei Tagen", "Bezahlen Sie innerhalb 3 Tage"),
]
CHANGED = [
    ("en", "It costs 5 EUR.", "It costs 6 EUR."),
    ("en", "It costs 5 EUR.", "It costs 5 USD."),
    ("en", "It costs €5", "It costs $5"),
    ("en", "In 3 days", "In 3 weeks"),
    ("en", "In three days", "In four days"),
    ("en", "Every day", "Every week"),
    ("en", "On 1 March", "On 1 April"),
    ("en", "On Monday", "On Tuesday"),
    ("en", "10% off", "10 off"),
    ("en", "At −5 °C", "At 5 °C"),
    ("en", "At 1.5", "At 15"),
    ("en", "Call +36 1 234 567", "Call +36 1 234 568"),
    ("en", "Up to 10 from 5", "Up to 5 from 10"),
    ("en", "At least 8 letters", "At most 8 letters"),
    ("en", "You can pay", "You cannot pay"),
    ("en", "You may pay", "You must pay"),
    ("en", "Do it if it rings", "Do it unless it rings"),
    ("en", "Only customers pay", "Customers pay"),
    ("en", "Wait before you call", "Wait after you call"),
    ("en", "5G is here", "4G is here"),
    ("en", "Model X20", "Model X21"),
    ("en", "See [it](kb:a)", "See [it](kb:b)"),
    ("en", "![it](attachment:1)", "![it](attachment:2)"),
    ("en", "Type `*100#`", "Type `*101#`"),
    ("en", "It costs {{ext:a.b}}", "It costs {{ext:a.c}}"),
    ("en", "1. Press", "- Press"),
    ("en", "    code a", "    code b"),
    ("hu", "Nem kell fizetni", "Kell fizetni"),
    ("hu", "Csak hétfőn", "Hétfőn"),
    ("hu", "Csak hétfőn", "Csak kedden"),
    ("hu", "Két nap", "Három nap"),
    ("sv", "Du får inte ringa", "Du får ringa"),
    ("sv", "Endast vardagar", "Vardagar"),
    ("sv", "Den 1 mars", "Den 1 maj"),
    ("ru", "Не звоните", "Звоните"),
    ("ru", "Только клиенты", "Клиенты"),
    ("ru", "1 марта", "1 апреля"),
    ("de", "Zahlen Sie nicht bar", "Zahlen Sie bar"),
    ("de", "Nur heute", "Heute"),
    ("de", "Am Montag", "Am Dienstag"),
]


def passage(markdown: str) -> Passage:
    return split(markdown)[0]


CASES = [
    *((Change.SAME, *one) for one in SAME),
    *((Change.REWORDED, *one) for one in REWORDED),
    *((Change.CHANGED, *one) for one in CHANGED),
]


@pytest.mark.parametrize(("change", "language", "before", "after"), CASES)
def test_a_change_is_classed_by_fact(change: Change, language: str, before: str, after: str) -> None:
    assert compare(passage(before), passage(after), language) == change
    assert compare(passage(after), passage(before), language) == change


@pytest.mark.parametrize(("language", "before", "after"), CHANGED)
def test_a_change_is_found_without_knowing_the_language(language: str, before: str, after: str) -> None:
    assert compare(passage(before), passage(after)) == Change.CHANGED
    assert compare(passage(before), passage(after), "fi") == Change.CHANGED


def test_a_regional_language_has_the_words_of_its_base() -> None:
    assert claims(passage("Nur heute"), "de-AT") == ("only",)


TEXT = st.text(st.sampled_from("ab éж,.!-*„”  \n"), max_size=20)


@given(TEXT, st.integers(0, 10**9), st.integers(0, 10**9), TEXT)
def test_every_changed_number_is_found(before: str, one: int, other: int, after: str) -> None:
    assume(one != other)
    old, new = split(f"x{before} {one} {after}"), split(f"x{before} {other} {after}")
    assume(len(old) == len(new))
    assert any(compare(a, b) == Change.CHANGED for a, b in zip(old, new, strict=True))


@given(st.text(max_size=80))
def test_a_passage_is_the_same_as_itself(text: str) -> None:
    for one in split(text):
        assert compare(one, one) == Change.SAME
        assert words(one) == words(one)

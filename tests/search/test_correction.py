"""What a mistyped word may have been meant to be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from search.analysis import clean, fold
from search.correction import (
    as_typed,
    candidates,
    cost,
    edits_allowed,
    halves,
    likelihood_cost,
    replaced,
    unfiltered,
    written,
)
from search.vocabulary import Vocabulary

WORDS = [
    "router",
    "password",
    "activation",
    "nyomtato",
    "jelszo",
    "losenord",
    "skrivare",
    "принтер",
    "пароль",
]
KNOWN = Vocabulary((word, 3) for word in WORDS)
letters = st.text("abcdefghijklmnopqrstuvwxyzабвгд", min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("rputer", "router"),  # a neighbouring key
        ("ruoter", "router"),  # swapped
        ("routter", "router"),  # doubled
        ("ruter", "router"),  # left out
        ("eouter", "router"),  # at the first letter
        ("oruter", "router"),  # swapped there
        ("activatoin", "activation"),
        ("aktivation", "activation"),
        ("pasword", "password"),
        ("pssword", "password"),
        ("nyomatto", "nyomtato"),
        ("nyomtstó", "nyomtato"),
        ("jelszo", "jelszo"),
        ("jlszó", "jelszo"),
        ("lösenrod", "losenord"),
        ("skrviare", "skrivare"),
        ("принетр", "принтер"),
        ("пароьл", "пароль"),
        ("ghbynth", "принтер"),  # on the other layout
        ("зфыыцщкв", "password"),
    ],
)
def test_a_slip_of_the_hand_is_seen_through(typed: str, meant: str) -> None:
    if typed != meant:
        assert candidates(typed, KNOWN)[0].word == meant


@pytest.mark.parametrize("typed", ["sim", "puk", "a54", "rout3r", "r2d2", "5g", "a54-5g", "x" * 500])
def test_short_words_and_what_has_figures_are_left_alone(typed: str) -> None:
    known = Vocabulary([("sin", 9), ("pub", 9), ("router", 9), ("a", 9)])
    assert edits_allowed(typed) == 0
    assert candidates(typed, known) == []


@pytest.mark.parametrize(("word", "edits"), [("pin", 0), ("wifi", 1), ("invoice", 1), ("password", 2)])
def test_longer_words_may_have_more_edits(word: str, edits: int) -> None:
    assert edits_allowed(word) == edits


def test_the_commoner_word_is_likelier_and_the_easier_slip_as_well() -> None:
    assert [found.word for found in candidates("bills", Vocabulary([("bells", 1), ("balls", 900)]))] == [
        "balls",
        "bells",
    ]
    assert cost("cst", "cat") < cost("cpt", "cat")
    assert likelihood_cost(1.0, 100) < likelihood_cost(1.0, 1)


@pytest.mark.parametrize(
    ("typed", "other"),
    [("mother", "other"), ("osynlig", "synlig"), ("burner", "turner"), ("xouter", "router")],
)
def test_another_word_is_no_slip_at_the_first_letter(typed: str, other: str) -> None:
    assert candidates(typed, Vocabulary([(other, 900)])) == []


def test_a_mistake_at_the_first_letter_is_less_likely() -> None:
    assert cost("xouter", "router") > cost("roxter", "router")


@given(letters, letters)
def test_the_cost_is_an_edit_distance_with_weights(typed: str, meant: str) -> None:
    plain = OSA.distance(typed, meant)
    assert cost(typed, typed) == 0
    assert 0.6 * plain - 1e-9 <= cost(typed, meant) <= 1.5 * max(len(typed), len(meant))


@given(st.lists(letters, max_size=30), letters, st.integers(0, 2))
def test_the_vocabulary_finds_what_a_slow_look_finds(words: list[str], typed: str, edits: int) -> None:
    known = Vocabulary((word, 1) for word in set(words))
    found = {neighbour.word for neighbour in known.near(typed, edits)}
    kept = {word for word in words if 3 <= len(word) <= 30}
    near = {word for word in kept if 0 < OSA.distance(typed, word) <= edits}
    assert {word for word in near if word[0] == typed[0]} <= found <= near
    assert len(known) == len(kept)
    assert all(word in known for word in kept)


def test_a_word_is_taken_apart_where_both_halves_are_known() -> None:
    known = Vocabulary([("wifi", 1), ("router", 1), ("wif", 1)])
    assert list(halves("wifirouter", known)) == [("wifi", "router")]
    assert list(halves("wifi", known)) == []


@pytest.mark.parametrize(
    ("typed", "corrected"),
    [
        ("rowter", "router"),
        ("Rowter lights", "Router lights"),
        ("ROWTER", "ROUTER"),
        ('"rowter" rowter', '"rowter" router'),
        ("-rowter +rowter rowter", "-rowter +rowter router"),
        ("tag:rowter kind:rowter rowter*", "tag:rowter kind:rowter rowter*"),
        ("title:rowter", "title:router"),
        ("(rowter OR pin)", "(router OR pin)"),
        ("wi fi  now", "wifi  now"),
        ("nothing here", "nothing here"),
    ],
)
def test_a_question_is_corrected_as_a_person_would_write_it(typed: str, corrected: str) -> None:
    assert replaced(typed, {("rowter",): "router", ("wi", "fi"): "wifi"}) == corrected


def test_filters_are_taken_out() -> None:
    assert unfiltered('kind:faq my tag:"lost sim" sim changed:30d') == "my sim"
    assert unfiltered("error:42") == "error:42"


def test_a_word_is_written_with_the_accents_of_the_texts() -> None:
    assert written("nyomtato", ["A nyomtató.", "nyomtató, nyomtato"]) == "nyomtató"
    assert written("nyomtato", ["Semmi"]) == "nyomtato"


@given(
    st.text(max_size=200),
    st.dictionaries(st.tuples(letters) | st.tuples(letters, letters), letters, max_size=4),
)
def test_nothing_that_is_typed_breaks_it(typed: str, meant: dict[tuple[str, ...], str]) -> None:
    replaced(typed, meant)
    assert replaced(typed, {}) == clean(typed)
    unfiltered(typed)
    for word in as_typed(typed):
        candidates(word, KNOWN)
        assert isinstance(fold(word), str)

"""Long words fall into known ones, whatever the words and whatever is known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.compounds import LONGEST_COMPOUND, Joints

SWEDISH = Joints(links=("s",), endings=("a", "e"), shortest=3, doubles=True)
GERMAN = Joints(links=("s", "es", "n", "en", "er", "e"), endings=("e",))
WORDS = st.text("abcdes", min_size=4, max_size=7)


def split(joints: Joints, word: str, *known: str) -> tuple[str, ...]:
    return joints.split(word, known.__contains__, known.__contains__)


@pytest.mark.parametrize(
    ("joints", "word", "parts"),
    [
        (SWEDISH, "fakturakopia", ("faktura", "kopia")),
        (SWEDISH, "lösenordsbyte", ("lösenord", "byte")),
        (SWEDISH, "skolgång", ("skola", "gång")),
        (SWEDISH, "busstation", ("buss", "station")),
        (GERMAN, "rechnungsbetrag", ("rechnung", "betrag")),
        (GERMAN, "kartennummer", ("karte", "nummer")),
        (GERMAN, "schulferien", ("schule", "ferien")),
    ],
)
def test_parts_are_found_through_what_joins_them(joints: Joints, word: str, parts: tuple[str, ...]) -> None:
    assert split(joints, word, *parts) == parts


def test_the_fewest_parts_win_then_the_longest_beginning() -> None:
    assert split(Joints(), "abcdefghijkl", "abcd", "efgh", "ijkl", "efghijkl") == ("abcd", "efghijkl")
    assert split(Joints(), "abcdefghijkl", "abcd", "efghijkl", "abcdefgh", "ijkl") == ("abcdefgh", "ijkl")


def test_what_is_too_short_is_no_part() -> None:
    assert split(Joints(), "ordbyte", "ord", "byte") == ()
    assert split(SWEDISH, "ordbyte", "ord", "byte") == ("ord", "byte")
    assert SWEDISH.split("ordbyte", {"ord", "byte"}.__contains__, {"ord", "byte"}.__contains__, 4) == ()


def test_there_is_an_end_to_looking() -> None:
    asked: list[str] = []

    def nothing(word: str) -> bool:
        asked.append(word)
        return False

    assert SWEDISH.split("a" * LONGEST_COMPOUND, nothing, nothing) == ()
    assert len(asked) == len(set(asked)) <= LONGEST_COMPOUND
    assert SWEDISH.split("a" * (LONGEST_COMPOUND + 1), nothing, nothing) == ()


@given(st.lists(WORDS, min_size=2, max_size=3), st.sampled_from(["", "s"]))
def test_what_was_put_together_comes_apart(words: list[str], link: str) -> None:
    parts = split(SWEDISH, link.join(words), *words)
    assert len(parts) >= 2
    assert len(parts) <= len(words)


@given(st.text(), st.sets(WORDS))
def test_every_part_is_a_known_word_and_together_they_are_about_as_long(text: str, known: set[str]) -> None:
    for joints in (SWEDISH, GERMAN, Joints()):
        parts = split(joints, text, *known)
        assert known.issuperset(parts)
        assert not parts or abs(len("".join(parts)) - len(text)) <= 2 * len(parts)

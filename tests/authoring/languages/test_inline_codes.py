"""What a translator must not touch, apart from the words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authoring.languages.inline_codes import ALONE, CLOSE, OPEN, Mark, Token, aligned, coded, marks, plain


def sorts(text: str) -> list[tuple[str, str]]:
    return [(mark.sort, mark.data) for mark in marks(coded(text))]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("no codes", []),
        ("`a` and ``b ` c``", [(ALONE, "`a`"), (ALONE, "``b ` c``")]),
        ("[words](kb:a#b)", [(OPEN, "["), (CLOSE, "](kb:a#b)")]),
        ('![a picture](attachment:3 "tip")', [(OPEN, "!["), (CLOSE, '](attachment:3 "tip")')]),
        ("[![a](b)](c)", [(OPEN, "["), (OPEN, "!["), (CLOSE, "](b)"), (CLOSE, "](c)")]),
        ("[a](<b c>) [d](e(f)g)", [(OPEN, "["), (CLOSE, "](<b c>)"), (OPEN, "["), (CLOSE, "](e(f)g)")]),
        ("[a][ref]", [(OPEN, "["), (CLOSE, "][ref]")]),
        ("{{ext:a.b}} {{snippet:x}}", [(ALONE, "{{ext:a.b}}"), (ALONE, "{{snippet:x}}")]),
        (
            "<kbd>x</kbd> <https://a.b/c> <a@b.c>",
            [(ALONE, c) for c in ("<kbd>", "</kbd>", "<https://a.b/c>", "<a@b.c>")],
        ),
        ("a[^1]", [(ALONE, "[^1]")]),
        (r"\[a](b) \`c`", []),
        (r"\![a](b)", [(OPEN, "["), (CLOSE, "](b)")]),
        ("3 < 4 and [x] and `", []),
        ("`[a](b)`", [(ALONE, "`[a](b)`")]),
    ],
)
def test_codes_are_found(text: str, codes: list[tuple[str, str]]) -> None:
    assert sorts(text) == codes
    assert plain(coded(text)) == text


def test_codes_are_numbered_through() -> None:
    assert [mark.number for mark in marks(coded("`a` [b `c`](d)", 5))] == [5, 6, 7, 6]


def test_a_translation_gets_the_numbers_of_its_source() -> None:
    source = coded("See [one](kb:a) and [two](kb:b), `x`.")
    found = aligned(source, "`x`: [kettő](kb:b), [egy](kb:a)")
    assert found is not None
    assert plain(found) == "`x`: [kettő](kb:b), [egy](kb:a)"
    assert [mark.number for mark in marks(found)] == [3, 2, 2, 1, 1]


@pytest.mark.parametrize(
    "translated", ["", "[egy](kb:a)", "[egy](kb:c) `x`", "[egy](kb:a) `x` `x`", "[egy](kb:a) `y`"]
)
def test_a_translation_with_other_codes_has_none(translated: str) -> None:
    assert aligned(coded("[one](kb:a) `x`"), translated) is None


PIECES = st.sampled_from(
    ["a", " ", "[", "]", "(", ")", "](", "`", "``", "!", "\\", "<", ">", "<b>", "{{", "}}", "[^1]", "\n"]
)


@given(st.lists(PIECES, max_size=40).map("".join))
def test_no_sign_is_lost_whatever_the_text(text: str) -> None:
    tokens = coded(text)
    assert plain(tokens) == text
    assert aligned(tokens, text) is not None
    assert is_nested(tokens)


def is_nested(tokens: list[Token]) -> bool:
    inside: list[int] = []
    for mark in marks(tokens):
        if mark.sort == OPEN:
            inside.append(mark.number)
        elif mark.sort == CLOSE and inside.pop() != mark.number:
            return False
    return not inside


def test_a_text_made_to_cost_time_costs_little() -> None:
    for text in (
        "[" * 50_000,
        "[a](" * 20_000,
        "`a``" * 20_000,
        "![a](b)" * 5_000,
        "<" * 50_000,
        "{{" * 50_000,
    ):
        assert plain(coded(text)) == text


def test_a_mark_has_a_name() -> None:
    assert Mark(OPEN, 2, "[").name == (OPEN, 2)

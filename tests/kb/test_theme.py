"""A portal's theme is the house's tokens and then its own; nothing else can get into it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb import theme
from kb.errors import Invalid
from tests.processes import ROOT

STATIC = ROOT / "static"
colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize(
    "tokens",
    [
        {},
        {"brand": "#0b5fff"},
        {"brand": "#0B5FFF", "brand-ink": "#ffffff", "brand-soft": "#eeeeee"},
        {"font-body": "serif", "font-heading": "humanist"},
    ],
)
def test_colours_and_fonts_of_the_list_are_taken(tokens: dict[str, str]) -> None:
    theme.check(tokens)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("brand", "red"),
        ("brand", "#fff"),
        ("brand", "#0b5fff; } body { display: none"),
        ("brand", "#0b5fff\n"),
        ("brand-soft", "url(https://evil.example/)"),
        ("font-body", "Comic Sans"),
        ("font-heading", "serif; color: red"),
        ("ink", "#000000"),
        ("brand: red; --x", "#000000"),
    ],
)
def test_anything_else_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(Invalid) as refused:
        theme.check({"font-body": "system", name: value})
    assert set(refused.value.fields) == {name}


@pytest.mark.parametrize(
    ("brand", "ink", "ratio"), [("#ffee00", "#ffffff", "1.2"), ("#777777", "#ffffff", "4.5")]
)
def test_a_brand_on_which_text_cannot_be_read_is_refused(brand: str, ink: str, ratio: str) -> None:
    with pytest.raises(Invalid, match=f"a contrast of {ratio}"):
        theme.check({"brand": brand, "brand-ink": ink})


@given(colours, colours)
def test_contrast_is_the_same_both_ways_and_within_its_range(one: str, other: str) -> None:
    ratio = theme.contrast(one, other)
    assert 1 <= ratio <= 21
    assert ratio == theme.contrast(other, one)
    assert theme.contrast(one, one) == 1


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("#777777", "#ffffff", 4.48),
        ("#ff0000", "#ffffff", 4.0),
        ("#0000ff", "#ffffff", 8.59),
        ("#000000", "#ffffff", 21),
    ],
)
def test_contrast_is_that_of_the_guidelines(one: str, other: str, expected: float) -> None:
    assert theme.contrast(one, other) == pytest.approx(expected, abs=0.005)


def _house() -> str:
    return "".join((STATIC / name).read_text(encoding="utf-8") for name in ("tokens.css", "base.css"))


def test_the_portals_values_come_after_the_houses() -> None:
    css = theme.stylesheet({"font-body": "serif", "brand": "#123456"}, STATIC)
    house = _house()
    assert css.startswith(house)
    assert css[len(house) :].split() == [
        ":root",
        "{",
        *"--brand: #123456;".split(),
        "--font-body:",
        *f"{theme.FONTS['serif']};".split(),
        "}",
    ]


def test_a_portal_without_values_of_its_own_has_the_houses() -> None:
    assert theme.stylesheet({}, STATIC) == _house()


def test_every_token_that_a_portal_can_set_is_one_of_the_houses() -> None:
    house = (STATIC / "tokens.css").read_text(encoding="utf-8")
    for name in (*theme.COLOURS, "font-body", "font-heading"):
        assert f"--{name}:" in house


def test_the_version_changes_with_the_stylesheet_and_only_then(tmp_path: Path) -> None:
    versions = {
        theme.version({}, STATIC),
        theme.version({"brand": "#123456"}, STATIC),
        theme.version({"brand": "#123457"}, STATIC),
    }
    assert len(versions) == 3
    assert theme.version({"brand": "#123456", "font-body": "serif"}, STATIC) == theme.version(
        {"font-body": "serif", "brand": "#123456"}, STATIC
    )
    (tmp_path / "tokens.css").write_text(":root {}")
    (tmp_path / "base.css").write_text("")
    assert theme.version({}, tmp_path) not in versions

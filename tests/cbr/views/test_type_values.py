"""Values as lines of text: whatever an attribute holds can be written and read back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cbr.case_type import Choice
from cbr.views.type_values import read_choices, write_choices

WORDS = st.text("ab |=\\,:ő\tn", min_size=1, max_size=8)
NAMES = st.dictionaries(st.sampled_from(["en", "hu", "pt-BR"]), WORDS.filter(str.strip), max_size=2)


@st.composite
def trees(draw: st.DrawFn) -> list[Choice]:
    keys = draw(st.lists(WORDS, max_size=8, unique=True))
    return [
        Choice(key, draw(NAMES), draw(st.sampled_from(["", *keys[:at]])), draw(NAMES))
        for at, key in enumerate(keys)
    ]


@given(trees())
def test_whatever_is_written_is_read_back(tree: list[Choice]) -> None:
    read, faults = read_choices(write_choices(tree), tree=True)
    assert faults == []
    assert sorted(read, key=lambda one: one.key) == sorted(tree, key=lambda one: one.key)


@given(st.text(max_size=60), st.booleans())
def test_whatever_is_typed_is_read_without_a_crash(text: str, tree: bool) -> None:
    read, _ = read_choices(text, tree=tree)
    assert len({one.key for one in read}) == len(read)


def test_lines_keep_their_order_and_levels() -> None:
    read, faults = read_choices("z\r\na\r\n\tb\r\n    c\r\nd", tree=True)
    assert [(one.key, one.parent) for one in read] == [
        ("z", ""),
        ("a", ""),
        ("b", "a"),
        ("c", "b"),
        ("d", ""),
    ]
    assert faults == []


def test_blanks_before_a_value_mean_nothing_where_there_is_no_tree() -> None:
    assert [one.parent for one in read_choices("a\n  b")[0]] == ["", ""]


def test_each_wrong_line_is_named_with_its_number() -> None:
    _, faults = read_choices("a | Poor\n\na\n| en: Good\nb | en: B | en: C\nc | xx: D\n      d", tree=True)
    assert [
        (number, f"ine {number} " in fault) for number, fault in zip((1, 3, 4, 5, 6, 7), faults, strict=True)
    ] == [(number, True) for number in (1, 3, 4, 5, 6, 7)]

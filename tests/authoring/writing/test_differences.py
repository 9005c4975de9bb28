"""Differences of two texts: nothing is lost, what changed is found, and no text makes it slow."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authoring.writing import differences, edits
from authoring.writing.differences import Run, Words, folded, html, lines, marked, words

TEXTS = st.one_of(st.text(max_size=60), st.text(alphabet="ab .,\n\r\t\u2028é", max_size=60))


def before_of(runs: list[Run]) -> str:
    """Read the earlier text out of a comparison."""
    return "".join(run.text for run in runs if run.kind != "added")


def after_of(runs: list[Run]) -> str:
    """Read the later text out of a comparison."""
    return "".join(run.text for run in runs if run.kind != "removed")


@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_out_of_it_to_the_last_blank(before: str, after: str) -> None:
    runs = list(words(before, after))
    assert (before_of(runs), after_of(runs)) == (before, after)
    assert all(run.text for run in runs)


@given(TEXTS, TEXTS)
def test_cut_into_lines_it_says_the_same(before: str, after: str) -> None:
    runs = [run for line in lines(before, after) for run in line]
    assert (before_of(runs), after_of(runs)) == (before, after)


@given(TEXTS)
def test_a_text_does_not_differ_from_itself(text: str) -> None:
    assert list(words(text, text)) == ([Run("equal", text)] if text else [])


@given(TEXTS, TEXTS)
def test_neighbours_are_of_different_kinds_and_what_went_comes_first(before: str, after: str) -> None:
    kinds = [run.kind for run in words(before, after)]
    assert not {("equal", "equal"), ("added", "removed"), ("added", "added"), ("removed", "removed")} & set(
        pairwise(kinds)
    )


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        ("Press OK twice.", "Press OK once.", [("removed", "twice"), ("added", "once")]),
        ("It costs 100 Ft a month.", "It costs 120 Ft a month.", [("removed", "100"), ("added", "120")]),
        ("Call us.", "Please call us.", [("removed", "Call"), ("added", "Please call")]),
        ("one\ntwo\nthree\n", "one\nthree\n", [("removed", "two\n")]),
        ("one\nthree\n", "one\ntwo\nthree\n", [("added", "two\n")]),
        ("two words", "two  words", [("removed", " "), ("added", "  ")]),
        ("the end", "the end\n", [("added", "\n")]),
        ("a line\r\nmore\r\n", "a line\nmore\n", [("removed", "\r\n"), ("added", "\n")] * 2),
        (
            "the quick brown fox",
            "a slow red dog",
            [("removed", "the quick brown fox"), ("added", "a slow red dog")],
        ),
        ("2, 3", "4, 5", [("removed", "2, 3"), ("added", "4, 5")]),
        ("", "", []),
    ],
)
def test_only_what_changed_is_marked(before: str, after: str, changed: list[tuple[str, str]]) -> None:
    assert [tuple(run) for run in words(before, after) if run.kind != "equal"] == changed


def test_paragraphs_that_stay_are_found_between_those_that_go() -> None:
    stays = "This paragraph stays as it is.\n\n"
    before = f"# Title\n\n{stays}Old ending of it.\n"
    after = f"# Another\n\nSomething quite new here.\n\n{stays}"
    assert stays in "".join(run.text for run in words(before, after) if run.kind == "equal")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\nb\n" * 20_000, "b\nb\na\n" * 15_000),
        ("a b " * 20_000, "b b a " * 15_000),
        ("!?" * 40_000, "?!!" * 30_000),
        (" ".join(map(str, range(15_000))), " ".join(map(str, range(15_000, 0, -1)))),
        ("\n".join(map(str, range(15_000))), "\n\n".join(map(str, range(15_000)))),
    ],
)
def test_no_text_takes_more_steps_than_allowed(
    before: str, after: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    searches: list[edits.Search] = []

    class Watched(edits.Search):
        def __init__(self) -> None:
            super().__init__()
            searches.append(self)

    monkeypatch.setattr(differences, "Search", Watched)
    runs = list(words(before, after))
    assert (before_of(runs), after_of(runs)) == (before, after)
    assert [search._steps_left > -edits.MOST_STEPS for search in searches] == [True]


def test_markup_in_a_text_is_shown_and_not_obeyed() -> None:
    page = html("<b>old</b> <script>", "<b>new</b> <script>")
    assert "<b>" not in page
    assert "<script>" not in page
    assert "&lt;b&gt;<del>" in page


def test_what_changed_is_marked_for_eyes_and_for_ears() -> None:
    say = Words("weg:", "neu:", "{} gleich".format)
    assert html("one two", "one three", say=say) == (
        '<div class="diff">one <del><span class="visually-hidden">weg: </span>two</del>'
        '<ins><span class="visually-hidden">neu: </span>three</ins></div>'
    )


def test_changed_white_space_can_be_seen() -> None:
    page = html("one two", "one\ntwo")
    assert re.findall(r"</span>(.*?)</(?:del|ins)>", page, re.DOTALL) == ["␣", "↵\n"]


def test_unchanged_lines_far_from_a_change_are_folded() -> None:
    before = "".join(f"{number}\n" for number in range(20))
    found = lines(before, before.replace("10\n", "ten\n"))
    folds = [line if isinstance(line, int) else "line" for line in folded(found, 2)]
    assert folds == [8, *["line"] * 5, 7]
    assert len(list(folded(found, None))) == 20
    assert "8 unchanged lines" in html(before, before.replace("10\n", "ten\n"), context=2)


def test_two_lines_are_not_worth_a_fold() -> None:
    assert list(folded(lines("a\nb\nc", "a\nb\nd"), 0))[:2] == lines("a\nb\nc", "a\nb\nd")[:2]


def test_one_side_can_be_shown_alone() -> None:
    (line,) = lines("one two", "one three")
    assert "two" in marked(line, without="added")
    assert "two" not in marked(line, without="removed")

"""Merging what two people made of the same text: nothing of either is lost, and a contradiction is never hidden."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from authoring.writing.merging import Clash, Merged, has_marks, merge, merge_fields

WORDS = st.sampled_from(["call", "us", "10", "EUR", "a", "b", "- step", "", "# Head", "tomorrow", "ő"])
LINE = st.lists(WORDS, max_size=5).map(" ".join)
END = st.sampled_from(["", "\n"])
TEXT = st.builds(lambda lines, end: "\n".join(lines) + end, st.lists(LINE, max_size=12), END)

ARTICLE = """# Roaming

Call us before you leave.

1. Open the settings.
2. Switch roaming on.

It costs 2 EUR a day.
"""


@given(base=TEXT, mine=TEXT)
def test_what_only_one_of_two_changed_is_taken(base: str, mine: str) -> None:
    assert merge(base, mine, base) == merge(base, base, mine)
    assert merge(base, mine, base).text == mine
    assert not merge(base, mine, base).clashes


@given(base=TEXT, mine=TEXT)
def test_what_both_changed_alike_is_taken_once(base: str, mine: str) -> None:
    assert merge(base, mine, mine).text == mine
    assert not merge(base, mine, mine).clashes


@given(base=TEXT, mine=TEXT, theirs=TEXT)
def test_every_word_that_one_of_them_wrote_is_in_the_result(base: str, mine: str, theirs: str) -> None:
    found = merge(base, mine, theirs)
    new = (set(mine.split()) | set(theirs.split())) - set(base.split())
    assert new <= set(found.marked("me", "them").split())


@given(base=TEXT, mine=TEXT, theirs=TEXT)
def test_a_contradiction_is_one_from_either_side(base: str, mine: str, theirs: str) -> None:
    one, other = merge(base, mine, theirs), merge(base, theirs, mine)
    assert [(clash.mine, clash.theirs) for clash in one.clashes] == [
        (clash.theirs, clash.mine) for clash in other.clashes
    ]


@given(lines=st.lists(st.uuids().map(str), min_size=5, max_size=20, unique=True), data=st.data())
def test_changes_of_different_lines_both_survive(lines: list[str], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(lines) - 3))
    second = data.draw(st.integers(first + 2, len(lines) - 1))
    base = [f"{line}\n" for line in lines]
    mine, theirs, both = base.copy(), base.copy(), base.copy()
    mine[first] = both[first] = "mine\n"
    theirs[second] = both[second] = "theirs\n"
    assert merge("".join(base), "".join(mine), "".join(theirs)) == Merged(("".join(both),))


def test_an_added_and_a_changed_paragraph_both_survive() -> None:
    mine = ARTICLE.replace("2 EUR", "3 EUR")
    theirs = ARTICLE.replace("leave.\n", "leave.\n\nTake your passport along.\n")
    found = merge(ARTICLE, mine, theirs)
    assert not found.clashes
    assert "3 EUR" in found.text
    assert "passport" in found.text


def test_two_changes_of_one_sentence_both_survive_when_words_stand_between_them() -> None:
    found = merge(
        "Call us before you leave today.", "Phone us before you leave today.", "Call us before you leave."
    )
    assert found == Merged(("Phone us before you leave.",))


def test_two_changes_side_by_side_are_for_a_person_to_settle() -> None:
    found = merge("It costs 10 EUR.", "It costs 20 EUR.", "It costs 10 SEK.")
    assert found.clashes == (Clash("It costs 10 EUR.", "It costs 20 EUR.", "It costs 10 SEK."),)


def test_what_one_removed_and_the_other_changed_is_for_a_person_to_settle() -> None:
    mine = ARTICLE.replace("It costs 2 EUR a day.\n", "")
    theirs = ARTICLE.replace("2 EUR", "5 EUR")
    assert merge(ARTICLE, mine, theirs).clashes


def test_a_place_to_settle_holds_both_sides_between_marks() -> None:
    mine, theirs = ARTICLE.replace("2 EUR", "3 EUR"), ARTICLE.replace("2 EUR", "4 EUR")
    marked = merge(ARTICLE, mine, theirs).marked("Yours", "Anna")
    assert marked.endswith(
        "<<<<<<< Yours\nIt costs 3 EUR a day.\n=======\nIt costs 4 EUR a day.\n>>>>>>> Anna\n"
    )
    assert has_marks(marked)
    assert not has_marks(mine)


def test_a_heading_that_is_underlined_is_no_mark() -> None:
    assert not has_marks("Title\n=======\n\na <<<<<<< b\n")


def test_marks_stand_on_lines_of_their_own_where_the_text_ends_without_one() -> None:
    assert merge("a", "b", "c").marked("Yours", "Anna") == "<<<<<<< Yours\nb\n=======\nc\n>>>>>>> Anna\n"


def test_fields_are_merged_one_by_one() -> None:
    base = {"title": "Roaming", "body": "One.\n\nTwo.\n", "tags": ["a", "b"], "kind": "faq", "summary": ""}
    mine = {**base, "title": "Roaming abroad", "body": "One!\n\nTwo.\n", "tags": ["b", "mine"]}
    theirs = {**base, "kind": "wiki", "body": "One.\n\nTwo!\n", "tags": ["a", "b", "theirs"]}
    values, clashes = merge_fields(base, mine, theirs)
    assert not clashes
    assert values == {
        "title": "Roaming abroad",
        "body": "One!\n\nTwo!\n",
        "tags": ["b", "mine", "theirs"],
        "kind": "wiki",
        "summary": "",
    }


def test_a_title_that_both_changed_clashes_and_mine_is_kept_beside_theirs() -> None:
    base = {"title": "Roaming", "body": "Text"}
    values, clashes = merge_fields(base, {**base, "title": "Mine"}, {**base, "title": "Theirs"})
    assert values["title"] == "Mine"
    assert clashes == {"title": Clash("Roaming", "Mine", "Theirs")}

"""What became of each passage through a chain of revisions."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from authoring.languages.tracing import Fate, Pair, Step, Trace, align, passages_of, trace

OLD = "# Bill\n\nYou pay 5 EUR.\n\n1. Open the app.\n2. Choose the bill.\n3. Pay.\n\nAsk us."


def step(body: str, *, marked: bool = False, title: str = "Bills", summary: str = "") -> Step:
    return Step(passages_of(title, summary, body), marked)


def fates(found: Trace) -> dict[str, Fate]:
    return {one.passage.text: one.fate for one in found.passages if one.fate != Fate.CURRENT}


def test_a_text_that_did_not_change_is_current() -> None:
    found = trace([step(OLD), step(OLD)], "en")
    assert found.is_current
    assert found.differing == 0


def test_only_the_passage_whose_price_changed_is_stale() -> None:
    found = trace([step(OLD), step(OLD.replace("5 EUR", "6 EUR"))], "en")
    assert fates(found) == {"You pay 6 EUR.": Fate.STALE}
    assert [one.before.text for one in found.passages if one.fate == Fate.STALE and one.before] == [
        "You pay 5 EUR."
    ]
    assert found.differing == 1


def test_a_changed_price_is_stale_whatever_the_author_said() -> None:
    found = trace([step(OLD), step(OLD.replace("5 EUR", "6 EUR"), marked=True)], "en")
    assert fates(found) == {"You pay 6 EUR.": Fate.STALE}


def test_a_reworded_passage_is_stale_without_the_authors_word() -> None:
    newer = OLD.replace("Ask us.", "Call us, please.")
    assert fates(trace([step(OLD), step(newer)], "en")) == {"Call us, please.": Fate.STALE}
    assert trace([step(OLD), step(newer, marked=True)], "en").is_current


def test_typography_needs_no_word_of_the_author() -> None:
    assert trace([step(OLD), step(OLD.replace("Ask us.", "**ask us**!"))], "en").is_current


def test_a_new_step_is_new_and_a_removed_one_is_named() -> None:
    added = OLD.replace("3. Pay.", "3. Check it twice.\n4. Pay.")
    assert fates(trace([step(OLD), step(added, marked=True)], "en")) == {"Check it twice.": Fate.NEW}
    found = trace([step(added), step(OLD, marked=True)], "en")
    assert fates(found) == {}
    assert [one.text for one in found.removed] == ["Check it twice."]
    assert not found.is_current


def test_steps_in_another_order_are_stale() -> None:
    other = OLD.replace("1. Open the app.\n2. Choose the bill.", "1. Choose the bill.\n2. Open the app.")
    found = trace([step(OLD), step(other, marked=True)], "en")
    assert Fate.STALE in fates(found).values()
    assert not found.removed


def test_a_paragraph_that_moved_is_current_with_the_authors_word_only() -> None:
    old, new = "One thing here.\n\nSecondly another.", "Secondly another.\n\nOne thing here."
    assert trace([step(old), step(new, marked=True)], "en").is_current
    assert not trace([step(old), step(new)], "en").is_current


def test_title_and_summary_count() -> None:
    found = trace([step("A", title="Pay by 5 May"), step("A", title="Pay by 6 May", marked=True)], "en")
    assert fates(found) == {"Pay by 6 May": Fate.STALE}
    assert not trace([step("A"), step("A", summary="New words")], "en").is_current
    assert [one.kind for one in trace([step("A", summary="Old"), step("A")], "en").removed] == ["summary"]


def test_each_revision_of_a_chain_counts() -> None:
    chain = [
        step(OLD),
        step(OLD.replace("Ask us.", "Call us, please."), marked=True),
        step(OLD.replace("Ask us.", "Please call us.").replace("5 EUR", "7 EUR"), marked=True),
    ]
    assert fates(trace(chain, "en")) == {"You pay 7 EUR.": Fate.STALE}
    chain[1] = Step(chain[1].passages, wording_only=False)
    assert fates(trace(chain, "en")) == {"You pay 7 EUR.": Fate.STALE, "Please call us.": Fate.STALE}


def test_what_says_the_same_again_is_current() -> None:
    assert trace([step(OLD), step(OLD.replace("5 EUR", "9 EUR")), step(OLD)], "en").is_current


def test_a_passage_that_came_on_the_way_is_new() -> None:
    chain = [step(OLD), step(f"{OLD}\n\nA word more."), step(f"{OLD}\n\nA word more!", marked=True)]
    assert fates(trace(chain, "en")) == {"A word more!": Fate.NEW}


def test_one_revision_is_current() -> None:
    assert trace([step(OLD)], "en").is_current


def test_similar_passages_are_paired_in_their_order() -> None:
    old = step("The red line blinks.\n\nThe green line blinks slowly.").passages
    new = step("First of all.\n\nThe red light blinks.\n\nThe green line blinks fast.").passages
    assert align(old, new) == [Pair(0, 0), Pair(None, 1), Pair(1, 2), Pair(2, 3)]


def test_a_very_long_change_is_paired_by_order() -> None:
    old = step("\n\n".join(f"alpha{n} beta" for n in range(150))).passages
    new = step("\n\n".join(f"gamma{n} beta" for n in range(140))).passages
    pairs = align(old, new)
    assert len([pair for pair in pairs if pair.before is not None]) == 151
    assert len([pair for pair in pairs if pair.after is not None]) == 141


LINE = st.sampled_from(
    [
        "Pay 5 EUR.",
        "Pay 6 EUR.",
        "1. Open it.",
        "2. Close it.",
        "- a point",
        "Words only.",
        "Other words.",
        "## Head",
    ]
)
BODY = st.lists(LINE, max_size=7).map("\n\n".join)


@given(BODY)
def test_a_revision_equal_to_itself_is_all_current(body: str) -> None:
    assert trace([step(body), step(body)], "en").is_current
    assert trace([step(body), step(body), step(body)], "en").is_current


@given(BODY, BODY, st.booleans())
def test_every_passage_is_accounted_for_once(before: str, after: str, marked: bool) -> None:
    old, new = step(before), step(after, marked=marked)
    pairs = align(old.passages, new.passages)
    assert sorted(pair.before for pair in pairs if pair.before is not None) == list(range(len(old.passages)))
    assert sorted(pair.after for pair in pairs if pair.after is not None) == list(range(len(new.passages)))
    found = trace([old, new], "en")
    assert [one.passage for one in found.passages] == list(new.passages)
    assert len(found.removed) + sum(one.before is not None for one in found.passages) == len(old.passages)


@given(BODY, BODY)
def test_a_word_of_the_author_makes_nothing_worse(before: str, after: str) -> None:
    without = trace([step(before), step(after)], "en")
    trusted = trace([step(before), step(after, marked=True)], "en")
    for bare, held in zip(without.passages, trusted.passages, strict=True):
        assert held.fate == bare.fate or (bare.fate, held.fate) == (Fate.STALE, Fate.CURRENT)


@given(BODY, BODY)
def test_without_marks_it_does_not_matter_which_of_two_texts_came_first(before: str, after: str) -> None:
    there = trace([step(before), step(after)], "en").is_current
    back = trace([step(after), step(before)], "en").is_current
    assert there == back


@given(BODY, st.integers(0, 6), st.integers(0, 999))
def test_a_changed_number_in_any_place_is_found(body: str, place: int, number: int) -> None:
    lines = [line for line in body.split("\n\n") if line]
    at = min(place, len(lines))
    old = "\n\n".join([*lines[:at], f"It takes {number} hours.", *lines[at:]])
    new = "\n\n".join([*lines[:at], f"It takes {number + 1} hours.", *lines[at:]])
    assert not trace([step(old), step(new, marked=True)], "en").is_current

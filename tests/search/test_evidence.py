"""What is no more than chance is no answer; the rule by itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.engine import NOTHING
from search.evidence import MOST_MEASURED, is_weak, lacks_too_much, says_too_little
from search.tantivy.engine import TantivyEngine
from tests.search.documents import document, put, seen_by

COUNTS = st.integers(0, 10**6)


@given(st.floats(0, 5), COUNTS, COUNTS)
def test_the_more_there_are_to_choose_from_the_more_must_speak_for_the_best(
    evidence: float, some: int, others: int
) -> None:
    few, many = sorted((some, others))
    if is_weak(evidence, few):
        assert is_weak(evidence, many)


@given(st.floats(0, 5), st.integers(MOST_MEASURED, 10**6))
def test_beyond_what_was_measured_no_more_is_asked_for(evidence: float, documents: int) -> None:
    assert is_weak(evidence, documents) == is_weak(evidence, MOST_MEASURED)


@given(st.floats(0, 20), st.floats(0, 1), st.floats(0, 20))
def test_a_better_score_never_makes_words_say_less(score: float, lacking: float, more: float) -> None:
    if lacks_too_much(score + more, lacking):
        assert lacks_too_much(score, lacking)


def test_what_has_all_the_words_is_an_answer_however_common_they_are() -> None:
    assert not lacks_too_much(0.0, 0.0)


@pytest.fixture
def base(engine: TantivyEngine) -> TantivyEngine:
    """A few pages of a telephone company."""
    put(
        engine,
        document(
            "Change your plan", "You can change to a smaller plan at any time, it takes effect at once."
        ),
        document("Find your PUK code", "The code is printed on the card that your SIM came on."),
        document("My internet is slow", "Restart the router and measure how fast it is."),
        document("Moving home", "Tell us the new address two weeks before you move."),
    )
    return engine


@pytest.mark.parametrize(
    ("question", "is_too_little"),
    [
        ("how do I change my plan", False),
        ("where is the puk code of my SIM card", False),
        ("how long does it take to knead and bake a loaf of sourdough bread", True),
        ("which team has won two championships of volleyball at home", True),
    ],
)
def test_a_sentence_of_which_hardly_a_word_was_found_has_no_answer(
    base: TantivyEngine, question: str, is_too_little: bool
) -> None:
    found = base.search(question, seen_by())
    assert found.hits
    assert says_too_little(found, question) is is_too_little


def test_nothing_is_no_near_miss() -> None:
    assert not says_too_little(NOTHING, "how do I bake bread")


@given(question=st.text(max_size=60))
def test_whatever_is_asked_there_is_no_error(question: str) -> None:
    assert says_too_little(NOTHING, question) is False

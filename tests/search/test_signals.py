"""What speaks for an answer beside its words moves it a little, says so, and never changes a clear lead."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kb.errors import Sentence
from search import ranking
from search.advice import Advice
from search.ranking import LEAST_FACTOR, MOST_FACTOR, REASONS, standing
from search.tantivy.engine import TantivyEngine
from tests.search.documents import DAY, NOW, document, put, seen_by

YEAR = 365 * DAY


def order(engine: TantivyEngine, question: str, advice: Advice | None = None) -> list[str]:
    found = engine.search(question, seen_by(), advice=advice or Advice())
    return [hit.id for hit in found.hits]


def reasons(engine: TantivyEngine, name: str, advice: Advice | None = None) -> tuple[str, ...]:
    found = engine.search("sim", seen_by(), advice=advice or Advice())
    return next(hit.reasons for hit in found.hits if hit.id == name)


def test_of_equals_the_standard_the_newer_and_the_helpful_come_first(engine: TantivyEngine) -> None:
    old = NOW - 4 * YEAR
    put(
        engine,
        document("Sim one", id="plain", changed_at=old),
        document("Sim two", id="standard", kind="standard", changed_at=old),
    )
    assert order(engine, "sim") == ["standard", "plain"]
    assert (reasons(engine, "standard"), reasons(engine, "plain")) == (("standard",), ())
    put(engine, document("Sim ten", id="new", changed_at=NOW - DAY), document("Sim six", id="b", article="b"))
    assert reasons(engine, "new") == ("recent",)
    advice = Advice(signals={("b", "en"): 1.08})
    assert order(engine, "sim", advice)[0] == "b"
    assert "helpful" in reasons(engine, "b", advice)


def test_a_signal_counts_in_its_own_language_only(engine: TantivyEngine) -> None:
    put(engine, document("Sim one", id="a", article="a"), document("Sim two", id="b", article="b"))
    assert order(engine, "sim", Advice(signals={("b", "hu"): 1.1})) == order(engine, "sim")
    assert order(engine, "sim", Advice(signals={("b", "en"): 1.1})) == ["b", "a"]
    assert order(engine, "sim", Advice(signals={("a", "en"): 1.1})) == ["a", "b"]


def test_a_clear_lead_stays_whatever_the_signals_say(engine: TantivyEngine) -> None:
    put(
        engine,
        document("Sim card", "The sim card.", id="better", article="better", changed_at=1),
        document("Other", "A sim card.", id="worse", article="worse", kind="standard", changed_at=NOW),
    )
    advice = Advice(signals={("worse", "en"): 1.25, ("better", "en"): 0.8})
    assert order(engine, "sim card", advice) == ["better", "worse"]


@given(st.booleans(), st.integers(-YEAR, 50 * YEAR), st.floats(0, 100))
def test_all_signals_together_stay_within_their_bounds(is_standard: bool, age_s: int, helped: float) -> None:
    assert LEAST_FACTOR <= standing(is_standard, age_s, helped) <= MOST_FACTOR
    assert set(ranking.reasons(is_standard, age_s, helped)) <= set(REASONS)


def test_every_reason_has_words_that_can_be_translated() -> None:
    assert all(isinstance(words, Sentence) for words in REASONS.values())

"""The answer itself is shown where the evidence is strong, and only there."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from search.answering import LEAST_LEAD, LONGEST, Source, anchors, answer
from search.query import parse
from search.snippets import Highlighter
from search.tantivy.engine import TantivyEngine
from tests.search.documents import document, put, seen_by

BODY = """Before you begin
Have the card at hand.
Change the PIN
Open the settings.
Choose the code of the card.
Type the new PIN twice.
What it costs
A new PIN is free of charge."""
ANCHORS = anchors(
    BODY,
    [("Before you begin", "at-before"), ("Change the PIN", "at-change"), ("What it costs", "at-costs")],
)
ARTICLE = Source("The codes of your card", "", BODY, ANCHORS)


def asked(question: str, source: Source = ARTICLE) -> tuple[str, str] | None:
    found = answer(Highlighter(parse(question, now=0).texts(), "en"), source, weight=lambda _word: 1.0)
    return (str(found.text), found.anchor) if found else None


def test_the_section_that_answers_is_shown_whole_with_its_anchor() -> None:
    text, anchor = asked("change the pin") or ("", "")
    assert anchor == "at-change"
    assert text.splitlines() == [
        "Open the settings.",
        "Choose the code of the card.",
        "Type the new <mark>PIN</mark> twice.",
    ]
    text, anchor = asked("what does a new pin cost") or ("", "")
    assert (text, anchor) == ("A <mark>new</mark> <mark>PIN</mark> is free of charge.", "at-costs")


def test_a_heading_that_says_the_words_counts_as_much_as_the_passage_below_it() -> None:
    body = "Where it stands\nThe wifi password is on the device.\nHow to change it\nChoose a new one."
    headings = anchors(body, [("Where it stands", "at-where"), ("How to change it", "at-change")])
    source = Source("Name and password of your wifi", "", body, headings)
    assert asked("how do I change my wifi password", source) == ("Choose a new one.", "at-change")


def test_nothing_is_shown_where_the_evidence_is_weak() -> None:
    assert asked("change the pin of my neighbours television abroad") is None
    assert asked("pin") is None
    assert asked("") is None
    assert asked("change the pin", Source("Change the PIN", "", "")) is None


def test_what_has_no_end_of_a_sentence_is_no_answer() -> None:
    assert asked("change pin", Source("", "", "Change the PIN " + "and so on and on " * 60)) is None


def test_of_a_long_paragraph_the_first_sentences_are_shown() -> None:
    paragraph = "Change the PIN here. " + "This is said at some length. " * 40
    text, anchor = asked("change pin", Source("", "", paragraph)) or ("", "")
    assert anchor == ""
    assert text.startswith("<mark>Change</mark> the <mark>PIN</mark> here.")
    assert text.endswith(".")
    assert len(text) < LONGEST + 100


def test_everything_shown_is_escaped() -> None:
    source = Source("", "", "Change the <b>PIN</b> & smile.")
    text, _ = asked("change pin", source) or ("", "")
    assert text == "<mark>Change</mark> the &lt;b&gt;<mark>PIN</mark>&lt;/b&gt; &amp; smile."


@given(st.text(max_size=200), st.text(max_size=400))
def test_whatever_is_asked_of_whatever_text_is_answered_safely(question: str, body: str) -> None:
    found = asked(question, Source("", "", body))
    if found:
        bare = found[0].replace("<mark>", "").replace("</mark>", "")
        assert "<" not in bare
        assert ">" not in bare


def test_headings_that_are_not_there_are_left_out_and_order_is_kept() -> None:
    assert anchors("One\nTwo\nOne", [("One", "a"), ("Three", "b"), ("One", "c"), ("", "d")]) == (
        (0, "a"),
        (8, "c"),
    )


def test_an_engine_answers_from_the_best_hit(engine: TantivyEngine) -> None:
    put(
        engine,
        document("The codes of your card", BODY, anchors=ANCHORS),
        *(document(f"A bill {number}", "What is on it.") for number in range(20)),
    )
    hits = engine.search("change the pin", seen_by()).hits
    found = engine.answer("change the pin", hits)
    assert found is not None
    assert found.anchor == "at-change"
    assert engine.answer("change the pin", ()) is None
    near = replace(hits[0], score=hits[0].score / LEAST_LEAD + 0.01)
    assert engine.answer("change the pin", [hits[0], near]) is None
    engine.clear()
    assert engine.answer("change the pin", hits) is None

"""A document becomes passages that an encoder can read at once, and nothing is lost on the way."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from search.engine import DocumentText
from search.meaning.passages import LENGTH, MOST_PASSAGES, passages


def text(body: str, title: str = "Roaming", summary: str = "") -> DocumentText:
    return DocumentText("1", "en", title, summary, body)


def test_a_short_document_is_one_passage_with_its_title_and_summary() -> None:
    assert passages(text("On by default.", summary="Abroad")) == ["Roaming\nAbroad\nOn by default."]


def test_an_empty_document_is_its_title_and_one_without_a_title_its_text() -> None:
    assert passages(text("")) == ["Roaming"]
    assert passages(text("Only this.", title="")) == ["Only this."]
    assert passages(text("", title="")) == [""]


def test_a_long_document_is_cut_between_sentences_and_every_passage_says_what_it_is_about() -> None:
    sentence = "Turn the phone off and on again, and wait for a minute. "
    found = passages(text(sentence * 60))
    assert len(found) == 4
    assert all(one.startswith("Roaming\nTurn") and one.endswith(".") for one in found)


def test_a_short_end_joins_the_passage_before() -> None:
    assert len(passages(text("Nine words stand in this sentence, and no more. " * (LENGTH // 48 + 2)))) == 1


def test_of_an_endless_document_only_the_first_passages_are_taken() -> None:
    assert len(passages(text("word " * 100_000))) == MOST_PASSAGES


@given(st.text(max_size=3 * LENGTH), st.text(max_size=50), st.text(max_size=100))
def test_no_text_breaks_it_and_nothing_of_it_is_lost(body: str, title: str, summary: str) -> None:
    found = passages(text(body, title, summary))
    said = "".join("".join(one.removeprefix(title.strip()) for one in found).split())
    assert said == "".join((summary.strip() + body.strip()).split())
    assert all(len(one) <= LENGTH * 9 // 4 + 160 for one in found)


@given(st.text(alphabet="ab. \n", min_size=2 * LENGTH, max_size=4 * LENGTH))
def test_no_passage_is_much_longer_than_it_should_be(body: str) -> None:
    assert all(len(one) <= len("Roaming\n") + LENGTH * 9 // 4 for one in passages(text(body)))

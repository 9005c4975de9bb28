"""What means the same is found, in any language; and where the encoder fails, search goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from search.meaning import meaning as module
from search.meaning.encoder import PROBE
from search.tantivy.engine import TantivyEngine
from tests.search.documents import document, put
from tests.search.meaning.encoders import UNREADABLE, ByThings, encode_all, meaning_in

ROAMING = "Using the phone abroad"


@pytest.fixture
def encoder() -> ByThings:
    return ByThings()


@pytest.fixture
def found(tmp_path: Path, engine: TantivyEngine, encoder: ByThings) -> module.Meaning:
    """Three articles in English, one of them in Swedish too."""
    put(
        engine,
        document(ROAMING, id="roam-en"),
        document("Telefonen utomlands", id="roam-sv", language="sv"),
        document("Your invoice", id="pay"),
        document("A new card", id="sim"),
    )
    made = meaning_in(tmp_path, encoder)
    assert encode_all(made, engine) == 4
    return made


def test_the_nearest_comes_first(found: module.Meaning) -> None:
    near = found.nearest("is my card slow?", ["en"], 3)
    assert near[0].id == "sim"
    assert len(near) == 3
    assert near[0].cosine > near[1].cosine


def test_a_question_is_answered_in_other_languages(found: module.Meaning) -> None:
    near = found.nearest("mit tegyek külföldön", [], 9, least=0.9)
    assert {(one.id, one.language) for one in near} == {("roam-en", "en"), ("roam-sv", "sv")}
    assert [one.id for one in found.nearest("mit tegyek külföldön", ["sv"], 9)] == ["roam-sv"]


def test_what_is_far_from_the_question_is_left_out(found: module.Meaning) -> None:
    assert found.nearest("nothing of that kind", [], 9, least=1.01) == []
    assert [one.id for one in found.nearest("számla", [], 9, least=0.9)] == ["pay"]


@pytest.mark.parametrize("most", [0, -3])
def test_none_are_found_where_none_are_wanted(found: module.Meaning, most: int) -> None:
    assert found.nearest("card", [], most) == []


def test_a_language_without_documents_costs_nothing(found: module.Meaning, encoder: ByThings) -> None:
    assert found.nearest("card", ["ru"], 9) == []
    assert encoder.questions == []


def test_a_question_is_encoded_once(
    found: module.Meaning, encoder: ByThings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REMEMBERED", 2)
    for question in ("card", "  card ", "invoice", "card", "abroad", "card", "invoice"):
        found.nearest(question, [], 1)
    assert encoder.questions == ["card", "invoice", "abroad", "invoice"]


def test_of_an_endless_question_the_beginning_is_encoded(found: module.Meaning, encoder: ByThings) -> None:
    found.nearest("card " * 10_000, [], 1)
    assert len(encoder.questions[0]) == module.LONGEST


@pytest.mark.parametrize("question", ["", "   ", "\n", "\ud800", "\0", "💳" * 700, "a\u0301"])
def test_whatever_is_asked_there_is_no_error(found: module.Meaning, question: str) -> None:
    found.nearest(question, [], 3)


def test_an_encoder_that_fails_is_not_asked_again(found: module.Meaning, encoder: ByThings) -> None:
    encoder.fails = True
    assert found.nearest("card", [], 3) == []
    assert found.has_failed
    assert found.nearest("invoice", [], 3) == []
    assert encoder.questions == ["card", PROBE]


def test_a_question_that_the_encoder_cannot_read_is_the_only_one_without_meaning(
    found: module.Meaning, encoder: ByThings
) -> None:
    for _ in range(2):
        assert found.nearest(f"card {UNREADABLE}", [], 3) == []
        assert not found.reads(f"card {UNREADABLE}")
    assert encoder.questions == [f"card {UNREADABLE}", PROBE]
    assert not found.has_failed
    assert found.reads("card")
    assert found.nearest("card", [], 3)[0].id == "sim"

"""The measures of quality are right, and what is not beside the project is said."""

from __future__ import annotations

import doctest
import json
from pathlib import Path

import pytest

from bench import bm25, judged, measures, search_quality
from bench import meaning as by_meaning
from bench.judged import document
from bench.texts import Texts

NO_TEXTS = Texts((), None, "none")


def test_the_measures_do_what_their_examples_say() -> None:
    assert doctest.testmod(measures).failed == 0


def test_plain_bm25_finds_the_rare_word_first_and_only_in_the_topic() -> None:
    plain = bm25.Bm25(
        [
            document("a", "en", "Cards", "cards and more cards", "one"),
            document("b", "en", "A lost card", "report it", "two"),
            document("c", "en", "Invoices", "about cards too", "two"),
        ],
        "en",
    )
    assert plain.search("lost cards", None, 10)[0] == "b"
    assert sorted(plain.search("cards", "two", 10)) == ["b", "c"]
    assert plain.search("nothing", None, 10) == []


def test_sets_that_are_missing_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judged, "DATA", tmp_path)
    monkeypatch.setattr(by_meaning, "encoder", lambda: None)
    said = search_quality.measure(NO_TEXTS)
    assert [line for line in said.splitlines() if line] == [
        f"{name} is not beside the project: not measured." for name in ("gnome-help", "swefaq", "covid-faq")
    ]


def test_a_set_is_asked_of_every_method(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = {
        "category_id": 1,
        "question": "Hur betalar jag min faktura?",
        "candidate_answers": ["Spärra kortet genast.", "Betala fakturan med autogiro."],
        "label": 1,
    }
    (tmp_path / "swefaq").mkdir()
    (tmp_path / "swefaq" / "swefaq_dev.jsonl").write_text(json.dumps(row), "utf-8")
    monkeypatch.setattr(judged, "DATA", tmp_path)
    monkeypatch.setattr(by_meaning, "encoder", lambda: None)
    rows = [line for line in search_quality.measure(NO_TEXTS).splitlines() if line.startswith("| sv")]
    assert len(rows) == 4
    assert all("1.000 | 1.000 | 1.000 | 1.000" in one for one in rows)

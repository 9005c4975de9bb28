"""Any sentence encoder in ONNX's format: here the smallest there is, made on the spot."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kb.config import Config, ConfigError
from search.meaning import choice
from search.meaning.encoder import EncoderFailed, works
from search.meaning.onnx_encoder import OnnxEncoder

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
tokenizers = pytest.importorskip("tokenizers")

WORDS = {"[UNK]": 0, "card": 1, "invoice": 2, "abroad": 3, "q:": 4}
VECTORS = np.array([[0, 0, 0, 1], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]], np.float32)


def make_model(path: Path, *, pooled: bool = False, axis: int = 1, table: np.ndarray = VECTORS) -> None:
    """A model that looks up a vector for each token; `pooled`: it takes their mean itself, along an axis."""
    helper, types = onnx.helper, onnx.TensorProto
    shape = ["texts", "tokens"]
    inputs = [
        helper.make_tensor_value_info(name, types.INT64, shape) for name in ("input_ids", "attention_mask")
    ]
    nodes = [helper.make_node("Gather", ["table", "input_ids"], ["tokens_out"])]
    outputs = [helper.make_tensor_value_info("tokens_out", types.FLOAT, [*shape, 4])]
    if pooled:
        nodes.append(helper.make_node("ReduceMean", ["tokens_out"], ["pooled"], axes=[axis], keepdims=0))
        outputs = [helper.make_tensor_value_info("pooled", types.FLOAT, None)]
    looked_up = onnx.numpy_helper.from_array(table, "table")
    graph = helper.make_graph(nodes, "words", inputs, outputs, [looked_up])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(made, str(path))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as the makers of a model publish it."""
    made = tmp_path / "encoder"
    made.mkdir()
    make_model(made / "model.onnx")
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(WORDS, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    tokenizer.save(str(made / "tokenizer.json"))
    return made


def test_the_mean_of_its_tokens_stands_for_a_text(folder: Path) -> None:
    encoder = OnnxEncoder(folder)
    found = encoder.passages(["card", "card invoice", "invoice invoice invoice"])
    half = 0.5**0.5
    assert np.allclose(found, [[1, 0, 0, 0], [half, half, 0, 0], [0, 1, 0, 0]])
    assert found.dtype == np.float32
    assert encoder.dimensions == 4
    assert np.allclose(encoder.question("abroad"), [0, 0, 1, 0])


def test_a_model_that_takes_the_mean_itself_is_believed(folder: Path) -> None:
    make_model(folder / "model.onnx", pooled=True)
    assert np.allclose(OnnxEncoder(folder).passages(["card", "invoice"]), VECTORS[1:3])


def test_its_settings_say_what_stands_before_a_text_and_how_much_of_it_is_read(folder: Path) -> None:
    said = {"question": "card ", "passage": "invoice ", "tokens": 1, "near": 0.7}
    (folder / "encoder.json").write_text(json.dumps(said))
    encoder = OnnxEncoder(folder)
    assert np.allclose(encoder.question("abroad"), VECTORS[1])
    assert np.allclose(encoder.passages(["abroad"])[0], VECTORS[2])
    assert encoder.near == 0.7


@pytest.mark.parametrize("text", ["", " ", "\0", "\ud800", "nothing known", "card " * 5_000])
def test_no_text_breaks_it(folder: Path, text: str) -> None:
    encoder = OnnxEncoder(folder)
    assert np.isfinite(encoder.question(text)).all()
    assert np.isfinite(encoder.passages([text, "card"])).all()
    assert encoder.passages([]).shape[0] == 0


def test_another_model_has_another_name(folder: Path) -> None:
    before = OnnxEncoder(folder).name
    assert OnnxEncoder(folder).name == before
    (folder / "encoder.json").write_text('{"passage": "invoice "}')
    later = OnnxEncoder(folder).name
    assert later != before
    (folder / "model.onnx_data").write_bytes(b"weights")  # of a model too large for one file
    assert OnnxEncoder(folder).name != later


def test_a_model_of_another_shape_is_an_encoder_that_fails(folder: Path) -> None:
    make_model(folder / "model.onnx", pooled=True, axis=0)
    with pytest.raises(EncoderFailed, match="has the shape"):
        OnnxEncoder(folder).passages(["card", "invoice abroad card"])


def test_vectors_that_are_no_numbers_are_refused(folder: Path) -> None:
    make_model(folder / "model.onnx", table=np.full_like(VECTORS, np.nan))
    with pytest.raises(EncoderFailed, match="no numbers"):
        OnnxEncoder(folder).question("card")


def test_a_text_that_the_model_does_not_know_leaves_the_others_readable(folder: Path) -> None:
    make_model(folder / "model.onnx", table=VECTORS[:3])
    encoder = OnnxEncoder(folder)
    with pytest.raises(EncoderFailed, match="cannot encode"):
        encoder.question("abroad")
    assert works(encoder)
    assert np.allclose(encoder.question("card"), [1, 0, 0, 0])


@pytest.mark.parametrize(
    "said",
    [
        *("[]", '{"pooling": "cls"}', '{"tokens": "many"}', '{"near": true}', '{"question": 3}', "{", ""),
        *('{"tokens": 0}', '{"near": 1.0}', '{"near": -0.1}', '{"near": NaN}'),
    ],
)
def test_settings_that_say_something_else_are_refused(config: Config, folder: Path, said: str) -> None:
    (folder / "encoder.json").write_text(said)
    with pytest.raises(ConfigError, match="KALAUZ_SEMANTIC"):
        choice.opened(replace(config, semantic=str(folder)))


def test_without_its_packages_it_says_which(
    config: Config, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(ConfigError, match=r"onnxruntime and tokenizers \(the extra 'onnx'\)"):
        choice.opened(replace(config, semantic=str(folder)))


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_broken_file_is_an_encoder_that_fails(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"half a file")
    with pytest.raises(EncoderFailed, match="cannot be loaded"):
        OnnxEncoder(folder).question("card")


def test_a_folder_with_a_model_is_what_the_setting_may_name(config: Config, folder: Path) -> None:
    meaning = choice.opened(replace(config, semantic=str(folder)))
    assert meaning is not None
    assert meaning.encoder.name.startswith("onnx-")
    assert meaning.encoder.near == 0.5

"""Any sentence encoder in ONNX's format: a folder with `model.onnx` and `tokenizer.json`, as its makers publish them.

Beside them `encoder.json` may say what the model wants, for instance
`{"question": "query: ", "passage": "passage: ", "tokens": 512, "near": 0.84}`: what stands before a question and before
a passage, how many tokens it reads, and from which cosine on a passage may answer.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from search.meaning.encoder import EncoderFailed, Floats, normalised, sound

MODEL, TOKENIZER, SETTINGS = "model.onnx", "tokenizer.json", "encoder.json"
PACKAGES = ("onnxruntime", "tokenizers")
DIGESTED = 2**20  # bytes from the beginning and from the end of the model


@dataclass(frozen=True, slots=True)
class Settings:
    """What `encoder.json` says.

    Args:
        question, passage: what is put before each.
        tokens: how many of them the model reads, 1 at least; what comes after them is left out.
        near: see :attr:`search.meaning.encoder.Encoder.near`; from 0 to less than 1.
    """

    question: str = ""
    passage: str = ""
    tokens: int = 512
    near: float = 0.5

    @classmethod
    def read(cls, path: Path) -> Settings:
        """The settings of a file, or those that fit most models where there is none.

        Raises:
            ValueError: it says something else than it may; the message says what.
        """
        if not path.is_file():
            return cls()
        said = json.loads(path.read_text("utf-8"))
        kinds = {field.name: type(getattr(cls(), field.name)) for field in fields(cls)}
        if not isinstance(said, dict) or not said.keys() <= kinds.keys():
            raise ValueError(f"{SETTINGS} may say {', '.join(kinds)}")
        for name, value in said.items():
            if not isinstance(value, kinds[name]) or isinstance(value, bool):
                raise ValueError(f"{name} in {SETTINGS} must be {kinds[name].__name__}")
        settings = cls(**said)
        if settings.tokens < 1 or not 0 <= settings.near < 1:
            raise ValueError(f"in {SETTINGS} tokens must be 1 or more, and near from 0 to less than 1")
        return settings


class OnnxEncoder:
    """See :class:`search.meaning.encoder.Encoder`; the mean of the tokens' vectors stands for a text."""

    def __init__(self, folder: Path) -> None:
        """Looks whether everything is there; loads nothing yet.

        Raises:
            ValueError: something is missing or cannot be read; the message says what.
        """
        missing = [name for name in (MODEL, TOKENIZER) if not (folder / name).is_file()]
        if missing:
            raise ValueError(f"there is no {' and no '.join(missing)} in that folder")
        uninstalled = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
        if uninstalled:
            raise ValueError(f"it needs the packages {' and '.join(uninstalled)} (the extra 'onnx')")
        try:
            self._settings = Settings.read(folder / SETTINGS)
            self.name = f"onnx-{_digest(folder)}"
        except OSError as error:
            raise ValueError(f"it cannot be read ({error.strerror})") from error
        self.near = self._settings.near
        self._folder = folder
        self._lock = threading.Lock()
        self._loaded: tuple[Any, Any] | None = None
        self._dimensions = 0

    @property
    def dimensions(self) -> int:
        if not self._dimensions:
            self._dimensions = len(self.question("a"))
        return self._dimensions

    def question(self, text: str) -> Floats:
        vector: Floats = self._encoded([self._settings.question + text])[0]
        return vector

    def passages(self, texts: Sequence[str]) -> Floats:
        return self._encoded([self._settings.passage + text for text in texts])

    def _encoded(self, texts: Sequence[str]) -> Floats:
        session, tokenizer = self._model()
        try:
            read = [tokenizer.encode(text.encode("utf-8", "replace").decode("utf-8")) for text in texts]
            tokens = np.zeros((len(read), max((len(one.ids) for one in read), default=0)), np.int64)
            mask = np.zeros_like(tokens)
            for row, one in enumerate(read):
                tokens[row, : len(one.ids)] = one.ids
                mask[row, : len(one.ids)] = one.attention_mask
            given = {"input_ids": tokens, "attention_mask": mask, "token_type_ids": np.zeros_like(tokens)}
            wanted = {one.name for one in session.get_inputs()}
            found = session.run(None, {name: value for name, value in given.items() if name in wanted})[0]
            vectors = _mean(np.asarray(found, np.float32), mask)
        except Exception as error:  # the runtime has exceptions of its own, which share no class but this one
            raise EncoderFailed(f"the model in {self._folder} cannot encode: {error}") from error
        return sound(normalised(vectors))

    def _model(self) -> tuple[Any, Any]:
        with self._lock:
            if self._loaded is None:
                self._loaded = _load(self._folder, self._settings.tokens)
        return self._loaded


def _mean(found: Floats, mask: np.ndarray[Any, Any]) -> Floats:
    """The mean of the tokens (texts, tokens, dimensions) that are no padding; a model may have taken it already.

    Raises:
        ValueError: it gives something else.
    """
    if found.ndim == 2 and len(found) == len(mask):
        return found
    if found.ndim != 3 or found.shape[:2] != mask.shape:
        raise ValueError(f"its first output has the shape {found.shape} for texts and tokens of {mask.shape}")
    shown = mask[:, :, None].astype(np.float32)
    mean: Floats = (found * shown).sum(axis=1) / np.maximum(shown.sum(axis=1), 1)
    return mean


def _load(folder: Path, tokens: int) -> tuple[Any, Any]:
    try:
        import onnxruntime  # type: ignore[import-untyped, import-not-found, unused-ignore]  # noqa: PLC0415 - an extra
        import tokenizers  # noqa: PLC0415

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(
            str(folder / MODEL), options, providers=["CPUExecutionProvider"]
        )
        tokenizer = tokenizers.Tokenizer.from_file(str(folder / TOKENIZER))
        tokenizer.no_padding()
        tokenizer.enable_truncation(max_length=tokens)
    except Exception as error:  # both have exceptions of their own, which share no class but this one
        raise EncoderFailed(f"the model in {folder} cannot be loaded: {error}") from error
    return session, tokenizer


def _digest(folder: Path) -> str:
    """Twelve hexadecimal digits that change with the model; of large files the two ends are looked at.

    Makers of large models put the weights into files of their own beside it, named after it (`model.onnx_data`).
    """
    digest = hashlib.sha256()
    for path in (*sorted(folder.glob(f"{MODEL}*")), folder / TOKENIZER, folder / SETTINGS):
        if path.is_file():
            with path.open("rb") as file:
                size = path.stat().st_size
                digest.update(f"{path.name} {size} ".encode() + file.read(DIGESTED))
                file.seek(max(size - DIGESTED, 0))
                digest.update(file.read(DIGESTED))
    return digest.hexdigest()[:12]

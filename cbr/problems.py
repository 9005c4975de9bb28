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
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from Stemmer import Stemmer  # type: ignore[import-not-found, unused-ignore]  # a compiled module without stubs

from cbr.index.segment import Ids
from cbr.shelves import Shelf, Shelves
from cbr.similarity import Floats

STEMMERS = {"en": "english", "hu": "hungarian", "sv": "swedish", "ru": "russian", "de": "german"}
MOST_FOUND = 1000
"""So many of the most alike count, with all that are just as alike as the last; the others are as if they shared no
word."""

MOST_VIEWS = 16
"""So many sets of shelves have what their words say kept; further ones take the place of the oldest."""

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


class _View(NamedTuple):
    """What words say to those who may be shown some of the cases.

    Args:
        mine: (cases,) which of them.
        idf: (words,) how much each says.
        rarest: what a word says that none of these cases has.
        lengths: (texts,) of each text as a vector.
    """

    mine: NDArray[np.bool_]
    idf: Floats
    rarest: float
    lengths: Floats

    def rarity(self, place: int | None) -> float:
        """How much a word says; None stands for one that no case had when they were read."""
        return self.rarest if place is None else float(self.idf[place])


class Problems:
    """The texts of the cases of one type.

    How much a word says is reckoned from the cases that a viewer may be shown: a score tells nothing of the others, not
    even that one of them has a word.

    Args:
        problems: of all cases; those without a text say nothing.
    """

    def __init__(self, problems: Iterable[Problem] = ()) -> None:
        self.replaced: frozenset[int] = frozenset()
        self.newer: dict[int, frozenset[str]] = {}
        self._views: dict[frozenset[Shelf] | None, _View] = {}
        held = [one for one in problems if one.text.strip()]
        texts: dict[tuple[str, str], int] = {}
        self._text_of: NDArray[np.integer[Any]] = np.array(
            [texts.setdefault((one.text, one.language), len(texts)) for one in held], np.intp
        )
        self._ids: Ids = np.array([one.id for one in held], np.int64)
        parts = [stems(*text) for text in texts]  # many cases have the same text
        words: dict[str, int] = {}
        tokens = [words.setdefault(word, len(words)) for part in parts for word in sorted(part)]
        owners = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        order = np.argsort(tokens, kind="stable")
        self._words = words
        self._owners: NDArray[np.integer[Any]] = owners[order]
        counts = np.bincount(np.array(tokens, np.intp), minlength=len(words))
        self._ends = np.concatenate([[0], np.cumsum(counts)])
        self._texts = len(parts)

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
                texts=self._texts,
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
            made._ends, made._texts = held["ends"], int(held["texts"])
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

    def scores(self, text: str, language: str, shelves: Shelves | None = None) -> dict[int, float]:
        """Id of a case -> how alike its problem is, above 0 to 1; nothing where no word is known.

        Args:
            shelves: whose cases count; every case does if not given.
        """
        asked = stems(text, language)
        view = self._view(shelves)
        length = self._length(asked, view)
        found = self._newly(asked, length, view, shelves)
        known = [self._words[word] for word in asked if word in self._words]
        if known and len(self._ids):
            of_cases = self._alike(known, length, view)[self._text_of]
            places = np.flatnonzero((of_cases > 0) & view.mine)
            pairs = zip(self._ids[places].tolist(), of_cases[places].tolist(), strict=True)
            found |= {id_: score for id_, score in pairs if id_ not in self.replaced}
        if len(found) <= MOST_FOUND:
            return found
        least = sorted(found.values())[-MOST_FOUND]
        return {id_: score for id_, score in found.items() if score >= least}

    def _view(self, shelves: Shelves | None) -> _View:
        """What words say to those who see these shelves: reckoned once, until all texts are read anew."""
        name = shelves.names if shelves else None
        view = self._views.get(name)
        if view is None:
            view = self._seen_by(shelves)
            if len(self._views) >= MOST_VIEWS:
                self._views.pop(next(iter(self._views), name), None)
            self._views[name] = view
        return view

    def _seen_by(self, shelves: Shelves | None) -> _View:
        mine = shelves.hold(self._ids) if shelves else np.ones(len(self._ids), np.bool_)
        shown = np.zeros(self._texts, np.bool_)
        shown[self._text_of[mine]] = True
        word_of = np.repeat(np.arange(len(self._words)), np.diff(self._ends))
        counts = np.bincount(word_of[shown[self._owners]], minlength=len(self._words))
        texts = int(shown.sum())
        # Never 0: a word of all texts says little, but texts of nothing else are alike all the same.
        idf = np.log((texts + 1) / (counts + 0.5))
        squares = np.bincount(self._owners, idf[word_of] ** 2, minlength=self._texts)
        return _View(mine, idf, math.log((texts + 1) / 0.5), np.sqrt(squares))

    def _newly(
        self, asked: frozenset[str], length: float, view: _View, shelves: Shelves | None
    ) -> dict[int, float]:
        """The same of the cases that changed since the others were read."""
        shared = {id_: both for id_, held in self.newer.items() if (both := asked & held)}
        ids = np.fromiter(shared, np.int64, len(shared))
        mine = ids[shelves.hold(ids)] if shelves else ids
        lengths = {id_: length * self._length(self.newer[id_], view) for id_ in mine.tolist()}
        return {
            id_: min(self._length(shared[id_], view) ** 2 / both, 1.0)
            for id_, both in lengths.items()
            if both > 0
        }

    def _length(self, held: Iterable[str], view: _View) -> float:
        return math.sqrt(sum(view.rarity(self._words.get(word)) ** 2 for word in held))

    def _alike(self, words: Sequence[int], length: float, view: _View) -> Floats:
        """(texts,) the cosine with a text that has these words and is so long as a vector."""
        sums = np.zeros(self._texts)
        for word in words:
            sums[self._owners[self._ends[word] : self._ends[word + 1]]] += view.idf[word] ** 2
        lengths = view.lengths * length
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

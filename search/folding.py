"""Which answers are one: the same article in several languages, and articles that say nearly the same.

Whether two texts say nearly the same is found in two steps. A fingerprint of 60 bits, computed when a text is
indexed, says cheaply which pairs are worth a look (MinHash, Broder 1997, of which 4 bits are kept each, Li and König
2010: each of 15 smallest hash values of a text's runs of three words is that of another text with the chance that
a run of one is in the other too). The texts themselves decide.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RUN = 3  # words
ALIKE = 0.8
"""Texts that share this much of all their runs of words are nearly the same: of 100 words, about seven may differ."""

_PARTS, _PART_BITS = 15, 4
_AGREEING = 11
"""So many parts two fingerprints need in common: 9 in 10 pairs that are just alike enough have them."""
_WORD = re.compile(r"\w+")
_FIGURE = re.compile(r"\w*\d\w*")
_MIXED = np.uint64(0x9E3779B97F4A7C15)
_MULTIPLIERS = np.random.default_rng(1).integers(2**62, 2**64, (_PARTS, 1), np.uint64) | np.uint64(1)
_SHIFT = np.uint64(64 - _PART_BITS)
_PLACES = np.arange(_PARTS, dtype=np.uint64) * np.uint64(_PART_BITS)
_MOST_WORDS = 50_000  # that are remembered; then all are forgotten


class _Hashes(dict[str, int]):
    """Word -> its hash, remembered: texts are made of the same words."""

    def __missing__(self, word: str) -> int:
        if len(self) >= _MOST_WORDS:
            self.clear()
        hashed = self[word] = zlib.crc32(word.encode()) * 0x9E3779B1 + 1
        return hashed


_hashes = _Hashes()


def _runs(text: str) -> NDArray[np.uint64]:
    """The hashes of all runs of three words in a text, of its words where it has fewer."""
    words = _WORD.findall(text.lower())
    hashes = np.fromiter(map(_hashes.__getitem__, words), np.uint64, len(words))
    if len(words) < RUN:
        return hashes
    first, second, third = hashes[:-2], hashes[1:-1], hashes[2:]
    runs: NDArray[np.uint64] = ((first * _MIXED) ^ second) * _MIXED ^ third
    return runs


def fingerprint(text: str) -> int:
    """What is kept of a text to find others like it: at least 0, below 2**60.

    >>> fingerprint("One two three four") == fingerprint("one, two; three - four!")
    True
    """
    runs = _runs(text)
    if not len(runs):
        return 0
    smallest = (runs * _MULTIPLIERS).min(
        axis=1
    ) * _MIXED >> _SHIFT  # small ones have no bits of their own in front
    return int(np.bitwise_or.reduce(smallest << _PLACES))


def worth_comparing(fingerprints: Sequence[int], languages: Sequence[int]) -> dict[int, list[int]]:
    """Place -> the places before it with a fingerprint so like its own, in its language, that the texts may be alike.

    >>> worth_comparing([7, 2**60 - 1, 7, 7], [1, 1, 1, 2])
    {2: [0]}
    """
    parts = (np.array(fingerprints, np.uint64)[:, None] >> _PLACES & np.uint64(2**_PART_BITS - 1)).astype(
        np.uint8
    )
    spoken = np.array(languages)
    agreeing = (parts[:, None] == parts[None]).sum(axis=2, dtype=np.uint8) >= _AGREEING
    later, earlier = np.nonzero(np.tril(agreeing & (spoken[:, None] == spoken[None]), -1))
    found: dict[int, list[int]] = {}
    for place, before in zip(later.tolist(), earlier.tolist(), strict=True):
        found.setdefault(place, []).append(before)
    return found


def likeness(one: str, other: str) -> float:
    """The share of all runs of words that two texts have in common (Jaccard), from 0 to 1.

    >>> round(likeness("a b c d", "a b c e"), 2)
    0.33
    """
    ours, theirs = set(_runs(one).tolist()), set(_runs(other).tolist())
    return len(ours & theirs) / len(ours | theirs) if ours or theirs else 1.0


def are_alike(one: str, other: str) -> bool:
    """Whether two texts say nearly the same. With other figures (prices, models) they do not, however alike.

    >>> text = "Take the card out of the phone, wait for a while, and put it in again."
    >>> are_alike(text, text.upper()), are_alike(f"{text} It takes 5 minutes.", f"{text} It takes 9 minutes.")
    (True, False)
    """
    if set(_FIGURE.findall(one.lower())) != set(_FIGURE.findall(other.lower())):
        return False
    return likeness(one, other) >= ALIKE


@dataclass(frozen=True, slots=True)
class Candidate:
    """An answer as far as folding looks at it.

    Args:
        article: the same for all translations of an article.
        language: the same for all texts in a language.
        fingerprint: of its text.
    """

    article: int
    language: int
    fingerprint: int


@dataclass(frozen=True, slots=True)
class Line:
    """What is left as one line of the list.

    Args:
        place: of the candidate that is shown, among all.
        also_in: the languages of the article's other texts, best first.
        alike: how many near duplicates are not shown.
    """

    place: int
    also_in: tuple[int, ...] = ()
    alike: int = 0


@dataclass(slots=True)
class _Group:
    """All that one line stands for; it stands where the first of them did."""

    members: list[int]
    alike: int = 0


def folded(
    candidates: Sequence[Candidate],
    preferred: Mapping[int, int],
    say_the_same: Callable[[int, int], bool],
) -> list[Line]:
    """The candidates, best first, with those that are one in one line.

    Args:
        preferred: the rank of each language that is preferred to others, 0 for the best; where none is, the best
            candidate of an article is shown.
        say_the_same: whether the texts at two places are alike; asked where their fingerprints agree.
    """
    likely = worth_comparing([one.fingerprint for one in candidates], [one.language for one in candidates])
    groups: list[_Group] = []
    of_article: dict[int, _Group] = {}
    for place, candidate in enumerate(candidates):
        group = of_article.get(candidate.article)
        if group is None:
            same = (before for before in likely.get(place, ()) if say_the_same(before, place))
            twin = next(same, None)
            if twin is None:
                group = _Group([])
                groups.append(group)
            else:
                group = of_article[candidates[twin].article]
                group.alike += 1
            of_article[candidate.article] = group
        if not group.members or candidates[group.members[0]].article == candidate.article:
            group.members.append(place)
    return [_line(candidates, group, preferred) for group in groups]


def _line(candidates: Sequence[Candidate], group: _Group, preferred: Mapping[int, int]) -> Line:
    last = len(preferred)
    ranked = sorted(group.members, key=lambda place: preferred.get(candidates[place].language, last))
    shown, *others = ranked
    beside = dict.fromkeys(candidates[place].language for place in others)
    beside.pop(candidates[shown].language, None)
    return Line(shown, tuple(beside), group.alike)

"""Which answers are one: the same article in several languages, and articles that say nearly the same.

Whether two texts say nearly the same is found in two steps. A fingerprint of 60 bits, computed when a text is
indexed, says cheaply which pairs are worth a look (MinHash, Broder 1997, of which 4 bits are kept each, Li and König
2010: each of 15 smallest hash values of a text's runs of three words is that of another text with the chance that
a run of one is in the other too). The texts themselves decide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from search.analysis import chunks, digest

RUN = 3  # words
ALIKE = 0.8
"""Texts that share this much of all their runs of words are nearly the same: of 100 words, about seven may differ."""

_PARTS, _PART_BITS = 15, 4
_AGREEING = 11
"""So many parts two fingerprints need in common: 9 in 10 pairs that are just alike enough have them."""
_FIGURE = re.compile(r"\w*\d\w*")
_MIXED = np.uint64(0x9E3779B97F4A7C15)
_MULTIPLIERS = np.random.default_rng(1).integers(2**62, 2**64, (_PARTS, 1), np.uint64) | np.uint64(1)
_SHIFT = np.uint64(64 - _PART_BITS)
_LOWEST = np.uint64(sum(1 << part * _PART_BITS for part in range(_PARTS)))
"""The lowest bit of each part, into which the bits of a part are gathered to see whether there are any."""
_PLACES = np.arange(_PARTS, dtype=np.uint64) * np.uint64(_PART_BITS)


def _runs(digests: bytes) -> NDArray[np.uint64]:
    """The hashes of all runs of three chunks, of the chunks where there are fewer."""
    chunks = np.frombuffer(digests, "<u8")
    if len(chunks) < RUN:
        return chunks
    first, second, third = chunks[:-2], chunks[1:-1], chunks[2:]
    runs: NDArray[np.uint64] = ((first * _MIXED) ^ second) * _MIXED ^ third
    return runs


def fingerprint(digests: bytes) -> int:
    """What is kept of a text to find others like it: at least 0, below 2**60.

    Args:
        digests: of its chunks, in order; see :func:`digests_of`.

    >>> fingerprint(digests_of("One two three four")) == fingerprint(digests_of("one, two; three - four!"))
    True
    """
    runs = _runs(digests)
    if not len(runs):
        return 0
    smallest = (runs * _MULTIPLIERS).min(axis=1)  # small ones have no bits of their own in front
    return int(np.bitwise_or.reduce((smallest * _MIXED >> _SHIFT) << _PLACES))


def digests_of(text: str) -> bytes:
    """Those of the chunks of a clean text; see :func:`search.analysis.digest`."""
    return b"".join(map(digest, chunks(text)))


def worth_comparing(fingerprints: Sequence[int], languages: Sequence[int]) -> dict[int, list[int]]:
    """Place -> the places before it with a fingerprint so like its own, in its language, that the texts may be alike.

    >>> worth_comparing([7, 2**60 - 1, 7, 7], [1, 1, 1, 2])
    {2: [0]}
    """
    prints, spoken = np.array(fingerprints, np.uint64), np.array(languages)
    unlike = prints[:, None] ^ prints[None]
    unlike |= unlike >> np.uint64(1)
    unlike |= unlike >> np.uint64(2)
    differing = np.bitwise_count(unlike & _LOWEST)
    may_be = (differing <= _PARTS - _AGREEING) & (spoken[:, None] == spoken[None])
    later, earlier = np.nonzero(np.tril(may_be, -1))
    found: dict[int, list[int]] = {}
    for place, before in zip(later.tolist(), earlier.tolist(), strict=True):
        found.setdefault(place, []).append(before)
    return found


def likeness(one: str, other: str) -> float:
    """The share of all runs of words that two clean texts have in common (Jaccard), from 0 to 1.

    >>> round(likeness("a b c d", "a b c e"), 2)
    0.33
    """
    ours, theirs = (set(_runs(digests_of(text)).tolist()) for text in (one, other))
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


class Candidate(NamedTuple):
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
    if not likely and len({one.article for one in candidates}) == len(candidates):
        return [_alone(place) for place in range(len(candidates))]
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


@lru_cache(maxsize=1024)
def _alone(place: int) -> Line:
    return Line(place)


def _line(candidates: Sequence[Candidate], group: _Group, preferred: Mapping[int, int]) -> Line:
    if len(group.members) == 1:
        return Line(group.members[0], alike=group.alike)
    last = len(preferred)
    ranked = sorted(group.members, key=lambda place: preferred.get(candidates[place].language, last))
    shown, *others = ranked
    beside = dict.fromkeys(candidates[place].language for place in others)
    beside.pop(candidates[shown].language, None)
    return Line(shown, tuple(beside), group.alike)

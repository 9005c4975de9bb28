"""How alike two titles are: the words they share, weighed by how rare these are; a word nearly the same counts in part.

The measure is Dice's coefficient (L. R. Dice, Ecology 26, 1945) over weighed stems; words with other stems are compared
by their trigrams, so that typing mistakes and the parts of compounds are not lost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from search.analysis import WORD, analyzer, chunks, clean, fold

LEAST_ALIKE = 0.5  # of the trigrams; below that two words have nothing to do with each other

Weigh = Callable[[str], float]
"""From a word, as it was typed, to what it is worth."""


@lru_cache(maxsize=4096)
def telling_words(title: str, language: str) -> Mapping[str, str]:
    """Stem -> word, of a title in a language; words as common as "how" and "the" are left out if others are left.

    >>> telling_words("How do I set up the new router?", "en")
    {'en:set': 'set', 'en:new': 'new', 'en:router': 'router'}
    """
    rules = analyzer(language)
    words = [word for chunk in chunks(clean(title)) for word in WORD.findall(chunk)]
    telling = [word for word in words if word not in rules.common] or words
    return {rules.term(word): word for word in telling}


def likeness(one: Mapping[str, str], other: Mapping[str, str], weigh: Weigh) -> float:
    """How alike two titles are, from 0 (not one word in common) to 1 (the same words).

    Args:
        one, other: as `telling_words` gives them.

    >>> new, old = (telling_words(title, "en") for title in ("Set up a router", "Setting up your new router"))
    >>> likeness(new, old, lambda word: 1.0)
    0.8
    """
    shares = _covered(one, other, weigh), _covered(other, one, weigh)
    return 2 * shares[0] * shares[1] / sum(shares) if all(shares) else 0.0


def _covered(some: Mapping[str, str], others: Mapping[str, str], weigh: Weigh) -> float:
    """The share of some words that others have too."""
    whole = sum(map(weigh, some.values()))
    if whole <= 0:
        return 0.0
    return sum(weigh(word) * _found(stem, word, others) for stem, word in some.items()) / whole


def _found(stem: str, word: str, others: Mapping[str, str]) -> float:
    if stem in others:
        return 1.0
    return max((_alike(word, other) for other in others.values()), default=0.0)


@lru_cache(maxsize=16384)
def _alike(one: str, other: str) -> float:
    a, b = _trigrams(one), _trigrams(other)
    share = 2 * len(a & b) / (len(a) + len(b))
    return share if share >= LEAST_ALIKE else 0.0


def _trigrams(word: str) -> frozenset[str]:
    marked = f"^{fold(word)}$"
    return frozenset(marked[start : start + 3] for start in range(len(marked) - 2))

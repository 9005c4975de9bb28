"""The figures behind the order of results; pure, so that they can be tried without an index."""

from __future__ import annotations

import math
from collections.abc import Sequence

TITLE_COPIES = 4
"""How often a title stands in the combined field, beside the body: a word in it weighs that much more."""

FOLDED_WEIGHT = 0.5
"""What a word found only without its accents is worth beside one found as typed."""

PREFIX_SCORE, TITLE_PREFIX_SCORE = 1.0, 2.0
"""What ``word*`` is worth, found in a text or in a title; how rare its words are says nothing about what is meant."""

START_WEIGHT = 2.0
"""For a suggestion: what a title that begins with what was typed is worth beside one that has it further on."""

LANGUAGE_WEIGHT = 4.0
"""For a suggestion: what the preferred language adds to its score."""

RELAXATIONS = (1.0, 2 / 3, 1 / 3, 0.0)
"""Shares of the wanted words that a document must have, tried in this order until something is found."""

PREFERENCES = (1.0, 0.7, 0.6, 0.5)
"""What a document in the searcher's first, second, third language is worth; all further ones count as the last."""


def preference(rank: int) -> float:
    """The weight of the searcher's language number ``rank``, the first being 0."""
    return PREFERENCES[min(rank, len(PREFERENCES) - 1)]


def least(words: int, share: float) -> int:
    """How many of ``words`` a document must have: never none.

    >>> [least(5, share) for share in RELAXATIONS]
    [5, 4, 2, 1]
    """
    return max(1, math.ceil(round(words * share, 6)))


def idf(documents: int, having: int) -> float:
    """Inverse document frequency as BM25 has it (Robertson and Spärck Jones, with one added within the logarithm)."""
    return math.log(1 + (documents - having + 0.5) / (having + 0.5))


def correction(counted: Sequence[int], of_all: int, known: Sequence[int], of_language: int) -> float:
    """Factor that turns an idf as the index counts it into the one that is meant.

    One field holds every language, each with terms of its own; without this a word that stands in every Hungarian
    document would look as if it told something, only because others are Swedish. ``counted`` is the number of
    documents with each term in the field, ``known`` with the word however written; a phrase weighs as much as its
    terms together.

    >>> round(correction([100], 400, [100], 100), 4)
    0.0036
    """
    meant = sum(idf(max(of_language, count), count) for count in known)
    return meant / sum(idf(max(of_all, count), count) for count in counted)

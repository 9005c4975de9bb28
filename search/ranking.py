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

LANGUAGE_WEIGHT = 100.0
"""For a suggestion: what the preferred language is worth, so that all titles in it come before all others."""

MOST_KEYWORDS = 3
"""Up to so many telling words are keywords, and all of them are wanted; more make a sentence, of which even the best
document seldom has every word. On help pages asked for by their descriptions, wanting all words of sentences too
costs .03 to .07 of the mean reciprocal rank."""

ANY, NONE = 0.001, 0.0
KEYWORD_SHARES = (1.0, 2 / 3, 1 / 3, ANY)
SENTENCE_SHARES = (0.2, ANY)
"""Shares of the telling words that a document must have, tried in this order until something is found."""

ENOUGH = 5
"""With fewer documents than this the next share is tried too: three words that only one document happens to have say
less than what stands in the titles of others."""

PREFERENCES = (1.0, 0.7, 0.6, 0.5)
"""What a document in the searcher's first, second, third language is worth; all further ones count as the last."""


def preference(rank: int) -> float:
    """The weight of the searcher's language number ``rank``, the first being 0."""
    return PREFERENCES[min(rank, len(PREFERENCES) - 1)]


def shares(words: int, *, required: bool) -> tuple[float, ...]:
    """The shares to try for a question of so many telling words, and perhaps other words that are required.

    >>> shares(1, required=False), shares(9, required=True)
    ((1.0,), (0.2, 0.001, 0.0))
    """
    tried: tuple[float, ...] = KEYWORD_SHARES if words > 1 else KEYWORD_SHARES[:1]
    if words > MOST_KEYWORDS:
        tried = SENTENCE_SHARES
    return (*tried, NONE) if required and words else tried


def least(words: int, share: float) -> int:
    """How many of ``words`` a document must have.

    >>> [least(3, share) for share in (*KEYWORD_SHARES, NONE)]
    [3, 2, 1, 1, 0]
    """
    return math.ceil(round(words * share, 6))


def idf(documents: float, having: float) -> float:
    """Inverse document frequency as BM25 has it (Robertson and Spärck Jones, with one added within the logarithm)."""
    return math.log(1 + (documents - having + 0.5) / (having + 0.5))


def correction(counted: Sequence[int], of_all: int, meant: Sequence[float], of_language: int) -> float:
    """Factor that turns an idf as the index counts it into the one that is meant.

    One field holds every language, each with terms of its own; without this a word that stands in every Hungarian
    document would look as if it told something, only because others are Swedish. ``counted`` is the number of
    documents with each term in the field, ``meant`` how many of the language's documents it is to count for. A
    phrase weighs as much as its terms together.

    >>> round(correction([100], 400, [100], 100), 4)
    0.0036
    """
    right = sum(idf(max(of_language, count), count) for count in meant)
    return right / sum(idf(max(of_all, count), count) for count in counted)

"""The figures behind the order of results; pure, so that they can be tried without an index."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from kb.errors import N_

TITLE_WEIGHT = 0.3
"""What a word in the title adds, beside one in the text (of which the title is a part): titles are short, so that it
counts for more than the figure says."""

APART_WEIGHT = 0.8
"""What each part of a word such as ``IP-address`` adds where all of them are, be it far from one another."""

ROOT_WEIGHT, INNER_WEIGHT = 0.7, 0.5
"""What the root of a word, and that of a word within a compound, add beside the word itself."""

FOLDED_WEIGHT = 0.5
"""What a word found only without its accents is worth beside one found as typed."""

PREFIX_SCORE, TITLE_PREFIX_SCORE = 1.0, 2.0
"""What ``word*`` is worth, found in a text or in a title; how rare its words are says nothing about what is meant."""

SYNONYM_WEIGHT = 0.75
"""What a word that means the same is worth beside the one that was typed."""

NEAR_WORDS = 8
"""So many other words may stand between those of a phrase where nothing has it as it is."""

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
SENTENCE_SHARES = (ANY,)
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
    ((1.0,), (0.001, 0.0))
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


def synonym_factor(own: Sequence[float], theirs: Sequence[float], documents: int) -> float:
    """Factor that makes a synonym tell as much as the word it stands for, however rare either is.

    Args:
        own: share of the documents with each part of the word.
        theirs: the same of its synonym.
        documents: how many there are.

    >>> round(synonym_factor([0.01], [0.5], 100), 2), round(synonym_factor([0.5], [0.01], 100), 2)
    (6.07, 0.16)
    """
    typed, meant = (sum(idf(documents, share * documents) for share in shares) for shares in (own, theirs))
    return typed / meant


REASONS: Mapping[str, str] = {
    "standard": N_("A binding standard"),
    "recent": N_("Changed lately"),
    "helpful": N_("Helped others who asked"),
}
"""What may lift an answer a little beside its words, and how people are told."""

STANDARD_FACTOR = 1.03
RECENT_FACTOR, RECENT_S = 1.02, 30 * 86_400
OLD_FACTOR, OLD_S = 0.98, 3 * 365 * 86_400
HELPFUL = 1.02
"""From this factor on, readers are told that an answer helped others."""

LEAST_FACTOR, MOST_FACTOR = 0.92, 1.1
"""All signals together stay within these: an answer whose words say a fifth more than another's stays before it."""


def standing(is_standard: bool, age_s: int, helped: float) -> float:
    """The signals of a document together, as a factor near 1.

    Args:
        age_s: since it was last changed, in seconds.
        helped: the factor by which readers took to it, 1 where nothing is known.

    >>> round(standing(True, 0, 1.0), 4), standing(False, 10 * OLD_S, 0.5), standing(True, 0, 100.0)
    (1.0506, 0.92, 1.1)
    """
    factor = helped * (STANDARD_FACTOR if is_standard else 1.0) * freshness(age_s)
    return min(max(factor, LEAST_FACTOR), MOST_FACTOR)


def reasons(is_standard: bool, age_s: int, helped: float) -> tuple[str, ...]:
    """What of this lifts a document; see :func:`standing`.

    >>> reasons(True, 0, 1.0)
    ('standard', 'recent')
    """
    said = {"standard": is_standard, "recent": age_s <= RECENT_S, "helpful": helped >= HELPFUL}
    return tuple(name for name, lifts in said.items() if lifts)


def freshness(age_s: int) -> float:
    """Falls from what was changed within a month to what nobody has touched for three years.

    >>> freshness(0), round(freshness((RECENT_S + OLD_S) // 2), 3), freshness(10 * OLD_S)
    (1.02, 1.0, 0.98)
    """
    share = min(max((age_s - RECENT_S) / (OLD_S - RECENT_S), 0.0), 1.0)
    return RECENT_FACTOR + (OLD_FACTOR - RECENT_FACTOR) * share

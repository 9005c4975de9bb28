"""A sentence as words with their places, each known by its stem, so that any form of a word is the word. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple

import Stemmer  # type: ignore[import-not-found, unused-ignore]  # a compiled module without stubs

Roots = Callable[[str, str], str]
"""(word in lower case, language) -> what all forms of the word have in common."""

STEMMERS: Mapping[str, str] = {"en": "english", "hu": "hungarian", "ru": "russian", "sv": "swedish"}
WORD = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)?")
_BREAK = re.compile(r"[;!?\n()]|[.,](?=\s|$)")
"""Ends a clause; a point or comma between digits does not."""

CONJUNCTIONS: Mapping[str, frozenset[str]] = {
    "en": frozenset("but and or although however because".split()),
    "hu": frozenset("de hanem és vagy viszont azonban mert".split()),
    "sv": frozenset("men och eller utan eftersom fast".split()),
    "ru": frozenset("но а и или однако зато потому".split()),
}
"""They begin a clause, too."""


class Token(NamedTuple):
    """One word of a sentence.

    Args:
        word: in lower case.
        stem: what its forms have in common, without accents.
        start, end: where it stands.
        clause: number of the clause that it is in.
    """

    word: str
    stem: str
    start: int
    end: int
    clause: int


@cache
def _stemmer(language: str) -> Callable[[str], str] | None:
    return Stemmer.Stemmer(STEMMERS[language], 0).stemWord if language in STEMMERS else None


def stems(word: str, language: str) -> str:
    """A word without its endings.

    >>> stems("roamingot", "hu"), stems("связью", "ru")
    ('roaming', 'связ')
    """
    stem = _stemmer(language.partition("-")[0])
    return stem(word) if stem else word


@lru_cache(maxsize=4096)
def folded(word: str) -> str:
    """A word without accents; Cyrillic keeps its letters, but ё is е.

    >>> folded("térerő"), folded("войдём"), folded("йод")
    ('terero', 'войдем', 'йод')
    """
    plain = unicodedata.normalize("NFD", word)
    base = "".join(char for char in plain if not unicodedata.combining(char))
    return base if base.isascii() else word.replace("ё", "е")


def stem_of(word: str, language: str, roots: Roots) -> str:
    """How a word is known: its stem without accents. Figures are what they are."""
    small = word.casefold().replace("’", "'").removesuffix("'s")
    return small if any(map(str.isdigit, small)) else folded(roots(small.replace("ё", "е"), language))


def tokens(text: str, language: str, roots: Roots = stems) -> list[Token]:
    """The words of a sentence, in their order.

    >>> [(one.word, one.clause) for one in tokens("No signal, but Wi-Fi works", "en")]
    [('no', 0), ('signal', 0), ('but', 2), ('wi', 2), ('fi', 2), ('works', 2)]
    """
    breaks = [found.start() for found in _BREAK.finditer(text)]
    joining = CONJUNCTIONS.get(language.partition("-")[0], frozenset())
    found: list[Token] = []
    clause = passed = 0
    for match in WORD.finditer(text):
        while passed < len(breaks) and breaks[passed] < match.start():
            passed += 1
            clause += 1
        word = match[0].casefold().replace("’", "'").replace("ё", "е")
        clause += word in joining
        found.append(Token(word, stem_of(word, language, roots), match.start(), match.end(), clause))
    return found


def phrase(text: str, language: str, roots: Roots) -> tuple[str, ...]:
    """The stems of a name."""
    return tuple(stem_of(match[0], language, roots) for match in WORD.finditer(text.replace("_", " ")))


def close(words: Sequence[Token]) -> bool:
    """Whether words follow each other within one clause."""
    return all(one.clause == other.clause for one, other in pairwise(words))

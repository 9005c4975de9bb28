"""How hard a text is to read: LIX, after C. H. Björnsson, Läsbarhet, Stockholm 1968. Pure.

LIX is words per sentence plus the share of long words (more than six letters) in per cent. It needs no dictionary and
no syllables, so that it can be had in every language with words; how long words are differs by language, though, and
so does what is easy. Björnsson's bands are for Swedish. For English, Hungarian and Russian they are moved by what the
same content has more or less in these languages: the mean of 259 pages of the GNOME help and 43 articles of the
demonstration, each in all four.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")
_END = re.compile(r"[.!?:…。！？]+(?=\s|$)")
LONG = 6
"""Letters; a word with more is long."""

FEWEST = 30
"""Words; in a shorter text chance decides."""

BANDS = ((30, "very_easy"), (40, "easy"), (50, "medium"), (60, "hard"))
"""Upper ends, Swedish; above the last it is very hard."""

SHIFT = {"sv": 0, "en": -5, "hu": 17, "ru": 17}
"""Language -> what the same content has more than in Swedish."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was counted.

    Args:
        words, sentences, long_words: how many.
        language: in whose bands it falls.
    """

    words: int
    sentences: int
    long_words: int
    language: str = "sv"

    @property
    def lix(self) -> int:
        """Words per sentence plus long words in a hundred, rounded."""
        if not self.words:
            return 0
        return round(self.words / max(self.sentences, 1) + 100 * self.long_words / self.words)

    @property
    def band(self) -> str:
        """very_easy, easy, medium, hard or very_hard; empty where there are too few words to say."""
        if self.words < FEWEST:
            return ""
        comparable = self.lix - SHIFT.get(self.language.partition("-")[0], 0)
        return next((name for top, name in BANDS if comparable < top), "very_hard")


def reading(passages: Iterable[str], language: str) -> Reading:
    """Count a text.

    Args:
        passages: its paragraphs, list items and the like without markup; each ends a sentence, with or without a stop.
        language: its code.

    >>> easy = reading(["The cat sat on the mat.", "It was a hot day! Nobody moved."], "en")
    >>> easy.words, easy.sentences, easy.long_words, easy.lix
    (13, 3, 0, 4)
    >>> reading(["Notwithstanding aforementioned stipulations, telecommunications regulations apply"], "en").lix
    89
    """
    words = sentences = long_words = 0
    for passage in passages:
        for sentence in _END.split(passage):
            found = _WORD.findall(sentence)
            words += len(found)
            sentences += bool(found)
            long_words += sum(sum(map(str.isalpha, word)) > LONG for word in found)
    return Reading(words, sentences, long_words, language)

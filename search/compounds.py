"""Long words cut into the words they are made of; pure, with the list of known words as an argument."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

LONGEST_COMPOUND = 40
"""Letters; longer ones are no words, and nobody shall wait for them."""


VOWELS = "aeiouyåäö"
SHORTEST_THAT_LOSES = 4
"""Letters that must be left of a part that lost its ending."""


@dataclass(frozen=True, slots=True)
class Joints:
    """How a language puts words together.

    Args:
        links: what may stand between two parts, beside nothing.
        endings: what the first of two parts may have lost.
        shortest: letters of the shortest part.
        most: parts.
        doubles: whether two equal letters stand for three ("glas", written once less: "busstation").
    """

    links: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()
    shortest: int = 4
    most: int = 3
    doubles: bool = False

    def split(
        self, word: str, known: Callable[[str], bool], ends: Callable[[str], bool], shortest: int = 0
    ) -> tuple[str, ...]:
        """The parts of a word; nothing where it cannot be cut into known ones.

        The fewest parts win, then those with the longest beginning.

        Args:
            word: in lower case.
            known: whether a part is a word, in the form in which others are put behind it.
            ends: whether the last part is a word, in any of its forms.
            shortest: letters of the shortest part, where that is more than the language's own.

        >>> words = {"lösenord", "lösen", "ord", "återställning", "ställning"}.__contains__
        >>> Joints(links=("s",)).split("lösenordsåterställning", words, words)
        ('lösenord', 'återställning')
        >>> Joints().split("återbetalning", words, words)
        ()
        """
        least = max(shortest, self.shortest)
        if not 2 * least <= len(word) <= LONGEST_COMPOUND or not word.isalpha():
            return ()
        cut = _Cutting(self, word, cache(known), cache(ends), least)
        return next(filter(None, (cut.into(parts) for parts in range(2, self.most + 1))), ())

    def forms(self, word: str, end: int) -> Iterator[str]:
        """What the beginning of a word may be by itself: as it is, doubled, without its link, with what it has lost."""
        first = word[:end]
        yield first
        if self.doubles and first[-1] == word[end] and first[-1] not in VOWELS:
            yield first + first[-1]
        for link in self.links:
            if end - len(link) >= self.shortest and first.endswith(link):
                yield first.removesuffix(link)
        if end >= SHORTEST_THAT_LOSES:
            yield from (first + ending for ending in self.endings)


@dataclass(frozen=True, slots=True)
class _Cutting:
    """One word, cut at every place."""

    joints: Joints
    word: str
    known: Callable[[str], bool]
    ends: Callable[[str], bool]
    least: int

    def into(self, parts: int, start: int = 0) -> tuple[str, ...]:
        """Exactly so many parts of what begins at `start`, or nothing."""
        rest = self.word[start:]
        if parts == 1:
            return (rest,) if self.ends(rest) else ()
        for end in range(len(rest) - self.least * (parts - 1), self.least - 1, -1):
            behind = self.into(parts - 1, start + end)
            if behind and (first := next(filter(self.known, self.joints.forms(rest, end)), None)):
                return (first, *behind)
        return ()

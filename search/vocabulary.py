"""The words of one language as they stand in the documents, packed so that many thousands fit and are looked through
quickly.

They are folded and not stemmed, and lie in buckets by first letter and length: whoever mistypes a word seldom
mistypes its first letter, so that a look at the neighbours of a word needs a few buckets of hundreds.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

SHORTEST, LONGEST = 3, 30  # letters of a word that anything may be corrected to


class Neighbour(NamedTuple):
    """A word that is spelled alike, how many edits away it is, and in how many documents it stands."""

    word: str
    edits: int
    documents: int


class _Bucket(NamedTuple):
    words: str  # each with a line of its own
    documents: array[int]

    def has(self, word: str) -> bool:
        return f"\n{word}\n" in self.words


class Vocabulary:
    """Words and in how many documents each stands; what is no plain word (figures, model numbers) is left out."""

    def __init__(self, words: Iterable[tuple[str, int]]) -> None:
        """``words``: (folded word, number of documents)."""
        buckets: dict[tuple[str, int], tuple[list[str], array[int]]] = {}
        letters: set[str] = set()
        for word, documents in words:
            if SHORTEST <= len(word) <= LONGEST and word.isalpha():
                key = word[0], len(word)
                if key not in buckets:
                    buckets[key] = [], array("L")
                    letters.add(word[0])
                bucket = buckets[key]
                bucket[0].append(word)
                bucket[1].append(documents)
        self._letters = "".join(sorted(letters))
        self._buckets = {
            key: _Bucket(f"\n{chr(10).join(found)}\n", documents)
            for key, (found, documents) in buckets.items()
        }

    def __len__(self) -> int:
        return sum(len(bucket.documents) for bucket in self._buckets.values())

    def __contains__(self, word: str) -> bool:
        bucket = self._buckets.get((word[:1], len(word)))
        return bucket is not None and bucket.has(word)

    def near(self, word: str, edits: int) -> list[Neighbour]:
        """The words at most so many edits away: letters put in, left out, changed, or swapped with the next one.

        At the first letter one edit is looked for, and then no other: that keeps it quick.
        """
        found = [*self._same_beginning(word, edits), *self._other_beginning(word)] if edits and word else []
        return [neighbour for neighbour in found if neighbour.word != word]

    def _same_beginning(self, word: str, edits: int) -> Iterator[Neighbour]:
        for length in range(len(word) - edits, len(word) + edits + 1):
            bucket = self._buckets.get((word[0], length))
            if bucket:
                words = bucket.words.split("\n")[1:-1]
                alike = process.extract(word, words, scorer=OSA.distance, score_cutoff=edits, limit=None)
                for other, distance, at in alike:
                    yield Neighbour(other, int(distance), bucket.documents[at])

    def _other_beginning(self, word: str) -> Iterator[Neighbour]:
        tries = [word[1:], word[1:2] + word[:1] + word[2:]]
        for letter in self._letters:
            tries += [letter + word, letter + word[1:]]
        for other in dict.fromkeys(tries):
            bucket = self._buckets.get((other[:1], len(other)))
            if bucket and other[0] != word[0] and bucket.has(other):
                at = bucket.words.split("\n").index(other) - 1
                yield Neighbour(other, 1, bucket.documents[at])

"""The vocabularies of an index: made when needed, and again when it has changed; large ones in the background."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from search.analysis import analyzer
from search.tantivy.index import Snapshot
from search.vocabulary import Vocabulary

FEW_DOCUMENTS = 5_000
"""Up to so many the words are read while the question waits, so that it knows those of the last commit."""

PATIENCE = 20.0
"""The vocabulary of a larger index serves for so many times as long as it took to make, however often the index changes
meanwhile. Nobody is told of words that are gone: what it says is looked up in the index first."""

LONGEST_WAIT_S = 0.1
"""So long a question waits for the first vocabulary of a larger index; then it goes on as it was spelled."""

NO_WORDS = Vocabulary(())


@dataclass(frozen=True, slots=True)
class _Made:
    vocabulary: Vocabulary
    stamp: tuple[int, int]
    until: float  # on the clock


class Vocabularies:
    """Language -> vocabulary, for one index and all threads that ask it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, few: int = FEW_DOCUMENTS) -> None:
        """``clock`` tells seconds; ``few``: documents of an index that is read while a question waits."""
        self._clock, self._few = clock, few
        self._made: dict[str, _Made] = {}
        self._making: dict[str, threading.Thread] = {}
        self._lock = threading.Lock()

    def of(self, snapshot: Snapshot, language: str) -> Vocabulary:
        """The words of a language, as of this snapshot or, in a large index, a while before."""
        made = self._made.get(language)
        is_large = snapshot.searcher.num_docs > self._few
        if made and (made.stamp == snapshot.stamp or (is_large and self._clock() < made.until)):
            return made.vocabulary
        if not is_large:
            return self._make(snapshot, language).vocabulary
        making = self._started(snapshot, language)
        if made is None:
            making.join(LONGEST_WAIT_S)
            made = self._made.get(language)
        return made.vocabulary if made else NO_WORDS

    def prepare(self, snapshot: Snapshot, languages: Iterable[str]) -> None:
        """Begin with those of a large index before somebody has to wait for them."""
        if snapshot.searcher.num_docs > self._few:
            for language in languages:
                if language not in self._made:
                    self._started(snapshot, language)

    def _started(self, snapshot: Snapshot, language: str) -> threading.Thread:
        """The thread that makes it; one for each language at a time."""
        with self._lock:
            making = self._making.get(language)
            if making is None or not making.is_alive():
                making = threading.Thread(target=self._make, args=(snapshot, language), daemon=True)
                self._making[language] = making
                making.start()
            return making

    def _make(self, snapshot: Snapshot, language: str) -> _Made:
        began = self._clock()
        start = analyzer(language).namespaced("")
        found = snapshot.searcher.terms_with_prefix("words", start)
        vocabulary = Vocabulary((word[len(start) :], documents) for word, documents in found)
        now = self._clock()
        made = self._made[language] = _Made(vocabulary, snapshot.stamp, now + (now - began) * PATIENCE)
        return made

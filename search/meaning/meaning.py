"""The documents that mean most nearly what is asked, in whatever language they are written."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

import structlog

from search.analysis import clean, label
from search.meaning.encoder import Encoder, EncoderFailed, Floats, works
from search.meaning.store import Store

REMEMBERED = 1_000
"""Questions whose vectors stay in memory, of each process; 1.5 kB each."""

LONGEST = 1_000
"""Characters of a question that are encoded: time grows with them, and what is asked stands in the first."""

LATER = 0.1
"""What a passage further down counts less than the first of its document, which says what it is about; as a share of
the range of cosines that say something. On descriptions of help pages it is worth .01 of the mean reciprocal rank."""

log = structlog.get_logger(__name__)


class Near(NamedTuple):
    """A document that means something near, by the best of its passages."""

    id: str
    cosine: float
    language: str


class Meaning:
    """An encoder and the vectors of this node's documents; for threads."""

    def __init__(self, encoder: Encoder, store: Store) -> None:
        self.encoder = encoder
        self.store = store
        self._lock = threading.Lock()
        self._remembered: OrderedDict[str, Floats | None] = OrderedDict()
        self.has_failed = False
        """Whether its encoder cannot be used: then nothing is near, and that says nothing."""

    @property
    def range(self) -> float:
        """Between the cosine from which on a passage may answer, and 1: the models' scales differ by it."""
        return 1.0 - self.encoder.near

    def nearest(self, question: str, languages: Sequence[str], most: int, least: float = 0.0) -> list[Near]:
        """The documents nearest to a question, nearest first; none where it cannot be encoded.

        Args:
            languages: in which they are written; none means all.
            most: how many at most.
            least: the cosine that they have at least.
        """
        shelves = self.store.shelves()
        asked = {label(language) for language in languages} or shelves.keys()
        looked_at = [language for language in shelves if language in asked]
        vector = self._vector(question) if looked_at else None
        if vector is None:
            return []
        found = [
            Near(id_, cosine, language)
            for language in looked_at
            for id_, cosine in shelves[language].nearest(vector, most, LATER * self.range)
            if cosine >= least
        ]
        return sorted(found, key=lambda near: -near.cosine)[: max(most, 0)]

    def documents(self, languages: Sequence[str]) -> int:
        """How many documents are encoded in these languages, or altogether."""
        shelves = self.store.shelves()
        asked = {label(language) for language in languages} or shelves.keys()
        return sum(len(shelf.ids) for language, shelf in shelves.items() if language in asked)

    def knows(self, id_: str, language: str) -> bool:
        """Whether a document is encoded; it is a while after it was published."""
        shelf = self.store.shelves().get(label(language))
        return shelf is not None and id_ in shelf.members

    def reads(self, question: str) -> bool:
        """Whether a question can be encoded; where it cannot, that nothing is near says nothing."""
        return self._vector(question) is not None

    def _vector(self, question: str) -> Floats | None:
        """Its vector; None for one without words, or that the encoder fails at, which is logged."""
        text = " ".join(clean(question).split())[:LONGEST]
        with self._lock:
            if text in self._remembered:
                self._remembered.move_to_end(text)
                return self._remembered[text]
            if self.has_failed or not text:
                return None
        vector: Floats | None
        try:
            vector = self.encoder.question(text)
        except EncoderFailed as error:
            self.has_failed = not works(self.encoder)
            log.warning("a question is answered by words alone", reason=str(error), for_good=self.has_failed)
            vector = None
        with self._lock:
            self._remembered[text] = vector
            while len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)
        return vector

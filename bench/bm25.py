"""Plain BM25, as anybody would begin: one field of title and text, Snowball stems, nothing else."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from math import log

import Stemmer  # type: ignore[import-not-found, unused-ignore]  # a compiled module without stubs

from search.engine import Document
from search.lemmas import STEMMERS

K1, B = 1.2, 0.75
"""As Lucene, Elasticsearch and tantivy have them by themselves."""


class Bm25:
    """One index over documents of one language (Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25
    and Beyond", 2009, with the idf of Lucene, which is never negative)."""

    def __init__(self, documents: Iterable[Document], language: str) -> None:
        self._stem = Stemmer.Stemmer(STEMMERS[language]).stemWords
        self._documents = list(documents)
        counted = [Counter(self._terms(f"{one.title} {one.body}")) for one in self._documents]
        self._lengths = [sum(terms.values()) for terms in counted]
        self._mean = sum(self._lengths) / max(len(counted), 1)
        self._having: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for number, terms in enumerate(counted):
            for term, times in terms.items():
                self._having[term].append((number, times))

    def _terms(self, text: str) -> list[str]:
        stems: list[str] = self._stem(re.findall(r"\w+", text.lower()))
        return stems

    def search(self, question: str, topic: str | None, limit: int) -> list[str]:
        """The ids of the best documents, of one topic or of all."""
        scores: dict[int, float] = defaultdict(float)
        for term in self._terms(question):
            having = self._having.get(term, [])
            weight = log(1 + (len(self._documents) - len(having) + 0.5) / (len(having) + 0.5))
            for number, times in having:
                norm = K1 * (1 - B + B * self._lengths[number] / self._mean)
                scores[number] += weight * times * (K1 + 1) / (times + norm)
        best = sorted(scores, key=lambda number: -scores[number])
        found = (self._documents[number] for number in best)
        return [one.id for one in found if topic is None or topic in one.topics][:limit]

"""Words, phrases and beginnings of words as queries over the documents in one language, and what each is worth."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, zip_longest

from tantivy import Query, Searcher

from search.analysis import LONGEST_BEGINNING, analyzer, chunks
from search.ranking import FOLDED_WEIGHT, PREFIX_SCORE, TITLE_PREFIX_SCORE, correction
from search.tantivy_clauses import best_of, value_is_one_of
from search.tantivy_schema import FOLDED, schema


class Words:
    """What text asks for in one language. Every method gives None where no document can match."""

    def __init__(self, searcher: Searcher, language: str) -> None:
        self._searcher = searcher
        self._analyzer = analyzer(language)
        self._counts: dict[tuple[str, str], int] = {}
        self._beside: tuple[Words, ...] = ()
        self.language = self._analyzer.language
        self.common = self._analyzer.common
        self.documents = searcher.doc_freq("language", self.language)

    def asked_beside(self, others: Sequence[Words]) -> None:
        """Tell which languages are asked at the same time: a word that says nothing in one says nothing here.

        "The" is rare in Hungarian documents, but not what an English question is about.
        """
        self._beside = tuple(words for words in others if words is not self)

    def word(self, chunk: str, field: str) -> Query | None:
        """One chunk, in ``text`` or ``title``."""
        return self._query(field, [chunk])

    def phrase(self, text: str, field: str) -> Query | None:
        """The chunks of a text, one behind the other."""
        return self._query(field, chunks(text))

    def prefix(self, beginning: str, field: str) -> Query | None:
        """All words that begin so, folded; a title that has one comes first."""
        titled = Query.term_query(schema(), "typed", beginning[:LONGEST_BEGINNING], "basic")
        if field == "title":
            return Query.const_score_query(titled, TITLE_PREFIX_SCORE)
        words = self._searcher.terms_with_prefix("words", self._analyzer.namespaced(beginning))
        if not words:
            return None
        anywhere = value_is_one_of("words", [word for word, _ in words])
        scored = [(titled, TITLE_PREFIX_SCORE), (anywhere, PREFIX_SCORE)]
        return best_of([Query.const_score_query(query, score) for query, score in scored])

    def _query(self, field: str, every: Sequence[str]) -> Query | None:
        """As typed, or a single chunk written as one; for less, without the accents typed, or with accents where
        none were typed. Other accents than those typed count only where nothing has the ones typed.
        """
        terms = [self._analyzer[chunk] for chunk in every]
        parts = [part for term in terms for part in term.parts]
        folded = [part for term in terms for part in term.folded]
        known = self._known(field, every)
        ways = [self._in_a_row(field, parts, known)]
        if folded != parts:
            ways.append(self._in_a_row(field, folded, known, FOLDED_WEIGHT))
        if folded == parts or ways[0] is None:
            ways.append(self._in_a_row(FOLDED[field], folded, known, FOLDED_WEIGHT))
        if len(terms) == 1 and (whole := terms[0].whole):
            ways.append(self._in_a_row(field, [whole], [0]))
        found = [query for query in ways if query]
        return best_of(found) if found else None

    def _in_a_row(
        self, field: str, terms: Sequence[str], known: Sequence[float], weight: float = 1.0
    ) -> Query | None:
        """These terms side by side. ``known``: how many documents each is taken to stand in, if that is more."""
        counted = [self._count(field, term) for term in terms]
        if not all(counted):
            return None
        if len(terms) == 1:
            query = Query.term_query(schema(), field, terms[0], "freq")
        else:
            query = Query.phrase_query(schema(), field, list(terms))
        meant = list(map(max, counted, known))
        factor = correction(counted, self._searcher.num_docs, meant, self.documents)
        return Query.boost_query(query, weight * factor)

    def shares(self, field: str, every: Sequence[str]) -> list[float]:
        """The share of this language's documents that each part of the chunks stands in."""
        parts = chain.from_iterable(self._analyzer[chunk].parts for chunk in every)
        return [self._count(field, part) / max(1, self.documents) for part in parts]

    def _known(self, field: str, every: Sequence[str]) -> list[float]:
        """How many documents would have each part, were it as common here as where it is commonest."""
        columns = [words.shares(field, every) for words in (self, *self._beside)]
        return [max(shares) * self.documents for shares in zip_longest(*columns, fillvalue=0.0)]

    def _count(self, field: str, term: str) -> int:
        count = self._counts.get((field, term))
        if count is None:
            count = self._counts[field, term] = self._searcher.doc_freq(field, term)
        return count

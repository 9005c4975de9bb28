"""Words, phrases and beginnings of words as queries over the documents in one language, and what each is worth.

What a word comes to is the same for every question asked of a snapshot, so it is made once: to put the clauses of a
sentence together costs as much as to search.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, zip_longest

from tantivy import Query, Searcher

from search.analysis import LONGEST_BEGINNING, WORD, analyzer, chunks
from search.lemmas import SHORTEST
from search.ranking import (
    APART_WEIGHT,
    FOLDED_WEIGHT,
    INNER_WEIGHT,
    PREFIX_SCORE,
    ROOT_WEIGHT,
    TITLE_PREFIX_SCORE,
    TITLE_WEIGHT,
    correction,
)
from search.tantivy.clauses import all_of, any_if_any, best_of, value_is_one_of
from search.tantivy.index import Snapshot
from search.tantivy.schema import BARE, FOLDED, ROOTS, schema

MOST_KEPT = 20_000
"""Words of a language whose clauses are kept; a kilobyte each, or two."""


class Words:
    """What text asks for in one language. Every method gives None where no document can match."""

    def __init__(self, searcher: Searcher, language: str) -> None:
        self._searcher = searcher
        self._analyzer = analyzer(language)
        self._counts: dict[tuple[str, str], int] = {}
        self._made: dict[tuple[str, str], tuple[Query, ...]] = {}
        self._beside: tuple[Words, ...] = ()
        self.language = self._analyzer.language
        self.common = self._analyzer.common
        self.documents = searcher.doc_freq("language", self.language)

    def stands(self, chunk: str) -> bool:
        """Whether any document has a chunk of one part, in a form that has its stem; visible or not."""
        return self._count("text", self._analyzer.term(chunk)) > 0

    def asked_beside(self, others: Sequence[Words]) -> None:
        """Tell which languages are asked at the same time: a word that says nothing in one says nothing here.

        "The" is rare in Hungarian documents, but not what an English question is about.
        """
        self._beside = tuple(words for words in others if words is not self)

    def word(self, chunk: str, field: str) -> tuple[Query, ...]:
        """One chunk, in ``text`` or ``title``, or what comes from the same root; in a title it adds to a text.

        A document matches that matches any of these, and what it matches adds up.
        """
        made = self._made.get((chunk, field))
        if made is None:
            fields = {field: 1.0} if field == "title" else {field: 1.0, "title": TITLE_WEIGHT}
            made = tuple(
                query for name, weight in fields.items() for query in self._evidence(chunk, name, weight)
            )
            if len(self._made) >= MOST_KEPT:
                self._made.clear()
            self._made[chunk, field] = made
        return made

    def exactly(self, chunk: str, field: str) -> Query | None:
        """One chunk, in the forms that have its stem; for what somebody wants to avoid."""
        return any_if_any(list(self._forms(chunk, field)))

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

    def _evidence(self, chunk: str, field: str, weight: float) -> Iterator[Query]:
        """What speaks for a document with this chunk in this field; it adds up."""
        for query in self._forms(chunk, field):
            yield Query.boost_query(query, weight)
        terms = self._analyzer[chunk]
        if chunk in self.common:
            return
        if len(terms.roots) == 1:
            known = self._known(field, [chunk])
            root = self._in_a_row(ROOTS[field], terms.roots, known, ROOT_WEIGHT * weight)
            inner = self._apart(ROOTS[field], terms.inner, INNER_WEIGHT * weight)
            yield from filter(None, (root, inner))
        elif _is_of_words(chunk) and (apart := self._apart(field, terms.parts, APART_WEIGHT * weight)):
            yield apart

    def _forms(self, chunk: str, field: str) -> Iterator[Query]:
        """One chunk as typed; for less, without the accents typed, or with accents where none were typed.

        Other accents than those typed count only where nothing has the ones typed.
        """
        (part, *more), (plain, *_) = self._analyzer[chunk].parts, self._analyzer[chunk].folded
        if more:
            if query := self._query(field, [chunk]):
                yield query
            return
        known = self._known(field, [chunk])
        typed = self._in_a_row(field, [part], known)
        ways = [typed]
        if plain != part:
            ways.append(self._in_a_row(field, [plain], known, FOLDED_WEIGHT))
        if plain == part or typed is None:
            ways.append(self._in_a_row(BARE[field], [plain], known, FOLDED_WEIGHT))
        if whole := self._analyzer[chunk].whole:
            ways.append(self._in_a_row(field, [whole], [0]))
        yield from filter(None, ways)

    def _apart(self, field: str, terms: Sequence[str], weight: float) -> Query | None:
        """All of these terms, wherever they stand."""
        found = [query for term in terms if (query := self._in_a_row(field, [term], [0], weight))]
        return all_of(found) if found and len(found) == len(terms) else None

    def _query(self, field: str, every: Sequence[str]) -> Query | None:
        """Chunks side by side: as typed, or a single one written as one; for less, with other accents."""
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


def asked_in(snapshot: Snapshot, languages: Sequence[str]) -> tuple[Words, ...]:
    """The words of each of these languages that has documents; kept with the snapshot, for its next question."""
    key = tuple(languages)
    kept = snapshot.kept.words.get(key)
    if kept is None:
        asked = (Words(snapshot.searcher, language) for language in key)
        kept = tuple(words for words in asked if words.documents)
        for words in kept:
            words.asked_beside(kept)
        snapshot.kept.words[key] = kept
    return kept


def _is_of_words(chunk: str) -> bool:
    """Whether a chunk is put together of words ("IP-address"), and not the name of a model or a figure."""
    words = WORD.findall(chunk)
    longest = max(map(len, words), default=0)
    return len(words) > 1 and longest >= SHORTEST and not any(map(str.isdigit, chunk))

"""From the tree of a question to tantivy's query.

Each language of the searcher gets a query of its own: the words analysed in that language, among the documents
in that language. They are put together with the preferred language first, and everything the viewer may not see
is cut off within the index.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tantivy import FieldType, Occur, Query, Searcher

from search.analysis import LONGEST_BEGINNING, analyzer, chunks, label
from search.engine import Filters
from search.query import AllOf, AnyOf, Changed, Is, Node, Not, Phrase, Prefix, Question, Word
from search.ranking import (
    FOLDED_WEIGHT,
    LANGUAGE_WEIGHT,
    PREFIX_SCORE,
    START_WEIGHT,
    TITLE_PREFIX_SCORE,
    correction,
    least,
    preference,
)
from search.tantivy_index import Snapshot
from search.tantivy_schema import FOLDED, schema

FEW_VALUES = 8
"""Up to so many values of a filter are looked up one by one; more are cheaper as a set."""


def all_of(queries: Sequence[Query]) -> Query:
    """Documents that match every one of these."""
    if len(queries) == 1:
        return queries[0]
    return Query.boolean_query([(Occur.Must, query) for query in queries])


def any_of(queries: Sequence[Query], at_least: int = 1) -> Query:
    """Documents that match at least so many of these."""
    if len(queries) == 1:
        return queries[0]
    return Query.boolean_query([(Occur.Should, query) for query in queries], at_least)


def best_of(queries: Sequence[Query]) -> Query:
    """Documents that match one of these, scored by the one they match best."""
    return queries[0] if len(queries) == 1 else Query.disjunction_max_query(queries)


def unscored(query: Query) -> Query:
    """The same documents, adding nothing to their score."""
    return Query.const_score_query(query, 0.0)


def value_is_one_of(field: str, values: Iterable[str]) -> Query:
    """Documents with one of these values (at least one) in a filter field."""
    wanted = sorted(set(values))
    if len(wanted) > FEW_VALUES:
        return unscored(Query.term_set_query(schema(), field, wanted))
    return unscored(any_of([Query.term_query(schema(), field, value, "basic") for value in wanted]))


def moment_within(field: str, since: int | None, until: int | None) -> Query:
    """Documents whose moment is ``since <= moment < until``, in unix seconds; an end may be open."""
    last = None if until is None else until - 1
    return unscored(Query.range_query(schema(), field, FieldType.Integer, since, last))


def visible(filters: Filters) -> list[Query]:
    """What a document must be for this viewer to know of it, whatever its language."""
    queries = [
        value_is_one_of("audience", filters.audiences),
        moment_within("visible_from", None, filters.now + 1),
        moment_within("visible_until", filters.now + 1, None),
    ]
    if filters.portal_topics is not None:
        queries.append(value_is_one_of("topic", map(label, filters.portal_topics)))
    if filters.topic is not None:
        queries.append(value_is_one_of("topic", [label(filters.topic)]))
    for field, values in (("kind", filters.kinds), ("tag", filters.tags)):
        if values:
            queries.append(value_is_one_of(field, map(label, values)))
    return queries


def shows_nothing(filters: Filters) -> bool:
    """Whether there is no need to look: without an audience, or in a portal without topics, there is nothing."""
    return not filters.audiences or filters.portal_topics == frozenset()


def compiled(snapshot: Snapshot, question: Question, filters: Filters, share: float) -> Query | None:
    """The query for what was asked, among what the viewer may see.

    A document must have ``share`` of the wanted words, from 0 to 1, and at least one. None where none can match.
    """
    versions = []
    for rank, language in enumerate(filters.languages or snapshot.languages):
        query = LanguageQuery(snapshot.searcher, language).compile(question, share)
        if query:
            versions.append(Query.boost_query(query, preference(rank)) if filters.languages else query)
    return all_of([any_of(versions), *visible(filters)]) if versions else None


def typed_so_far(words: Sequence[str], filters: Filters) -> Query:
    """The query for titles whose words begin like these (at least one); best, the title begins like the first."""
    typed = [Query.term_query(schema(), "typed", word, "freq") for word in words]
    clauses = [(Occur.Must, query) for query in (*typed, *visible(filters))]
    start = Query.term_query(schema(), "typed", f"^{words[0]}", "freq")
    clauses.append((Occur.Should, Query.boost_query(start, START_WEIGHT)))
    if filters.languages:
        languages = list(map(label, filters.languages))
        clauses.append((Occur.Must, value_is_one_of("language", languages)))
        for rank, language in enumerate(languages):
            preferred = Query.term_query(schema(), "language", language, "basic")
            weight = LANGUAGE_WEIGHT * preference(rank)
            clauses.append((Occur.Should, Query.const_score_query(preferred, weight)))
    return Query.boolean_query(clauses)


class LanguageQuery:
    """Questions turned into queries over the documents in one language."""

    def __init__(self, searcher: Searcher, language: str) -> None:
        self._searcher = searcher
        self._analyzer = analyzer(language)
        self._language = self._analyzer.language
        self._documents = searcher.doc_freq("language", self._language)

    def compile(self, question: Question, share: float) -> Query | None:
        """The query for documents with this share of the wanted words; None where there can be none."""
        required = [self._node(node) for node in question.required]
        wanted = self._wanted(question.wanted, share)
        if not self._documents or wanted is None or None in required:
            return None
        banned = [query for node in question.banned if (query := self._node(node))]
        musts = [value_is_one_of("language", [self._language]), *filter(None, required)]
        clauses = [(Occur.Must, query) for query in musts] + wanted
        return Query.boolean_query(clauses + [(Occur.MustNot, query) for query in banned])

    def _wanted(self, nodes: Sequence[Node], share: float) -> list[tuple[Occur, Query]] | None:
        """Clauses for the wanted words. Function words ("how do I") help with the order, but need not be there."""
        common = [node for node in nodes if isinstance(node, Word) and node.text in self._analyzer.common]
        telling = [node for node in nodes if node not in common] or common
        queries = [query for node in telling if (query := self._node(node))]
        needed = least(len(telling), share) if telling else 0
        if len(queries) < needed:
            return None
        clauses = [(Occur.Must, query) for query in queries]
        if needed < len(queries):
            clauses = [(Occur.Must, any_of(queries, needed))]
        beside = [query for node in common if telling is not common and (query := self._node(node))]
        return clauses + [(Occur.Should, query) for query in beside]

    def _node(self, node: Node) -> Query | None:
        """The query of one part of the tree; None where nothing can match it."""
        match node:
            case Word(text, field):
                return self._word(text, field)
            case Phrase(text, field):
                return self._phrase(text, field)
            case Prefix(text, field):
                return self._prefix(text, field)
            case Is(attribute, value):
                return value_is_one_of(attribute, [value])
            case Changed((since, until)):
                return moment_within("changed_at", since, until)
            case Not(inner):
                avoided = self._node(inner)
                everything = unscored(Query.all_query())
                return everything.and_must_not_match(avoided) if avoided else everything
            case AllOf(nodes):
                queries = list(map(self._node, nodes))
                return None if None in queries else all_of([query for query in queries if query])
            case AnyOf(nodes):
                queries = list(map(self._node, nodes))
                return any_of([query for query in queries if query]) if any(queries) else None

    def _word(self, chunk: str, field: str) -> Query | None:
        """A chunk as written, or as one word, or, for less, without accents."""
        terms = self._analyzer[chunk]
        whole = [self._side_by_side(field, [terms.whole])] if terms.whole else []
        return self._best([*self._with_accents_or_without(field, terms.parts, terms.folded), *whole])

    def _phrase(self, text: str, field: str) -> Query | None:
        every = [self._analyzer[chunk] for chunk in chunks(text)]
        if len(every) == 1:
            return self._word(text, field)
        parts = [part for terms in every for part in terms.parts]
        folded = [part for terms in every for part in terms.folded]
        return self._best(self._with_accents_or_without(field, parts, folded))

    def _best(self, ways: Iterable[Query | None]) -> Query | None:
        found = [query for query in ways if query]
        return best_of(found) if found else None

    def _with_accents_or_without(
        self, field: str, parts: Sequence[str], folded: Sequence[str]
    ) -> Iterator[Query | None]:
        """As typed; without the accents that were typed; with accents where none were typed."""
        yield self._side_by_side(field, parts)
        if folded != parts:
            yield self._side_by_side(field, folded, FOLDED_WEIGHT)
        yield self._side_by_side(FOLDED[field], folded, FOLDED_WEIGHT, written=(field, parts))

    def _prefix(self, beginning: str, field: str) -> Query | None:
        """All words that begin so; a title that has one comes first."""
        titled = Query.term_query(schema(), "typed", beginning[:LONGEST_BEGINNING], "basic")
        if field == "title":
            return Query.const_score_query(titled, TITLE_PREFIX_SCORE)
        words = self._searcher.terms_with_prefix("words", self._analyzer.namespaced(beginning))
        if not words:
            return None
        anywhere = value_is_one_of("words", [word for word, _ in words])
        scored = [(titled, TITLE_PREFIX_SCORE), (anywhere, PREFIX_SCORE)]
        return best_of([Query.const_score_query(query, score) for query, score in scored])

    def _side_by_side(
        self,
        field: str,
        terms: Sequence[str],
        weight: float = 1.0,
        written: tuple[str, Sequence[str]] | None = None,
    ) -> Query | None:
        """The terms one behind the other; None where one of them stands nowhere.

        ``written`` says in which field and how the same words stand with accents: that can be more often.
        """
        counted = self._counts(field, terms)
        if not all(counted):
            return None
        if len(terms) == 1:
            query = Query.term_query(schema(), field, terms[0], "freq")
        else:
            query = Query.phrase_query(schema(), field, list(terms))
        known = list(map(max, counted, self._counts(*written))) if written else counted
        factor = correction(counted, self._searcher.num_docs, known, self._documents)
        return Query.boost_query(query, weight * factor)

    def _counts(self, field: str, terms: Sequence[str]) -> list[int]:
        return [self._searcher.doc_freq(field, term) for term in terms]

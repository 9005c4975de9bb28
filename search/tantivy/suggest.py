"""Titles that go on as somebody types: words that begin so, then words with that within, then those typed amiss."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from tantivy import DocAddress, Occur, Query

from search.analysis import clean, label, typed_words
from search.engine import Filters
from search.query import LONGEST_QUESTION
from search.ranking import LANGUAGE_WEIGHT, START_WEIGHT, preference
from search.tantivy.clauses import any_of, unscored, value_is_one_of
from search.tantivy.index import Snapshot
from search.tantivy.query import visible
from search.tantivy.schema import schema

MOST_WORDS = 12
"""Words of what is typed that are looked for; a title hardly has more."""

SHORTEST_WITHIN = 4
"""Letters from which on they are looked for within words too: ``faktura`` in ``nätfaktura``."""

ONE_SLIP_FROM, TWO_SLIPS_FROM = 4, 8
"""Letters from which on a word may have one, and two, slips in it."""


def titles(snapshot: Snapshot, typed: str, filters: Filters, limit: int) -> list[DocAddress]:
    """The documents whose titles have all the words typed so far, in any order; the best first.

    Where there are fewer than ``limit``, those follow that have the words within theirs; only where there is none
    at all are slips of the keyboard forgiven.
    """
    words = typed_words(clean(typed[:LONGEST_QUESTION]))[:MOST_WORDS]
    if not words:
        return []
    found = _best(snapshot, words, _begins, filters, limit)
    if len(found) < limit and any(len(word) >= SHORTEST_WITHIN for word in words):
        wider = _best(snapshot, words, _has_within, filters, limit)
        found += [address for address in wider if address not in found][: limit - len(found)]
    if not found and any(len(word) >= ONE_SLIP_FROM for word in words):
        found = _best(snapshot, words, _is_near, filters, limit)
    return found


def _best(
    snapshot: Snapshot, words: Sequence[str], way: Callable[[str], Query], filters: Filters, limit: int
) -> list[DocAddress]:
    clauses = [(Occur.Must, query) for query in (*map(way, words), *visible(snapshot, filters))]
    start = Query.term_query(schema(), "typed", f"^{words[0]}", "freq")
    clauses.append((Occur.Should, Query.boost_query(start, START_WEIGHT)))
    clauses += _languages(filters)
    query = Query.boolean_query(clauses)
    return [address for _, address in snapshot.searcher.search(query, limit, count=False).hits]


def _languages(filters: Filters) -> Iterator[tuple[Occur, Query]]:
    """Titles in the preferred language before all others."""
    languages = list(map(label, filters.languages))
    if languages:
        yield Occur.Must, value_is_one_of("language", languages)
    for rank, language in enumerate(languages):
        preferred = Query.term_query(schema(), "language", language, "basic")
        weight = LANGUAGE_WEIGHT * preference(rank)
        yield Occur.Should, Query.const_score_query(preferred, weight)


def _begins(word: str) -> Query:
    return Query.term_query(schema(), "typed", word, "freq")


def _has_within(word: str) -> Query:
    """A beginning that ends with the word is a word that has it within."""
    if len(word) < SHORTEST_WITHIN:
        return _begins(word)
    return any_of([_begins(word), unscored(Query.regex_query(schema(), "typed", f"[^\\^]+{word}"))])


def _is_near(word: str) -> Query:
    """Counted in wrong, missing, superfluous and swapped letters; a word with figures is meant as it is typed."""
    if len(word) < ONE_SLIP_FROM or any(map(str.isdigit, word)):
        return _begins(word)
    slips = 2 if len(word) >= TWO_SLIPS_FROM else 1
    return unscored(Query.fuzzy_term_query(schema(), "typed", word, slips, transposition_cost_one=True))

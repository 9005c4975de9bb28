"""Small parts that tantivy's queries are put together from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from tantivy import FieldType, Occur, Query

from search.tantivy.schema import schema

FEW_VALUES = 32
"""Up to so many values of a filter are looked up one by one; more are cheaper as a set (of 23 topics, one by one costs
.05 ms with 1,268 documents and as a set .23; with 50,000 it is the same)."""


def all_of(queries: Sequence[Query]) -> Query:
    """Documents that match every one of these."""
    if len(queries) == 1:
        return queries[0]
    return Query.boolean_query([(Occur.Must, query) for query in queries])


def any_of(queries: Sequence[Query], at_least: int = 1) -> Query:
    """Documents that match at least so many of these; what they match adds up."""
    if len(queries) == 1:
        return queries[0]
    return Query.boolean_query([(Occur.Should, query) for query in queries], at_least)


def any_if_any(queries: Sequence[Query]) -> Query | None:
    """Documents that match at least one of these; None where there is none."""
    return any_of(queries) if queries else None


def best_of(queries: Sequence[Query]) -> Query:
    """Documents that match one of these, scored by the one they match best."""
    return queries[0] if len(queries) == 1 else Query.disjunction_max_query(queries)


def unscored(query: Query) -> Query:
    """The same documents, adding nothing to their score."""
    return Query.const_score_query(query, 0.0)


def value_is_one_of(field: str, values: Iterable[str]) -> Query:
    """Documents with one of these values (at least one) in a field of whole values; unscored."""
    return _one_of(field, frozenset(values))


@lru_cache(maxsize=1024)
def _one_of(field: str, values: frozenset[str]) -> Query:
    wanted = sorted(values)
    if len(wanted) > FEW_VALUES:
        return unscored(Query.term_set_query(schema(), field, wanted))
    return unscored(any_of([Query.term_query(schema(), field, value, "basic") for value in wanted]))


def moment_within(field: str, since: int | None, until: int | None) -> Query:
    """Documents whose moment is ``since <= moment < until``, in unix seconds; an end may be open. Unscored."""
    last = None if until is None else until - 1
    return unscored(Query.range_query(schema(), field, FieldType.Integer, since, last))

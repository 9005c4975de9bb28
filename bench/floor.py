"""The least that an answer from this index can cost: the same words in one field, the same filters, the ten best."""

from __future__ import annotations

from tantivy import Query

from bench.peers import TOP
from search.analysis import analyzer, chunks
from search.engine import Filters
from search.tantivy.clauses import all_of, any_of, value_is_one_of
from search.tantivy.engine import TantivyEngine
from search.tantivy.query import visible
from search.tantivy.schema import schema


class Floor:
    """tantivy alone, over the index that the engine has filled: what everything else is measured against."""

    def __init__(self, engine: TantivyEngine) -> None:
        self._snapshot = engine.snapshot()

    def find(self, question: str, filters: Filters) -> int:
        """How many documents have any of the words; the ten best are found, and nothing is looked at or mended."""
        known = analyzer(filters.languages[0])
        terms = dict.fromkeys(part for chunk in chunks(question) for part in known[chunk].parts)
        words = [Query.term_query(schema(), "text", term, "freq") for term in terms]
        asked = [any_of(words), value_is_one_of("language", filters.languages)]
        query = all_of([*asked, *visible(self._snapshot, filters)])
        return self._snapshot.searcher.search(query, TOP).count or 0  # type: ignore[attr-defined]

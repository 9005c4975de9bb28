"""The least that an answer from this index can cost: the library alone, with the same filters, the ten best."""

from __future__ import annotations

from tantivy import Query

from bench.peers import TOP
from search.analysis import analyzer, chunks
from search.engine import Filters
from search.query import parse
from search.ranking import shares
from search.tantivy.asking import Asking
from search.tantivy.clauses import all_of, any_of, value_is_one_of
from search.tantivy.engine import TantivyEngine
from search.tantivy.query import visible
from search.tantivy.schema import schema


class Floor:
    """tantivy alone, over the index that the engine has filled: what everything else is measured against."""

    def __init__(self, engine: TantivyEngine) -> None:
        self._snapshot = engine.snapshot()
        self._prepared: dict[tuple[str, Filters], Query | None] = {}

    def search(self, question: str, filters: Filters) -> int:
        """The same for the engine's own first query, put together when it is first asked and kept: what is measured
        afterwards is nothing but the library's search for the very same terms.
        """
        if (question, filters) not in self._prepared:
            self._prepared[question, filters] = self._first_query(question, filters)
        query = self._prepared[question, filters]
        return (self._snapshot.searcher.search(query, TOP).count or 0) if query else 0  # type: ignore[attr-defined]

    def _first_query(self, question: str, filters: Filters) -> Query | None:
        asked = parse(question, now=filters.now)
        telling = len(asked.telling(analyzer(filters.languages[0]).common))
        share = next(iter(shares(telling, required=asked.requires_words())))
        return Asking(self._snapshot, filters).compiled(asked).query(share)

    def find(self, question: str, filters: Filters) -> int:
        """How many documents have any of the words; the ten best are found, and nothing is looked at or mended."""
        known = analyzer(filters.languages[0])
        terms = dict.fromkeys(part for chunk in chunks(question) for part in known[chunk].parts)
        words = [Query.term_query(schema(), "text", term, "freq") for term in terms]
        asked = [any_of(words), value_is_one_of("language", filters.languages)]
        query = all_of([*asked, *visible(self._snapshot, filters)])
        return self._snapshot.searcher.search(query, TOP).count or 0  # type: ignore[attr-defined]

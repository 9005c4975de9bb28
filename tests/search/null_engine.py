"""An engine that is none, for tests of all around it."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import contextmanager

from search.advice import NO_ADVICE, Advice
from search.answering import Answering
from search.engine import NOTHING, Document, DocumentText, Filters, Hit, Results, Suggestion, Writer


class NullEngine:
    """Knows nothing and finds nothing."""

    def __init__(self) -> None:
        self._position = 0

    def position(self) -> int:
        return self._position

    def apply(
        self, *, deletes: Iterable[str], documents: Iterable[Document], position: int, after: int = 0
    ) -> None:
        self._position = position

    def search(
        self,
        question: str,
        filters: Filters,
        *,
        limit: int = 10,
        offset: int = 0,
        advice: Advice = NO_ADVICE,
        facets: bool = False,
        exact: bool = False,
        marked: bool = True,
    ) -> Results:
        return NOTHING

    def chosen(
        self, ids: Sequence[str], question: str, filters: Filters, *, marked: bool = True
    ) -> tuple[Hit, ...]:
        return ()

    def answer(self, question: str, hits: Sequence[Hit]) -> Answering | None:
        return None

    def texts(self, known: Container[str]) -> Iterator[DocumentText]:
        return iter(())

    def ids(self) -> frozenset[str]:
        return frozenset()

    def suggest(self, prefix: str, filters: Filters, *, limit: int = 8) -> tuple[Suggestion, ...]:
        return ()

    def clear(self) -> None:
        self._position = 0

    @contextmanager
    def rebuild(self) -> Iterator[Writer]:
        fresh = NullEngine()
        yield fresh
        self._position = fresh.position()

"""The search engine over tantivy: an index in a folder, followed by any number of processes."""

from __future__ import annotations

import threading
from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog
from tantivy import Query

from search.advice import NO_ADVICE, Advice
from search.answering import Answering
from search.engine import NOTHING, Document, DocumentText, Filters, Hit, Results, Suggestion, Writer
from search.query import parse
from search.tantivy import suggest as suggesting
from search.tantivy.asking import Asking, page
from search.tantivy.clauses import all_of, value_is_one_of
from search.tantivy.facets import counted
from search.tantivy.hits import hits, passage
from search.tantivy.index import Snapshot, TantivyIndex
from search.tantivy.lines import Line, head, lines
from search.tantivy.mending import Mending
from search.tantivy.query import shows_nothing
from search.tantivy.schema import schema, shown, version
from search.tantivy.store import Generation, Store
from search.tantivy.vocabulary import Vocabularies

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Opened:
    """The current generation as this process has it open."""

    stamp: tuple[int, int]
    generation: Generation
    index: TantivyIndex


class TantivyEngine:
    """See :class:`search.engine.Engine`. For threads and processes: all read, one writes, the others wait for it."""

    def __init__(self, folder: Path) -> None:
        """Opens the index in ``folder``, or starts an empty one where there is none of this version."""
        self._store = Store(folder, version())
        self._lock = threading.Lock()
        self._vocabularies = Vocabularies()
        self._opened: _Opened | None = None
        self.refresh()

    def refresh(self) -> None:
        """See what other processes have committed. Every other method does so itself; it costs microseconds."""
        self.snapshot()

    def snapshot(self) -> Snapshot:
        """The index as of the last commit of any process."""
        return self._index().snapshot()

    def position(self) -> int:
        return self._index().position()

    def apply(
        self, *, deletes: Iterable[str], documents: Iterable[Document], position: int, after: int = 0
    ) -> None:
        with self._store.writing():
            self._index().apply(deletes=deletes, documents=documents, position=position, after=after)

    def clear(self) -> None:
        with self.rebuild():
            pass

    @contextmanager
    def rebuild(self) -> Iterator[Writer]:
        generation = self._store.fresh()
        try:
            with TantivyIndex(generation.path, create=True).filling() as filling:
                yield filling
            with self._store.writing():
                self._store.publish(generation)
            self._index()
        finally:
            generation.release()
            with self._store.writing():
                self._store.sweep()

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
        if shows_nothing(filters):
            return NOTHING
        snapshot = self.snapshot()
        asking = Asking(snapshot, filters, advice, head(filters))
        found = asking.ask(question)
        if not exact:
            found = Mending(asking, self._vocabularies).mended(question, found)
        shown_lines, total = lines(snapshot, found, filters, advice, limit=limit, offset=offset)
        return Results(
            hits(snapshot.searcher, shown_lines, found.question, marked=marked),
            total,
            found.relaxed,
            given_up=found.given_up,
            instead=found.instead,
            did_you_mean=found.did_you_mean,
            facets=counted(snapshot.searcher, found.query) if facets and found.query else {},
        )

    def suggest(self, prefix: str, filters: Filters, *, limit: int = 8) -> tuple[Suggestion, ...]:
        if shows_nothing(filters) or limit < 1:
            return ()
        snapshot = self.snapshot()
        found = suggesting.titles(snapshot, prefix, filters, limit)
        kept = [shown(snapshot.searcher.doc(address)) for address in found]
        return tuple(Suggestion(one.title, one.key, one.language, one.slug) for one in kept)

    def chosen(
        self, ids: Sequence[str], question: str, filters: Filters, *, marked: bool = True
    ) -> tuple[Hit, ...]:
        snapshot = self.snapshot()
        asked = parse(question, now=filters.now)
        query = Asking(snapshot, filters).compiled(asked).query(0.0) if ids else None
        if query is None or shows_nothing(filters):
            return ()
        found, _ = page(snapshot, all_of([value_is_one_of("id", ids), query]), len(ids), 0)
        made = hits(
            snapshot.searcher, [Line(address, score) for score, address in found], asked, marked=marked
        )
        by_id = {hit.id: hit for hit in made}
        return tuple(by_id[name] for name in dict.fromkeys(ids) if name in by_id)

    def answer(self, question: str, hits: Sequence[Hit]) -> Answering | None:
        return passage(self.snapshot().searcher, question, hits) if hits else None

    def texts(self, known: Container[str]) -> Iterator[DocumentText]:
        snapshot = self.snapshot()
        for name in self.ids():
            if name not in known:
                query = Query.term_query(schema(), "id", name, "basic")
                for _, address in snapshot.searcher.search(query, 1).hits:
                    kept = shown(snapshot.searcher.doc(address))
                    yield DocumentText(kept.id, kept.language, kept.title, kept.summary, kept.body)

    def ids(self) -> frozenset[str]:
        searcher = self.snapshot().searcher
        return frozenset(name for name, _ in searcher.terms_with_prefix("id", ""))

    def _index(self) -> TantivyIndex:
        opened, now = self._opened, self._store.stamp()
        if opened is None or opened.stamp != now:
            opened = self._reopened() or self._started(now)
        return opened.index

    def _reopened(self) -> _Opened | None:
        """The current generation, or None where there is none that can be read."""
        with self._lock:
            now = self._store.stamp()
            if self._opened is None or self._opened.stamp != now:
                generation = self._store.current()
                self._opened = _opened(now, generation) if generation else None
            return self._opened

    def _started(self, tried: tuple[int, int]) -> _Opened:
        """An empty generation, unless another process has just been faster. ``tried``: the stamp of no avail."""
        with self._store.writing():
            if self._store.stamp() != tried and (opened := self._reopened()):
                return opened
            generation = self._store.fresh()
            index = TantivyIndex(generation.path, create=True)
            self._store.publish(generation)
            self._store.sweep()
            self._opened = _Opened(self._store.stamp(), generation, index)
            return self._opened


def _opened(stamp: tuple[int, int], generation: Generation) -> _Opened | None:
    try:
        return _Opened(stamp, generation, TantivyIndex(generation.path))
    except ValueError as error:  # tantivy's word for anything it cannot read
        log.warning("index made anew", folder=str(generation.path), unreadable=str(error))
        return None

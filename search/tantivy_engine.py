"""The search engine over tantivy: an index in a folder, followed by any number of processes."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog
from tantivy import DocAddress, Query

from search.analysis import analyzer, clean, typed_words
from search.engine import NOTHING, Document, Filters, Hit, Results, Suggestion, Writer
from search.query import LONGEST_QUESTION, MOST_TERMS, Question, parse
from search.ranking import ENOUGH, shares
from search.snippets import Highlighter
from search.tantivy_index import Snapshot, TantivyIndex
from search.tantivy_query import compiled, shows_nothing, typed_so_far
from search.tantivy_schema import Shown, shown, version
from search.tantivy_store import Generation, Store

MOST_HITS = 1_000

Found = list[tuple[float, DocAddress]]

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
        self._opened: _Opened | None = None
        self.refresh()

    def refresh(self) -> None:
        """See what other processes have committed. Every other method does so itself; it costs microseconds."""
        self._index().snapshot()

    def position(self) -> int:
        return self._index().position()

    def apply(self, *, deletes: Iterable[str], documents: Iterable[Document], position: int) -> None:
        with self._store.writing():
            self._index().apply(deletes=deletes, documents=documents, position=position)

    def clear(self) -> None:
        with self.rebuild():
            pass

    @contextmanager
    def rebuild(self) -> Iterator[Writer]:
        generation = self._store.fresh()
        try:
            yield TantivyIndex(generation.path, create=True)
            with self._store.writing():
                self._store.publish(generation)
            self._index()
        finally:
            generation.release()
            with self._store.writing():
                self._store.sweep()

    def search(self, question: str, filters: Filters, *, limit: int = 10, offset: int = 0) -> Results:
        asked = parse(question, now=filters.now)
        if shows_nothing(filters):
            return NOTHING
        snapshot = self._index().snapshot()
        first = next(iter(filters.languages or snapshot.languages), "")
        words = len(asked.telling(analyzer(first).common))
        tried = shares(words, required=asked.requires_words())
        best = NOTHING
        for share in tried:
            found, total = _found(snapshot, asked, filters, share, limit=limit, offset=offset)
            if total > best.total:
                some_have_all = share == 1.0 or (best.total and not best.relaxed)
                some_have_all = some_have_all or (tried[0] < 1.0 and _all_words(snapshot, asked, filters))
                best = Results(
                    _hits(snapshot, found[: max(limit, 0)], asked), total, relaxed=not some_have_all
                )
            if best.total >= ENOUGH:
                break
        return best

    def suggest(self, prefix: str, filters: Filters, *, limit: int = 8) -> tuple[Suggestion, ...]:
        words = typed_words(clean(prefix[:LONGEST_QUESTION]))[:MOST_TERMS]
        if shows_nothing(filters) or not words or limit < 1:
            return ()
        snapshot = self._index().snapshot()
        found, _ = _page(snapshot, typed_so_far(words, filters), limit, 0, newest_first=False)
        titles = [shown(snapshot.searcher.doc(address)) for _, address in found]
        return tuple(Suggestion(kept.title, kept.key, kept.language, kept.slug) for kept in titles)

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


def _found(
    snapshot: Snapshot, asked: Question, filters: Filters, share: float, *, limit: int, offset: int = 0
) -> tuple[Found, int]:
    """One page of the documents that match, and how many there are altogether."""
    languages = filters.languages or snapshot.languages
    query = compiled(snapshot.searcher, languages, asked, filters, share)
    if query is None:
        return [], 0
    return _page(snapshot, query, limit, offset, newest_first=not asked.texts())


def _page(
    snapshot: Snapshot, query: Query, limit: int, offset: int, *, newest_first: bool
) -> tuple[Found, int]:
    result = snapshot.searcher.search(
        query,
        limit=min(max(limit, 1), MOST_HITS),
        offset=min(max(offset, 0), snapshot.searcher.num_docs),
        order_by_field="changed_at" if newest_first else None,
    )
    hits = [(0.0 if newest_first else score, address) for score, address in result.hits]
    return hits, result.count  # type: ignore[attr-defined]  # the stub leaves it out


def _all_words(snapshot: Snapshot, asked: Question, filters: Filters) -> bool:
    """Whether any document has every word."""
    return _found(snapshot, asked, filters, 1.0, limit=1)[1] > 0


def _hits(snapshot: Snapshot, found: Found, asked: Question) -> tuple[Hit, ...]:
    highlighters: dict[str, Highlighter] = {}
    hits = []
    for score, address in found:
        kept = shown(snapshot.searcher.doc(address))
        if kept.language not in highlighters:
            highlighters[kept.language] = Highlighter(asked.texts(), kept.language)
        hits.append(_hit(kept, score, highlighters[kept.language]))
    return tuple(hits)


def _hit(kept: Shown, score: float, highlighter: Highlighter) -> Hit:
    return Hit(
        id=kept.id,
        article=kept.article,
        key=kept.key,
        kind=kept.kind,
        language=kept.language,
        slug=kept.slug,
        title=kept.title,
        summary=kept.summary,
        score=score,
        snippet=highlighter.passage(kept.body, kept.summary),
        title_html=highlighter.whole(kept.title),
        changed_at=kept.changed_at,
    )

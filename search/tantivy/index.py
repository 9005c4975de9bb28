"""One tantivy index in one folder: written in single commits, read in snapshots."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import tantivy
from tantivy import IndexWriter, Query, Searcher

from search.engine import Document
from search.tantivy.schema import POSITION_ROLE, position_of, position_record, record, schema
from search.tantivy.store import stamp

if TYPE_CHECKING:
    from search.tantivy.words import Words

HEAP = 100_000_000
"""Bytes that a writer may fill before it writes a segment; it takes only what it fills. Each segment costs every
question time: 50,000 documents come to two with this, to three with 30 MB, at no higher peak of memory."""
PATIENCE = 10  # tries to get tantivy's own lock, each waiting twice as long as the one before


@dataclass(frozen=True, slots=True)
class Kept:
    """What questions have looked up in one snapshot so far; it serves those that follow.

    Args:
        words: the words of languages that are asked together.
        gates: what lets a viewer's documents through.
        alike: whether the texts at two places (segment and number of each) say nearly the same.
    """

    words: dict[tuple[str, ...], tuple[Words, ...]] = field(default_factory=dict)
    gates: dict[object, Query] = field(default_factory=dict)
    alike: dict[tuple[int, int, int, int], bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The index as of one commit; it stays as it is while others write."""

    searcher: Searcher
    position: int
    languages: tuple[str, ...]
    """Those that documents are in, the commonest first."""
    stamp: tuple[int, int]
    kept: Kept = field(default_factory=Kept, compare=False)


class Filling:
    """See :meth:`TantivyIndex.filling`."""

    def __init__(self, writer: IndexWriter) -> None:
        self._writer = writer
        self._position = 0
        self._added: set[str] = set()

    def position(self) -> int:
        return self._position

    def apply(
        self, *, deletes: Iterable[str], documents: Iterable[Document], position: int, after: int = 0
    ) -> None:
        """See :class:`search.engine.Writer`; what fails is fatal to the whole filling."""
        if self._position < after:
            return
        self._added |= _put(self._writer, deletes, documents, self._added.__contains__)
        self._position = position


class TantivyIndex:
    """An index in a folder. Several processes may read; that one writes at a time is the caller's care."""

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        """Opens the index in the folder, or creates it there. Raises ValueError where there is none to open."""
        self._meta = folder / "meta.json"
        as_of = stamp(self._meta)  # before it is read: what is committed meanwhile is seen by the next look
        self._index = tantivy.Index(schema(), str(folder)) if create else tantivy.Index.open(str(folder))
        self._index.config_reader(reload_policy="manual")
        self._lock = threading.Lock()
        self._snapshot = self._taken(as_of)

    def snapshot(self) -> Snapshot:
        """The last commit, whoever made it."""
        if stamp(self._meta) != self._snapshot.stamp:
            with self._lock:
                now = stamp(self._meta)
                if now != self._snapshot.stamp:
                    self._index.reload()
                    self._snapshot = self._taken(now)
        return self._snapshot

    def position(self) -> int:
        return self.snapshot().position

    def apply(
        self, *, deletes: Iterable[str], documents: Iterable[Document], position: int, after: int = 0
    ) -> None:
        """One commit; see :class:`search.engine.Writer`."""
        if self.position() < after:
            return
        searcher = self.snapshot().searcher
        with self._writing() as writer:
            writer.garbage_collect_files()  # what a killed writer left has the names that this one will use
            _put(writer, deletes, documents, lambda name: bool(searcher.doc_freq("id", name)))
            _commit(writer, position)

    @contextmanager
    def filling(self) -> Iterator[Filling]:
        """Fill an index that is empty and that nobody reads yet: all that is applied is one commit, at the end.

        A commit for each batch would leave it in many small segments, each of which costs every question time.
        """
        with self._writing() as writer:
            filling = Filling(writer)
            yield filling
            _commit(writer, filling.position())

    @contextmanager
    def _writing(self) -> Iterator[IndexWriter]:
        """A writer that takes back what is not committed when something fails."""
        writer = self._writer()
        try:
            yield writer
        except BaseException:
            writer.rollback()
            raise
        finally:
            writer.wait_merging_threads()

    def _writer(self) -> IndexWriter:
        """A child forked by another thread can hold tantivy's lock for a moment longer than its owner."""
        for attempt in range(PATIENCE):
            try:
                return self._index.writer(heap_size=HEAP, num_threads=1)
            except ValueError as error:
                if "LockBusy" not in str(error):
                    raise
                time.sleep(0.01 * 2**attempt)
        return self._index.writer(heap_size=HEAP, num_threads=1)

    def _taken(self, as_of: tuple[int, int]) -> Snapshot:
        searcher = self._index.searcher()
        found = searcher.search(Query.term_query(schema(), "role", POSITION_ROLE, "basic"), 1).hits
        position = position_of(searcher.doc(found[0][1])) if found else 0
        counted = sorted(searcher.terms_with_prefix("language", ""), key=lambda language: -language[1])
        return Snapshot(searcher, position, tuple(language for language, _ in counted), as_of)


def _put(
    writer: IndexWriter,
    deletes: Iterable[str],
    documents: Iterable[Document],
    is_known: Callable[[str], bool],
) -> set[str]:
    """Take out articles, put in documents in the place of those with their ids; the ids."""
    for article in deletes:
        writer.delete_documents_by_term("article", article)
    added: set[str] = set()
    for document in documents:
        if document.id in added or is_known(document.id):
            writer.delete_documents_by_term("id", document.id)
        added.add(document.id)
        writer.add_document(record(document))
    return added


def _commit(writer: IndexWriter, position: int) -> None:
    """All of it, with the position in the journal."""
    writer.delete_documents_by_term("role", POSITION_ROLE)
    writer.add_document(position_record(position))
    writer.commit()
    writer.garbage_collect_files()

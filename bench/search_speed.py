"""The search engine by itself: how fast it answers and takes documents in, beside SQLite's full-text index."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.corpus import corpus, questions
from bench.fts5 import Fts5
from bench.tables import Cell, percentile, table
from bench.texts import Texts
from search.engine import Document, Filters
from search.tantivy_engine import TantivyEngine


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured.

    Args:
        documents: so many in the index, beside the texts as they are.
        questions: different ones.
        rounds: how often each is asked, after once without measuring.
    """

    documents: tuple[int, ...] = (10_000,)
    questions: int = 400
    rounds: int = 3


Ask = Callable[[str, Filters], object]


@dataclass(slots=True)
class _Measured:
    """One engine.

    Args:
        find: finds what answers, and nothing more.
        show: finds the ten best with a passage of each.
        wall_s, processor_s: what indexing cost.
        found_s, shown_s: how long each answer took.
        finding_s, showing_s: processor time of all of them.
    """

    name: str
    find: Ask
    show: Ask
    wall_s: float = 0.0
    processor_s: float = 0.0
    found_s: list[float] = field(default_factory=list)
    shown_s: list[float] = field(default_factory=list)
    finding_s: float = 0.0
    showing_s: float = 0.0

    def ask(self, question: str, filters: Filters) -> None:
        """Find and show, both measured."""
        start, busy = time.perf_counter(), time.process_time()
        self.find(question, filters)
        found, busy_found = time.perf_counter(), time.process_time()
        self.show(question, filters)
        self.found_s.append(found - start)
        self.shown_s.append(time.perf_counter() - found)
        self.finding_s += busy_found - busy
        self.showing_s += time.process_time() - busy_found

    def cells(self, documents: int) -> list[Cell]:
        """The row of the table."""
        return [
            self.name,
            *_milliseconds(self.found_s, self.finding_s),
            *_milliseconds(self.shown_s, self.showing_s),
            documents / self.wall_s,
            documents / self.processor_s,
        ]


def _milliseconds(took_s: Sequence[float], busy_s: float) -> tuple[float, float, float]:
    """p50, p95, and processor time for one answer."""
    p50, p95 = (percentile(took_s, share) * 1000 for share in (0.5, 0.95))
    return p50, p95, busy_s * 1000 / len(took_s)


HEADINGS = [
    "engine",
    "find p50 ms",
    "p95 ms",
    "processor ms",
    "with passages p50 ms",
    "p95 ms",
    "processor ms",
    "documents/s in",
    "documents per processor s in",
]


def measure(texts: Texts, sizes: Sizes | None = None) -> str:
    """Markdown tables, one for each number of documents."""
    sizes = sizes or Sizes()
    records = texts.records()
    tables = []
    for count in dict.fromkeys([len(records), *sizes.documents]):
        documents = corpus(records, count)
        asked = questions(documents, sizes.questions)
        with TemporaryDirectory(prefix="kalauz-bench-") as folder:
            rows = [engine.cells(count) for engine in _measured(documents, asked, sizes.rounds, Path(folder))]
        title = f"Search, {count:,} documents, top 10; filters: language, portal, audience, kind, validity"
        tables.append(table(title, HEADINGS, rows))
    return "\n\n".join(tables)


def _measured(
    documents: Sequence[Document], asked: Sequence[tuple[str, Filters]], rounds: int, folder: Path
) -> list[_Measured]:
    """Both engines, asked in turn, so that a busy machine is busy for both."""
    tantivy, fts5 = TantivyEngine(folder / "index"), Fts5(folder / "fts5.db")
    ours = _Measured("Kalauz (tantivy)", partial(tantivy.search, limit=0), tantivy.search)
    peer = _Measured("SQLite FTS5", fts5.find, fts5.search)
    try:
        with _indexing(ours):
            tantivy.apply(deletes=(), documents=documents, position=1)
        with _indexing(peer):
            fts5.add(documents)
        for question, filters in asked:
            for engine in (ours, peer):
                engine.show(question, filters)
        for _ in range(rounds):
            for question, filters in asked:
                for engine in (ours, peer):
                    engine.ask(question, filters)
    finally:
        fts5.close()
    return [ours, peer]


@contextmanager
def _indexing(engine: _Measured) -> Iterator[None]:
    wall, processor = time.perf_counter(), time.process_time()
    yield
    engine.wall_s, engine.processor_s = time.perf_counter() - wall, time.process_time() - processor

"""The search engine by itself: how fast it answers and takes documents in, beside SQLite's full-text index."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
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


@dataclass(slots=True)
class _Measured:
    """One engine: what indexing cost, and how long each answer took, in seconds."""

    name: str
    ask: Callable[[str, Filters], object]
    wall_s: float = 0.0
    processor_s: float = 0.0
    took_s: list[float] = field(default_factory=list)
    asking_s: float = 0.0

    def cells(self, documents: int) -> list[Cell]:
        """The row of the table."""
        p50, p95 = (percentile(self.took_s, share) * 1000 for share in (0.5, 0.95))
        asked_ms = self.asking_s * 1000 / len(self.took_s)
        return [self.name, p50, p95, asked_ms, documents / self.wall_s, documents / self.processor_s]


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
        headings = [
            "engine",
            "p50 ms",
            "p95 ms",
            "processor ms",
            "documents/s in",
            "documents per processor s in",
        ]
        title = (
            f"Search, {count:,} documents, top 10 with passages; language, portal, audience, kind, validity"
        )
        tables.append(table(title, headings, rows))
    return "\n\n".join(tables)


def _measured(
    documents: Sequence[Document], asked: Sequence[tuple[str, Filters]], rounds: int, folder: Path
) -> list[_Measured]:
    """Both engines, asked in turn, so that a busy machine is busy for both."""
    tantivy, fts5 = TantivyEngine(folder / "index"), Fts5(folder / "fts5.db")
    ours, peer = _Measured("Kalauz (tantivy)", tantivy.search), _Measured("SQLite FTS5", fts5.search)
    try:
        with _indexing(ours):
            tantivy.apply(deletes=(), documents=documents, position=1)
        with _indexing(peer):
            fts5.add(documents)
        for question, filters in asked:
            ours.ask(question, filters), peer.ask(question, filters)
        for _ in range(rounds):
            for question, filters in asked:
                for engine in (ours, peer):
                    _timed(engine, question, filters)
    finally:
        fts5.close()
    return [ours, peer]


@contextmanager
def _indexing(engine: _Measured) -> Iterator[None]:
    wall, processor = time.perf_counter(), time.process_time()
    yield
    engine.wall_s, engine.processor_s = time.perf_counter() - wall, time.process_time() - processor


def _timed(engine: _Measured, question: str, filters: Filters) -> None:
    wall, processor = time.perf_counter(), time.process_time()
    engine.ask(question, filters)
    engine.took_s.append(time.perf_counter() - wall)
    engine.asking_s += time.process_time() - processor

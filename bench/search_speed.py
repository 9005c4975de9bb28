"""The search engine by itself: how fast it answers and takes documents in, beside what others use.

`python -m bench.search_speed --documents 1268 10000 --whoosh 10000` measures what is asked for; `--help` says more.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import machine, search_memory, search_pages, slowest
from bench.corpus import corpus, questions
from bench.floor import Floor
from bench.fts5 import Fts5
from bench.peers import Peer
from bench.postgres_text import PostgresText
from bench.tables import Cell, percentile, table
from bench.texts import Texts, texts
from bench.whoosh_index import WhooshIndex
from search import lemmas
from search.engine import Document, Filters
from search.tantivy.engine import TantivyEngine
from tests.processes import NotStarted


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured.

    Args:
        documents: so many in the index, beside the texts as they are.
        questions: different ones.
        rounds: how often each is asked, after once without measuring.
        whoosh: the most documents that Whoosh's own index takes part with; it needs minutes for more.
        pages: so many articles behind the pages that are measured; 0 for none.
        slowest: so many questions are made up in the hunt for the slowest; 0 for none.
    """

    documents: tuple[int, ...] = (10_000, 50_000)
    questions: int = 400
    rounds: int = 3
    whoosh: int = 10_000
    pages: int = 50_000
    slowest: int = 3_000


Ask = Callable[[str, Filters], object]


@dataclass(slots=True)
class _Measured:
    """One engine.

    Args:
        find: finds what answers, and nothing more.
        show: finds the ten best with a passage of each.
        processor: the processor time taken so far, in seconds.
        wall_s, processor_s: what indexing cost.
        found_s, shown_s: how long each answer took.
        finding_s, showing_s: processor time of all of them.
    """

    name: str
    find: Ask
    show: Ask
    processor: Callable[[], float] = time.process_time
    wall_s: float = 0.0
    processor_s: float = 0.0
    found_s: list[float] = field(default_factory=list)
    shown_s: list[float] = field(default_factory=list)
    finding_s: float = 0.0
    showing_s: float = 0.0

    def ask(self, asked: Sequence[tuple[str, Filters]]) -> None:
        """Find everything, then show everything; both measured."""
        for ask, took_s, called in (
            (self.find, self.found_s, "finding_s"),
            (self.show, self.shown_s, "showing_s"),
        ):
            busy = self.processor()
            for question, filters in asked:
                start = time.perf_counter()
                ask(question, filters)
                took_s.append(time.perf_counter() - start)
            setattr(self, called, getattr(self, called) + self.processor() - busy)

    def cells(self, documents: int) -> list[Cell]:
        """The row of the table."""
        return [
            self.name,
            *_milliseconds(self.found_s, self.finding_s),
            *_milliseconds(self.shown_s, self.showing_s),
            documents / self.wall_s,
            documents / max(self.processor_s, 0.01),
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
    """Markdown tables: one for each number of documents, the pages over the most of them, the slowest question."""
    sizes = sizes or Sizes()
    records = texts.records()
    with TemporaryDirectory(prefix="kalauz-bench-") as words:
        tables = [_word_lists({record.language for record in records}, Path(words))]
        for count in dict.fromkeys([len(records), *sizes.documents]):
            tables.append(_compared(corpus(records, count), sizes, Path(words)))
    if sizes.pages:
        tables.append(search_pages.measure(texts, sizes.pages))
    if sizes.slowest:
        tables.append(slowest.measure(corpus(records, slowest.DOCUMENTS), sizes.slowest))
    return "\n\n".join(tables)


def _word_lists(languages: Set[str], folder: Path) -> str:
    """What a node does once, before it takes in its first document; a process that finds the files needs no time."""
    lemmas.keep_in(folder)
    busy = time.process_time()
    for language in languages:
        lemmas.word_list(language)
    took_s = time.process_time() - busy
    return f"Word lists of {len(languages)} languages: {took_s:.1f} s of processor time, once for a node."


def _compared(documents: Sequence[Document], sizes: Sizes, words: Path) -> str:
    asked = questions(documents, sizes.questions)
    title = (
        f"Search, {len(documents):,} documents, top 10; filters: language, portal, audience, kind, validity"
    )
    with TemporaryDirectory(prefix="kalauz-bench-") as folder, ExitStack() as closing:
        peers, missing = _peers(Path(folder), len(documents), sizes, closing)
        rows = [
            engine.cells(len(documents))
            for engine in _measured(documents, asked, sizes.rounds, Path(folder), peers)
        ]
        memory = search_memory.line(Path(folder) / "index", words, asked)
    return "\n\n".join([table(title, HEADINGS, rows), memory, *missing])


def _peers(folder: Path, count: int, sizes: Sizes, closing: ExitStack) -> tuple[dict[str, Peer], list[str]]:
    """The peers that take part, and why the others do not."""
    made: dict[str, Callable[[], Peer]] = {
        "SQLite FTS5": lambda: Fts5(folder / "fts5.db"),
        "PostgreSQL full text": PostgresText,
        "Whoosh's own index": lambda: WhooshIndex(folder / "whoosh"),
    }
    missing = []
    if count > sizes.whoosh:
        del made["Whoosh's own index"]
        missing.append(f"Whoosh's own index takes part with up to {sizes.whoosh:,} documents.")
    peers: dict[str, Peer] = {}
    for name, make in made.items():
        try:
            peers[name] = make()
        except NotStarted as error:
            missing.append(f"{name} takes no part: {error}")
        else:
            closing.callback(peers[name].close)
    return peers, missing


def _measured(
    documents: Sequence[Document],
    asked: Sequence[tuple[str, Filters]],
    rounds: int,
    folder: Path,
    peers: dict[str, Peer],
) -> list[_Measured]:
    """All engines, asked in turn, so that a busy machine is busy for each."""
    tantivy = TantivyEngine(folder / "index")
    ours = _Measured("Kalauz (tantivy)", partial(tantivy.search, limit=0), tantivy.search)
    with_facets = _Measured(
        "Kalauz with facets",
        partial(tantivy.search, limit=0, facets=True),
        partial(tantivy.search, facets=True),
    )
    with _indexing(ours):
        tantivy.apply(deletes=(), documents=documents, position=1)
    with_facets.wall_s, with_facets.processor_s = ours.wall_s, ours.processor_s
    floor = Floor(tantivy)
    alone = _Measured("tantivy alone, one field, nothing shown", floor.find, floor.find)
    same = _Measured("tantivy alone, the same terms, nothing shown", floor.search, floor.search)
    for beside in (alone, same):
        beside.wall_s, beside.processor_s = ours.wall_s, ours.processor_s
    engines = [ours, with_facets, same, alone]
    for name, peer in peers.items():
        engines.append(_Measured(name, peer.find, peer.search, peer.processor_s))
        with _indexing(engines[-1]):
            peer.add(documents)
    for engine in engines:
        for question, filters in asked:
            engine.show(question, filters)
    for _ in range(rounds):
        for engine in engines:
            engine.ask(asked)
    return engines


@contextmanager
def _indexing(engine: _Measured) -> Iterator[None]:
    wall, processor = time.perf_counter(), engine.processor()
    yield
    engine.wall_s, engine.processor_s = time.perf_counter() - wall, engine.processor() - processor


def main() -> None:
    """Measure so much as the arguments say."""
    usual = Sizes()
    parser = argparse.ArgumentParser(prog="python -m bench.search_speed", description=__doc__)
    parser.add_argument("--documents", type=int, nargs="*", default=usual.documents)
    for name in ("questions", "rounds", "whoosh", "pages", "slowest"):
        parser.add_argument(f"--{name}", type=int, default=getattr(usual, name))
    chosen = parser.parse_args()
    print(table("Measured on", ["what", "which"], machine.facts()), end="\n\n", flush=True)
    print(measure(texts(), Sizes(**(vars(chosen) | {"documents": tuple(chosen.documents)}))))


if __name__ == "__main__":
    main()

"""Pages over HTTP: how fast they come, what they cost, beside the least that Flask can do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from tempfile import TemporaryDirectory

from bench.instances import WORKERS, instance, log_in
from bench.loads import Load, load
from bench.programs import ROOT, Server, serving
from bench.tables import Cell, table
from bench.texts import Texts
from bench.weights import weigh

CLIENTS = 4
FLOOR = "the floor: one word from Flask"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is asked.

    Args:
        paths: different pages of a kind.
        one, many: requests of the one client, and of each of the four.
        uncached: requests of a client where the page is made anew for each.
    """

    paths: int = 300
    one: int = 3000
    many: int = 1500
    uncached: int = 600


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    one: Load
    four: Load | None = None

    def cells(self, floor: Load) -> list[Cell]:
        """The row of the table."""
        rate: Cell = self.four.per_second if self.four else "-"
        times = self.one.processor_ms / floor.processor_ms
        return [self.name, self.one.p50_ms, self.one.p95_ms, self.one.processor_ms, times, rate]


def measure(texts: Texts, sizes: Sizes | None = None) -> str:
    """Markdown tables of what pages cost."""
    sizes = sizes or Sizes()
    with instance() as made:
        made.fill(texts)
        articles = _spread(made.article_paths(), sizes.paths)
        questions = _spread(made.search_paths(), sizes.paths)
        with made.serving() as server:
            fresh = server.memory_mb()
            rows = _rows(server, articles, questions, sizes)
            worked = server.memory_mb()
            weight = weigh(server, articles[0])
    floor = _floor(sizes)
    headings = ["page", "p50 ms", "p95 ms", "processor ms", "x the floor", f"requests/s, {CLIENTS} clients"]
    figures: list[list[Cell]] = [
        ["memory (PSS) after the start, MB", fresh],
        ["memory (PSS) after all of this, MB", worked],
        ["an article page with all it needs, compressed, KB", weight.kilobytes],
        ["requests for it", float(weight.requests)],
    ]
    title = f"Pages, {texts.called}, {WORKERS} workers, 1 client"
    return "\n\n".join(
        [
            table(title, headings, [row.cells(floor.one) for row in [*rows, floor]]),
            table("What a server and a page weigh", ["what", "how much"], figures),
        ]
    )


def _spread(paths: Sequence[str], count: int) -> list[str]:
    """So many of the paths, evenly from the first to the last."""
    step = max(1, len(paths) // count)
    return list(paths[::step][:count])


def _rows(server: Server, articles: Sequence[str], questions: Sequence[str], sizes: Sizes) -> list[_Row]:
    load(server, ["/login"], count=len(articles) // 10 + 1)  # what the first requests of all cost
    first = load(server, articles, count=len(articles), warm=False)
    agent = {"Cookie": log_in(server)}

    def both(
        paths: Sequence[str], one: int, many: int, headers: dict[str, str] | None = None
    ) -> tuple[Load, Load]:
        return (
            load(server, paths, count=one, headers=headers),
            load(server, paths, count=many, clients=CLIENTS, headers=headers),
        )

    uncached = sizes.uncached
    return [
        _Row("article, anybody", *both(articles, sizes.one, sizes.many)),
        _Row("article, anybody, never asked for before", first),
        _Row("article, an agent who is logged in", *both(articles, uncached, uncached // 2, agent)),
        _Row("search, anybody", *both(questions, uncached, uncached // 2)),
        _Row("search, an agent who is logged in", *both(questions, uncached, uncached // 2, agent)),
    ]


def floor_arguments() -> list[str]:
    """How the floor is started: one word from Flask, served with our own settings."""
    settings = str(ROOT / "kb" / "gunicorn_settings.py")
    return ["gunicorn", "-c", settings, "-b", "127.0.0.1:{port}", "-w", str(WORKERS), "bench.hello:app"]


def _floor(sizes: Sizes) -> _Row:
    with TemporaryDirectory(prefix="kalauz-bench-") as figures:
        environment = {"PROMETHEUS_MULTIPROC_DIR": figures, "PYTHONPATH": str(ROOT)}
        with serving(floor_arguments(), environment, ready="/") as server:
            one = load(server, ["/"], count=sizes.one)
            return _Row(FLOOR, one, load(server, ["/"], count=sizes.many, clients=CLIENTS))

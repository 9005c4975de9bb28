"""The warning before a title is written twice: judged pairs of questions, beside a plain count of the same words.

The first question of each pair is a title in the base, the second is what somebody types. The threshold of both is
chosen on one half of what is typed and measured on the other.
"""

from __future__ import annotations

import csv
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from authoring.writing import duplicates
from bench.programs import ROOT
from bench.tables import Cell, percentile, table
from bench.texts import Texts
from kb import migrate
from kb.db import Database
from kb.viewers import ANONYMOUS
from search.engine import FOREVER, Document
from search.tantivy.engine import TantivyEngine

PAIRS = ROOT.parent / "shared" / "data" / "covid-faq" / "eval_question_similarity_en.csv"
LANGUAGE = "en"
THRESHOLDS = [step / 50 for step in range(1, 50)]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Judged pairs.

    Args:
        titles: what is in the base.
        same: what is typed -> the titles that ask the same; those that nobody judged are taken not to.
    """

    titles: Sequence[str]
    same: Mapping[str, frozenset[str]]


def read(path: Path = PAIRS) -> Pairs:
    """The pairs of a file with the columns question_1, question_2 and similar."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [
            (row["question_1"].strip(), row["question_2"].strip(), row["similar"] == "1")
            for row in csv.DictReader(file)
        ]
    same: dict[str, set[str]] = {}
    for title, typed, is_same in rows:
        same.setdefault(typed, set()).update([title] if is_same else [])
    titles = sorted({title for title, _typed, _same in rows})
    return Pairs(titles, {typed: frozenset(found) for typed, found in sorted(same.items()) if found})


Warned = Mapping[str, Sequence[tuple[str, float]]]
"""What is typed -> titles it is said to be like, each with a score, best first."""


def measure(_texts: Texts) -> str:
    """A Markdown table; a sentence where the pairs are not beside the project."""
    if not PAIRS.is_file():
        return "The judged pairs of covid-faq are not beside the project: duplicates are not measured."
    pairs = read()
    warned, took_s = _ours(pairs)
    rows = [
        ["same words (Jaccard)", *_half(pairs, _same_words(pairs)), ""],
        ["Kalauz", *_half(pairs, warned), percentile(took_s, 0.5) * 1000],
    ]
    amounts = f"{len(pairs.titles)} in the base, {len(pairs.same)} typed, at most {duplicates.MOST} warnings"
    return table(f"Duplicate titles: {amounts}", HEADINGS, rows)


HEADINGS = ["method", "threshold", "precision", "recall", "F1", "p50 ms"]


def _half(pairs: Pairs, warned: Warned) -> tuple[Cell, ...]:
    """The best threshold of one half; precision, recall and F1 of the other with it."""
    typed = list(pairs.same)
    best = max(THRESHOLDS, key=lambda threshold: scores(pairs, warned, typed[::2], threshold)[2])
    return best, *scores(pairs, warned, typed[1::2], best)


def scores(
    pairs: Pairs, warned: Warned, typed: Sequence[str], threshold: float
) -> tuple[float, float, float]:
    """Precision, recall and F1 of the warnings about some of what is typed."""
    given = {one: {title for title, score in warned[one] if score >= threshold} for one in typed}
    right = sum(len(given[one] & pairs.same[one]) for one in typed)
    precision = right / max(sum(map(len, given.values())), 1)
    recall = right / max(sum(len(pairs.same[one]) for one in typed), 1)
    return precision, recall, 2 * precision * recall / (precision + recall) if right else 0.0


def _same_words(pairs: Pairs) -> Warned:
    """What anybody would try first: the share of words that two titles have in common."""

    def share(one: str, other: str) -> float:
        a, b = (set(re.findall(r"\w+", text.lower())) for text in (one, other))
        return len(a & b) / len(a | b)

    return _ranked(pairs, share)


def _ranked(pairs: Pairs, score: Callable[[str, str], float]) -> Warned:
    return {
        typed: sorted(((title, score(title, typed)) for title in pairs.titles), key=lambda found: -found[1])[
            : duplicates.MOST
        ]
        for typed in pairs.same
    }


def _ours(pairs: Pairs) -> tuple[Warned, list[float]]:
    """What authors are shown, and how long each answer took in seconds."""
    with TemporaryDirectory(prefix="kalauz-bench-") as name:
        folder = Path(name)
        engine = TantivyEngine(folder / "index")
        engine.apply(deletes=(), documents=map(_document, range(len(pairs.titles)), pairs.titles), position=1)
        database = Database(f"sqlite:///{folder / 'kalauz.db'}")
        migrate.upgrade(database, folder)
        warned: dict[str, list[tuple[str, float]]] = {}
        took_s = []
        with database.session() as session:
            for typed in pairs.same:
                start = time.perf_counter()
                found = duplicates.similar(
                    session, engine.search, typed, LANGUAGE, ANONYMOUS, datetime.now(UTC), threshold=0.0
                )
                took_s.append(time.perf_counter() - start)
                warned[typed] = [(one.title, one.score) for one in found]
        database.engine.dispose()
    return warned, took_s


def _document(number: int, title: str) -> Document:
    return Document(
        id=str(number),
        article=str(number),
        key=str(number),
        kind="faq",
        language=LANGUAGE,
        slug=str(number),
        title=title,
        summary="",
        body="",
        headings=(),
        tags=(),
        topics=(),
        audience="public",
        visible_from=0,
        visible_until=FOREVER,
        changed_at=0,
    )

"""How often the right answer comes first: judged questions, asked of Kalauz and of plain BM25 in the same run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

from bench import honesty
from bench import meaning as by_meaning
from bench.bm25 import Bm25
from bench.judged import COLLECTIONS, Asked, Judged, judged
from bench.measures import ndcg, reciprocal_rank, success
from bench.tables import Cell, table
from bench.texts import Texts
from search.analysis import analyzer
from search.engine import Filters, Hit
from search.meaning.asking import elsewhere_hits, fused, is_question, near_hits
from search.meaning.meaning import Meaning
from search.tantivy.engine import TantivyEngine

NOW = 1_800_000_000
DEPTH = 10
FUSED = 20  # documents of each list that become one

Method = Callable[[Asked], Sequence[str]]
"""A question -> the ids of at most ten documents, best first."""


@dataclass(frozen=True, slots=True)
class Scores:
    """The measures of one method over one set; `ranks` are the reciprocal ranks, question by question."""

    ndcg: float
    success_1: float
    success_5: float
    ranks: Sequence[float]

    @classmethod
    def of(cls, method: Method, asked: Sequence[Asked]) -> Scores:
        """Ask everything."""
        found = [(method(one), one.right) for one in asked]
        return cls(
            ndcg=fmean(ndcg(names, right, DEPTH) for names, right in found),
            success_1=fmean(success(names, right, 1) for names, right in found),
            success_5=fmean(success(names, right, 5) for names, right in found),
            ranks=[reciprocal_rank(names, right, DEPTH) for names, right in found],
        )

    def cells(self, plain: Scores | None) -> list[Cell]:
        """The figures, and how many questions are answered at a better and at a worse place than by `plain`."""
        figures: list[Cell] = [
            f"{figure:.3f}" for figure in (self.ndcg, fmean(self.ranks), self.success_1, self.success_5)
        ]
        if plain is None or plain is self:
            return [*figures, "", ""]
        pairs = list(zip(self.ranks, plain.ranks, strict=True))
        return [*figures, sum(ours > its for ours, its in pairs), sum(ours < its for ours, its in pairs)]


HEADINGS = ["language", "method", "nDCG@10", "MRR@10", "success@1", "success@5", "better", "worse"]


def measure(_texts: Texts) -> str:
    """Markdown tables, one for each kind of question; a sentence for each folder that is not beside the project."""
    sets, missing = judged()
    said = [f"{name} is not beside the project: not measured." for name in missing]
    with TemporaryDirectory(prefix="kalauz-bench-") as name:
        bases = {name_: _Base(name_, Path(name)) for name_ in dict.fromkeys(one.collection for one in sets)}
        methods = _methods(bases)
        for called, same in groupby(sets, key=lambda one: one.name):
            said.append(_table(called, list(same), methods))
        if bases:
            said.append(honesty.measure(list(_parts(bases)), sets))
        if model := by_meaning.encoder():
            said.append(by_meaning.costs(model))
            if (base := bases.get("gnome-help")) and base.meaning:
                said.append(by_meaning.nonsense(base.meaning, base.engine, filters))
    return "\n\n".join(said)


def _table(
    name: str, sets: Sequence[Judged], methods: Mapping[str, Callable[[Judged], Method | None]]
) -> str:
    rows: list[list[Cell]] = []
    for one in sets:
        plain = None
        for called, method_for in methods.items():
            if method := method_for(one):
                scores = Scores.of(method, one.asked)
                plain = plain or scores
                rows.append([one.language, called, *scores.cells(plain)])
    amounts = ", ".join(f"{len(one.asked)} {one.language}" for one in sets)
    return table(
        f"Quality, {name} ({amounts}; better and worse: questions beside plain BM25)", HEADINGS, rows
    )


class _Base:
    """One collection, indexed and, where an encoder is installed, encoded."""

    def __init__(self, name: str, folder: Path) -> None:
        self.documents = COLLECTIONS[name]()
        self.engine = TantivyEngine(folder / name)
        self.engine.apply(deletes=(), documents=self.documents, position=1)
        model = by_meaning.encoder()
        self.meaning = by_meaning.encoded(model, self.engine, self.documents) if model else None
        self._plain: dict[str, Bm25] = {}

    def plain(self, language: str) -> Bm25:
        """Its documents of one language in a plain index."""
        if language not in self._plain:
            its = [one for one in self.documents if one.language == language]
            self._plain[language] = Bm25(its, language)
        return self._plain[language]


def _parts(bases: Mapping[str, _Base]) -> Iterator[honesty.Base]:
    """Each collection, language by language: in one of them somebody asks."""
    for name, base in bases.items():
        for language in dict.fromkeys(one.language for one in base.documents):
            yield honesty.Base(name, language, base.engine, base.meaning, filters((language,)))


def _methods(bases: Mapping[str, _Base]) -> Mapping[str, Callable[[Judged], Method | None]]:
    """What is compared: name -> a set -> how it is asked, None where the method has no answer to such a set."""

    def by_bm25(one: Judged) -> Method | None:
        if one.is_elsewhere:
            return None  # it knows nothing of other languages
        plain = bases[one.collection].plain(one.language)
        return lambda asked: plain.search(asked.text, asked.topic, DEPTH)

    def by_words(one: Judged) -> Method:
        engine = bases[one.collection].engine
        return lambda asked: _ids(
            engine.search(asked.text, filters(asked.languages, asked.topic), limit=DEPTH, marked=False).hits
        )

    def with_meaning(one: Judged) -> Method | None:
        base = bases[one.collection]
        if base.meaning is None:
            return None
        return partial(_both, base.engine, base.meaning, one)

    return {"plain BM25": by_bm25, "Kalauz by words": by_words, "Kalauz with meaning": with_meaning}


def _both(engine: TantivyEngine, meaning: Meaning, one: Judged, asked: Asked) -> list[str]:
    """As a reader is answered: questions by words and meaning, look-ups by words."""
    seen = filters(asked.languages, asked.topic)
    if one.is_elsewhere:
        return _ids(elsewhere_hits(meaning, engine, asked.text, seen, DEPTH))
    words = engine.search(asked.text, seen, limit=FUSED, marked=False).hits
    if not is_question(asked.text, analyzer(one.language).common):
        return _ids(words)
    near = near_hits(meaning, engine, asked.text, seen, FUSED)
    return _ids(fused(words, near, FUSED, meaning.documents(seen.languages), meaning.knows).hits)


def _ids(hits: Sequence[Hit]) -> list[str]:
    return [hit.id for hit in hits][:DEPTH]


def filters(languages: tuple[str, ...], topic: str | None = None) -> Filters:
    """What anybody may see in these languages."""
    return Filters(audiences=frozenset({"public"}), now=NOW, languages=languages, topic=topic)

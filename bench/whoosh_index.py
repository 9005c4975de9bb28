"""A peer of the search engine: Whoosh's own index on disk, its own analysis, BM25F and highlights."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from whoosh import index, query  # type: ignore[import-untyped, unused-ignore]
from whoosh.analysis import LanguageAnalyzer, StandardAnalyzer  # type: ignore[import-untyped, unused-ignore]
from whoosh.fields import ID, KEYWORD, NUMERIC, STORED, TEXT, Schema  # type: ignore[import-untyped, unused-ignore]
from whoosh.highlight import Highlighter  # type: ignore[import-untyped, unused-ignore]

from bench.peers import TOP, WORD
from search.engine import Document, Filters

STEMMED = ("en", "hu", "ru", "sv", "de")


class WhooshIndex:
    """An index in a folder.

    Args:
        folder: where it will be.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._index = index.create_in(folder, _schema())
        self._searcher: Any = None

    def processor_s(self) -> float:
        """Of this process: it runs nowhere else."""
        return time.process_time()

    def close(self) -> None:
        """Let go of the files."""
        if self._searcher:
            self._searcher.close()
        self._index.close()

    def add(self, documents: Iterable[Document]) -> None:
        """Put documents in, in one commit."""
        writer = self._index.writer(limitmb=128)
        for document in documents:
            text = f"{document.summary}\n{document.body}"
            writer.add_document(
                number=int(document.id),
                title=document.title,
                shown=text,
                language=document.language,
                kind=document.kind,
                audience=document.audience,
                topic=" ".join(document.topics),
                visible_from=document.visible_from,
                visible_until=document.visible_until,
                **{
                    _field("title", document.language): document.title,
                    _field("text", document.language): text,
                },
            )
        writer.commit()
        self._searcher = self._index.searcher()

    def find(self, question: str, filters: Filters) -> list[int]:
        """The numbers of the best documents with all words, or else with some."""
        return [hit["number"] for hit in self._found(question, filters)]

    def search(self, question: str, filters: Filters) -> list[tuple[str, str]]:
        """The best documents: (title, passage)."""
        found = self._found(question, filters)
        if not found:
            return []
        marker = Highlighter()
        field = _field("text", filters.languages[0])
        return [(hit["title"], marker.highlight_hit(hit, field, text=hit["shown"], top=2)) for hit in found]

    def _found(self, question: str, filters: Filters) -> Any:
        fields = [_field(name, filters.languages[0]) for name in ("title", "text")]
        words = [_anywhere(word, fields) for word in WORD.findall(question)]
        words = [word for word in words if word]
        if not words:
            return []
        chosen = _chosen(filters)
        found = self._searcher.search(query.And(words), filter=chosen, limit=TOP)
        return found or self._searcher.search(query.Or(words), filter=chosen, limit=TOP)


def _field(name: str, language: str) -> str:
    return f"{name}_{language if language in STEMMED else 'other'}"


@cache
def _analyzer(language: str) -> Any:
    return LanguageAnalyzer(language) if language in STEMMED else StandardAnalyzer()


@cache
def _schema() -> Any:
    texts: dict[str, Any] = {}
    for language in (*STEMMED, "other"):
        texts[f"title_{language}"] = TEXT(_analyzer(language), field_boost=4.0)
        texts[f"text_{language}"] = TEXT(_analyzer(language))
    return Schema(
        number=NUMERIC(stored=True, unique=True),
        title=STORED,
        shown=STORED,
        language=ID,
        kind=ID,
        audience=ID,
        topic=KEYWORD,
        visible_from=NUMERIC(bits=64),
        visible_until=NUMERIC(bits=64),
        **texts,
    )


def _anywhere(word: str, fields: Sequence[str]) -> Any:
    """The word as each field has it; None where it is a stop word."""
    analyse = _analyzer(fields[0].rpartition("_")[2])
    terms = [token.text for token in analyse(word, mode="query")]
    choices = [query.Term(field, term) for field in fields for term in terms]
    return query.Or(choices) if choices else None


def _chosen(filters: Filters) -> Any:
    wanted: list[Any] = [
        query.NumericRange("visible_from", None, filters.now),
        query.NumericRange("visible_until", filters.now + 1, None),
    ]
    for name, values in (
        ("language", filters.languages),
        ("audience", filters.audiences),
        ("kind", filters.kinds),
        ("topic", filters.portal_topics),
    ):
        if values:
            wanted.append(query.Or([query.Term(name, value) for value in sorted(values)]))
    return query.And(wanted)

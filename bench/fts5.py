"""The peer of the search engine: SQLite's own full-text index over the same texts, with the same filters."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from bench.peers import TOP, WORD
from search.engine import Document, Filters

SCHEMA = """
CREATE TABLE document (id INTEGER PRIMARY KEY, title TEXT, summary TEXT, body TEXT, language TEXT, kind TEXT,
    audience TEXT, visible_from INTEGER, visible_until INTEGER);
CREATE TABLE placed (topic TEXT, document INTEGER, PRIMARY KEY (document, topic)) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5 (title, text, tokenize = 'unicode61 remove_diacritics 2');
"""


class Fts5:
    """An index in a file.

    Args:
        path: where the file will be.
    """

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path)
        self._connection.execute("PRAGMA mmap_size = 268435456").close()
        self._connection.executescript(SCHEMA).close()

    def processor_s(self) -> float:
        """Of this process: it runs nowhere else."""
        return time.process_time()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def add(self, documents: Iterable[Document]) -> None:
        """Put documents in, in one transaction."""
        with self._connection as writing:
            for document in documents:
                number, title = int(document.id), document.title
                kept = (title, document.summary, document.body, document.language, document.kind)
                seen = (document.audience, document.visible_from, document.visible_until)
                text = f"{document.summary}\n{document.body}"
                writing.execute(
                    "INSERT INTO document VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (number, *kept, *seen)
                )
                writing.execute(
                    "INSERT INTO words (rowid, title, text) VALUES (?, ?, ?)", (number, title, text)
                )
                places = [(topic, number) for topic in dict.fromkeys(document.topics)]
                writing.executemany("INSERT INTO placed VALUES (?, ?)", places)

    def find(self, question: str, filters: Filters) -> list[int]:
        """The numbers of the best documents with all words, or else with some."""
        return self._found(question, filters)[1]

    def search(self, question: str, filters: Filters) -> list[tuple[str, str]]:
        """The best documents: (title, passage)."""
        asked, numbers = self._found(question, filters)
        return self._passages(asked, numbers) if numbers else []

    def _found(self, question: str, filters: Filters) -> tuple[str, list[int]]:
        words = [f'"{word}"' for word in WORD.findall(question)]
        if not words:
            return "", []
        asked = " ".join(words)
        numbers = self._best(asked, filters)
        if not numbers:
            asked = " OR ".join(words)
            numbers = self._best(asked, filters)
        return asked, numbers

    def _best(self, asked: str, filters: Filters) -> list[int]:
        conditions, values = _conditions(filters)
        rows = self._connection.execute(
            f"""SELECT words.rowid FROM words JOIN document ON document.id = words.rowid
                WHERE words MATCH ? AND {" AND ".join(conditions)} ORDER BY bm25(words, 4.0, 1.0) LIMIT ?""",
            [asked, *values, TOP],
        )
        return [number for (number,) in rows]

    def _passages(self, asked: str, numbers: Sequence[int]) -> list[tuple[str, str]]:
        rows = self._connection.execute(
            f"""SELECT rowid, title, snippet(words, 1, '<mark>', '</mark>', '…', 24) FROM words
                WHERE words MATCH ? AND rowid IN ({_places(numbers)})""",
            [asked, *numbers],
        )
        found = {number: (title, passage) for number, title, passage in rows}
        return [found[number] for number in numbers]


def _conditions(filters: Filters) -> tuple[list[str], list[str | int]]:
    conditions = ["visible_from <= ?", "visible_until > ?"]
    values: list[str | int] = [filters.now, filters.now]
    for column, wanted in (
        ("language", filters.languages),
        ("audience", filters.audiences),
        ("kind", filters.kinds),
    ):
        if wanted:
            conditions.append(f"{column} IN ({_places(wanted)})")
            values += wanted
    if topics := filters.portal_topics:
        placed = f"SELECT 1 FROM placed WHERE document = document.id AND topic IN ({_places(topics)})"
        conditions.append(f"EXISTS ({placed})")
        values += topics
    return conditions, values


def _places(values: Iterable[object]) -> str:
    return ", ".join("?" for _ in values)

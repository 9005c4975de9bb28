"""A peer of the search engine: PostgreSQL's full text, where its server can be started here."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

import psutil  # type: ignore[import-untyped]  # comes without type annotations
import psycopg
from psycopg.rows import TupleRow

from bench.peers import TOP, WORD
from search.engine import Document, Filters
from tests.postgres import Postgres, start

CONFIGURATIONS = {"de": "german", "en": "english", "hu": "hungarian", "ru": "russian", "sv": "swedish"}
TABLE = """
CREATE TABLE document (number integer PRIMARY KEY, title text, text text, language text, kind text, audience text,
    topics text[], visible_from bigint, visible_until bigint, words tsvector)
"""
INDEXES = (
    "CREATE INDEX ON document USING gin (words)",
    "CREATE INDEX ON document (language)",
    "ANALYZE document",
)


class PostgresText:
    """A database of its own on a server of its own.

    Raises:
        tests.processes.NotStarted: the server cannot be started here.
    """

    def __init__(self) -> None:
        self._server: Postgres = start()
        name = f"bench{uuid.uuid4().hex}"
        self._server.create(name)
        address = self._server.url(name).replace("postgresql+psycopg", "postgresql")
        self._connection: psycopg.Connection[TupleRow] = psycopg.connect(address, autocommit=True)
        self._connection.execute(TABLE)

    def processor_s(self) -> float:
        """Of this process and of the server's that answers it, in steps of hundredths."""
        times = psutil.Process(self._connection.info.backend_pid).cpu_times()
        return time.process_time() + float(times.user + times.system)

    def close(self) -> None:
        """Stop the server."""
        self._connection.close()
        self._server.stop()

    def add(self, documents: Iterable[Document]) -> None:
        """Put documents in, in one transaction; then the indexes are made, which is quickest."""
        with self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.executemany(
                """INSERT INTO document VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s,
                   setweight(to_tsvector(%s::regconfig, %s), 'A') || setweight(to_tsvector(%s::regconfig, %s), 'D'))""",
                map(_row, documents),
            )
        for statement in INDEXES:
            self._connection.execute(statement)

    def find(self, question: str, filters: Filters) -> list[int]:
        """The numbers of the best documents with all words, or else with some."""
        return [number for number, _ in self._found(question, filters)]

    def search(self, question: str, filters: Filters) -> list[tuple[str, str]]:
        """The best documents: (title, passage)."""
        found = self._found(question, filters)
        if not found:
            return []
        rows = self._connection.execute(
            """SELECT number, title, ts_headline(%s::regconfig, text, %s::tsquery, 'StartSel=<mark>, StopSel=</mark>')
               FROM document WHERE number = ANY(%s)""",
            [_configuration(filters), found[0][1], [number for number, _ in found]],
        )
        kept = {number: (title, passage) for number, title, passage in rows}
        return [kept[number] for number, _ in found]

    def _found(self, question: str, filters: Filters) -> Sequence[tuple[int, str]]:
        """(number, what was asked for as a tsquery)."""
        words = WORD.findall(question)
        if not words:
            return []
        for sign in (" & ", " | "):
            conditions, values = _conditions(filters)
            rows = self._connection.execute(
                f"""SELECT number, asked::text FROM document, to_tsquery(%s::regconfig, %s) asked
                    WHERE words @@ asked AND {conditions}
                    ORDER BY ts_rank_cd('{{0.25, 0.25, 0.25, 1}}', words, asked, 1) DESC LIMIT {TOP}""".encode(),
                [_configuration(filters), sign.join(words), *values],
            ).fetchall()
            if rows:
                return [(number, asked) for number, asked in rows]
        return []


def _configuration(filters: Filters) -> str:
    return CONFIGURATIONS.get(filters.languages[0], "simple")


def _row(document: Document) -> list[Any]:
    text = f"{document.summary}\n{document.body}"
    configuration = CONFIGURATIONS.get(document.language, "simple")
    return [
        int(document.id),
        document.title,
        text,
        document.language,
        document.kind,
        document.audience,
        list(document.topics),
        document.visible_from,
        document.visible_until,
        *(configuration, document.title),
        *(configuration, text),
    ]


def _conditions(filters: Filters) -> tuple[str, list[Any]]:
    conditions = ["visible_from <= %s", "visible_until > %s"]
    values: list[Any] = [filters.now, filters.now]
    for column, wanted in (
        ("language", filters.languages),
        ("audience", filters.audiences),
        ("kind", filters.kinds),
    ):
        if wanted:
            conditions.append(f"{column} = ANY(%s)")
            values.append(list(wanted))
    if filters.portal_topics:
        conditions.append("topics && %s")
        values.append(list(filters.portal_topics))
    return " AND ".join(conditions), values

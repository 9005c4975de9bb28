"""Search over HTTP with many articles: the page with its passages, suggestions, and what a worker weighs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import cycle
from typing import Any
from urllib.parse import quote

from sqlalchemy import ColumnElement, insert, select
from sqlalchemy.orm import Session

from bench.corpus import corpus_of
from bench.instances import PORTAL, WORKERS, Instance, instance, log_in
from bench.loads import Load, load
from bench.tables import Cell, table
from bench.texts import Texts
from kb import journal
from kb.db import Base
from kb.models import Article, ArticleTopic, Revision, Translation
from kb.structure import StructureCache
from search.engine import Document
from search.followers import documents
from search.tantivy.engine import TantivyEngine

APART = 1_000_000
"""Between the ids of an article and those of its copies."""

BATCH = 5_000
TYPED = 3  # letters of a title that have been typed when suggestions are asked for


def measure(texts: Texts, count: int, *, requests: int = 1_500, paths: int = 300) -> str:
    """A Markdown table of pages and suggestions with so many texts behind them.

    Args:
        count: texts in all languages together.
    """
    with instance() as made:
        made.fill(texts)
        kept = grow(made, count)
        titled = kept[:: max(1, len(kept) // paths)][:paths]
        asked = [(document, f"/{PORTAL}/{document.language}") for document in titled]
        questions = [f"{start}/search?q={quote(document.title)}" for document, start in asked]
        sentences = [
            f"{start}/search?q={quote(document.summary or document.title)}" for document, start in asked
        ]
        typed = [f"{start}/suggest?q={quote(document.title[:TYPED])}" for document, start in asked]
        with made.serving() as server:
            fresh = server.memory_mb()
            agent = {"Cookie": log_in(server)}
            rows = [
                _row("search for a title, anybody", load(server, questions, count=requests)),
                _row("search for a sentence, anybody", load(server, sentences, count=requests)),
                _row("search for a title, an agent", load(server, questions, count=requests, headers=agent)),
                _row("suggestions", load(server, typed, count=requests)),
            ]
            worked = server.memory_mb()
    title = f"Search over HTTP, {len(kept):,} texts, {WORKERS} workers, 1 client"
    figures: list[list[Cell]] = [
        ["memory (PSS) of all processes after the start, MB", fresh],
        ["after all of this, MB", worked],
        ["of it for each worker, the master's share included, MB", worked / WORKERS],
    ]
    headings = ["what", "p50 ms", "p95 ms", "processor ms"]
    return "\n\n".join(
        [table(title, headings, rows), table("What the server weighs", ["what", "MB"], figures)]
    )


def _row(name: str, found: Load) -> list[Cell]:
    return [name, found.p50_ms, found.p95_ms, found.processor_ms]


def grow(made: Instance, count: int) -> list[Document]:
    """Copies of all articles in the database and, with mixed texts, in the index, until there are so many."""
    with made.database.session(write=True) as session:
        ids = list(session.scalars(select(Article.id).order_by(Article.id)))
        structure = StructureCache().current(session, journal.head(session))
        real = list(documents(session, structure, ids))
        for copy in range(1, -(-count // len(real))):
            _copy(session, copy * APART)
        session.commit()
        position = journal.head(session)
    every = list(_renumbered(corpus_of(real, count), len(real)))
    engine = TantivyEngine(made.index_folder)
    for start in range(0, len(every), BATCH):
        engine.apply(deletes=(), documents=every[start : start + BATCH], position=position)
    return every


def _renumbered(mixed: Sequence[Document], real: int) -> Iterator[Document]:
    """Documents that are the copies' as the database has them, and as visible as their models."""
    for number, (document, model) in enumerate(zip(mixed, cycle(mixed[:real]), strict=False)):
        apart = number // real * APART
        yield replace(
            document,
            id=str(int(model.id) + apart),
            article=str(int(model.article) + apart),
            key=f"{model.key}-{apart}" if apart else model.key,
            slug=f"{model.slug}-{apart}" if apart else model.slug,
            kind=model.kind,
            audience=model.audience,
            visible_from=model.visible_from,
            visible_until=model.visible_until,
        )


def _copy(session: Session, apart: int) -> None:
    """Every article with its texts and places once more, its ids so far apart from its own."""
    for table_, moved, renamed in (
        (Article, ("id",), ("key",)),
        (Translation, ("id", "article_id"), ("slug",)),
        (Revision, ("id", "translation_id"), ()),
        (ArticleTopic, ("article_id",), ()),
    ):
        _copy_rows(session, table_, moved, renamed, apart)


def _copy_rows(
    session: Session, model: type[Base], moved: Sequence[str], renamed: Sequence[str], apart: int
) -> None:
    columns: dict[str, ColumnElement[Any]] = {}
    for column in model.__table__.columns:
        value: ColumnElement[Any] = column
        if column.name in moved:
            value = column + apart
        elif column.name in renamed:
            value = column.concat(f"-{apart}")
        columns[column.name] = value
    first = model.__table__.columns[moved[0]]
    rows = select(*columns.values()).where(first < APART)
    session.execute(insert(model).from_select(list(columns), rows))

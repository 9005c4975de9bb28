"""A process that is killed in its work: ``python -m tests.kb.doomed import|upload|follow|reindex URL FOLDER``.

It says "now" when it has come to the middle, and then waits for the end.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from authoring.importing.importers import Report, import_items
from authoring.importing.records import ArticleRecord, Place
from kb import attachments, journal
from kb.db import Database
from kb.models import Article
from kb.permissions import SYSTEM
from search import followers
from search.engine import Document
from search.followers import IndexFollower, documents
from search.tantivy.engine import TantivyEngine
from tests.conftest import START
from tests.processes import python, say_and_hang, told

RECORDS = 60  # more than one batch of an import
KILLED_AT = 55  # in the middle of the second


def killed_in(work: str, url: str, data: Path) -> None:
    """Do some work in a process of its own and kill it in the middle, as a power cut would."""
    with python("-m", __name__, work, url, data) as process:
        assert told(process) == "now"


def hang(*_given: Any) -> None:
    say_and_hang("now")


def records() -> Iterator[ArticleRecord]:
    """What is imported: public articles with a topic, a picture's worth of text and a link to the one before."""
    for number in range(RECORDS):
        yield ArticleRecord(
            key=f"article-{number}",
            language="en",
            title=f"Imported {number}",
            summary="",
            body=f"Body {number}. [Before](kb:article-{number - 1})",
            kind="faq",
            topics=(),
            tags=("imported",),
            audience="public",
            state="published",
            publish_at=START,
            expires_at=None,
            review_by=None,
            changed_at=START,
            related=(),
            images=(),
            place=Place("records", number + 1),
        )


def run_import(database: Database, *, until: int | None = None) -> Report:
    """Import the records; hang after some of them where a number is given."""
    done = iter(range(1, RECORDS + 1))

    def progress() -> None:
        if next(done) == until:
            hang()

    return import_items(database, records(), by=SYSTEM, now=START, limit=2**20, progress=progress)


def upload(database: Database, data: bytes) -> int:
    """Attach a file to the first article."""
    with database.transaction() as session:
        first = session.scalars(select(Article).order_by(Article.id)).first()
        assert first is not None
        return attachments.attach(
            session, first, filename="a.txt", data=data, limit=2**20, by=SYSTEM, now=START
        ).id


def some_documents(*given: Any) -> Iterator[Document]:
    """What the index is given; hangs when most of it has been read."""
    for number, document in enumerate(documents(*given)):
        if number == KILLED_AT:
            hang()
        yield document


def main(work: str, url: str, folder: str) -> None:
    database = Database(url)
    if work == "import":
        run_import(database, until=KILLED_AT)
    elif work == "upload":
        event.listen(
            Session, "after_flush_postexec", hang
        )  # the bytes are written, what they belong to is not
        upload(database, b"A file.")
    else:
        follower = IndexFollower(TantivyEngine(Path(folder)))
        followers.documents = some_documents  # type: ignore[assignment]
        with database.session() as session:
            journal.follow(session, follower) if work == "follow" else list(follower.rebuild(session))


if __name__ == "__main__":
    main(*sys.argv[1:])

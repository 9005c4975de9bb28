"""Another process at the same index: ``python -m tests.search.process FOLDER ask|write|commit|hang``.

``ask`` answers each line it reads with the position and the titles found; ``write`` puts in batch after batch until it
is killed, and says the position after each; ``commit`` also says so when it begins to commit; ``hang`` stops in the
middle of a batch, waiting to be killed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from subprocess import Popen
from typing import Any

from search.engine import Document
from search.tantivy.engine import TantivyEngine
from search.tantivy.index import TantivyIndex
from tests.processes import python, say, say_and_hang
from tests.search.documents import document, titles

BATCH = 5


def started(folder: Path, command: str, *more: str) -> AbstractContextManager[Popen[str]]:
    """This module in a process of its own; killed at the end."""
    return python("-m", __name__, folder, command, *more)


def batch(position: int) -> list[Document]:
    """The documents that belong to a position."""
    return [
        document(f"Batch {name}", f"word{name} " * 500, id=name, article=name)
        for name in (f"{position}x{number}" for number in range(BATCH))
    ]


def half_a_batch(position: int) -> Iterator[Document]:
    for number, each in enumerate(batch(position)):
        if number == BATCH // 2:
            say_and_hang("hanging")
        yield each


class Telling:
    """A writer of tantivy's that says when it begins to commit."""

    def __init__(self, writer: Any) -> None:
        self._writer = writer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._writer, name)

    def commit(self) -> None:
        say("committing")
        self._writer.commit()


def main(folder: str, command: str, last: str = "1000000") -> None:
    engine = TantivyEngine(Path(folder))
    if command == "commit":
        made = TantivyIndex._writer
        TantivyIndex._writer = lambda index: Telling(made(index))  # type: ignore[method-assign, assignment, return-value]
    if command == "ask":
        for line in sys.stdin:
            say(json.dumps([engine.position(), titles(engine, line.strip())]))
    if command in {"write", "commit"}:
        for position in range(engine.position() + 1, int(last) + 1):
            engine.apply(deletes=[], documents=batch(position), position=position)
            say(position)
    if command == "hang":
        engine.apply(
            deletes=["a1"], documents=half_a_batch(engine.position() + 1), position=engine.position() + 1
        )


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Another process with its own case bases: ``python -m tests.cbr.process URL FOLDER ask|keep|hang``.

``ask`` answers each line it reads with its position and the ids of the cases of type "phones" that an agent finds;
``keep`` writes a snapshot and says its position; ``hang`` stops in the middle of writing one, to be killed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from subprocess import Popen

from cbr.casebase import CaseBase
from cbr.followers import CaseBases
from cbr.plain import Plain
from kb import journal
from kb.db import Database
from tests.cbr.stage import staff
from tests.processes import python, say, say_and_hang


def started(url: str, folder: Path, command: str) -> AbstractContextManager[Popen[str]]:
    """This module in a process of its own; killed at the end."""
    return python("-m", __name__, url, folder, command)


def hang(_base: CaseBase, path: Path, _note: Mapping[str, Plain] | None = None) -> None:
    """Half a file, and no end."""
    path.write_bytes(b"kalauzC1")
    say_and_hang("hanging")


def main(url: str, folder: str, command: str) -> None:
    database, bases = Database(url), CaseBases(Path(folder))
    if command == "ask":
        for _ in sys.stdin:
            with database.session() as session:
                shelves = bases.current(session, journal.head(session)).shelves(staff(1, "agent"), "phones")
                found = shelves.nearest({"abroad": True}, 100) if shelves else []
                say(json.dumps([bases.position(), sorted(match.id for match in found)]))
        return
    if command == "hang":
        CaseBase.save = hang  # type: ignore[method-assign, assignment]
    with database.session() as session:
        bases.restart(session)
    say(bases.position())


if __name__ == "__main__":
    main(*sys.argv[1:])

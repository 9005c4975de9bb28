"""Another process with its own case bases: ``python -m tests.cbr.process URL FOLDER ask|keep|hang``.

``ask`` answers each line it reads with its position and the ids of the cases of type "phones" that an agent finds;
``keep`` writes a snapshot and says its position; ``hang`` stops in the middle of writing one, to be killed.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cbr.casebase import CaseBase
from cbr.followers import CaseBases
from cbr.plain import Plain
from kb import journal
from kb.db import Database
from tests.cbr.stage import staff

ROOT = Path(__file__).parents[2]
HANG = 3600  # seconds


@contextmanager
def started(url: str, folder: Path, command: str) -> Iterator[subprocess.Popen[str]]:
    """This module in a process of its own; killed at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", __name__, url, str(folder), command],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def told(process: subprocess.Popen[str], line: str = "") -> str:
    """What the process says next, after it has been told a line if there is one."""
    if line and process.stdin:
        process.stdin.write(f"{line}\n")
        process.stdin.flush()
    return process.stdout.readline().strip() if process.stdout else ""


def say(word: object) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def hang(_base: CaseBase, path: Path, _note: Mapping[str, Plain] | None = None) -> None:
    """Half a file, and no end."""
    path.write_bytes(b"kalauzC1")
    say("hanging")
    time.sleep(HANG)


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

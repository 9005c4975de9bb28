"""Another process that fills or asks an index: ``python -m tests.search.rebuilder VERSION URL FOLDER fill|swap|ask``.

VERSION stands for that of the analysis. ``fill`` fills a fresh index, an article at a time: it says how many are in and
waits for a line before it goes on, then says the position of the new index. ``swap`` does the same, but stops, to be
killed, when the new index is in place and has not been brought up to date. ``ask`` answers each line it
reads with the titles found, in the order of the alphabet, after it has caught up as a server does before an answer.
"""

from __future__ import annotations

import json
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from subprocess import Popen

from kb import journal
from kb.db import Database
from search import followers
from search.engine import Filters
from search.followers import IndexFollower
from search.tantivy import engine as tantivy_engine
from search.tantivy.engine import TantivyEngine
from tests.conftest import START
from tests.processes import python, say, say_and_hang
from tests.search.documents import titles

EVERYTHING = Filters(audiences=frozenset({"public"}), now=int(START.timestamp()))


def started(version: str, url: str, folder: Path, work: str) -> AbstractContextManager[Popen[str]]:
    """This module in a process of its own; killed at the end."""
    return python("-m", __name__, version, url, folder, work)


def answer(database: Database, follower: IndexFollower, question: str) -> list[str]:
    """What a server answers."""
    with database.session() as session:
        if journal.head(session) > follower.position():
            journal.follow(session, follower)
    return sorted(titles(follower._engine, question, EVERYTHING))


def main(version: str, url: str, folder: str, work: str) -> None:
    tantivy_engine.version = lambda: version  # type: ignore[attr-defined, assignment]
    followers.BATCH = 1
    database = Database(url)
    follower = IndexFollower(TantivyEngine(Path(folder)))
    if work == "ask":
        for line in sys.stdin:
            say(json.dumps(answer(database, follower, line.strip())))
        return
    if work == "swap":
        journal.follow = lambda *_given: say_and_hang("in place")
    with database.session() as session:
        for done in follower.rebuild(session):
            say(done)
            sys.stdin.readline()
    say(follower.position())


if __name__ == "__main__":
    main(*sys.argv[1:])

"""An index is filled anew beside the one that answers, by real processes, some of which are killed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from subprocess import Popen

import pytest
from sqlalchemy import select

from kb import journal
from kb.db import Database
from kb.models import Article, JournalEntry
from search.followers import IndexFollower
from search.tantivy.engine import TantivyEngine
from tests import factories
from tests.conftest import START
from tests.processes import told
from tests.search.documents import document, put, titles
from tests.search.rebuilder import answer, started

pytestmark = pytest.mark.usefixtures("both_databases")

ARTICLES = 3
AT_FIRST = ["Sim 0", "Sim 1", "Sim 2"]
CHANGED = ["Sim 1", "Sim 2", "Sim as it is now"]


@pytest.fixture
def folder(database: Database, tmp_path: Path) -> Path:
    """Where the index lies, of a few articles."""
    with database.transaction() as session:
        for number in range(ARTICLES):
            factories.article(session, f"sim-{number}", title=f"Sim {number}")
    return tmp_path / "index"


def change_the_first(database: Database) -> None:
    with database.transaction() as session:
        article = session.scalars(select(Article).order_by(Article.id)).first()
        assert article is not None
        factories.revision(session, article, title="Sim as it is now", publish_at=START)


def head(database: Database) -> int:
    with database.session() as session:
        return journal.head(session)


def asked(reader: Popen[str], question: str = "sim") -> Sequence[str]:
    found: list[str] = json.loads(told(reader, question))
    return found


def filled(process: Popen[str]) -> str:
    """Let it go on to the end; what it says then."""
    for _ in range(ARTICLES):
        said = told(process, "go on")
    return said


def generations(folder: Path) -> list[Path]:
    return [path for path in folder.glob("index-*") if path.is_dir()]


def test_another_version_fills_its_index_while_the_old_one_answers_and_a_killed_one_begins_again(
    database: Database, database_url: str, folder: Path
) -> None:
    with started("old", database_url, folder, "ask") as reader:
        assert asked(reader) == AT_FIRST
        with started("new", database_url, folder, "fill") as killed:
            assert told(killed) == "1"
            change_the_first(database)
            assert asked(reader) == CHANGED
            killed.kill()
            killed.wait()
            assert asked(reader) == CHANGED
        with started("new", database_url, folder, "fill") as second:
            assert told(second) == "1"
            assert asked(reader) == CHANGED
            assert filled(second) == str(head(database))
        with started("new", database_url, folder, "ask") as successor:
            assert asked(successor) == asked(reader) == CHANGED
    with started("new", database_url, folder, "fill") as last:
        assert told(last) == "1"
        filled(last)
    assert len(generations(folder)) == 1  # what the killed one and the old version have left is gone


def test_what_changes_during_a_rebuild_is_in_every_answer_before_and_after_the_swap(
    database: Database, database_url: str, folder: Path
) -> None:
    with (
        started("same", database_url, folder, "ask") as one,
        started("same", database_url, folder, "ask") as other,
        started("same", database_url, folder, "fill") as filling,
    ):
        assert asked(one) == asked(other) == AT_FIRST
        before = (folder / "current-same").read_text()
        assert told(filling) == "1"
        change_the_first(database)
        assert asked(one) == CHANGED
        filled(filling)
        assert asked(one) == asked(other) == CHANGED
        assert (folder / "current-same").read_text() != before


def test_a_process_killed_between_the_swap_and_its_own_catching_up_takes_nothing_with_it(
    database: Database, database_url: str, folder: Path
) -> None:
    with started("same", database_url, folder, "ask") as reader:
        assert asked(reader) == AT_FIRST
        with started("same", database_url, folder, "swap") as swapping:
            assert told(swapping) == "1"
            change_the_first(database)
            assert filled(swapping) == "in place"
            swapping.kill()
        assert asked(reader) == CHANGED


def test_a_follower_that_an_index_is_swapped_under_loses_nothing(database: Database, folder: Path) -> None:
    """It has read what follows on the old index; the new one does not come so far."""
    engine = TantivyEngine(folder)
    follower = IndexFollower(engine)
    assert answer(database, follower, "sim") == AT_FIRST
    known = follower.position()
    change_the_first(database)
    with database.transaction() as session:
        factories.article(session, "sim-9", title="Sim 9")
    with database.session() as session:
        entries = session.scalars(select(JournalEntry).order_by(JournalEntry.seq)).all()
        with engine.rebuild() as writer:
            kept = [entry for entry in entries if entry.seq <= known]
            IndexFollower(writer).apply(session, kept)  # type: ignore[arg-type]
        last = [entries[-1]]
        follower.apply(session, last)
        assert follower.position() == known, "what lies between has not been read"
        journal.follow(session, follower)
    assert answer(database, follower, "sim") == sorted([*CHANGED, "Sim 9"])


def test_changes_that_follow_on_more_than_the_index_knows_are_left(tmp_path: Path) -> None:
    engine = TantivyEngine(tmp_path)
    put(engine, document("First"), position=4)
    engine.apply(deletes=(), documents=[document("Later")], position=9, after=5)
    assert (engine.position(), titles(engine, "")) == (4, ["First"])
    engine.apply(deletes=(), documents=[document("Next")], position=9, after=4)
    assert (engine.position(), set(titles(engine, ""))) == (9, {"First", "Next"})

"""A process that is killed leaves nothing half-done; whoever comes next finishes its work."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from authoring.importing.importers import BATCH
from kb import journal, queries
from kb.db import Database
from kb.models import (
    Article,
    Attachment,
    AttachmentContent,
    AuditEntry,
    JournalEntry,
    Revision,
    State,
    Translation,
)
from kb.viewers import ANONYMOUS
from search.engine import Filters
from search.followers import IndexFollower
from search.tantivy.engine import TantivyEngine
from tests import factories
from tests.conftest import START
from tests.kb import doomed
from tests.kb.doomed import KILLED_AT, RECORDS, killed_in

WHOLE_BATCHES = KILLED_AT // BATCH * BATCH


def count(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def found(folder: Path, database: Database) -> set[str]:
    """What the index finds after it has caught up by itself."""
    engine = TantivyEngine(folder)
    with database.session() as session:
        journal.follow(session, IndexFollower(engine))
        assert engine.position() == journal.head(session)
    filters = Filters(audiences=frozenset({"public"}), now=int(START.timestamp()))
    return {hit.key for hit in engine.search("imported", filters, limit=1000).hits}


def shown(database: Database) -> set[str]:
    with database.session() as session:
        return {card.key for card in queries.sitemap(session, ANONYMOUS, START)}


def test_a_killed_import_leaves_whole_articles_only_and_goes_on_where_it_was(
    both_databases: str, database: Database, database_url: str, data: Path
) -> None:
    index = data / "index"
    assert found(index, database) == set()
    killed_in("import", database_url, data)
    first = {f"article-{number}" for number in range(WHOLE_BATCHES)}
    assert shown(database) == first
    assert found(index, database) == first
    with database.session() as session:
        assert (
            count(session, Article) == count(session, Translation) == count(session, Revision) == len(first)
        )
        assert session.scalars(select(Revision.state).distinct()).all() == [State.PUBLISHED]
        made = select(func.count()).where(
            AuditEntry.subject_kind == "revision", AuditEntry.action == "created"
        )
        assert session.scalar(made) == len(first)
        assert session.scalar(select(func.count()).where(JournalEntry.kind == "article")) == len(first)
    report = doomed.run_import(database)
    assert (report.created, report.unchanged, report.faults) == (RECORDS - len(first), len(first), [])
    everything = {f"article-{number}" for number in range(RECORDS)}
    assert shown(database) == everything
    assert found(index, database) == everything
    assert doomed.run_import(database).unchanged == RECORDS


def test_a_killed_upload_leaves_no_file_and_works_the_second_time(
    database: Database, database_url: str, data: Path
) -> None:
    with database.transaction() as session:
        factories.article(session)
    killed_in("upload", database_url, data)
    with database.session() as session:
        assert (count(session, AttachmentContent), count(session, Attachment)) == (0, 0)
    doomed.upload(database, b"A file.")
    with database.session() as session:
        assert (count(session, AttachmentContent), count(session, Attachment)) == (1, 1)


def test_an_index_whose_maker_was_killed_is_whole_at_the_next_question(
    database: Database, database_url: str, data: Path
) -> None:
    index = data / "index"
    doomed.run_import(database)
    everything = {f"article-{number}" for number in range(RECORDS)}
    killed_in("follow", database_url, index)
    assert position(index) == 0
    assert found(index, database) == everything
    before = position(index)
    killed_in("reindex", database_url, index)
    assert position(index) == before
    assert found(index, database) == everything
    with database.session() as session:
        follower = IndexFollower(TantivyEngine(index))
        assert list(follower.rebuild(session))[-1] == RECORDS
        assert follower.position() == journal.head(session)
    assert found(index, database) == everything
    assert len([path for path in index.iterdir() if path.is_dir()]) == 1, (
        "what the killed process left is swept"
    )


def position(index: Path) -> int:
    return TantivyEngine(index).position()

"""The migrations lead from nothing to the models and back, on both databases, whoever starts at once."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import func, inspect, select
from sqlalchemy.exc import IntegrityError

import authoring.models  # noqa: F401 - its tables are part of the schema
import cbr.models  # noqa: F401 - likewise
import routing.chain.models
import routing.foresight_models
import routing.models
import routing.register_models
import routing.reply_models
import routing.staffing.models
import routing.webhook_models  # noqa: F401 - likewise
import search.models  # noqa: F401 - likewise
from kb import articles, migrate
from kb.db import Base, Database
from kb.models import Attachment, Feedback, Person, Revision, Translation
from kb.permissions import SYSTEM
from tests import cast, factories
from tests.conftest import START
from tests.postgres import Postgres
from tests.processes import ROOT

VERSIONS = Path(migrate.__file__).parent / "migrations" / "versions"
BROKEN = """
from alembic import op

revision, down_revision = "9999", "{last}"


def upgrade():
    op.execute("CREATE TABLE half (id INTEGER PRIMARY KEY)")
    op.execute("DROP TABLE no_such_table")
"""
_numbers = count()


@pytest.fixture
def empty_url(both_databases: str, data: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """Where a database is that has nothing in it, on SQLite and on PostgreSQL."""
    if both_databases == "sqlite":
        yield f"sqlite:///{data / 'empty.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = f"empty_{next(_numbers)}"
    server.create(name)
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def empty(empty_url: str) -> Iterator[Database]:
    """A database that has nothing in it."""
    opened = Database(empty_url)
    yield opened
    opened.engine.dispose()


def tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names())


def differences(database: Database) -> list[object]:
    with database.engine.connect() as connection:
        return migrate.differences(connection)


def downgrade(database: Database, revision: str) -> None:
    with database.migration() as connection:
        config = migrate._config()
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def test_there_is_one_head_and_one_line_of_migrations() -> None:
    script = ScriptDirectory.from_config(migrate._config())
    assert len(script.get_heads()) == 1
    assert len(script.get_bases()) == 1
    line = [revision.revision for revision in script.walk_revisions()][::-1]
    assert line == [f"{number:04}" for number in range(1, len(line) + 1)]
    files = sorted(path.name for path in VERSIONS.glob("[0-9]*.py"))
    assert [name.split("_")[0] for name in files] == line
    assert all(re.fullmatch(r"\d{4}_[a-z0-9_]+\.py", name) for name in files)


def test_from_nothing_the_migrations_lead_to_the_models(empty: Database, data: Path) -> None:
    assert not migrate.is_current(empty)
    migrate.upgrade(empty, data)
    assert migrate.is_current(empty)
    assert differences(empty) == []
    assert tables(empty) == {*Base.metadata.tables, "alembic_version"}


def test_down_and_up_again_leads_to_the_same(empty: Database, data: Path) -> None:
    migrate.upgrade(empty, data)
    revisions = [
        script.revision for script in ScriptDirectory.from_config(migrate._config()).walk_revisions()
    ]
    for revision in [*revisions[1:], "base"]:
        downgrade(empty, revision)
        assert not migrate.is_current(empty)
    assert tables(empty) == {"alembic_version"}
    migrate.upgrade(empty, data)
    assert differences(empty) == []


def rows(database: Database, *tables: str) -> dict[str, list[tuple[object, ...]]]:
    """What is in these tables, whatever the models know of them."""
    with database.engine.connect() as connection:
        return {
            table: [tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {table} ORDER BY 1, 2")]  # noqa: S608 - names of this file
            for table in tables
        }


KEPT = ("revision_link", "feedback", "attachment_content", "old_slug", "article_topic", "translation")


def test_what_was_there_before_authoring_is_there_after_it(
    both_databases: str, database: Database, data: Path
) -> None:
    """SQLite changes a table by copying it; nothing that refers to it may go with the old copy."""
    with database.transaction() as session:
        made = factories.article(
            session, body="[x](kb:sim)", topics=[factories.topic(session)], translations={"hu": "Barangolás"}
        )
        file = factories.attachment(session, made)
        current, hungarian = factories.newest(made), factories.newest(made, "hu")
        session.add(Feedback(revision_id=current.id, portal="help", helpful=True, created_at=START))
        articles.rename(session, current.translation, "elsewhere", by=SYSTEM)
        later = factories.revision(session, made, title="New prices", publish_at=START + timedelta(days=1))
    before = rows(database, *KEPT, "revision", "attachment", "article")
    downgrade(database, "0001")
    assert rows(database, *KEPT) == {table: before[table] for table in KEPT}
    old = rows(database, "revision", "attachment", "article")
    assert {table: len(held) for table, held in old.items()} == {
        table: len(before[table]) for table in ("revision", "attachment", "article")
    }
    migrate.upgrade(database, data)
    assert rows(database, *KEPT) == {table: before[table] for table in KEPT}
    with database.session() as session:
        assert session.get_one(Attachment, file.id).readable_at == file.created_at
        translated = session.get_one(Revision, hungarian.id)
        assert translated.made_from_id == current.id
        assert translated.stale_at == later.publish_at
        assert session.get_one(Revision, current.id).stale_at is None
        assert session.get_one(Revision, later.id).superseded_at is None


def test_rows_that_would_refer_to_nothing_undo_the_migration(both_databases: str, database: Database) -> None:
    """References are not checked while tables are copied on SQLite; so they are afterwards."""
    with database.transaction() as session:
        made = factories.article(session)
    with pytest.raises(IntegrityError), database.migration() as connection:
        connection.exec_driver_sql(f"UPDATE translation SET article_id = {made.id + 999}")  # noqa: S608
    with database.session() as session:
        assert session.scalars(select(Translation.article_id)).all() == [made.id]


def test_references_are_checked_again_after_a_migration(database: Database) -> None:
    with database.migration():
        pass
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1


def test_what_the_models_and_the_schema_disagree_on_is_named(empty: Database, data: Path) -> None:
    migrate.upgrade(empty, data)
    with empty.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE person DROP COLUMN zone")
        connection.exec_driver_sql("CREATE TABLE stray (id INTEGER PRIMARY KEY)")
    assert re.search(r"zone.*", str(differences(empty)))
    assert "stray" in str(differences(empty))


def test_a_second_upgrade_changes_nothing(both_databases: str, database: Database, data: Path) -> None:
    migrate.upgrade(database, data)
    assert migrate.is_current(database)
    with database.session() as session:
        assert session.scalar(select(func.count()).select_from(Person)) == len(cast.NAMES)


def test_processes_that_start_at_once_migrate_once(empty_url: str, empty: Database, data: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from kb.db import Database; from kb import migrate;"
        "migrate.upgrade(Database(sys.argv[1]), Path(sys.argv[2]))"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", program, empty_url, str(data / "not there yet")],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    said = [process.communicate()[1] for process in running]
    assert [process.returncode for process in running] == [0, 0], said
    assert migrate.is_current(empty)
    assert differences(empty) == []


def test_a_migration_that_fails_leaves_the_schema_as_it_was(
    empty: Database, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the next start, with a mended one, goes on from there."""
    folder = shutil.copytree(VERSIONS.parent, tmp_path / "migrations")
    last = ScriptDirectory.from_config(migrate._config()).get_current_head()
    broken = folder / "versions" / "9999_broken.py"
    broken.write_text(BROKEN.format(last=last))
    monkeypatch.setattr(migrate, "FOLDER", folder)
    with pytest.raises(Exception, match="no_such_table"):
        migrate.upgrade(empty, data)
    assert "half" not in tables(empty)
    assert not migrate.is_current(empty)
    broken.write_text(broken.read_text().replace('op.execute("DROP TABLE no_such_table")', ""))
    migrate.upgrade(empty, data)
    assert migrate.is_current(empty)
    assert "half" in tables(empty)


def test_the_lock_is_given_back_when_a_migration_fails(
    empty: Database, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_given: object) -> None:
        raise RuntimeError("no")

    with monkeypatch.context() as patched:
        patched.setattr(command, "upgrade", fail)
        with pytest.raises(RuntimeError):
            migrate.upgrade(empty, data)
    another = Database(empty.engine.url.render_as_string(hide_password=False))
    migrate.upgrade(another, data)
    another.engine.dispose()
    assert migrate.is_current(empty)

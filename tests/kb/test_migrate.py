"""The migrations lead from nothing to the models and back, on both databases, whoever starts at once."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import func, inspect, select

import authoring.models  # noqa: F401 - its tables are part of the schema
from kb import migrate
from kb.db import Base, Database
from kb.models import Person
from tests import cast
from tests.postgres import Postgres
from tests.server import ROOT

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

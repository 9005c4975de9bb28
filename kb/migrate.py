"""Bringing a database to the newest schema: safe to start from two processes at once."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from kb import models
from kb.db import Database

ADVISORY_LOCK = 0x6B616C62


def upgrade(database: Database, lock_folder: Path) -> None:
    """Apply every migration that this database lacks, each in a transaction.

    Args:
        lock_folder: where processes of this machine agree who goes first (PostgreSQL has a lock of its own).
    """
    with _alone(database, lock_folder), database.session(write=True) as session:
        connection = session.connection()
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        session.commit()


def is_current(database: Database) -> bool:
    """Whether the database is reachable and has the newest schema."""
    with database.engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_heads()
    return set(found) == set(ScriptDirectory.from_config(_config()).get_heads())


def differences(connection: Connection) -> list[object]:
    """What the models have that the migrated schema lacks, or the other way round; empty when they agree."""
    return list(compare_metadata(MigrationContext.configure(connection), models.Article.metadata))


@contextmanager
def _alone(database: Database, lock_folder: Path) -> Iterator[None]:
    if database.is_postgresql:
        with database.engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": ADVISORY_LOCK})
            connection.commit()
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": ADVISORY_LOCK})
    else:
        lock_folder.mkdir(parents=True, exist_ok=True)
        with (lock_folder / "migrate.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _config() -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config

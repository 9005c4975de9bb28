"""Bringing a database to the newest schema: safe to start from two processes at once.

Alembic is loaded only when there is something for it to do: a server that answers has no use for it, and it is large.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from kb import models
from kb.db import Database

if TYPE_CHECKING:
    from alembic.config import Config as AlembicConfig

FOLDER = Path(__file__).parent / "migrations"
ADVISORY_LOCK = 0x6B616C62


def upgrade(database: Database, lock_folder: Path) -> None:
    """Apply every migration that this database lacks, each in a transaction.

    Args:
        lock_folder: where processes of this machine agree who goes first (PostgreSQL has a lock of its own).
    """
    from alembic import command  # noqa: PLC0415 - see above

    with _alone(database, lock_folder), database.migration() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def is_current(database: Database) -> bool:
    """Whether the database is reachable and has the newest schema."""
    with database.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    return found == [_newest()]


def _newest() -> str:
    """The last migration: they are numbered, and form one line."""
    return max(path.name for path in (FOLDER / "versions").glob("[0-9]*.py")).partition("_")[0]


def differences(connection: Connection) -> list[object]:
    """What the models have that the migrated schema lacks, or the other way round; empty when they agree."""
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415 - see above
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415 - see above

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
    from alembic.config import Config as AlembicConfig  # noqa: PLC0415 - see above

    config = AlembicConfig()
    config.set_main_option("script_location", str(FOLDER))
    return config

"""Bases on both databases that nobody has used yet, as `kalauz upgrade` makes them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from kb import migrate
from kb.db import Database
from kb.founding import ensure_audiences
from tests.postgres import Postgres

TEMPLATE = "template_unused"
NewBase = Callable[[str], Database]
_numbers = count()


@pytest.fixture(scope="session")
def unused_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file as the first start makes it."""
    path = tmp_path_factory.mktemp("unused") / "kalauz.db"
    _found(f"sqlite:///{path}", path.parent)
    return path


@pytest.fixture(scope="session")
def unused_postgres(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Postgres:
    """A PostgreSQL server with a template of a base as the first start makes it."""
    postgres.create(TEMPLATE)
    _found(postgres.url(TEMPLATE), tmp_path_factory.mktemp("unused"))
    return postgres


def _found(url: str, folder: Path) -> None:
    database = Database(url)
    migrate.upgrade(database, folder)
    with database.transaction(actor="system") as session:
        ensure_audiences(session)
    database.engine.dispose()


@pytest.fixture
def new_base(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[NewBase]:
    """Make a base that nobody has used: new_base("sqlite"), new_base("postgresql")."""
    with ExitStack() as afterwards:

        def made(kind: str) -> Database:
            name = f"unused_{next(_numbers)}"
            if kind == "sqlite":
                copy = shutil.copyfile(request.getfixturevalue("unused_sqlite"), tmp_path / f"{name}.db")
                url = f"sqlite:///{copy}"
            else:
                server: Postgres = request.getfixturevalue("unused_postgres")
                server.create(name, TEMPLATE)
                afterwards.callback(server.drop, name)
                url = server.url(name)
            database = Database(url)
            afterwards.callback(database.engine.dispose)
            return database

        yield made

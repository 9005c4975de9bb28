"""The database: one engine, sessions per request, the same behaviour over SQLite (WAL) and PostgreSQL."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from time import monotonic, sleep
from typing import Any, cast

from sqlalchemy import ColumnElement, DateTime, Dialect, Engine, MetaData, create_engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Session
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

BUSY_TIMEOUT_S = 30
PAUSE_S = (0.001, 0.006)  # between two tries for the write lock


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, stored in UTC on every database.

    Raises:
        ValueError: a naive datetime was given.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a time zone cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Declarative base; constraint names are fixed so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime()}  # noqa: RUF012 - SQLAlchemy reads it from the class


class _Unindexed(FunctionElement[Any]):
    inherit_cache = True


@compiles(_Unindexed)
def _as_it_is(element: _Unindexed, compiler: SQLCompiler, **options: Any) -> str:
    return str(compiler.process(element.clauses, **options))


@compiles(_Unindexed, "sqlite")
def _with_a_plus(element: _Unindexed, compiler: SQLCompiler, **options: Any) -> str:
    return f"+{_as_it_is(element, compiler, **options)}"


def unindexed(column: ColumnElement[Any] | InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """The column, but SQLite chooses no index by it.

    Without statistics SQLite takes any equality to be rare: "is published" would go before the address or the key
    that is asked for, and every page would read all revisions. PostgreSQL counts, and needs no hint.
    """
    hinted = _Unindexed(column)
    hinted.type = column.type
    return hinted


class Database:
    """Engine and sessions of one process.

    Args:
        url: SQLAlchemy URL, SQLite or PostgreSQL.
    """

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)

    @property
    def is_postgresql(self) -> bool:
        """Whether this is the shared engine of many nodes."""
        return self.engine.dialect.name == "postgresql"

    def session(self, *, write: bool = False) -> Session:
        """A new session; one that means to write takes SQLite's write lock at its first statement."""
        return Session(self._bind(write), expire_on_commit=False, autoflush=True)

    @contextmanager
    def transaction(self, **info: Any) -> Iterator[Session]:
        """A writing session outside a request: return commits, raise rolls back.

        Args:
            info: goes to session.info, for example actor="import".
        """
        with self.session(write=True) as session:
            session.info.update(info)
            yield session
            session.commit()

    @contextmanager
    def migration(self) -> Iterator[Connection]:
        """A transaction in which SQLite may copy a table to change it, without deleting the rows that refer to it.

        Raises:
            IntegrityError: a row refers to nothing afterwards.
        """
        with (
            self._bind(write=True).connect() as connection,
            _references_unchecked(connection),
            connection.begin(),
        ):
            yield connection
            strays = (
                [] if self.is_postgresql else connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            )
            if strays:
                reason = ValueError(f"these rows refer to nothing: {strays[:5]}")
                raise IntegrityError("PRAGMA foreign_key_check", None, reason)

    def _bind(self, write: bool) -> Engine:
        return self.engine.execution_options(sqlite_begin="BEGIN IMMEDIATE") if write else self.engine


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, pool_size=8, max_overflow=8)
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # SQLAlchemy begins transactions, not the first write
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "mmap_size=268435456"):
        connection.execute(f"PRAGMA {pragma}").close()


@contextmanager
def _references_unchecked(connection: Connection) -> Iterator[None]:
    """On SQLite, where it can only be set outside of transactions; PostgreSQL has no need."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver = connection.connection.driver_connection
    cast(sqlite3.Connection, driver).execute("PRAGMA foreign_keys=OFF").close()
    try:
        yield
    finally:
        cast(sqlite3.Connection, driver).execute("PRAGMA foreign_keys=ON").close()


def _begin_sqlite(connection: Connection) -> None:
    """SQLite's own waiting for the write lock grows to 100 ms a step, and starves whoever waits long: ours does not."""
    statement = connection.get_execution_options().get("sqlite_begin", "BEGIN")
    if statement != "BEGIN" and _waited(
        cast(sqlite3.Connection, connection.connection.driver_connection), statement
    ):
        return
    connection.exec_driver_sql(statement)


def _waited(driver: sqlite3.Connection, statement: str) -> bool:
    """Try again and again for a while; whether it succeeded. What else is wrong is for others to say."""
    given_up = monotonic() + BUSY_TIMEOUT_S
    driver.execute("PRAGMA busy_timeout=0").close()
    try:
        while monotonic() < given_up:
            try:
                driver.execute(statement).close()
            except sqlite3.OperationalError as error:
                if "locked" not in str(error):
                    return False
            else:
                return True
            sleep(random.uniform(*PAUSE_S))  # noqa: S311 - nothing secret
    finally:
        driver.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_S * 1000}").close()
    return False

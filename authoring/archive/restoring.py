"""Bringing an archive into an empty base: all of it with its ids, in one transaction, or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Executable,
    Table,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.exc import DataError, IntegrityError

from authoring.archive import rows
from authoring.archive.format import (
    CONTENTS,
    MANIFEST,
    BadArchive,
    Manifest,
    content_member,
    schema_of,
    table_member,
    tables,
)
from authoring.archive.reading import Archive, Limits, opened
from kb import journal
from kb.db import Base, Database
from kb.errors import N_, Conflict
from kb.models import Audience, AuditEntry, Job, JournalEntry
from kb.models.records import Audited

WRITTEN_AT_ONCE = 500  # rows
FOUNDED = ("audience", "audit_entry")
"""Tables that hold something before anybody used a base: the built-in audiences, and the log of their making."""

Numbered = tuple[int, dict[str, Any]]
"""A row with the number of its line."""


def restore(database: Database, path: Path, *, now: datetime, limits: Limits | None = None) -> Manifest:
    """Bring everything that an archive holds into an empty base with the newest schema.

    Followers find an entry in the journal for everything that they follow.

    Raises:
        BadArchive: with the place and what is wrong there; the base is as it was.
        Conflict: the base is not empty.
        OSError: the file cannot be read.
    """
    with opened(path, limits) as archive:
        with database.session() as session:  # what can be known at once, before all is read
            _is_older(archive.manifest, session.connection())
            _refuse_used(session.connection())
        archive.verify()
        with database.transaction() as session:
            _load(session.connection(), archive, now)
        return archive.manifest


def _is_older(manifest: Manifest, connection: Connection) -> bool:
    """Whether the archive was made from an older schema, so that columns and tables may be missing.

    Raises:
        BadArchive: it was made from a newer one.
    """
    schema = schema_of(connection)
    if int(manifest.schema) > int(schema):
        raise BadArchive(
            MANIFEST,
            f"the archive has schema {manifest.schema}, made by a newer Kalauz; this one has {schema}. Upgrade first.",
        )
    return int(manifest.schema) < int(schema)


def _refuse_used(connection: Connection) -> None:
    own = {
        "audience": ~Audience.built_in,
        "audit_entry": AuditEntry.subject_kind != Audience.__tablename__,
    }
    for table in Base.metadata.sorted_tables:
        query = select(literal(1)).select_from(table).where(own.get(table.name, literal(True))).limit(1)
        kept = table.name in {JournalEntry.__tablename__, Job.__tablename__}
        if not kept and connection.scalar(query) is not None:
            raise Conflict(
                N_(
                    "This base is not empty: there is something in its table %(table)s. "
                    "Restore into a new one, and nothing is lost.",
                    table=table.name,
                )
            )


def _load(connection: Connection, archive: Archive, now: datetime) -> None:
    _hold(connection)
    _refuse_used(connection)
    older = _is_older(archive.manifest, connection)
    found = [table for table in tables() if _is_there(table, archive.manifest, older=older)]
    for name in FOUNDED:
        connection.execute(delete(Base.metadata.tables[name]))
    for table in found:
        if table.name == CONTENTS:
            _load_contents(connection, archive)
        else:
            _Loading(connection, archive, table, older=older).all()
    _go_on_counting(connection, found)
    _enter_into_journal(connection, now)


def _hold(connection: Connection) -> None:
    """Let nobody else write until the end; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": journal.ADVISORY_LOCK})
        names = ", ".join(connection.dialect.identifier_preparer.format_table(table) for table in tables())
        connection.execute(text(f"LOCK TABLE {names} IN EXCLUSIVE MODE"))


def _is_there(table: Table, manifest: Manifest, *, older: bool) -> bool:
    if table.name not in manifest.counts and not older:
        raise BadArchive(table_member(table.name), "is missing.")
    return table.name in manifest.counts


def _load_contents(connection: Connection, archive: Archive) -> None:
    for name in archive.manifest.members:
        if name.startswith(content_member("")):
            values = {"sha256": name.rpartition("/")[2], "data": archive.data(name)}
            connection.execute(insert(Base.metadata.tables[CONTENTS]), values)


class _Loading:
    """One table: its rows, and then what they refer to among themselves."""

    def __init__(self, connection: Connection, archive: Archive, table: Table, *, older: bool) -> None:
        self._connection, self._archive, self._table, self._older = connection, archive, table, older
        self._member = table_member(table.name)
        self._own = sorted(
            column.name
            for column in table.columns
            if any(key.column.table is table for key in column.foreign_keys)
        )

    def all(self) -> None:
        count = 0
        for batch in _batches(self._rows()):
            untied = [(number, {**row, **dict.fromkeys(self._own)}) for number, row in batch]
            self._write(insert(self._table), untied)
            count += len(batch)
        expected = self._archive.manifest.counts[self._table.name]
        if count != expected:
            raise BadArchive(self._member, f"has {count} rows, but the manifest says {expected}.")
        if self._own:
            self._tie()

    def _tie(self) -> None:
        """A row may refer to one further down: that is filled in when all are there."""
        keys = [column.name for column in self._table.primary_key]
        own = {name: bindparam(f"new_{name}", type_=self._table.c[name].type) for name in self._own}
        this_row = (self._table.c[name] == bindparam(f"key_{name}") for name in keys)
        tying = update(self._table).where(*this_row).values(own)
        tied = (
            (number, {f"key_{name}": row[name] for name in keys} | {f"new_{name}": row[name] for name in own})
            for number, row in self._rows()
            if any(row[name] is not None for name in own)
        )
        for batch in _batches(tied):
            self._write(tying, batch)

    def _rows(self) -> Iterator[Numbered]:
        for number, line in self._archive.lines(self._member):
            try:
                yield number, rows.row(self._table, line, older=self._older)
            except ValueError as error:
                raise BadArchive(f"{self._member} line {number}", f"{error}.") from error

    def _write(self, statement: Executable, batch: Sequence[Numbered]) -> None:
        """Write rows at once; when the database refuses, one by one to find which."""
        try:
            with self._connection.begin_nested():
                self._connection.execute(statement, [row for _, row in batch])
        except (IntegrityError, DataError) as error:
            if len(batch) > 1:
                for one in batch:
                    self._write(statement, [one])
            reason = str(error.orig).strip().splitlines()[0]
            raise BadArchive(
                f"{self._member} line {batch[0][0]}", f"the database refuses it ({reason})."
            ) from error


def _batches(numbered: Iterator[Numbered]) -> Iterator[Sequence[Numbered]]:
    while batch := list(islice(numbered, WRITTEN_AT_ONCE)):
        yield batch


def _go_on_counting(connection: Connection, loaded: Sequence[Table]) -> None:
    """Have PostgreSQL number new rows after those that came with their ids; SQLite does so by itself."""
    if connection.dialect.name != "postgresql":
        return
    for table in loaded:
        if (column := table.autoincrement_column) is not None:
            name = connection.dialect.identifier_preparer.format_table(table)
            sequence = func.pg_get_serial_sequence(name, column.name)
            newest = select(func.coalesce(func.max(column), 0) + 1).scalar_subquery()
            connection.execute(select(func.setval(sequence, newest, False)))


def _enter_into_journal(connection: Connection, now: datetime) -> None:
    for mapper in Base.registry.mappers:
        subject = mapper.class_
        if issubclass(subject, Audited) and subject.journal_kind and subject.journal_id is Audited.journal_id:
            at = literal(now, JournalEntry.at.type)
            own_id = mapper.columns["id"]
            entries = select(literal(subject.journal_kind), own_id, at).order_by(own_id)
            connection.execute(insert(JournalEntry).from_select(["kind", "subject_id", "at"], entries))

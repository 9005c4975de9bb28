"""Writing an archive: one snapshot of the base, streamed, and never half a file under the name that was asked for."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Column, Connection, String, Table, select

from authoring.archive import rows
from authoring.archive.format import (
    CONTENTS,
    MANIFEST,
    Manifest,
    Member,
    content_member,
    schema_of,
    table_member,
    tables,
)
from kb.db import Database
from kb.models import AttachmentContent

READ_AT_ONCE = 500  # rows
PACKING = 1  # the quickest; at most 230 to 1, which keeps archives below the limit that `reading` has


def write(database: Database, target: Path, *, now: datetime) -> Manifest:
    """Write everything that the base holds at this moment into one file; it appears when it is whole.

    Args:
        target: a file that is there already is replaced, at the last moment.

    Raises:
        OSError: the disk is full or the folder cannot be written; nothing is left behind.
    """
    with _whole_or_not_at_all(target) as file, _snapshot(database) as connection:
        return _write(file, connection, now)


@contextmanager
def _whole_or_not_at_all(target: Path) -> Iterator[IO[bytes]]:
    """A file beside the target that takes its name when it is on the disk."""
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(target)
        except BaseException:
            with suppress(OSError):
                Path(file.name).unlink()
            raise
    _settle(target.parent)


def _settle(folder: Path) -> None:
    """Have the folder's new entry on the disk too."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


@contextmanager
def _snapshot(database: Database) -> Iterator[Connection]:
    """One reading transaction, which sees what was committed before its first look and nothing later."""
    with database.engine.connect() as connection:
        if database.is_postgresql:
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin():
            yield connection


def _write(file: IO[bytes], connection: Connection, now: datetime) -> Manifest:
    counts: dict[str, int] = {}
    members: dict[str, Member] = {}
    schema = schema_of(connection)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=PACKING) as archive:
        for table in tables():
            if table.name == CONTENTS:
                contents = _write_contents(archive, connection)
                counts[table.name] = len(contents)
                members.update(contents)
            else:
                name, lines = table_member(table.name), _Counted(_lines(connection, table))
                members[name] = _write_member(archive, name, lines)
                counts[table.name] = lines.count
        manifest = Manifest(schema, now.astimezone(UTC).isoformat(), counts, members)
        text = json.dumps(asdict(manifest), indent=1, sort_keys=True)
        _write_member(archive, MANIFEST, [text.encode()])
    return manifest


class _Counted:
    """Lines that are counted as they go by."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines
        self.count = 0

    def __iter__(self) -> Iterator[bytes]:
        for line in self._lines:
            self.count += 1
            yield line


def _lines(connection: Connection, table: Table) -> Iterator[bytes]:
    ordered = select(table).order_by(*(_everywhere_alike(column, connection) for column in table.primary_key))
    found = connection.execute(ordered, execution_options={"yield_per": READ_AT_ONCE})
    for row in found.mappings():
        yield f"{rows.line(table, dict(row))}\n".encode()


def _everywhere_alike(column: Column[Any], connection: Connection) -> Any:
    """Texts in the order of their bytes, which is SQLite's; PostgreSQL would order them as its language does."""
    is_text = isinstance(column.type, String)
    return column.collate("C") if is_text and connection.dialect.name == "postgresql" else column


def _write_contents(archive: zipfile.ZipFile, connection: Connection) -> dict[str, Member]:
    """The bytes of all files, one in memory at a time; not packed, since most of them are already."""
    digests = connection.scalars(select(AttachmentContent.sha256)).all()
    members = {}
    for digest in sorted(digests):
        data = connection.execute(
            select(AttachmentContent.data).where(AttachmentContent.sha256 == digest)
        ).scalar_one()
        name = content_member(digest)
        members[name] = _write_member(archive, zipfile.ZipInfo(name), [data])
    return members


def _write_member(archive: zipfile.ZipFile, member: str | zipfile.ZipInfo, parts: Iterable[bytes]) -> Member:
    """Write a member in parts, and say what was written.

    Its time is that of the ZIP format's beginning, so that the same base gives the same bytes.

    Args:
        member: packed when it is a name, else as its entry says.
    """
    digest, size = hashlib.sha256(), 0
    with archive.open(member, "w", force_zip64=True) as file:
        for part in parts:
            file.write(part)
            digest.update(part)
            size += len(part)
    return Member(size, digest.hexdigest())

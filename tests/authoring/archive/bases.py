"""Bases to archive: something in every table, whatever the tables are, and what a base holds in a form to compare."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    Integer,
    LargeBinary,
    String,
    Table,
    insert,
    select,
    update,
)

from authoring.archive import format as archive_format
from kb.db import Base, Database, UtcDateTime

ROWS = 3
FIRST_ID = 1001
TEXT = 'Árvíztűrő „tükör"\n\t\\ 🙂 {n}'
MOMENT = datetime(2026, 3, 29, 0, 59, 59, 123456, tzinfo=UTC)
Rows = dict[str, list[dict[str, Any]]]


def fill(database: Database) -> None:
    """Put three rows into every table; those that refer to their own table refer forwards and backwards."""
    rows: dict[str, list[dict[str, Any]]] = {}
    with database.transaction() as session:
        connection = session.connection()
        for table in Base.metadata.sorted_tables:
            rows[table.name] = [_row(table, number, rows) for number in range(ROWS)]
            own = [name for name, column in table.c.items() if _refers_to(column) is table]
            untied = [{**row, **dict.fromkeys(own)} for row in rows[table.name]]
            connection.execute(insert(table), untied)
            for row in rows[table.name] if own else ():
                tied = {name: row[name] for name in own}
                connection.execute(update(table).where(table.c.id == row["id"]).values(tied))


def _refers_to(column: Column[Any]) -> Table | None:
    return next((key.column.table for key in column.foreign_keys), None)


def _row(table: Table, number: int, rows: Mapping[str, list[dict[str, Any]]]) -> dict[str, Any]:
    made = {column.name: _value(table, column, number, rows) for column in table.columns}
    if "sha256" in made and "data" in made:
        made["sha256"] = hashlib.sha256(made["data"]).hexdigest()
    return made


def _value(table: Table, column: Column[Any], number: int, rows: Mapping[str, list[dict[str, Any]]]) -> Any:
    key = next(iter(column.foreign_keys), None)
    if key is not None and key.column.table is table:  # the first refers to the last, the last to none
        return [FIRST_ID + 2, FIRST_ID, None][number]
    if key is not None:
        return rows[key.column.table.name][number][key.column.name]
    if column.nullable and not column.primary_key and number == 2:
        return None
    if isinstance(column.type, String):
        text = f"{number} {column.name} {TEXT}"
        return text[: column.type.length] if column.type.length else text * 50
    made = {
        UtcDateTime: MOMENT + timedelta(days=number),
        JSON: {"b": [number, None, True, 1.5, TEXT], "a": {"é": "\\u0000"}},
        Boolean: number == 1,
        Integer: FIRST_ID + number,
        Float: number / 8,
        LargeBinary: bytes(range(256)) * (number + 1),
    }
    return next(value for kind, value in made.items() if isinstance(column.type, kind))


def everything(database: Database) -> Rows:
    """All rows of all archived tables, as they come back from an archive, in the order of their keys."""
    with database.session() as session:
        return {
            table.name: sorted(
                (_plain(table, row._asdict()) for row in session.execute(select(table))),
                key=lambda row: tuple(row[column.name] for column in table.primary_key),
            )
            for table in archive_format.tables()
        }


def _plain(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    return row | dict(archive_format.EMPTIED.get(table.name, {}))

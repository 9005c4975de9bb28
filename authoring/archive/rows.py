"""Rows as lines of JSON: exact in both directions, and checked on the way in.

What a line may hold follows from the schema, so that a value which the database would bend, cut or refuse is
refused here already, with its column.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Float, Integer, String, Table

from authoring.archive.format import EMPTIED, columns
from kb import texts
from kb.db import UtcDateTime

SMALLEST, LARGEST = -(2**31), 2**31 - 1  # what PostgreSQL's integer holds
Row = Mapping[str, Any]


def line(table: Table, row: Row) -> str:
    """A row as a line, without the values that stay behind.

    Args:
        row: column -> value, as the database gives it.
    """
    emptied = EMPTIED.get(table.name, {})
    values = {
        column.name: emptied[column.name] if column.name in emptied else _written(row[column.name])
        for column in columns(table)
    }
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def _written(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def row(table: Table, text: str, *, older: bool = False) -> dict[str, Any]:
    """The row of a line.

    Args:
        older: the archive was made from an older schema: columns that it does not know get their default.

    Raises:
        ValueError: what is wrong with the line.
    """
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ValueError(f"this is no JSON ({error})") from None
    except RecursionError:
        raise ValueError("this is no JSON that anybody would write: it is nested too deeply") from None
    if not isinstance(found, dict):
        raise ValueError("a row must be an object")
    known = {column.name: column for column in table.columns}
    if unknown := sorted(found.keys() - known.keys()):
        raise ValueError(f"the table has no column {unknown[0]!r}")
    return {name: _read(table, column, found, older) for name, column in known.items()}


def _read(table: Table, column: Column[Any], found: Row, older: bool) -> Any:
    if column.name not in found:
        if older:
            return _default(column)
        raise ValueError(f"the column {column.name!r} is missing")
    value = found[column.name]
    if (left := EMPTIED.get(table.name, {})) and column.name in left and value != left[column.name]:
        raise ValueError(
            f"the column {column.name!r} must be {left[column.name]!r}: archives hold none of these"
        )
    if value is None:
        if not column.nullable:
            raise ValueError(f"the column {column.name!r} cannot be empty")
        return None
    return _checked(column, value)


def _default(column: Column[Any]) -> Any:
    default: Any = column.default
    if default is None and column.nullable:
        return None
    if default is None or not (default.is_scalar or default.is_callable):
        raise ValueError(f"the column {column.name!r} is missing, and has no default")
    return default.arg(None) if default.is_callable else default.arg


def _checked(column: Column[Any], value: Any) -> Any:
    """The value as the database takes it.

    Raises:
        ValueError: it is of another type, or too large.
    """
    kind = column.type
    if isinstance(kind, JSON):
        return value
    if isinstance(kind, UtcDateTime):
        return _moment(column, value)
    if isinstance(kind, Boolean):
        fits, words = isinstance(value, bool), "true or false"
    elif isinstance(kind, Integer):
        fits = isinstance(value, int) and not isinstance(value, bool) and SMALLEST <= value <= LARGEST
        words = f"a whole number from {SMALLEST} to {LARGEST}"
    elif isinstance(kind, Float):
        fits, words = isinstance(value, int | float) and not isinstance(value, bool), "a number"
        fits = fits and math.isfinite(value)
    elif isinstance(kind, String):
        fits, words = isinstance(value, str), "a text"
    else:
        raise TypeError(f"{column} has a type that archives do not know yet: {kind!r}")
    if not fits:
        raise ValueError(f"the column {column.name!r} must be {words}, not {_shown(value)}")
    if isinstance(value, str) and (problem := texts.problem(value, getattr(kind, "length", None))):
        raise ValueError(f"the column {column.name!r}: {problem}")
    return value


def _moment(column: Column[Any], value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        pass
    raise ValueError(
        f"the column {column.name!r} must be a moment such as 2026-03-02T09:00:00+00:00, not {_shown(value)}"
    )


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"

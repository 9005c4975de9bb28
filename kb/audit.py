"""The audit log: every write with who, what, before and after, recorded by the session itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import event, insert, inspect
from sqlalchemy.orm import InstanceState, Mapper, Session, UOWTransaction
from sqlalchemy.orm.base import PASSIVE_NO_INITIALIZE

from kb.models.records import Audited, AuditEntry

HIDDEN = "(hidden)"
LONGEST_VALUE = 2000
_INSERT = insert(AuditEntry)  # rows, not objects: an import writes thousands
_NAMES = ("key", "email", "title", "filename", "name", "slug")
"""What a row is called in the log: the first of these that it has."""

Change = tuple[Any, Any]


def changes(row: Audited) -> dict[str, Change]:
    """What the pending change does to a row: column or collection name -> (before, after), silent ones left out."""
    state = inspect(row)
    found: dict[str, Change] = {}
    for name in _watched(state.mapper):
        if name in state.dict:
            history = state.get_history(name, PASSIVE_NO_INITIALIZE)
            if history.has_changes():
                found[name] = _before_and_after(state, name, history)
    return found


@cache
def _watched(mapper: Mapper[Any]) -> tuple[str, ...]:
    """Columns and collections that are logged; asked for every row of an import, and always the same."""
    many = [name for name, relation in mapper.relationships.items() if relation.secondary is not None]
    silent = mapper.class_.silent_columns
    return tuple(name for name in [*mapper.column_attrs.keys(), *many] if name not in silent)


def _before_and_after(state: InstanceState[Any], name: str, history: Any) -> Change:
    if name in state.mapper.relationships:
        return _labels(history.deleted, history.unchanged), _labels(history.added, history.unchanged)
    if name in type(state.object).secret_columns:  # type: ignore[union-attr]
        return HIDDEN, HIDDEN
    return _only(history.deleted), _only(history.added)


def _labels(*rows: Iterable[Any]) -> list[str]:
    return sorted(_label(row) for row in chain(*rows))


def _only(values: Sequence[Any]) -> Any:
    return _plain(values[0]) if values else None


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, str) and len(value) > LONGEST_VALUE:
        return value[:LONGEST_VALUE] + "…"
    return value


def written(session: Session, context: UOWTransaction) -> Iterator[tuple[Audited, str]]:
    """What a flush writes: (row, "created", "changed" or "deleted"); changes of silent columns alone left out.

    Rows taken out of a collection that owns them are deleted without being in `session.deleted`.
    """
    gone = (
        state.obj()
        for state, (is_deleted, only_listed) in context.states.items()
        if is_deleted and not only_listed
    )
    deleted = {id(row): row for row in gone}
    for row in session.new:
        if isinstance(row, Audited):
            yield row, "created"
    for row in session.dirty:
        if isinstance(row, Audited) and id(row) not in deleted and changes(row):
            yield row, "changed"
    for row in deleted.values():
        if isinstance(row, Audited):
            yield row, "deleted"


@event.listens_for(Session, "after_flush")
def _record(session: Session, context: UOWTransaction) -> None:
    if rows := [_entry(session, row, action) for row, action in written(session, context)]:
        session.connection().execute(_INSERT, rows)


class Entry(NamedTuple):
    """What an entry says of a row, beside who and when.

    Args:
        subject: what the row is called.
        before, after: of the columns that changed.
    """

    id: int
    subject: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def record(session: Session, model: type[Audited], action: str, entries: Iterable[Entry]) -> None:
    """Record what was written beside the session's objects: created, changed or deleted."""
    about = _about(session, model, action)
    rows = [
        about
        | {
            "subject_id": entry.id,
            "subject": entry.subject[:300],
            "before": _shown(model, entry.before),
            "after": _shown(model, entry.after),
        }
        for entry in entries
    ]
    if rows:
        session.connection().execute(_INSERT, rows)


def _shown(model: type[Audited], values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: HIDDEN if name in model.secret_columns else _plain(value)
        for name, value in values.items()
        if name not in model.silent_columns
    }


def record_new(
    session: Session, model: type[Audited], ids: Sequence[int], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Record rows that were added beside the session's objects; kb/many.py does so."""
    pairs = zip(ids, rows, strict=True)
    record(session, model, "created", [Entry(id_, _named(row), {}, row) for id_, row in pairs])


def difference(before: Mapping[Any, Any], after: Mapping[str, Any]) -> Entry:
    """What an entry says of a stored row, "id" among its columns, that gets other values in some of them."""
    changed = [name for name, value in after.items() if before[name] != value]
    was = {name: before[name] for name in changed}
    return Entry(before["id"], _named(before), was, {name: after[name] for name in changed})


def _named(row: Mapping[Any, Any]) -> str:
    return next((str(row[name]) for name in _NAMES if row.get(name)), "")


def _about(session: Session, model: type[Audited], action: str) -> dict[str, Any]:
    return {
        "at": datetime.now(UTC),
        "actor_id": session.info.get("actor_id"),
        "actor": session.info.get("actor", "system"),
        "action": action,
        "subject_kind": model.__tablename__,  # type: ignore[attr-defined]
    }


def _entry(session: Session, row: Audited, action: str) -> dict[str, Any]:
    found = (
        changes(row) if action != "deleted" else {name: (value, None) for name, value in _values(row).items()}
    )
    return _about(session, type(row), action) | {
        "subject_id": getattr(row, "id", None) or row.journal_id,
        "subject": _label(row)[:300],
        "before": {name: before for name, (before, _) in found.items() if action != "created"},
        "after": {name: after for name, (_, after) in found.items() if action != "deleted"},
    }


def _values(row: Audited) -> dict[str, Any]:
    state = inspect(row)
    names = [
        column.key
        for column in state.mapper.column_attrs
        if column.key in state.dict and column.key not in row.silent_columns
    ]
    return {name: HIDDEN if name in row.secret_columns else _plain(state.dict[name]) for name in names}


def _label(row: Audited) -> str:
    for name in _NAMES:
        if value := getattr(row, name, None):
            return str(value)
    return ""

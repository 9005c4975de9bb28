"""The audit log: every write with who, what, before and after, recorded by the session itself."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import event, insert, inspect
from sqlalchemy.orm import InstanceState, Session, UOWTransaction

from kb.models.records import Audited, AuditEntry

HIDDEN = "(hidden)"
LONGEST_VALUE = 2000
Change = tuple[Any, Any]


def changes(row: Audited) -> dict[str, Change]:
    """What the pending change does to a row: column or collection name -> (before, after), silent ones left out."""
    state = inspect(row)
    found: dict[str, Change] = {}
    for name in _watched(state):
        history = state.attrs[name].history
        if history.has_changes():
            found[name] = _before_and_after(state, name, history)
    return found


def _watched(state: InstanceState[Any]) -> list[str]:
    mapper, silent = state.mapper, type(state.object).silent_columns  # type: ignore[union-attr]
    many = [name for name, relation in mapper.relationships.items() if relation.secondary is not None]
    return [name for name in [*mapper.column_attrs.keys(), *many] if name not in silent and name in state.dict]


def _before_and_after(state: InstanceState[Any], name: str, history: Any) -> Change:
    if name in state.mapper.relationships:
        after = sorted(item.key for item in [*history.added, *history.unchanged] if hasattr(item, "key"))
        before = sorted(item.key for item in [*history.deleted, *history.unchanged] if hasattr(item, "key"))
        return before, after
    if name in type(state.object).secret_columns:  # type: ignore[union-attr]
        return HIDDEN, HIDDEN
    before = history.deleted[0] if history.deleted else None
    return _plain(before), _plain(history.added[0] if history.added else None)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, str) and len(value) > LONGEST_VALUE:
        return value[:LONGEST_VALUE] + "…"
    return value


@event.listens_for(Session, "after_flush")
def _record(session: Session, _context: UOWTransaction) -> None:
    rows = [
        *(_entry(session, row, "created") for row in session.new if isinstance(row, Audited)),
        *(_entry(session, row, "changed") for row in session.dirty if isinstance(row, Audited) and changes(row)),
        *(_entry(session, row, "deleted") for row in session.deleted if isinstance(row, Audited)),
    ]
    if rows:
        session.execute(insert(AuditEntry), rows)


def _entry(session: Session, row: Audited, action: str) -> dict[str, Any]:
    found = changes(row) if action != "deleted" else {name: (value, None) for name, value in _values(row).items()}
    return {
        "at": datetime.now(UTC),
        "actor_id": session.info.get("actor_id"),
        "actor": session.info.get("actor", "system"),
        "action": action,
        "subject_kind": row.__tablename__,  # type: ignore[attr-defined]
        "subject_id": getattr(row, "id", None) or row.journal_id,
        "subject": _label(row)[:300],
        "before": {name: before for name, (before, _) in found.items() if action != "created"},
        "after": {name: after for name, (_, after) in found.items() if action != "deleted"},
    }


def _values(row: Audited) -> dict[str, Any]:
    state = inspect(row)
    names = [name for name in state.mapper.column_attrs.keys() if name in state.dict and name not in row.silent_columns]
    return {name: HIDDEN if name in row.secret_columns else _plain(state.dict[name]) for name in names}


def _label(row: Audited) -> str:
    for name in ("key", "email", "title", "filename", "name", "slug"):
        if value := getattr(row, name, None):
            return str(value)
    return ""

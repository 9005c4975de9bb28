"""Many rows at once: for imports, which would wait minutes for the session to look after each row as an object.

What stands beside every write is written here as well: the audit log and the journal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, insert, inspect, select, update
from sqlalchemy.orm import Session

from kb import audit, journal
from kb.models.records import Audited


def add(session: Session, model: type[Audited], rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Add rows of an audited table that has an id, and whose rows are what its journal is about.

    Args:
        rows: column -> value, the same columns in each; columns that are left out get their defaults.

    Returns:
        The ids, in the order of the rows.
    """
    if not rows:
        return []
    if model.journal_kind:
        journal.hold_lock(session)
    adding = insert(model).returning(model.id, sort_by_parameter_order=True)  # type: ignore[attr-defined]
    ids = list(session.scalars(adding, rows))
    audit.record_new(session, model, ids, rows)
    if model.journal_kind:
        journal.append_new(session, model.journal_kind, ids)
    return ids


def change(
    session: Session, model: type[Audited], rows: Mapping[int, Mapping[str, Any]], *, quiet: bool = False
) -> None:
    """Change rows of an audited table that has an id, and whose rows are what its journal is about.

    Args:
        rows: id -> column -> value, the same columns in each.
        quiet: the journal is told of all of them in another way.
    """
    if not rows:
        return
    names = [name for name in next(iter(rows.values())) if name != "id"]
    table = inspect(model).local_table
    if model.journal_kind and not quiet:
        journal.hold_lock(session)
    connection = session.connection()
    stored = connection.execute(select(table).where(table.c.id.in_(rows))).mappings().all()
    changing = update(table).where(table.c.id == bindparam("of_id"))
    connection.execute(
        changing.values({name: bindparam(f"new_{name}") for name in names}),
        [{f"new_{name}": values[name] for name in names} | {"of_id": id_} for id_, values in rows.items()],
    )
    audit.record(session, model, "changed", (audit.difference(row, rows[row["id"]]) for row in stored))
    if model.journal_kind and not quiet:
        journal.append_new(session, model.journal_kind, sorted(rows))

"""Many new rows at once: for imports, which would wait minutes for the session to look after each row as an object.

What stands beside every write is written here as well: the audit log and the journal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert
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

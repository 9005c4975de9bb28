"""Two people, one form: whoever saves second is told, instead of undoing what the first one saved."""

from __future__ import annotations

import hashlib
import json

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from kb.errors import N_, Conflict
from kb.models.records import Audited


def version_of(row: Audited) -> str:
    """A fingerprint of what is stored in a row and of the rows tied to it; bookkeeping left out."""
    mapper = inspect(type(row))
    names = {column.key for column in mapper.column_attrs} - row.silent_columns
    stored = {name: getattr(row, name) for name in names}
    tied = {
        name: sorted(item.id for item in getattr(row, name))
        for name, relation in mapper.relationships.items()
        if relation.secondary is not None
    }
    text = json.dumps([stored, tied], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def refuse_stale(session: Session, row: Audited, seen: str | None) -> None:
    """Hold the row until the end of the transaction and compare it with what the person saw.

    Args:
        seen: `version_of` the row when its form was opened; None to save whatever is stored.

    Raises:
        Conflict: somebody saved it meanwhile.
    """
    if seen is None:
        return
    session.refresh(row, with_for_update=True)
    if version_of(row) != seen:
        raise Conflict(
            N_(
                "Somebody else saved this while it was open here. Nothing of yours was saved yet; it is kept below."
            )
        )

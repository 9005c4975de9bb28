"""Whether sources answer, kept for the people who look after them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog
from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError

from kb.db import Database
from search.models import SearchSource

log = structlog.get_logger(__name__)
LONGEST_ERROR = 300


def notes(database: Database, clock: Callable[[], datetime]) -> Callable[[int, str], None]:
    """What keeps a change of a source's health: (its id, why it does not answer or ""), with the time.

    It is bookkeeping, and no change of knowledge: neither journal nor audit log is told. Where it cannot be written,
    the sources go on answering.
    """

    def note(source_id: int, error: str) -> None:
        values = {"tried_at": clock(), "error": error[:LONGEST_ERROR]}
        try:
            with database.transaction() as session:
                session.connection().execute(
                    update(SearchSource).where(SearchSource.id == source_id).values(values)
                )
        except SQLAlchemyError:
            log.exception("health of a source not noted", source=source_id)

    return note

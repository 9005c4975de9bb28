"""Whether sources answer, kept for the people who look after them, who read why not each in their own language."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

import structlog
from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError

from kb.db import Database
from kb.errors import Sentence
from search.models import SearchSource

log = structlog.get_logger(__name__)
LONGEST_ERROR = 300


def notes(database: Database, clock: Callable[[], datetime]) -> Callable[[int, str], None]:
    """What keeps a change of a source's health: (its id, why it does not answer or ""), with the time.

    It is bookkeeping, and no change of knowledge: neither journal nor audit log is told. Where it cannot be written,
    the sources go on answering.
    """

    def note(source_id: int, error: str) -> None:
        values = {"tried_at": clock(), "error": stored(error)}
        try:
            with database.transaction() as session:
                session.connection().execute(
                    update(SearchSource).where(SearchSource.id == source_id).values(values)
                )
        except SQLAlchemyError:
            log.exception("health of a source not noted", source=source_id)

    return note


def stored(error: str) -> str:
    """Why a source does not answer, as its row keeps it: the sentence with its parts, so that it can be translated.

    >>> stored(Sentence("It answered with status %(status)s.", {"status": 503}))
    '["It answered with status %(status)s.", {"status": 503}]'
    """
    if isinstance(error, Sentence):
        parts = json.dumps([error.message, dict(error.values)], default=str)
        if len(parts) <= LONGEST_ERROR:
            return parts
    return error[:LONGEST_ERROR]


def recalled(kept: str) -> str:
    """What :func:`stored` was given; what is no sentence of ours is passed on as it is.

    >>> recalled('["It answered with status %(status)s.", {"status": 503}]'), recalled("EOFError: [")
    ('It answered with status 503.', 'EOFError: [')
    """
    try:
        message, values = json.loads(kept)
        return Sentence(message, values)
    except (TypeError, ValueError, KeyError):
        return kept

"""Days as the database counts them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlalchemy.orm import InstrumentedAttribute, Session


def day(session: Session, moment: InstrumentedAttribute[datetime]) -> ColumnElement[Any]:
    """The day of a moment in UTC, whatever zone the database is in; its text begins with YYYY-MM-DD."""
    if session.get_bind().dialect.name == "postgresql":
        return func.date(func.timezone("UTC", moment))
    return func.date(moment)

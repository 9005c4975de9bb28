"""The table of staffing: counts of contacts that somebody uploaded."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from kb.db import Base


class ArrivalRecord(Base):
    """How many came when, as a file says.

    `days`: day, or "" -> [[minutes after midnight, how many], ...]; `faults` are the lines that were left out: [[line,
    column, sentence, its values], ...].
    """

    __tablename__ = "arrival_record"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    made_at: Mapped[datetime]
    step_min: Mapped[int]
    days: Mapped[dict[str, Any]] = mapped_column(JSON)
    faults: Mapped[list[Any]] = mapped_column(JSON)
    left_out: Mapped[int]

"""The tables of foresight: what a queue does with it, and where a case type says who solved its cases."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from kb.db import Base
from kb.models.records import Audited


class Mode(StrEnum):
    """What becomes of what is foreseen."""

    OFF = "off"
    SHOWN = "shown"
    APPLIED = "applied"


class ForesightPlan(Audited, Base):
    """What a queue does with what is foreseen of the contacts that come to it, and from where on something is said.

    `near`, `often`, `sure` and `fewest` are those of `routing.foresight.Rules`.
    """

    __tablename__ = "foresight_plan"

    id: Mapped[int] = mapped_column(primary_key=True)
    queue_id: Mapped[int] = mapped_column(ForeignKey("queue.id", ondelete="CASCADE"), unique=True)
    mode: Mapped[str] = mapped_column(String(16), default=Mode.SHOWN)
    near: Mapped[float]
    often: Mapped[float]
    sure: Mapped[float]
    fewest: Mapped[int]


class ForesightSource(Audited, Base):
    """Which attributes of a case type say at which level, in which queue and with which skills a case was solved.

    "" for none of them. `learned`: what was learned of escalations: {"weights": {attribute: weight}, "cases",
    "accuracy_by_hand", "accuracy_learned", "better"}; the weights are used where they were better.
    """

    __tablename__ = "foresight_source"
    silent_columns = frozenset({"learned", "learned_at"})

    id: Mapped[int] = mapped_column(primary_key=True)
    case_type_id: Mapped[int] = mapped_column(ForeignKey("case_type.id", ondelete="CASCADE"), unique=True)
    level_key: Mapped[str] = mapped_column(String(64), default="")
    queue_key: Mapped[str] = mapped_column(String(64), default="")
    skills_key: Mapped[str] = mapped_column(String(64), default="")
    learned: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    learned_at: Mapped[datetime | None]

"""What is written beside every change: the journal (for followers) and the audit log (for people)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from kb.db import Base


class Audited:
    """Mix-in: the session writes every change of such a row to the audit log, and to the journal where a kind is named.

    `secret_columns` are logged as changed, never with their value; changes of `silent_columns` alone are bookkeeping
    and not logged; `journal_kind` names the journal's kind, `journal_id` the subject (the row itself, or its owner).
    """

    secret_columns: ClassVar[frozenset[str]] = frozenset()
    silent_columns: ClassVar[frozenset[str]] = frozenset()
    journal_kind: ClassVar[str | None] = None

    @property
    def journal_id(self) -> int:
        """The subject that followers are told about."""
        own_id: int = self.id  # type: ignore[attr-defined]
        return own_id


class JournalEntry(Base):
    """One change, in commit order. Followers remember the last seq that they applied."""

    __tablename__ = "journal"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - a seq is never used twice, even after deletion

    seq: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int]
    at: Mapped[datetime]


class Job(Base):
    """When a recurring job ran last, and which process holds it: one of all processes on all machines does it."""

    __tablename__ = "job"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    ran_at: Mapped[datetime | None]
    held_until: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(String(500), default="")


class AuditEntry(Base):
    """Who changed what, when, with the values before and after."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_subject", "subject_kind", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor_id: Mapped[int | None]
    actor: Mapped[str] = mapped_column(String(200))
    action: Mapped[str] = mapped_column(String(16))
    subject_kind: Mapped[str] = mapped_column(String(64))
    subject_id: Mapped[int | None]
    subject: Mapped[str] = mapped_column(String(300))
    before: Mapped[dict[str, Any]] = mapped_column(JSON)
    after: Mapped[dict[str, Any]] = mapped_column(JSON)

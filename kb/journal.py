"""The journal: the append-only list of changes that search, the case base and integrations follow.

Entries are written by the session itself, in the transaction that changes the subject, so that no verb can forget one.
On PostgreSQL a transaction-level advisory lock is held from the first entry to the commit: sequence numbers become
visible in order, and a follower that has applied n can never miss an m < n that commits later. SQLite has one writer.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

from sqlalchemy import event, func, insert, select, text
from sqlalchemy.orm import Session, UOWTransaction

from kb.audit import changes
from kb.models.records import Audited, JournalEntry

ADVISORY_LOCK = 0x6B616C61
BATCH = 500


class Follower(Protocol):
    """Something derived that is kept current by the journal: it can start again from zero and apply twice."""

    name: str

    def position(self) -> int:
        """The seq of the last entry applied."""
        ...

    def apply(self, session: Session, entries: Sequence[JournalEntry]) -> None:
        """Apply entries (in order of seq) and remember the last seq, both or neither."""
        ...


def head(session: Session) -> int:
    """The seq of the newest committed entry, 0 for none."""
    return session.scalar(select(func.max(JournalEntry.seq))) or 0


def follow(session: Session, follower: Follower) -> int:
    """Bring a follower up to the head; returns how many entries it applied."""
    applied = 0
    while entries := _after(session, follower.position()):
        follower.apply(session, entries)
        applied += len(entries)
    return applied


def _after(session: Session, seq: int) -> Sequence[JournalEntry]:
    query = select(JournalEntry).where(JournalEntry.seq > seq).order_by(JournalEntry.seq).limit(BATCH)
    return session.scalars(query).all()


def appended(session: Session) -> bool:
    """Whether this transaction has written to the journal."""
    return bool(session.info.get("journaled"))


@event.listens_for(Session, "before_flush")
def _lock_before_writing(session: Session, _context: UOWTransaction, _instances: object) -> None:
    changed = [*session.new, *session.dirty, *session.deleted]
    if any(isinstance(row, Audited) and row.journal_kind for row in changed):
        _hold_lock(session)


@event.listens_for(Session, "after_flush")
def _append(session: Session, _context: UOWTransaction) -> None:
    known: set[tuple[str, int]] = session.info.setdefault("journaled", set())
    found = dict.fromkeys(
        (row.journal_kind, row.journal_id)
        for row in [*session.new, *session.dirty, *session.deleted]
        if isinstance(row, Audited) and row.journal_kind and _is_noticed(session, row)
    )
    fresh = [subject for subject in found if subject not in known]
    if fresh:
        at = datetime.now(UTC)
        rows = [{"kind": kind, "subject_id": subject_id, "at": at} for kind, subject_id in fresh]
        session.execute(insert(JournalEntry), rows)
        known.update(fresh)  # type: ignore[arg-type]


def _is_noticed(session: Session, row: Audited) -> bool:
    """Whether the change is more than bookkeeping in silent columns."""
    return row not in session.dirty or bool(changes(row))


def _hold_lock(session: Session) -> None:
    if session.get_bind().dialect.name == "postgresql" and not session.info.get("journal_locked"):
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        session.info["journal_locked"] = True


@event.listens_for(Session, "after_commit")
@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop("journaled", None)
    session.info.pop("journal_locked", None)

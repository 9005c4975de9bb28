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
from sqlalchemy.orm import Session, SessionTransaction, UOWTransaction

from kb.audit import written
from kb.models.records import Audited, JournalEntry

ADVISORY_LOCK = 0x6B616C61
BATCH = 10_000  # entries; a follower does once what they ask for many times
_HEAD = select(func.max(JournalEntry.seq))
_INSERT = insert(JournalEntry)
Subject = tuple[str | None, int]


class Follower(Protocol):
    """Something derived that is kept current by the journal: it can start again from zero and apply twice."""

    name: str

    def position(self) -> int:
        """The seq of the last entry applied."""
        ...

    def apply(self, session: Session, entries: Sequence[JournalEntry]) -> None:
        """Apply entries (in order of seq) and remember the last seq, both or neither."""
        ...

    def restart(self, session: Session) -> None:
        """Forget everything and read the database anew."""
        ...


def head(session: Session) -> int:
    """The seq of the newest committed entry, 0 for none."""
    return session.scalar(_HEAD) or 0


def restart_ahead(session: Session, follower: Follower) -> bool:
    """Let a follower that knows more than there is start again: an older database was put in place of the one it knew.

    To be asked before anybody writes; returns whether it had to.
    """
    ahead = follower.position() > head(session)
    if ahead:
        follower.restart(session)
    return ahead


def follow(session: Session, follower: Follower) -> int:
    """Bring a follower up to the head; returns how many entries it applied.

    Each batch is read in a session of its own within the same transaction: what an earlier batch or the caller has
    in memory may be older than the entries.
    """
    applied = 0
    while entries := _after(session, follower.position()):
        with Session(session.connection(), join_transaction_mode="rollback_only") as reading:
            follower.apply(reading, entries)
        applied += len(entries)
    return applied


def _after(session: Session, seq: int) -> Sequence[JournalEntry]:
    query = select(JournalEntry).where(JournalEntry.seq > seq).order_by(JournalEntry.seq).limit(BATCH)
    return session.scalars(query).all()


def appended(session: Session) -> bool:
    """Whether this transaction has written to the journal."""
    return bool(session.info.get("appended"))


@event.listens_for(Session, "before_flush")
def _lock_before_writing(session: Session, _context: UOWTransaction, _instances: object) -> None:
    changed = [*session.new, *session.dirty, *session.deleted]
    if any(isinstance(row, Audited) and row.journal_kind for row in changed):
        hold_lock(session)


@event.listens_for(Session, "after_flush")
def _append(session: Session, context: UOWTransaction) -> None:
    known: set[Subject] = session.info.setdefault("journaled", set())
    found = dict.fromkeys(
        (row.journal_kind, row.journal_id) for row, _ in written(session, context) if row.journal_kind
    )
    fresh = [subject for subject in found if subject not in known]
    if fresh:
        _write(session, fresh)
        known.update(fresh)


def append_new(session: Session, kind: str, ids: Sequence[int]) -> None:
    """Append rows that were added beside the session's objects, under the lock; kb/many.py does so."""
    _write(session, [(kind, id_) for id_ in ids])


def _write(session: Session, subjects: Sequence[Subject]) -> None:
    at = datetime.now(UTC)
    rows = [{"kind": kind, "subject_id": subject_id, "at": at} for kind, subject_id in subjects]
    session.connection().execute(_INSERT, rows)
    session.info["appended"] = True


def hold_lock(session: Session) -> None:
    """From here to the end of the transaction nobody else appends."""
    if session.get_bind().dialect.name == "postgresql" and not session.info.get("journal_locked"):
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        session.info["journal_locked"] = True


@event.listens_for(Session, "after_soft_rollback")
def _forget_what_was_undone(session: Session, _transaction: SessionTransaction) -> None:
    session.info.pop("journaled", None)  # a savepoint took its entries with it, and perhaps the lock
    session.info.pop("journal_locked", None)


@event.listens_for(Session, "after_transaction_end")
def _forget(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        for name in ("journaled", "journal_locked", "appended"):
            session.info.pop(name, None)

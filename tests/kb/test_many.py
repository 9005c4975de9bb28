"""Many rows at once leave the same behind as rows added one by one: themselves, the audit log and the journal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import many
from kb.db import Database
from kb.models import AuditEntry, JournalEntry, Person, Snippet

ROWS: list[dict[str, Any]] = [
    {"key": "hours", "bodies": {"en": "x" * 3000}},
    {"key": "address", "bodies": {}},
    {"key": "closed", "bodies": {"en": "No"}},
]


def left_behind(session: Session) -> tuple[Sequence[Any], Sequence[Any], Sequence[Any]]:
    """Rows, audit entries and journal entries, without what differs each time."""
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    return (
        session.execute(select(Snippet.key, Snippet.bodies).order_by(Snippet.id)).all(),
        [(one.actor, one.action, one.subject_kind, one.subject, one.before, one.after) for one in entries],
        session.scalars(select(JournalEntry.kind).order_by(JournalEntry.seq)).all(),
    )


def test_they_leave_behind_what_rows_one_by_one_do(both_databases: str, database: Database) -> None:
    with database.session(write=True) as session:
        session.info["actor"] = "import"
        begun = left_behind(session)
        session.add_all([Snippet(**row) for row in ROWS])
        session.flush()
        one_by_one = left_behind(session)
        session.rollback()
        assert left_behind(session) == begun
        ids = many.add(session, Snippet, ROWS)
        assert left_behind(session) == one_by_one
        assert [session.get_one(Snippet, id_).key for id_ in ids] == ["hours", "address", "closed"]
        session.rollback()
        assert left_behind(session) == begun


def test_none_are_no_work(database: Database) -> None:
    with database.session() as session:
        assert many.add(session, Snippet, []) == []


def test_what_is_secret_is_not_told(database: Database) -> None:
    with database.session(write=True) as session:
        copied = session.scalars(select(Person).order_by(Person.id)).first()
        assert copied is not None
        columns = [column.key for column in Person.__mapper__.column_attrs if column.key != "id"]
        row = {name: getattr(copied, name) for name in columns} | {"email": "other@example.com"}
        (id_,) = many.add(session, Person, [row])
        entry = session.scalars(select(AuditEntry).where(AuditEntry.subject_id == id_)).all()[-1]
        assert (entry.subject, entry.after["password_hash"]) == ("other@example.com", "(hidden)")

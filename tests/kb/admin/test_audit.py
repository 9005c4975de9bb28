"""The audit log: found by person, kind of thing, thing and time, with what was before and after."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from kb.models import AuditEntry, Person
from tests import factories
from tests.kb.admin.conftest import words

Statements = Callable[[Callable[[], TestResponse]], int]
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


def entry(
    session: Session,
    actor: str = "Eva",
    kind: str = "topic",
    subject: str = "sim",
    at: datetime = NOON,
    **changed: object,
) -> AuditEntry:
    """Add an entry to the log."""
    made = AuditEntry(
        at=at,
        actor=actor,
        action="changed",
        subject_kind=kind,
        subject_id=7,
        subject=subject,
        before=changed.get("before", {}),
        after=changed.get("after", {}),
    )
    session.add(made)
    session.flush()
    return made


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"sim", "help", "late"}),
        ("who=eva", {"sim", "late"}),
        ("kind=portal", {"help"}),
        ("what=SI", {"sim"}),
        ("since=2026-01-16", {"late"}),
        ("until=2026-01-15", {"sim", "help"}),
        ("since=2026-01-15&until=2026-01-15&who=adam", {"help"}),
        ("since=0001-01-01&until=9999-12-31", {"sim", "help", "late"}),
        ("since=nonsense&kind=nonsense&page=-3", {"sim", "help", "late"}),
    ],
)
def test_entries_are_found_by_person_kind_thing_and_time(
    query: str, expected: set[str], desk: FlaskClient, session: Session
) -> None:
    entry(session)
    entry(session, "Adam", "portal", "help")
    entry(session, subject="late", at=NOON + timedelta(days=1))
    session.commit()
    page = words(desk.get(f"/admin/audit?{query}")).partition("Before and after")[2]
    assert {subject for subject in ("sim", "help", "late") if f" {subject} " in page} == expected


def test_a_day_is_a_day_where_the_administrator_is(
    desk: FlaskClient, session: Session, admin: Person
) -> None:
    admin.zone = "Europe/Budapest"
    entry(session, subject="before", at=datetime(2026, 1, 14, 22, 59, tzinfo=UTC))
    entry(session, subject="within", at=datetime(2026, 1, 14, 23, 0, tzinfo=UTC))
    session.commit()
    page = words(desk.get("/admin/audit?since=2026-01-15&who=eva"))
    assert "within" in page
    assert "before" not in page.partition("Before and after")[2]


def test_values_before_and_after_are_shown_in_words(desk: FlaskClient, session: Session) -> None:
    before = {"names": {"en": "Old", "hu": "Régi"}, "is_active": True, "expires_at": None}
    after = {"names": {"en": "<b>New</b>", "hu": "Régi"}, "is_active": False, "expires_at": NOON.isoformat()}
    entry(session, before=before, after=after)
    entry(session, before={"topics": []}, after={"topics": ["sim", "esim"]})
    session.commit()
    page = desk.get("/admin/audit?who=eva")
    text = words(page)
    assert "Names (en) Before: Old After: <b>New</b>" in text
    assert "Régi" not in text
    assert "<b>New</b>" not in page.text
    assert "May log in Before: yes After: no" in text
    assert "Expires After: 1/15/26" in text
    assert "sim, esim" in text


def test_things_that_have_a_page_are_linked_unless_they_are_gone(desk: FlaskClient, session: Session) -> None:
    made = entry(session)
    gone = entry(session, kind="portal", subject="help")
    gone.action = "deleted"
    session.commit()
    page = desk.get("/admin/audit?who=eva").text
    assert f'href="/admin/topics/{made.subject_id}"' in page
    assert f'href="/admin/portals/{gone.subject_id}"' not in page


def test_the_log_is_turned_over_page_by_page(
    desk: FlaskClient, session: Session, statements: Statements
) -> None:
    entry(session, subject="oldest")
    few = statements(lambda: desk.get("/admin/audit"))
    for number in range(60):
        entry(session, subject=f"subject-{number}")
    session.commit()
    assert statements(lambda: desk.get("/admin/audit")) == few
    assert "oldest" not in words(desk.get("/admin/audit?who=eva"))
    assert "oldest" in words(desk.get("/admin/audit?who=eva&page=2"))


def test_the_overview_tells_administrators_the_last_changes_and_nobody_else(
    desk: FlaskClient, client_of: Callable[[Person], FlaskClient], session: Session, author: Person
) -> None:
    factories.topic(session, "newest-topic")
    session.commit()
    assert "newest-topic" in words(desk.get("/admin/"))
    assert "newest-topic" not in words(client_of(author).get("/admin/"))

"""What the tests of the administration share: an administrator's browser, pages as people read them, the log."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import event, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from kb.context import Services
from kb.models import AuditEntry, Person

Open = Callable[[Person], FlaskClient]


@pytest.fixture
def desk(client_of: Open, admin: Person) -> FlaskClient:
    """A browser in which the administrator is logged in."""
    return client_of(admin)


@pytest.fixture
def changes(session: Session) -> Callable[[str], list[AuditEntry]]:
    """What the audit log says of a kind of thing, in order: changes("portal")."""

    def found(kind: str) -> list[AuditEntry]:
        afresh(session)
        query = select(AuditEntry).where(AuditEntry.subject_kind == kind, AuditEntry.actor == "Adam Admin")
        return list(session.scalars(query.order_by(AuditEntry.id)))

    return found


@pytest.fixture
def statements(services: Services) -> Callable[[Callable[[], TestResponse]], int]:
    """How many statements the database is asked while something is done: statements(lambda: desk.get("/"))."""

    @contextmanager
    def listening() -> Iterator[list[str]]:
        asked: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_others: object) -> None:
            asked.append(statement)

        event.listen(services.database.engine, "before_cursor_execute", note)
        yield asked
        event.remove(services.database.engine, "before_cursor_execute", note)

    def counted(action: Callable[[], TestResponse]) -> int:
        action()  # what a process reads once is read now
        with listening() as asked:
            answer = action()
        assert answer.status_code == 200
        return len(asked)

    return counted


def afresh(session: Session) -> None:
    """Let a session see what was committed meanwhile."""
    session.rollback()
    session.expire_all()


def png(colour: str = "white") -> bytes:
    """The smallest image of a colour."""
    data = io.BytesIO()
    Image.new("RGB", (1, 1), colour).save(data, "PNG")
    return data.getvalue()


def words(answer: TestResponse) -> str:
    """What a page says, without its markup, with single blanks."""
    text = re.sub(r"<(script|style)\b.*?</\1>", " ", answer.text, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())


def hidden(answer: TestResponse, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"', answer.text)
    assert found, f"the page has no field {name}"
    return found[1]

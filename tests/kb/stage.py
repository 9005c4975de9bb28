"""The stage of the page tests: an open and a closed portal on which every kind of page has something to show."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser

from flask.testing import FlaskClient
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from kb.models import Article, Attachment, Topic
from kb.portals import FEATURES
from tests import factories

Steps = Callable[[], TestResponse]
BODY = "## First steps\n\nSwitch it **on**.\n\n## Then\n\nSee [prices](kb:prices).\n"


@dataclass(frozen=True)
class Stage:
    """The portals `help` (open; en, hu) and `internal` (closed; en, hu), with these topics and articles."""

    phones: Topic
    sim: Topic
    roaming: Article
    prices: Article
    attachment: Attachment


def build(session: Session) -> Stage:
    """Set the stage and commit it."""
    phones = factories.topic(session, "phones", en="Phones", hu="Telefonok")
    sim = factories.topic(session, "sim", parent=phones, en="SIM cards", hu="SIM-kártyák")
    everybody = ["public", "customer"]
    factories.portal(
        session, "help", audiences=everybody, features=list(FEATURES), taglines={"en": "How can we help?"}
    )
    factories.portal(
        session,
        "internal",
        audiences=[*everybody, "agent"],
        entry_audience="agent",
        features=list(FEATURES),
        names={"en": "The secret desk", "hu": "A titkos pult"},
        taglines={"en": "Only for us"},
    )
    prices = factories.article(session, "prices", title="Prices", topics=[phones], tags=["money"])
    roaming = factories.article(
        session,
        "roaming",
        title="Roaming abroad",
        summary="How to call from abroad",
        body=BODY,
        translations={"hu": "Barangolás külföldön"},
        topics=[sim],
        tags=["travel", "Say what?"],
        related=["prices"],
    )
    factories.folder(session, "travel", query="roaming")
    attachment = factories.attachment(session, roaming)
    session.commit()
    return Stage(phones, sim, roaming, prices, attachment)


def reread(session: Session, row: object) -> None:
    """Look at a row again, as it is stored now."""
    session.rollback()
    session.refresh(row)


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """Note what the database is asked meanwhile."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_others: object) -> None:
        if not statement.startswith("BEGIN"):
            asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


class Page(HTMLParser):
    """A page as a browser takes it apart: its tags with their attributes, and its words."""

    def __init__(self, answer: TestResponse) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self._words: list[str] = []
        self._silent = False
        self.feed(answer.text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        self._silent = tag in {"script", "style"}

    def handle_endtag(self, tag: str) -> None:
        self._silent = False

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._words.append(data)

    @property
    def words(self) -> str:
        """What it says, with single blanks."""
        return " ".join(" ".join(self._words).split())

    @property
    def language(self) -> str:
        """The language it says it is in."""
        return self.all("html")[0]["lang"]

    def all(self, tag: str, **attributes: str) -> list[dict[str, str]]:
        """The attributes of all such tags: all("link", rel="canonical")."""
        return [held for name, held in self.tags if name == tag and attributes.items() <= held.items()]

    def links(self) -> list[str]:
        """Where its links lead."""
        return [held["href"] for held in self.all("a") if "href" in held]


def token(answer: TestResponse) -> str:
    """The form's token on a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', answer.text)
    assert found, "the page has no token"
    return unescape(found[1])


def log_in(client: FlaskClient, email: str, password: str, **more: str) -> TestResponse:
    """Send the login form."""
    return client.post("/login", data={"email": email, "password": password, **more})

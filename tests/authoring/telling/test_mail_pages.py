"""What administrators see of the outbox, and what they can do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from authoring.models import Mail
from authoring.telling import mail
from kb.context import Services
from kb.mail_settings import MailServer
from kb.models import Person
from tests.authoring.telling.mailing import set_up, tell
from tests.authoring.telling.post_office import PostOffice, open_office
from tests.conftest import Clock
from tests.kb.stage import Page

Open = Callable[[Person], FlaskClient]
PAGE = "/authoring/mail/"


@pytest.fixture
def office(services: Services) -> Iterator[PostOffice]:
    """A mail server, and an application that sends its mails there."""
    with open_office() as opened:
        set_up(services, MailServer("127.0.0.1", opened.port, ""))
        yield opened


def test_without_settings_administrators_learn_which_are_missing(
    client_of: Open, admin: Person, supervisor: Person
) -> None:
    words = "KALAUZ_SMTP_URL, KALAUZ_MAIL_FROM, KALAUZ_BASE_URL"
    for path in ("/admin/", PAGE):
        assert words in Page(client_of(admin).get(path)).words
    assert words not in Page(client_of(supervisor).get("/admin/")).words
    assert client_of(admin).post("/authoring/mail/trial").status_code == 409


def test_with_settings_nothing_is_missing(client_of: Open, admin: Person, office: PostOffice) -> None:
    for path in ("/admin/", PAGE):
        assert "KALAUZ_" not in Page(client_of(admin).get(path)).words
    assert "No mail is stuck" in Page(client_of(admin).get(PAGE)).words


def test_a_mail_that_was_given_up_is_listed_with_its_reason_and_can_be_tried_again(
    app: Flask,
    client_of: Open,
    session: Session,
    clock: Clock,
    office: PostOffice,
    admin: Person,
    author: Person,
) -> None:
    office.answers["RCPT"] = "550 5.1.1 No <such> person"
    tell(session, author)
    mail.run(app, clock.now)
    client = client_of(admin)
    assert "Mail 1 waiting" in Page(client.get("/admin/")).words
    page = Page(client.get(PAGE))
    for words in (
        "author@example.com",
        "Waiting for you: Roaming abroad",
        "550 5.1.1 No <such> person",
        "given up",
    ):
        assert words in page.words
    (again,) = [
        form["action"] for form in page.all("form", method="post") if form.get("action", "").endswith("again")
    ]
    office.answers.clear()
    assert client.post(again).location == PAGE
    mail.run(app, clock.now)
    assert office.recipients == ["author@example.com"]
    page = Page(client.get(PAGE))
    assert "No mail is stuck" in page.words
    assert "1 was sent within a day" in page.words


def test_a_mail_that_waits_says_when_it_is_tried_next(
    app: Flask,
    client_of: Open,
    session: Session,
    clock: Clock,
    office: PostOffice,
    admin: Person,
    author: Person,
) -> None:
    office.answers["RCPT"] = "450 Later"
    tell(session, author)
    mail.run(app, clock.now)
    page = Page(client_of(admin).get(PAGE))
    assert "450 Later" in page.words
    assert "given up" not in page.words
    assert "1 mail waits" in page.words
    assert "Mail 1 waiting" not in page.words


def test_a_trial_goes_to_whoever_asks_for_it(
    app: Flask, client_of: Open, clock: Clock, office: PostOffice, admin: Person
) -> None:
    assert client_of(admin).post("/authoring/mail/trial").location == PAGE
    mail.run(app, clock.now)
    assert office.recipients == ["admin@example.com"]
    assert office.messages[0]["Subject"] == "A trial of the mail"


@pytest.mark.parametrize("part", ["outsider", "customer", "supervisor", "author"])
def test_nobody_else_sees_the_outbox(
    client_of: Open, session: Session, office: PostOffice, request: pytest.FixtureRequest, part: str
) -> None:
    client = client_of(request.getfixturevalue(part))
    assert client.get(PAGE).status_code == 403
    for path in ("/authoring/mail/trial", "/authoring/mail/1/again"):
        assert client.post(path).status_code == 403
    assert session.scalars(select(Mail)).all() == []


def test_a_mail_that_is_gone_is_no_crash(client_of: Open, admin: Person) -> None:
    assert client_of(admin).post("/authoring/mail/99/again").status_code == 404

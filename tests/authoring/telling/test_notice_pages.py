"""The bell, the list of notices, and how people want to be told, in the browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from authoring.models import Notice
from authoring.telling import preferences
from kb.context import Services
from kb.models import Person
from tests.authoring.telling.mailing import tell
from tests.conftest import START
from tests.kb.stage import Page, statements

Open = Callable[[Person], FlaskClient]
LIST = "/authoring/notices/"
PREFERENCES = "/authoring/notices/preferences"


def notice_of(session: Session, person: Person) -> Notice:
    session.rollback()
    session.expire_all()
    return session.scalars(select(Notice).where(Notice.person_id == person.id)).one()


def test_the_bell_counts_what_is_new_on_every_work_page(
    client_of: Open, session: Session, author: Person, customer: Person, reviewer: Person
) -> None:
    tell(session, [author, customer], title="One")
    tell(session, author, title="Two")
    assert "Notices 2 waiting" in Page(client_of(author).get("/admin/")).words
    assert "Notices 1 waiting" in Page(client_of(customer).get("/account")).words
    page = Page(client_of(reviewer).get("/admin/"))
    assert "Notices" in page.words
    assert "waiting" not in page.words.partition("Notices")[2][:10]
    assert LIST in page.links()


def test_the_bell_asks_the_database_once(
    client_of: Open, services: Services, session: Session, author: Person
) -> None:
    for number in range(5):
        tell(session, author, title=str(number))
    client = client_of(author)
    client.get("/account")
    with statements(services.database.engine) as asked:
        client.get("/account")
    assert len([statement for statement in asked if "FROM notice" in statement]) == 1


def test_the_list_asks_no_more_for_many_notices(
    client_of: Open, services: Services, session: Session, author: Person
) -> None:
    client = client_of(author)
    client.get(LIST)
    counts = []
    for number in range(8):
        tell(session, author, title=str(number))
        with statements(services.database.engine) as asked:
            client.get(LIST)
        counts.append(len(asked))
    assert max(counts) == min(counts)


def test_the_list_says_what_happened_and_leads_there(
    client_of: Open, session: Session, author: Person, customer: Person
) -> None:
    author.zone = "Europe/Budapest"
    tell(
        session,
        author,
        "returned",
        comment="Too <b>long</b>",
        due_at="2026-03-05T16:00:00+00:00",
        path="/help/en/#x",
    )
    client = client_of(author)
    page = Page(client.get(LIST))
    for words in ("“Roaming abroad” (English) was returned to you", "Too <b>long</b>", "March 5, 2026, 5:00"):
        assert words in page.words
    address = f"/authoring/notices/{notice_of(session, author).id}"
    assert address in page.links()
    assert client.get(address).location == "/help/en/#x"
    assert notice_of(session, author).seen_at == START
    assert "Notices 1" not in Page(client.get(LIST)).words
    assert client_of(customer).get(address).status_code == 404


def test_looking_at_the_list_or_asking_for_headers_is_not_reading(
    client_of: Open, session: Session, author: Person
) -> None:
    tell(session, author)
    client = client_of(author)
    client.get(LIST)
    client.head(f"/authoring/notices/{notice_of(session, author).id}")
    assert notice_of(session, author).seen_at is None


def test_all_that_was_shown_is_marked_as_read(client_of: Open, session: Session, author: Person) -> None:
    tell(session, author, title="One")
    client = client_of(author)
    shown = Page(client.get(LIST)).all("input", name="up_to")[0]["value"]
    tell(session, author, title="Two")
    answer = client.post("/authoring/notices/seen", data={"up_to": shown}, follow_redirects=True)
    assert "Notices 1 waiting" in Page(answer).words
    assert Page(answer).words.index("“Two”") < Page(answer).words.index("“One”")


@pytest.mark.parametrize(
    "up_to", ["", "x", "-1", "-99999999999999999999999", "99999999999999999999999", "1.5"]
)
def test_a_number_that_no_notice_has_marks_nothing_or_all(
    both_databases: str, client_of: Open, session: Session, author: Person, up_to: str
) -> None:
    tell(session, author)
    assert client_of(author).post("/authoring/notices/seen", data={"up_to": up_to}).status_code == 303


@pytest.mark.parametrize("page", ["0", "-3", "x", "99999999999999999999999"])
def test_a_page_that_does_not_exist_is_no_mistake(client_of: Open, author: Person, page: str) -> None:
    assert client_of(author).get(LIST, query_string={"page": page}).status_code == 200


def test_who_was_told_nothing_learns_what_arrives_here(client_of: Open, outsider: Person) -> None:
    page = Page(client_of(outsider).get(LIST))
    assert "Nothing new" in page.words
    assert not page.all("input", name="up_to")


def test_who_is_not_logged_in_comes_back_to_the_notice_after_the_login(client: FlaskClient) -> None:
    assert client.get("/authoring/notices/7").location == "/login?next=/authoring/notices/7"


# How to be told


@pytest.mark.parametrize("choice", preferences.CHOICES)
def test_everybody_chooses_when_mails_come(
    client_of: Open, session: Session, outsider: Person, choice: str
) -> None:
    client = client_of(outsider)
    assert PREFERENCES in Page(client.get("/account")).links()
    assert Page(client.get(PREFERENCES)).all("input", name="mail", value="at_once", checked="")
    assert client.post(PREFERENCES, data={"mail": choice}).location == PREFERENCES
    page = Page(client.get(PREFERENCES))
    assert page.all("input", name="mail", value=choice, checked="")
    assert "outsider@example.com" in page.words


@pytest.mark.parametrize("typed", [{"mail": ""}, {"mail": "weekly"}])
def test_what_is_no_choice_changes_nothing(
    client_of: Open, session: Session, outsider: Person, typed: dict[str, str]
) -> None:
    client = client_of(outsider)
    client.post(PREFERENCES, data={"mail": "daily"})
    assert client.post(PREFERENCES, data=typed).status_code == 422
    session.rollback()
    assert preferences.of(session, outsider.id) == "daily"


# The link in a mail


@pytest.fixture
def link(app: Flask, author: Person) -> str:
    token = preferences.opt_out_token(app.config["SECRET_KEY"], author.id)
    return f"/mail/off/{token}"


def choice_of(session: Session, person: Person) -> str:
    session.rollback()
    session.expire_all()
    return preferences.of(session, person.id)


def test_a_mail_program_switches_mails_off_with_one_post_and_no_login(
    app: Flask, client: FlaskClient, session: Session, author: Person, reviewer: Person, link: str
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    answer = client.post(
        link, data={"List-Unsubscribe": "One-Click"}, headers={"Origin": "https://mail.example"}
    )
    assert answer.status_code == 200
    assert (choice_of(session, author), choice_of(session, reviewer)) == ("off", "at_once")


def test_opening_the_link_only_asks(client: FlaskClient, session: Session, author: Person, link: str) -> None:
    answer = client.get(link)
    page = Page(answer)
    assert "author@example.com" in page.words
    assert page.all("form", method="post") == [{"method": "post"}]
    assert "no-store" in answer.headers["Cache-Control"]
    client.head(link)
    assert choice_of(session, author) == "at_once"
    assert "You get no more mails" in Page(client.post(link)).words
    assert not Page(client.get(link)).all("form", method="post")


def test_the_page_speaks_the_language_of_the_mail(
    client: FlaskClient, session: Session, author: Person, link: str
) -> None:
    author.languages = ["hu"]
    session.commit()
    assert Page(client.get(link, headers={"Accept-Language": "sv"})).language == "hu"


def test_a_link_that_is_not_ours_changes_nothing(
    client: FlaskClient, session: Session, author: Person, link: str
) -> None:
    for broken in (link[:-2], f"{link}x", "/mail/off/1", "/mail/off/.", "/mail/off/%00"):
        for answer in (client.get(broken), client.post(broken)):
            assert answer.status_code == 404
            assert "author@example.com" not in answer.text
    assert choice_of(session, author) == "at_once"

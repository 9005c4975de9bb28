"""The desk: what waits for whom, what is somebody's own, and what everybody works on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from authoring.models import Draft
from kb.context import Services
from kb.models import Person
from tests import factories
from tests.authoring.approval.reviewing import decide, draft, empty_article, submitted
from tests.conftest import START, Clock
from tests.kb.admin.conftest import words

Open = Callable[[Person], FlaskClient]


@pytest.fixture
def waiting(session: Session, author: Person) -> Person:
    """Two articles in review, written by the author, the second due first."""
    for number, key in enumerate(("roaming", "prices")):
        made = factories.article(session, key, body="Old.")
        submitted(session, draft(session, made, author), author, now=START - timedelta(hours=number))
    session.commit()
    return author


def test_a_reviewer_sees_what_waits_due_first(client_of: Open, waiting: Person, reviewer: Person) -> None:
    page = client_of(reviewer).get("/authoring/")
    assert page.text.index("Prices") < page.text.index("Roaming")
    assert "Waiting for me 2" in words(page)
    assert "in 3 days" in words(page)


def test_the_author_sees_it_among_their_own_and_not_among_what_waits(
    client_of: Open, waiting: Person
) -> None:
    browser = client_of(waiting)
    assert "Nothing waits for you" in words(browser.get("/authoring/"))
    own = words(browser.get("/authoring/?tab=mine"))
    assert "Prices" in own
    assert "In review" in own


def test_whoever_writes_begins_a_new_article_from_the_desk(
    client_of: Open, author: Person, reviewer: Person
) -> None:
    assert "New article" in words(client_of(author).get("/authoring/"))
    assert "New article" not in words(client_of(reviewer).get("/authoring/"))


def test_what_is_overdue_is_marked(client_of: Open, waiting: Person, reviewer: Person, clock: Clock) -> None:
    clock.advance(hours=80)
    page = client_of(reviewer).get("/authoring/")
    assert page.text.count("overdue by") == 2


def test_the_navigation_says_how_many_wait_on_every_work_page(
    client_of: Open, waiting: Person, reviewer: Person
) -> None:
    assert "Desk 2 waiting" in words(client_of(reviewer).get("/admin/articles/"))
    assert "Desk 2 waiting" not in words(client_of(waiting).get("/admin/articles/"))


def test_returned_texts_and_unsaved_work_stand_among_ones_own(
    session: Session, client_of: Open, author: Person, reviewer: Person
) -> None:
    made = empty_article(session)
    review = submitted(session, draft(session, made, author), author)
    decide(session, review, reviewer, "return", "The price is wrong.")
    fields = {"title": "Half a thought"}
    session.add(
        Draft(
            article_id=made.id,
            language="hu",
            person_id=author.id,
            fields=fields,
            saved_at=START,
            seen_at=START,
        )
    )
    session.commit()
    page = client_of(author).get("/authoring/?tab=mine")
    assert "Returned" in words(page)
    assert "Half a thought" in words(page)
    assert f"/authoring/articles/{made.id}/hu" in page.text
    assert "Half a thought" not in words(client_of(reviewer).get("/authoring/?tab=mine"))


def test_everything_in_review_is_there_for_everybody_who_works_on_articles(
    client_of: Open, waiting: Person, specialist: Person
) -> None:
    assert "Roaming" in words(client_of(specialist).get("/authoring/?tab=all"))


def test_who_does_not_work_on_articles_sees_only_what_asks_them(
    client_of: Open, waiting: Person, agent: Person, customer: Person
) -> None:
    assert "Roaming" not in words(client_of(agent).get("/authoring/?tab=all"))
    assert client_of(customer).get("/authoring/").status_code == 403


@pytest.mark.parametrize("tab", ["waiting", "mine", "all"])
def test_the_desk_asks_the_same_number_of_times_however_much_waits(
    session: Session,
    services: Services,
    client_of: Open,
    author: Person,
    waiting: Person,
    reviewer: Person,
    tab: str,
) -> None:
    browser = client_of(author if tab == "mine" else reviewer)

    def statements() -> int:
        asked: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_others: object) -> None:
            asked.append(statement)

        event.listen(services.database.engine, "before_cursor_execute", note)
        assert browser.get(f"/authoring/?tab={tab}").status_code == 200
        event.remove(services.database.engine, "before_cursor_execute", note)
        return len(asked)

    statements()
    few = statements()
    for number in range(12):
        topic = factories.topic(session, f"topic-{number}")
        made = factories.article(session, f"more-{number}", topics=[topic])
        submitted(session, draft(session, made, author), author)
    session.commit()
    statements()
    assert statements() == few

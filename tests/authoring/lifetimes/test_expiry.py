"""The calendar and the list of what happens by itself, in the zone of who looks."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from authoring.lifetimes import expiry_queries
from authoring.lifetimes.expiry_queries import Filters
from kb.context import Services
from kb.models import Person, State
from tests import factories
from tests.conftest import START, Clock
from tests.kb.admin.conftest import words
from tests.kb.stage import statements

Open = Callable[[Person], FlaskClient]
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
FAR = START + 365 * DAY


@pytest.fixture
def budapest(client_of: Open, session: Session, author: Person) -> FlaskClient:
    """The author's browser, in Budapest."""
    author.zone = "Europe/Budapest"
    session.commit()
    return client_of(author)


def events(session: Session, now: datetime = START, **wishes: Any) -> list[tuple[str, str]]:
    """(what, key) of everything there is, in order."""
    found = expiry_queries.between(session, START - FAR_BACK, FAR, Filters(**wishes), now)
    return [(one.what, one.key) for one in found]


FAR_BACK = timedelta(days=365)


def cell(page: str, day: str) -> str:
    """What the calendar says of a day."""
    held = re.search(
        rf'<td[^>]*>\s*<p class="calendar-day">\s*<time datetime="{day}".*?</td>', page, re.DOTALL
    )
    assert held, f"there is no {day} in the calendar"
    return " ".join(re.sub(r"<[^>]*>", " ", held[0]).split())


# What happens.


def test_everything_that_happens_by_itself_is_found_in_order(session: Session) -> None:
    factories.article(session, "expiring", expires_at=START + 3 * DAY)
    factories.article(session, "looked-at", review_by=START + DAY)
    factories.article(session, "to-come", publish_at=START + 2 * DAY)
    factories.article(session, "lasting")
    for state in (State.DRAFT, State.IN_REVIEW, State.WITHDRAWN, State.REJECTED):
        factories.article(session, str(state).replace("_", "-"), state=state, expires_at=START + DAY)
    assert events(session) == [("review", "looked-at"), ("appears", "to-come"), ("expires", "expiring")]


def test_what_gives_way_first_does_not_expire_and_is_not_looked_at(session: Session) -> None:
    made = factories.article(session, expires_at=START + 3 * DAY, review_by=START + 3 * DAY)
    factories.revision(session, made, publish_at=START + 2 * DAY)
    assert events(session) == [("appears", "roaming")]
    assert events(session, START + 2 * DAY) == []


def test_what_expires_before_the_look_is_not_looked_at(session: Session) -> None:
    factories.article(session, expires_at=START + DAY, review_by=START + 2 * DAY)
    assert events(session) == [("expires", "roaming")]


def test_a_look_that_is_overdue_stays_until_the_text_is_gone(session: Session) -> None:
    factories.article(session, expires_at=START + 5 * DAY, review_by=START + DAY)
    assert ("review", "roaming") in events(session, START + 4 * DAY)
    assert events(session, START + 5 * DAY) == [("expires", "roaming")]


def test_filters_narrow_it(session: Session, author: Person) -> None:
    phones = factories.topic(session, "phones")
    factories.article(session, "own", expires_at=START + DAY).owner_id = author.id
    factories.article(session, "wiki", kind="wiki", review_by=START + DAY)
    factories.article(session, "placed", topics=[phones], publish_at=START + DAY)
    factories.article(session, "hungarian", language="hu", expires_at=START + DAY)
    assert len(events(session)) == 4
    assert events(session, owner_id=author.id) == [("expires", "own")]
    assert events(session, kind="wiki") == [("review", "wiki")]
    assert events(session, topic_ids=frozenset({phones.id})) == [("appears", "placed")]
    assert events(session, topic_ids=frozenset()) == []
    assert events(session, language="hu") == [("expires", "hungarian")]
    assert events(session, what="review") == [("review", "wiki")]
    assert events(session, what="nothing") == []


def test_a_stretch_of_time_begins_with_its_first_moment_and_ends_before_its_last(session: Session) -> None:
    factories.article(session, expires_at=START + DAY)
    moment = START + DAY

    def found(since: datetime, until: datetime) -> int:
        return len(expiry_queries.between(session, since, until, Filters(), START))

    assert found(moment, moment + SECOND) == 1
    assert found(moment - DAY, moment) == 0
    assert found(moment + SECOND, FAR) == 0


def test_the_list_goes_on_over_pages_and_forgets_what_expired_long_ago(
    both_databases: str, session: Session
) -> None:
    for number in range(60):
        factories.article(session, f"a-{number}", expires_at=START + (number + 1) * DAY)
    pages = [expiry_queries.upcoming(session, Filters(), START + 32 * DAY, page) for page in (1, 2, 9)]
    assert [(one.total, one.page, one.pages, len(one.rows)) for one in pages] == [
        (59, 1, 2, 50),
        (59, 2, 2, 9),
        (59, 2, 2, 9),
    ]
    assert pages[0].rows[0].key == "a-1"
    assert pages[1].rows[-1].key == "a-59"


# The calendar.


def test_this_month_is_shown_first_and_others_on_both_sides(budapest: FlaskClient) -> None:
    page = budapest.get("/authoring/expiry/").text
    assert "March 2026" in page
    assert 'rel="prev"' in page
    assert "/authoring/expiry/?month=2026-02" in page
    assert "/authoring/expiry/?month=2026-04" in page
    assert "January 2027" in budapest.get("/authoring/expiry/?month=2026-12").text
    for nonsense in ("2026-13", "x", "", "0001-01", "9999-12", "2026-03-01"):
        assert "March 2026" in budapest.get(f"/authoring/expiry/?month={nonsense}").text


def test_months_and_days_are_written_in_the_order_of_the_language(
    budapest: FlaskClient, session: Session, author: Person
) -> None:
    author.languages = ["hu"]
    session.commit()
    page = budapest.get("/authoring/expiry/").text
    assert "2026. március</h2>" in page
    assert "márc. 9." in page


@pytest.mark.parametrize(
    ("moment", "day", "time"),
    [
        (datetime(2026, 3, 28, 22, 59, tzinfo=UTC), "2026-03-28", "11:59 PM"),
        (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), "2026-03-29", "12:00 AM"),
        (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), "2026-03-29", "3:30 AM"),
        (datetime(2026, 3, 29, 21, 59, tzinfo=UTC), "2026-03-29", "11:59 PM"),
        (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), "2026-03-30", "12:00 AM"),
        (datetime(2026, 10, 24, 22, 0, tzinfo=UTC), "2026-10-25", "12:00 AM"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "2026-10-25", "2:30 AM CEST"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "2026-10-25", "2:30 AM CET"),
        (datetime(2026, 10, 25, 22, 59, tzinfo=UTC), "2026-10-25", "11:59 PM"),
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), "2026-10-26", "12:00 AM"),
    ],
)
def test_an_event_stands_on_its_day_with_its_time_also_when_the_clocks_are_changed(
    budapest: FlaskClient, session: Session, moment: datetime, day: str, time: str
) -> None:
    factories.article(session, title="Roaming", expires_at=moment)
    session.commit()
    page = budapest.get(f"/authoring/expiry/?month={day[:7]}").text.replace("\u202f", " ")
    assert f"Expires: {time} en Roaming" in cell(page, day)
    assert page.count(">Roaming<") == 1
    listed = words(budapest.get(f"/authoring/expiry/?day={day}")).replace("\u202f", " ")
    assert time in listed
    assert "Roaming" in listed


def test_a_day_of_23_or_25_hours_is_marked(budapest: FlaskClient) -> None:
    assert "23 h" in cell(budapest.get("/authoring/expiry/?month=2026-03").text, "2026-03-29")
    assert "25 h" in cell(budapest.get("/authoring/expiry/?month=2026-10").text, "2026-10-25")
    assert " h" not in cell(budapest.get("/authoring/expiry/?month=2026-10").text, "2026-10-24")


def test_times_are_those_of_who_looks(
    client_of: Open, session: Session, author: Person, reviewer: Person
) -> None:
    author.zone, reviewer.zone = "Asia/Tokyo", "America/New_York"
    factories.article(session, title="Roaming", expires_at=START.replace(day=10, hour=20))
    session.commit()
    tokyo = client_of(author).get("/authoring/expiry/").text
    new_york = client_of(reviewer).get("/authoring/expiry/").text
    assert "Roaming" in cell(tokyo, "2026-03-11")
    assert "Roaming" in cell(new_york, "2026-03-10")
    assert "Times are those of America/New York." in new_york


def test_languages_that_end_together_are_one_event(budapest: FlaskClient, session: Session) -> None:
    factories.article(session, title="Roaming", translations={"hu": "Barangolás"}, expires_at=START + 3 * DAY)
    session.commit()
    held = cell(budapest.get("/authoring/expiry/").text, "2026-03-05")
    assert "en hu Roaming" in held
    assert "Barangolás" not in held
    listed = words(budapest.get("/authoring/expiry/?as=list"))
    assert listed.count("Roaming") == 2  # its title, and in the name of its button
    assert "Barangolás" not in listed


def test_a_full_day_leads_to_its_own_list(budapest: FlaskClient, session: Session) -> None:
    for number in range(9):
        factories.article(session, f"a-{number}", expires_at=START + 3 * DAY)
    session.commit()
    page = budapest.get("/authoring/expiry/?kind=faq").text
    assert "and 6 more" in cell(page, "2026-03-05")
    assert "/authoring/expiry/?day=2026-03-05&amp;kind=faq" in page
    listed = words(budapest.get("/authoring/expiry/?day=2026-03-05"))
    assert all(f"A-{number}" in listed for number in range(9))
    assert "Nothing happens by itself on this day" in words(budapest.get("/authoring/expiry/?day=2026-03-06"))


def test_what_has_expired_is_said_to_be(budapest: FlaskClient, session: Session, clock: Clock) -> None:
    factories.article(session, title="Roaming", expires_at=START + DAY)
    session.commit()
    clock.now = START + DAY - SECOND
    assert "Expired" not in words(budapest.get("/authoring/expiry/?as=list"))
    clock.now = START + DAY
    assert "Expired" in words(budapest.get("/authoring/expiry/?as=list"))


def test_the_page_keeps_its_filters(budapest: FlaskClient, session: Session, author: Person) -> None:
    factories.topic(session, "phones")
    factories.article(session, "own", title="My own", expires_at=START + DAY).owner_id = author.id
    factories.article(session, "other", title="Another", expires_at=START + DAY)
    session.commit()
    page = budapest.get("/authoring/expiry/?as=list&mine=1&kind=faq&what=expires&language=en")
    assert "My own" in words(page)
    assert "Another" not in words(page)
    assert 'name="mine" value="1" checked' in page.text
    assert '<option value="faq" selected>' in page.text
    nonsense = budapest.get("/authoring/expiry/?as=list&mine=x&kind=poem&topic=x&what=x&language=x&page=x")
    assert "Another" in words(nonsense)


@pytest.mark.parametrize(
    "address", ["/authoring/expiry/", "/authoring/expiry/?as=list", "/authoring/expiry/?day=2026-03-05"]
)
def test_it_asks_the_same_number_of_times_however_much_happens(
    budapest: FlaskClient, session: Session, services: Services, address: str
) -> None:
    def asked() -> int:
        with statements(services.database.engine) as found:
            assert budapest.get(address).status_code == 200
        return len(found)

    factories.article(session, "first", expires_at=START + 3 * DAY, review_by=START + 2 * DAY)
    session.commit()
    asked()
    few = asked()
    for number in range(30):
        factories.article(
            session, f"a-{number}", translations={"hu": f"B-{number}"}, expires_at=START + 3 * DAY
        )
    session.commit()
    asked()
    assert asked() == few


@pytest.mark.parametrize("part", ["author", "translator", "reviewer", "specialist", "supervisor", "admin"])
def test_whoever_works_on_articles_sees_it(
    client_of: Open, request: pytest.FixtureRequest, part: str
) -> None:
    browser = client_of(request.getfixturevalue(part))
    assert browser.get("/authoring/expiry/").status_code == 200
    assert 'href="/authoring/expiry/"' in browser.get("/admin/").text

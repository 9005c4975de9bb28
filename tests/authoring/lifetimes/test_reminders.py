"""Reminders: first whoever owns an article, then supervisors; each once, and nobody for nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from authoring.lifetimes.reminders import remind
from authoring.models import Notice
from authoring.telling import notice_words
from kb import publication
from kb.context import Services
from kb.jobs import run_due
from kb.models import Article, Person, State
from kb.permissions import SYSTEM
from tests import factories
from tests.conftest import START

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
END = START + 60 * DAY

Told = list[tuple[str, str]]


@pytest.fixture
def owned(session: Session, author: Person) -> Callable[..., Article]:
    """Make an article that belongs to the author, by default one that ends at END."""

    def made(key: str = "roaming", **more: Any) -> Article:
        given: dict[str, Any] = {"expires_at": END, **more}
        found = factories.article(session, key, **given)
        found.owner_id = author.id
        session.commit()
        return found

    return made


def told(session: Session, at: datetime) -> Told:
    """Let the job run at a moment; whom it told what by it, by first name."""
    known = set(session.scalars(select(Notice.id)))
    remind(session, at)
    session.commit()
    query = select(Person.name, Notice.kind, Notice.id).join(Person, Person.id == Notice.person_id)
    return sorted(
        (name.split()[0], kind) for name, kind, number in session.execute(query) if number not in known
    )


def notice(session: Session) -> Notice:
    return session.scalars(select(Notice).order_by(Notice.id.desc())).all()[0]


def test_an_owner_is_reminded_in_time_and_supervisors_at_the_end(
    session: Session, owned: Callable[..., Article]
) -> None:
    owned()
    before = [31, 30, 29, 8, 7, 6, 2, 1, 0.5, 0, -1, -6]
    assert {days: told(session, END - days * DAY) for days in before} == {
        **{days: [] for days in before},
        30: [("Anna", "expiring")],
        7: [("Anna", "expiring")],
        1: [("Anna", "expiring"), ("Simon", "expiring")],
        0: [("Anna", "expired"), ("Simon", "expired")],
    }


def test_a_look_that_is_due_goes_the_same_way(session: Session, owned: Callable[..., Article]) -> None:
    owned(expires_at=None, review_by=END)
    assert [told(session, END - days * DAY) for days in (31, 30, 7, 1, 0, -1)] == [
        [],
        [("Anna", "review_due")],
        [("Anna", "review_due")],
        [("Anna", "review_due"), ("Simon", "review_due")],
        [("Anna", "review_due"), ("Simon", "review_due")],
        [],
    ]


def test_whoever_comes_late_gets_the_latest_reminder_only(
    session: Session, owned: Callable[..., Article]
) -> None:
    owned()
    assert told(session, END - 3 * DAY) == [("Anna", "expiring")]
    owned("other", expires_at=END + 7 * HOUR)
    assert told(session, END + 8 * HOUR) == [("Anna", "expired")] * 2 + [("Simon", "expired")] * 2
    owned("long-ago", publish_at=START, expires_at=END)
    assert told(session, END + 8 * DAY) == []


def test_another_end_is_reminded_of_anew(session: Session, owned: Callable[..., Article]) -> None:
    made = owned()
    assert told(session, END - 30 * DAY)
    factories.revision(session, made, publish_at=START, expires_at=END + 40 * DAY)
    session.commit()
    assert told(session, END) == []
    assert told(session, END + 10 * DAY) == [("Anna", "expiring")]


@pytest.mark.parametrize(
    "more",
    [
        {"state": State.DRAFT},
        {"state": State.IN_REVIEW},
        {"state": State.WITHDRAWN},
        {"expires_at": None},
    ],
)
def test_what_does_not_expire_is_not_told(
    session: Session, owned: Callable[..., Article], more: dict[str, Any]
) -> None:
    owned(**more)
    assert [told(session, END - days * DAY) for days in (30, 1, 0)] == [[], [], []]


def test_what_gives_way_before_it_expires_is_not_told(
    session: Session, owned: Callable[..., Article]
) -> None:
    made = owned()
    factories.revision(session, made, publish_at=END - DAY)
    session.commit()
    assert [told(session, END - days * DAY) for days in (30, 1, 0)] == [[], [], []]


def test_the_look_at_what_has_expired_or_was_withdrawn_is_not_told(
    session: Session, owned: Callable[..., Article]
) -> None:
    owned("ended", publish_at=START, expires_at=START + DAY, review_by=END)
    gone = owned("gone", expires_at=None, review_by=END)
    publication.withdraw(session, factories.newest(gone), by=SYSTEM, now=START)
    session.commit()
    assert [told(session, END - days * DAY) for days in (30, 1, 0)] == [[], [], []]


def test_languages_that_end_together_are_told_at_once_and_named(
    session: Session, owned: Callable[..., Article]
) -> None:
    made = owned(translations={"hu": "Barangolás", "sv": "Roaming utomlands"})
    assert told(session, END - 7 * DAY) == [("Anna", "expiring")]
    found = notice(session)
    assert found.params == {
        "title": "Roaming",
        "language": "en",
        "expires_at": END.isoformat(),
        "translations": "Magyar, Svenska",
    }
    assert found.path == f"/authoring/expiry/{factories.newest(made).id}"


def test_a_translation_that_ends_by_itself_is_told_by_itself(
    session: Session, owned: Callable[..., Article]
) -> None:
    made = owned()
    factories.revision(session, made, "hu", title="Barangolás", expires_at=END + DAY)
    session.commit()
    assert told(session, END - 7 * DAY) == [("Anna", "expiring"), ("Anna", "expiring")]
    titles = session.scalars(select(Notice)).all()
    assert {one.params["title"]: one.params["language"] for one in titles} == {
        "Roaming": "en",
        "Barangolás": "hu",
    }


def test_where_nobody_owns_it_supervisors_hear_at_first(
    session: Session, owned: Callable[..., Article], author: Person
) -> None:
    owned().owner_id = None
    owned("left")
    author.is_active = False
    session.commit()
    assert told(session, END - 30 * DAY) == [("Simon", "expiring"), ("Simon", "expiring")]


def test_only_supervisors_of_the_topic_hear_of_it_and_administrators_where_there_is_none(
    session: Session, owned: Callable[..., Article], supervisor: Person
) -> None:
    phones, bills = factories.topic(session, "phones"), factories.topic(session, "bills")
    factories.limit(session, supervisor, topics=["phones"])
    owned("in-phones", topics=[phones])
    assert told(session, END) == [("Anna", "expired"), ("Simon", "expired")]
    owned("in-bills", topics=[bills])
    assert told(session, END) == [("Adam", "expired"), ("Anna", "expired")]


def test_a_supervisor_who_owns_it_is_told_once(
    session: Session, owned: Callable[..., Article], supervisor: Person
) -> None:
    owned().owner_id = supervisor.id
    session.commit()
    assert told(session, END) == [("Simon", "expired")]


def test_its_kinds_of_notices_have_words() -> None:
    assert {"expiring", "expired", "review_due"} <= set(notice_words.KINDS)


def test_the_application_does_it_every_hour(
    both_databases: str, services: Services, session: Session, owned: Callable[..., Article]
) -> None:
    owned()
    job = next(one for one in services.jobs if one.name == "reminders")
    assert job.every == timedelta(hours=1)
    moments = [END - 7 * DAY, END - 7 * DAY + HOUR / 2, END - 7 * DAY + HOUR, END - DAY]
    ran = [run_due(services.database, [job], moment) for moment in moments]
    assert ran == [["reminders"], [], ["reminders"], ["reminders"]]
    session.rollback()
    kinds = session.execute(select(Notice.kind, Notice.created_at).order_by(Notice.id)).all()
    assert [tuple(one) for one in kinds] == [
        ("expiring", END - 7 * DAY),
        ("expiring", END - DAY),
        ("expiring", END - DAY),
    ]

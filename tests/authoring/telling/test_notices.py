"""Notices are told once, listed for their person alone, and seen when their person says so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from authoring.models import Notice
from authoring.telling import notices
from kb.errors import NotFound
from kb.models import Person
from tests.authoring.telling.mailing import tell
from tests.conftest import START


def titles(session: Session, person: Person) -> list[str]:
    return [notice.params["title"] for notice in notices.of(session, person.id).rows]


def ids(session: Session, person: Person) -> list[int]:
    return sorted(notice.id for notice in notices.of(session, person.id).rows)


def test_nobody_is_told_twice_of_the_same(session: Session, author: Person, reviewer: Person) -> None:
    tell(session, [author, author], title="One", about="review 1")
    tell(session, [author, reviewer], title="Again", about="review 1")
    assert titles(session, author) == ["One"]
    assert titles(session, reviewer) == ["Again"]


def test_what_is_new_stands_first_then_the_newest(session: Session, author: Person) -> None:
    for title in ("One", "Two", "Three"):
        tell(session, author, title=title)
    notices.see(session, ids(session, author)[2], by=author.id, now=START)
    assert titles(session, author) == ["Two", "One", "Three"]


def test_a_long_list_has_pages(session: Session, author: Person) -> None:
    for number in range(60):
        tell(session, author, title=str(number))
    listing = notices.of(session, author.id, page=2)
    assert (listing.total, listing.pages, len(listing.rows)) == (60, 2, 10)


def test_who_opens_a_notice_has_seen_it_and_is_led_on(session: Session, author: Person) -> None:
    tell(session, author, path="/authoring/reviews/7")
    notice_id = ids(session, author)[0]
    assert notices.unseen(session, author.id) == 1
    assert notices.see(session, notice_id, by=author.id, now=START) == "/authoring/reviews/7"
    notices.see(session, notice_id, by=author.id, now=START + timedelta(days=1))
    assert notices.unseen(session, author.id) == 0
    assert session.get_one(Notice, notice_id).seen_at == START, "the first time counts"


def test_nobody_opens_the_notice_of_another(session: Session, author: Person, outsider: Person) -> None:
    tell(session, author)
    for notice_id in (ids(session, author)[0], 999):
        with pytest.raises(NotFound):
            notices.see(session, notice_id, by=outsider.id, now=START)
    assert notices.unseen(session, author.id) == 1


def test_what_came_after_the_list_was_opened_stays_new(
    session: Session, author: Person, reviewer: Person
) -> None:
    tell(session, [author, reviewer], title="One")
    newest = ids(session, author)[0]
    tell(session, author, title="Two")
    notices.see_all(session, by=author.id, up_to=newest, now=START)
    assert titles(session, author) == ["Two", "One"]
    assert notices.unseen(session, author.id) == 1
    assert notices.unseen(session, reviewer.id) == 1


def test_what_was_seen_long_ago_is_removed_and_what_was_not_stays(session: Session, author: Person) -> None:
    for title in ("Seen long ago", "Seen lately", "Never seen"):
        tell(session, author, title=title)
    first, second, _third = ids(session, author)
    notices.see(session, first, by=author.id, now=START)
    notices.see(session, second, by=author.id, now=START + timedelta(days=2))
    notices.forget_old(session, START + timedelta(days=90, seconds=1))
    assert titles(session, author) == ["Never seen", "Seen lately"]

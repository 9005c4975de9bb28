"""Renewing: the same text for longer, approved again; and the page on which it is done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from authoring.lifetimes import renewals
from authoring.models import Review
from kb import articles, publication
from kb.errors import Conflict, Invalid, NotAllowed
from kb.models import Article, Person, Revision, State
from kb.permissions import SYSTEM
from tests import cast, factories
from tests.authoring.approval.reviewing import decide, review_of, shown
from tests.conftest import START, Clock
from tests.kb.admin.conftest import words

Open = Callable[[Person], FlaskClient]
DAY = timedelta(days=1)


@pytest.fixture
def expiring(session: Session) -> Article:
    """What expires in ten days, in two languages."""
    made = factories.article(
        session,
        title="Roaming",
        body="The old text.",
        summary="In short",
        tags=["travel"],
        translations={"hu": "Barangolás"},
        expires_at=START + 10 * DAY,
    )
    session.commit()
    return made


def renew(session: Session, revision: Revision, by: Person, **times: datetime | None) -> Revision:
    given: dict[str, Any] = {"expires_at": START + 100 * DAY, "review_by": START + 50 * DAY, **times}
    return renewals.renew(session, revision, by=factories.viewer(session, by), now=START + DAY, **given)


# Without a change.


def test_a_renewed_text_says_the_same_and_waits_for_its_approval(
    session: Session, expiring: Article, author: Person, reviewer: Person
) -> None:
    old = factories.newest(expiring)
    new = renew(session, old, author)
    same = ("title", "summary", "body", "tags")
    assert [getattr(new, name) for name in same] == [getattr(old, name) for name in same]
    assert (new.base_id, new.state, new.author_id) == (old.id, State.IN_REVIEW, author.id)
    assert (new.expires_at, new.review_by) == (START + 100 * DAY, START + 50 * DAY)
    assert shown(session, START + 9 * DAY) == ["The old text.", "The old text."]
    assert shown(session, START + 10 * DAY) == []
    decide(session, review_of(session, new), reviewer, now=START + 2 * DAY)
    assert new.state == State.PUBLISHED
    assert old.superseded_at == START + 2 * DAY
    assert shown(session, START + 99 * DAY) == ["The old text."]
    assert shown(session, START + 100 * DAY) == []


def test_what_has_expired_comes_back_with_its_approval(
    session: Session, expiring: Article, author: Person, reviewer: Person
) -> None:
    new = renewals.renew(
        session,
        factories.newest(expiring),
        expires_at=START + 50 * DAY,
        review_by=None,
        by=factories.viewer(session, author),
        now=START + 20 * DAY,
    )
    assert shown(session, START + 20 * DAY) == []
    decide(session, review_of(session, new), reviewer, now=START + 21 * DAY)
    assert shown(session, START + 21 * DAY) == ["The old text."]


def test_an_author_does_not_approve_their_own_renewal(
    session: Session, expiring: Article, author: Person
) -> None:
    author.roles = ["author", "reviewer"]
    new = renew(session, factories.newest(expiring), author)
    with pytest.raises(NotAllowed):
        decide(session, review_of(session, new), author)


def test_translations_of_a_renewed_source_stay_current(
    session: Session, expiring: Article, author: Person, reviewer: Person
) -> None:
    new = renew(session, factories.newest(expiring), author)
    decide(session, review_of(session, new), reviewer, now=START + 2 * DAY)
    assert factories.newest(expiring, "hu").stale_at is None


def test_a_stale_translation_does_not_become_current_by_being_renewed(
    session: Session, expiring: Article, author: Person, reviewer: Person
) -> None:
    changed = factories.revision(session, expiring, title="Roaming", body="It costs 900 Ft now.")
    old = factories.newest(expiring, "hu")
    assert old.stale_at == START
    new = renew(session, old, author)
    assert new.made_from_id == old.made_from_id != changed.id
    decide(session, review_of(session, new), reviewer, now=START + 2 * DAY)
    assert new.stale_at == START


# When it cannot be.


@pytest.mark.parametrize(
    ("times", "field"),
    [
        ({"expires_at": START + DAY, "review_by": None}, "expires_at"),
        ({"review_by": START}, "review_by"),
        ({"expires_at": START + 5 * DAY, "review_by": START + 5 * DAY}, "review_by"),
    ],
)
def test_a_time_that_makes_no_sense_is_refused(
    session: Session, expiring: Article, author: Person, times: dict[str, datetime], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        renew(session, factories.newest(expiring), author, **times)
    assert set(refused.value.fields) == {field}


@pytest.mark.parametrize("state", [State.DRAFT, State.IN_REVIEW, State.REJECTED, State.WITHDRAWN])
def test_what_is_not_published_is_edited_instead(session: Session, author: Person, state: State) -> None:
    made = factories.article(session, state=state)
    with pytest.raises(Conflict, match="edit it instead"):
        renew(session, factories.newest(made), author)


@pytest.mark.parametrize("state", [State.DRAFT, State.IN_REVIEW, State.APPROVED])
def test_work_on_a_newer_version_is_not_thrown_away(
    session: Session, expiring: Article, author: Person, state: State
) -> None:
    old = factories.newest(expiring)
    factories.revision(session, expiring, state=state)
    with pytest.raises(Conflict, match="at work on a newer version"):
        renew(session, old, author)


def test_what_has_a_successor_is_not_renewed(session: Session, expiring: Article, author: Person) -> None:
    old = factories.newest(expiring)
    factories.revision(session, expiring, publish_at=START + 5 * DAY)
    with pytest.raises(Conflict, match="a newer one"):
        renew(session, old, author)


def test_a_renewal_that_was_returned_may_be_tried_again(
    session: Session, expiring: Article, author: Person, reviewer: Person
) -> None:
    old = factories.newest(expiring)
    first = renew(session, old, author)
    decide(session, review_of(session, first), reviewer, "return", "Not so long.")
    assert renew(session, old, author, expires_at=START + 60 * DAY).state == State.IN_REVIEW


@pytest.mark.parametrize("part", sorted(cast.NAMES))
def test_whoever_may_write_it_may_renew_it(
    session: Session, expiring: Article, request: pytest.FixtureRequest, part: str
) -> None:
    person = request.getfixturevalue(part)
    if part in {"author", "specialist", "supervisor", "admin"}:
        assert renew(session, factories.newest(expiring), person).author_id == person.id
    else:
        with pytest.raises(NotAllowed):
            renew(session, factories.newest(expiring), person)


def test_a_translator_renews_translations_only(
    session: Session, expiring: Article, translator: Person
) -> None:
    translator.languages = ["hu", "en"]
    assert renew(session, factories.newest(expiring, "hu"), translator).state == State.IN_REVIEW
    with pytest.raises(NotAllowed):
        renew(session, factories.newest(expiring), translator)


# The page.


def path(revision: Revision) -> str:
    return f"/authoring/expiry/{revision.id}"


def test_on_the_page_languages_that_end_together_are_renewed_together(
    client_of: Open, session: Session, expiring: Article, author: Person
) -> None:
    author.zone = "Europe/Budapest"
    session.commit()
    english, hungarian = factories.newest(expiring), factories.newest(expiring, "hu")
    browser = client_of(author)
    page = browser.get(path(english))
    assert f'checked id="others-0" name="others" type="checkbox" value="{hungarian.id}"' in page.text
    fields = {"expires_at": "2026-10-25T02:30", "review_by": "", "others": [hungarian.id], "note": "Checked."}
    answer = browser.post(path(english), data=fields)
    assert (answer.status_code, answer.location) == (303, "/authoring/expiry/")
    session.rollback()
    waiting = session.scalars(select(Revision).where(Revision.state == State.IN_REVIEW)).all()
    assert {one.translation.language for one in waiting} == {"en", "hu"}
    assert {one.expires_at for one in waiting} == {datetime.fromisoformat("2026-10-25T00:30:00+00:00")}
    assert {one.change_note for one in waiting} == {"Checked."}


def test_of_several_languages_all_are_renewed_or_none(
    client_of: Open, session: Session, expiring: Article, author: Person
) -> None:
    factories.revision(session, expiring, "hu", state=State.DRAFT)
    session.commit()
    hungarian = factories.translation(expiring, "hu").revisions[0]
    fields = {"expires_at": "2026-12-01T12:00", "others": [hungarian.id]}
    assert client_of(author).post(path(factories.newest(expiring)), data=fields).status_code == 422
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Review)) == 0


def test_what_was_typed_stays_when_it_is_refused(
    client_of: Open, session: Session, expiring: Article, author: Person
) -> None:
    fields = {"expires_at": "2020-01-01T00:00", "note": "It is still right."}
    answer = client_of(author).post(path(factories.newest(expiring)), data=fields)
    assert answer.status_code == 422
    assert "Choose a time in the future." in words(answer)
    assert "It is still right." in answer.text
    assert 'value="2020-01-01T00:00"' in answer.text


def test_the_page_says_why_something_cannot_be_renewed(
    client_of: Open, session: Session, expiring: Article, author: Person, reviewer: Person
) -> None:
    factories.revision(session, expiring, "hu", state=State.DRAFT)
    session.commit()
    hungarian = factories.translation(expiring, "hu").revisions[0]
    page = words(client_of(author).get(path(hungarian)))
    assert "Somebody is at work on a newer version: renew it with that one." in page
    assert "Hand in for approval" not in page
    assert "Hand in for approval" not in words(client_of(reviewer).get(path(factories.newest(expiring))))


@pytest.mark.parametrize("part", ["agent", "customer", "outsider"])
def test_others_do_not_get_in(
    client_of: Open, expiring: Article, session: Session, request: pytest.FixtureRequest, part: str
) -> None:
    browser = client_of(request.getfixturevalue(part))
    shown_now = factories.newest(expiring)
    assert browser.get(path(shown_now)).status_code == 403
    assert browser.post(path(shown_now), data={}).status_code == 403
    assert browser.post(f"{path(shown_now)}/replacement", data={}).status_code == 403
    assert browser.get("/authoring/expiry/").status_code == 403


# What replaces it.


def test_readers_of_an_old_link_are_led_to_what_replaced_it(
    client: FlaskClient,
    client_of: Open,
    session: Session,
    expiring: Article,
    supervisor: Person,
    clock: Clock,
) -> None:
    factories.portal(session, "help")
    factories.article(session, "travel", title="Calls from abroad", translations={"hu": "Hívás külföldről"})
    session.commit()
    old = factories.newest(expiring)
    answer = client_of(supervisor).post(f"{path(old)}/replacement", data={"replaced_by": " travel "})
    assert answer.status_code == 303
    assert client.get("/help/en/a/roaming").status_code == 200
    clock.advance(days=10)
    for address in ("/help/en/a/roaming", "/help/en/key/roaming", "/help/hu/a/barangolas"):
        gone = client.get(address)
        assert gone.status_code == 410
        code, title = ("hu", "Hívás külföldről") if "/hu/" in address else ("en", "Calls from abroad")
        slug = "hivas-kulfoldrol" if code == "hu" else "calls-from-abroad"
        assert f'<a href="/help/{code}/a/{slug}">{title}</a>' in gone.text
        assert client.get(f"/help/{code}/a/{slug}").status_code == 200


def test_what_replaces_it_may_be_replaced_itself_and_is_shown_to_who_may_read_it_only(
    client: FlaskClient, session: Session, clock: Clock
) -> None:
    factories.portal(session, "help", audiences=["public", "agent"])
    ending = ("first", "second", "looping")
    made = {key: factories.article(session, key, expires_at=START + DAY) for key in ending}
    made["third"] = factories.article(session, "third")
    factories.article(session, "inner", audience="agent")
    chain = {"first": "second", "second": "third", "looping": "looping", "third": "inner"}
    for key, following in chain.items():
        made[key].replaced_by = following
    session.commit()
    clock.advance(days=1)
    assert 'href="/help/en/a/third"' in client.get("/help/en/a/first").text
    assert "Read this instead" not in client.get("/help/en/a/looping").text
    publication.withdraw(session, factories.newest(made["third"]), by=SYSTEM, now=clock.now)
    session.commit()
    answer = client.get("/help/en/a/first")
    assert answer.status_code == 410
    assert "Inner" not in answer.text


def test_the_topic_of_what_is_gone_is_offered_while_there_is_something_in_it(
    client: FlaskClient, session: Session, clock: Clock
) -> None:
    factories.portal(session, "help", features=["topics"])
    phones = factories.topic(session, "phones")
    sim = factories.topic(session, "sim", phones)
    factories.article(session, "gone", topics=[sim], expires_at=START + DAY)
    beside = factories.article(session, "beside", topics=[sim])
    session.commit()
    clock.advance(days=1)
    assert 'href="/help/en/topics/sim"' in client.get("/help/en/a/gone").text
    articles.place(session, beside, [phones], by=SYSTEM)
    session.commit()
    answer = client.get("/help/en/a/gone").text
    assert 'href="/help/en/topics/phones"' in answer
    assert "Sim" not in answer
    articles.delete(session, beside, by=SYSTEM)
    session.commit()
    assert "Phones" not in client.get("/help/en/a/gone").text


def test_a_replacement_that_does_not_exist_is_refused_beside_its_field(
    client_of: Open, session: Session, expiring: Article, supervisor: Person
) -> None:
    answer = client_of(supervisor).post(
        f"{path(factories.newest(expiring))}/replacement", data={"replaced_by": "nothing"}
    )
    assert answer.status_code == 422
    assert "There is no other article with the key nothing." in words(answer)
    assert 'value="nothing"' in answer.text


def test_an_author_does_not_say_what_replaces_what_readers_get(
    client_of: Open, session: Session, expiring: Article, author: Person
) -> None:
    browser, old = client_of(author), factories.newest(expiring)
    assert "Article to read instead" not in words(browser.get(path(old)))
    factories.article(session, "travel")
    session.commit()
    assert browser.post(f"{path(old)}/replacement", data={"replaced_by": "travel"}).status_code == 403

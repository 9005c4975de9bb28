"""The page of a review: what it shows, who may do what on it, and what is said when something is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from authoring.approval import reviews
from authoring.models import ChecklistMark, Delegation, KindRule, Review
from authoring.workflow import Step
from kb.models import Article, Person, Revision, State
from tests import factories
from tests.authoring.approval.reviewing import draft, empty_article, flow, person, shown, submitted
from tests.conftest import START, Clock
from tests.kb.admin.conftest import afresh, hidden, words

Open = Callable[[Person], FlaskClient]


@pytest.fixture
def article(session: Session) -> Article:
    """A published article with a passage that will change."""
    return factories.article(session, body="Call us from 8 to 20.", summary="When to call.")


@pytest.fixture
def review(session: Session, article: Article, author: Person) -> Review:
    """A review of a change of it."""
    made = submitted(session, draft(session, article, author, "Call us from 9 to 20."), author)
    session.commit()
    return made


def address(review: Review) -> str:
    return f"/authoring/reviews/{review.id}"


def sent(browser: FlaskClient, review: Review, verdict: str, **fields: str) -> TestResponse:
    """Open the page and press a button."""
    page = browser.get(address(review))
    return browser.post(address(review), data={"seen": hidden(page, "seen"), "verdict": verdict, **fields})


def test_it_shows_the_text_what_changes_and_what_was_found(
    client_of: Open, review: Review, reviewer: Person
) -> None:
    page = client_of(reviewer).get(address(review))
    assert "Call us from 9 to 20." in words(page)
    assert re.search(r"<del>.*8</del>.*<ins>.*9</ins>", page.text)
    assert "It has no summary." in words(page)
    assert "since revision 1, which readers have" in words(page)
    assert 'value="approve"' in page.text


def test_approving_publishes_and_leads_back_to_the_desk(
    session: Session, client_of: Open, review: Review, reviewer: Person
) -> None:
    browser = client_of(reviewer)
    answer = sent(browser, review, "approve")
    assert (answer.status_code, answer.location) == (303, "/authoring/")
    assert "Readers see it now" in words(browser.get("/authoring/"))
    afresh(session)
    assert shown(session) == ["Call us from 9 to 20."]


def test_a_decision_leads_on_to_what_waits_next(
    session: Session, client_of: Open, review: Review, author: Person, reviewer: Person
) -> None:
    other = submitted(session, draft(session, empty_article(session, "prices"), author), author)
    session.commit()
    browser = client_of(reviewer)
    page = browser.get(address(review))
    assert "1 of 2 waiting" in words(page)
    assert f'rel="next" href="{address(other)}"' in page.text
    assert sent(browser, review, "approve").location == address(other)


def test_returning_without_a_comment_keeps_the_page_and_says_so(
    session: Session, client_of: Open, review: Review, reviewer: Person
) -> None:
    answer = sent(client_of(reviewer), review, "return")
    assert answer.status_code == 422
    assert "Say what has to be mended." in words(answer)
    afresh(session)
    assert review.outcome == "open"


def test_a_returned_text_says_why_to_its_author(
    session: Session, client_of: Open, review: Review, author: Person, reviewer: Person
) -> None:
    assert sent(client_of(reviewer), review, "return", comment="Say which line.").status_code == 303
    page = words(client_of(author).get(address(review)))
    assert "Say which line." in page
    assert "Returned" in page


def test_who_comes_too_late_is_told_and_keeps_the_comment(
    session: Session, client_of: Open, review: Review, reviewer: Person
) -> None:
    second = person(session, "second", "reviewer")
    session.commit()
    late, quick = client_of(second), client_of(reviewer)
    page = late.get(address(review))
    sent(quick, review, "approve")
    data = {"seen": hidden(page, "seen"), "verdict": "return", "comment": "But the price?"}
    answer = late.post(address(review), data=data)
    assert answer.status_code == 409
    assert "Others have decided already." in words(answer)


def test_a_review_that_was_overtaken_leads_to_the_newer_revision(
    session: Session, client_of: Open, article: Article, review: Review, author: Person, reviewer: Person
) -> None:
    browser = client_of(reviewer)
    seen = hidden(browser.get(address(review)), "seen")
    reviews.overtake_open(session, factories.translation(article), now=START)
    newer = draft(session, article, author)
    session.commit()
    answer = browser.post(address(review), data={"seen": seen, "verdict": "approve"})
    assert answer.status_code == 409
    assert f"/authoring/revisions/{newer.id}/submit" in answer.text


def test_what_cannot_be_published_any_more_leaves_no_half_a_decision(
    session: Session, client_of: Open, article: Article, author: Person, reviewer: Person, clock: Clock
) -> None:
    made = draft(session, article, author, expires_at=START + timedelta(hours=1))
    review = submitted(session, made, author)
    session.commit()
    browser = client_of(reviewer)
    clock.advance(hours=2)
    answer = sent(browser, review, "approve")
    assert answer.status_code == 409
    afresh(session)
    assert (review.outcome, review.decisions, made.state) == ("open", [], "in_review")


def test_an_author_may_look_and_take_it_back_but_not_decide(
    session: Session, client_of: Open, review: Review, author: Person
) -> None:
    browser = client_of(author)
    page = browser.get(address(review))
    assert 'value="approve"' not in page.text
    assert "somebody else has to decide" in words(page)
    assert browser.post(f"{address(review)}/recall").status_code == 303
    afresh(session)
    assert review.outcome == "recalled"


def test_strangers_learn_nothing(
    client: FlaskClient, client_of: Open, review: Review, agent: Person, customer: Person, outsider: Person
) -> None:
    for stranger in (agent, customer, outsider):
        assert client_of(stranger).get(address(review)).status_code == 403
        answer = client_of(stranger).post(address(review), data={"verdict": "approve"})
        assert answer.status_code == 403
    assert client.get(address(review)).status_code == 302
    assert client.post(address(review)).status_code == 401


def test_an_agent_who_is_named_decides_although_agents_have_no_desk(
    session: Session, client_of: Open, article: Article, author: Person, agent: Person
) -> None:
    flow(session, Step(people=(agent.id,)))
    review = submitted(session, draft(session, article, author), author)
    session.commit()
    browser = client_of(agent)
    assert "Roaming" in words(browser.get("/authoring/"))
    assert sent(browser, review, "approve").status_code == 303
    assert browser.get(address(review)).status_code == 200


def test_there_is_no_such_review(client_of: Open, reviewer: Person) -> None:
    assert client_of(reviewer).get("/authoring/reviews/999").status_code == 404


def test_the_checklist_is_kept_and_shown(
    session: Session, client_of: Open, review: Review, reviewer: Person, supervisor: Person
) -> None:
    points = [{"key": "clear", "names": {"en": "Clear"}}, {"key": "linked", "names": {"en": "Linked"}}]
    session.add(KindRule(kind="faq", checklist=points))
    session.commit()
    sent(client_of(reviewer), review, "approve", mark_clear="yes", mark_linked="")
    assert [(one.item, one.met) for one in session.scalars(select(ChecklistMark))] == [("clear", True)]
    assert "Clear Met" in words(client_of(reviewer).get(address(review)))
    page = client_of(supervisor).get("/authoring/quality/")
    assert "Anna Author 1 100 %" in words(page)


def test_the_quality_index_is_for_those_who_lead(
    client_of: Open, author: Person, reviewer: Person, supervisor: Person
) -> None:
    assert client_of(author).get("/authoring/quality/").status_code == 403
    assert client_of(reviewer).get("/authoring/quality/").status_code == 403
    assert "Nothing is marked yet" in words(client_of(supervisor).get("/authoring/quality/?kind=nonsense"))


def test_a_supervisor_publishes_past_the_reviewers_with_a_reason(
    session: Session, client_of: Open, review: Review, supervisor: Person, reviewer: Person
) -> None:
    browser = client_of(supervisor)
    path = f"/authoring/revisions/{review.revision_id}/urgent"
    assert "Publish “Roaming” now?" in words(browser.get(path))
    assert browser.post(path, data={"why": ""}).status_code == 422
    answer = browser.post(path, data={"why": "The line is down."}, follow_redirects=True)
    assert "“Roaming” is published. The reviewers are told to look at it." in words(answer)
    assert "Urgent, shows already" in words(answer)
    assert client_of(reviewer).post(path, data={"why": "Me too."}).status_code == 403
    afresh(session)
    assert shown(session) == ["Call us from 9 to 20."]


def test_what_is_refused_in_a_hurry_is_said_and_changes_nothing(
    session: Session, client_of: Open, review: Review, supervisor: Person, clock: Clock
) -> None:
    session.get_one(Revision, review.revision_id).expires_at = START + timedelta(hours=1)
    session.commit()
    clock.advance(hours=2)
    path = f"/authoring/revisions/{review.revision_id}/urgent"
    answer = client_of(supervisor).post(path, data={"why": "The line is down."})
    assert answer.status_code == 409
    assert "The line is down." in words(answer)
    afresh(session)
    assert session.scalars(select(Review.outcome)).all() == ["open"]


def test_a_published_text_is_withdrawn_with_a_reason(
    client: FlaskClient,
    session: Session,
    client_of: Open,
    article: Article,
    author: Person,
    reviewer: Person,
) -> None:
    factories.portal(session)
    session.commit()
    page, browser = f"/help/en/a/{article.key}", client_of(reviewer)
    path = f"/authoring/revisions/{factories.newest(article).id}/withdraw"
    assert client_of(author).post(path, data={"why": "Wrong."}).status_code == 403
    assert "No reader sees it any more" in words(browser.get(path))
    assert browser.post(path, data={"why": ""}).status_code == 422
    assert client.get(page).status_code == 200
    answer = browser.post(path, data={"why": "It is wrong."}, follow_redirects=True)
    assert "It is withdrawn." in words(answer)
    assert client.get(page).status_code == 410
    again = browser.post(path, data={"why": "It is still wrong."})
    assert again.status_code == 409
    assert "It is still wrong." in words(again)


def test_withdrawing_from_the_page_of_the_article_ends_the_review_after(
    session: Session, client_of: Open, review: Review, supervisor: Person
) -> None:
    browser = client_of(supervisor)
    revision = f"/authoring/revisions/{review.revision_id}"
    browser.post(f"{revision}/urgent", data={"why": "The line is down."})
    assert browser.post(f"{revision}/withdraw", data={"why": "It is wrong."}).status_code == 303
    afresh(session)
    assert "open" not in session.scalars(select(Review.outcome)).all()


def test_a_draft_says_who_will_approve_it_and_is_submitted(
    session: Session, client_of: Open, article: Article, author: Person
) -> None:
    made = draft(session, article, author)
    session.commit()
    browser = client_of(author)
    path = f"/authoring/revisions/{made.id}/submit"
    assert "Reviewer within 3 days" in words(browser.get(path))
    answer = browser.post(path)
    afresh(session)
    review = session.scalars(select(Review)).one()
    assert (answer.status_code, answer.location) == (303, address(review))
    assert browser.get(path).location == address(review)


def test_what_was_in_review_before_there_were_reviews_can_be_handed_in(
    session: Session, client_of: Open, article: Article, author: Person
) -> None:
    made = draft(session, article, author, state=State.IN_REVIEW)
    session.commit()
    assert client_of(author).post(f"/authoring/revisions/{made.id}/submit").status_code == 303
    afresh(session)
    assert session.get_one(Revision, made.id).state == "in_review"
    assert session.scalars(select(Review.outcome)).all() == ["open"]


def test_an_absence_is_arranged_and_ended(
    session: Session, client_of: Open, review: Review, reviewer: Person, specialist: Person
) -> None:
    browser, delegate = client_of(reviewer), client_of(specialist)
    days = {"from_day": START.date().isoformat(), "until_day": (START.date() + timedelta(days=3)).isoformat()}
    form = {"person": str(reviewer.id), "to": str(specialist.id), **days}
    assert browser.post("/authoring/absence/", data={**form, "to": "0"}).status_code == 422
    wrong = {**form, "until_day": date(2026, 1, 1).isoformat()}
    assert browser.post("/authoring/absence/", data=wrong).status_code == 422
    for never in ({"until_day": "0001-01-01"}, {"from_day": "9999-12-31", "until_day": "9999-12-31"}):
        assert browser.post("/authoring/absence/", data=form | never).status_code == 422
    assert browser.post("/authoring/absence/", data=form).status_code == 303
    assert "You decide for Robert Reviewer, who is away." in words(delegate.get(address(review)))
    afresh(session)
    (made,) = session.scalars(select(Delegation))
    assert delegate.post(f"/authoring/absence/{made.id}/end").status_code == 403
    assert browser.post(f"/authoring/absence/{made.id}/end").status_code == 303
    assert 'value="approve"' not in delegate.get(address(review)).text


def test_nobody_sends_others_away_but_their_supervisor(
    client_of: Open, author: Person, reviewer: Person, supervisor: Person, specialist: Person
) -> None:
    days = {"from_day": START.date().isoformat(), "until_day": START.date().isoformat()}
    form = {"person": str(reviewer.id), "to": str(specialist.id), **days}
    assert client_of(author).post("/authoring/absence/", data=form).status_code == 422
    assert client_of(supervisor).post("/authoring/absence/", data=form).status_code == 303


def test_the_whole_way_of_a_standard_through_two_people(
    session: Session, client_of: Open, author: Person, reviewer: Person, supervisor: Person
) -> None:
    flow(session, Step(role="reviewer"), Step(role="supervisor"), kinds=["standard"])
    review = submitted(session, draft(session, empty_article(session, kind="standard"), author), author)
    session.commit()
    answer = sent(client_of(reviewer), review, "approve")
    assert answer.status_code == 303
    assert "You have decided. It waits for others now." in words(client_of(reviewer).get(address(review)))
    afresh(session)
    assert shown(session) == []
    assert sent(client_of(supervisor), review, "approve").status_code == 303
    afresh(session)
    assert shown(session) == ["A better text."]

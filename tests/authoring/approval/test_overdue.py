"""What nobody decided in time goes up by itself, and what was brought in from elsewhere waits in peace."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from authoring.approval import delegations, reviews
from authoring.models import Delegation
from authoring.workflow import Step
from kb.context import Services
from kb.errors import Invalid, LoginRequired, NotAllowed
from kb.models import Person
from kb.permissions import SYSTEM
from kb.viewers import ANONYMOUS
from tests import factories
from tests.authoring.approval.reviewing import (
    decide,
    draft,
    empty_article,
    flow,
    review_of,
    shown,
    submitted,
    told,
)
from tests.conftest import START

HOUR = timedelta(hours=1)


def test_the_job_hands_up_what_is_overdue(
    session: Session, services: Services, author: Person, supervisor: Person
) -> None:
    review = submitted(session, draft(session, factories.article(session), author), author)
    session.commit()
    (job,) = [one for one in services.jobs if one.name == "overdue reviews"]
    for hours in (71, 72, 73):
        job.run(START + hours * HOUR)
    session.expire_all()
    assert review.escalated_at == START + 72 * HOUR
    assert told(session, supervisor) == ["overdue"]


def test_what_was_withdrawn_is_not_overdue(
    session: Session, services: Services, author: Person, reviewer: Person, supervisor: Person
) -> None:
    flow(session, Step(role="reviewer"), publishes_first=True)
    made = draft(session, empty_article(session), author)
    submitted(session, made, author)
    by = factories.viewer(session, reviewer)
    reviews.withdraw(session, made, by=by, now=START, why="Wrong.")
    session.commit()
    (job,) = [one for one in services.jobs if one.name == "overdue reviews"]
    job.run(START + 99 * HOUR)
    assert told(session, supervisor) == []


def test_what_is_brought_in_waits_for_its_reviewers_without_noise_or_haste(
    session: Session, author: Person, reviewer: Person
) -> None:
    flow(session, Step(role="reviewer"), publishes_first=True)
    made = draft(session, empty_article(session), author)
    reviews.submit(session, made, by=SYSTEM, now=START, brought_in=True)
    review = review_of(session, made)
    assert (made.state, review.after, review.due_at) == ("in_review", False, None)
    assert (told(session, reviewer), shown(session)) == ([], [])
    decide(session, review, reviewer)
    assert shown(session) == ["A better text."]


def arranged(session: Session, away: Person, to: Person, by: Person, hours: tuple[int, int]) -> Delegation:
    first, last = (START + hour * HOUR for hour in hours)
    viewer = factories.viewer(session, by)
    return delegations.give(session, away, to, from_at=first, until_at=last, by=viewer, now=START)


def test_an_absence_makes_sense(
    session: Session, reviewer: Person, specialist: Person, customer: Person
) -> None:
    for to, hours, field in (
        (reviewer, (0, 5), "to"),
        (customer, (0, 5), "to"),
        (specialist, (5, 5), "until_at"),
        (specialist, (-5, 0), "until_at"),
    ):
        with pytest.raises(Invalid) as error:
            arranged(session, reviewer, to, reviewer, hours)
        assert set(error.value.fields) == {field}


def test_only_oneself_or_a_supervisor_arranges_an_absence(
    session: Session, reviewer: Person, specialist: Person, author: Person, supervisor: Person
) -> None:
    with pytest.raises(NotAllowed):
        arranged(session, reviewer, author, author, (0, 5))
    with pytest.raises(LoginRequired):
        delegations.give(
            session, reviewer, author, from_at=START, until_at=START + HOUR, by=ANONYMOUS, now=START
        )
    made = arranged(session, reviewer, specialist, supervisor, (0, 5))
    with pytest.raises(NotAllowed):
        delegations.end(session, made, by=factories.viewer(session, specialist), now=START)


def test_who_is_back_early_decides_alone_again(
    session: Session, reviewer: Person, specialist: Person
) -> None:
    own = factories.viewer(session, reviewer)
    now_on = arranged(session, reviewer, specialist, reviewer, (-1, 5))
    to_come = arranged(session, reviewer, specialist, reviewer, (9, 12))
    for one in (now_on, to_come):
        delegations.end(session, one, by=own, now=START)
    assert delegations.lasting(session, START) == []
    assert session.get(Delegation, now_on.id) is not None

"""Reviews: what becomes of a revision, who may decide, and who is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from authoring.approval import delegations, overdue, reviews
from authoring.approval.cases import case, waiting_for
from authoring.models import ChecklistMark, Comment, KindRule, Notice
from authoring.workflow import Step
from kb import publication
from kb.errors import Conflict, Invalid, LoginRequired, NotAllowed
from kb.models import Article, Person, RoleLimit, State
from kb.permissions import SYSTEM
from kb.viewers import ANONYMOUS
from tests import factories
from tests.authoring.approval.reviewing import (
    TWO_STEPS,
    decide,
    draft,
    empty_article,
    flow,
    person,
    review_of,
    shown,
    submitted,
    told,
)
from tests.conftest import START

HOUR = timedelta(hours=1)


@pytest.fixture
def article(session: Session) -> Article:
    """A published article: "The old text."."""
    return factories.article(session, body="The old text.")


# Submitting


def test_a_submitted_draft_waits_and_what_shows_stays(
    session: Session, article: Article, author: Person, reviewer: Person
) -> None:
    made = draft(session, article, author)
    review = submitted(session, made, author)
    assert (made.state, review.outcome, review.due_at) == ("in_review", "open", START + 72 * HOUR)
    assert shown(session) == ["The old text."]
    assert (told(session, reviewer), told(session, author)) == (["waiting"], [])


def test_only_who_may_write_the_text_submits_it(session: Session, article: Article, author: Person) -> None:
    made = draft(session, article, author)
    outsider = person(session, "translating", "translator", languages=["hu"])
    with pytest.raises(NotAllowed):
        submitted(session, made, outsider)


def test_what_was_submitted_once_is_not_submitted_again(
    session: Session, article: Article, author: Person
) -> None:
    made = draft(session, article, author)
    submitted(session, made, author)
    with pytest.raises(Conflict):
        submitted(session, made, author)


def test_a_draft_that_was_overtaken_names_the_newer_one(
    session: Session, article: Article, author: Person
) -> None:
    old, new = draft(session, article, author), draft(session, article, author)
    with pytest.raises(Conflict, match=f"number {new.number}"):
        submitted(session, old, author)


def test_a_draft_that_has_expired_already_is_refused(
    session: Session, article: Article, author: Person
) -> None:
    made = draft(session, article, author, expires_at=START + HOUR)
    with pytest.raises(Invalid):
        submitted(session, made, author, now=START + HOUR)


def test_newer_work_ends_the_review_of_the_older(
    session: Session, article: Article, author: Person, reviewer: Person
) -> None:
    old = draft(session, article, author)
    review = submitted(session, old, author)
    reviews.overtake_open(session, old.translation, now=START)
    draft(session, article, author)
    assert (old.state, review.outcome) == ("superseded", "overtaken")
    with pytest.raises(Conflict, match="newer revision"):
        decide(session, review, reviewer)


# Deciding


def test_the_last_approval_publishes(
    session: Session, article: Article, author: Person, reviewer: Person, supervisor: Person
) -> None:
    flow(session, *TWO_STEPS)
    made = draft(session, article, author)
    review = submitted(session, made, author)
    decide(session, review, reviewer)
    assert (made.state, review.step, review.due_at) == ("in_review", 1, START + 48 * HOUR)
    assert shown(session) == ["The old text."]
    assert told(session, supervisor) == ["waiting"]
    decide(session, review, supervisor, now=START + HOUR)
    assert (made.state, review.outcome, made.publish_at) == ("published", "approved", START + HOUR)
    assert shown(session, START + HOUR) == ["A better text."]
    assert told(session, author) == ["approved"]


def test_a_text_that_was_approved_early_shows_at_its_time(
    session: Session, article: Article, author: Person, reviewer: Person
) -> None:
    later = START + 5 * HOUR
    review = submitted(session, draft(session, article, author, publish_at=later), author)
    decide(session, review, reviewer)
    assert shown(session, later - timedelta(seconds=1)) == ["The old text."]
    assert shown(session, later) == ["A better text."]


def test_what_is_proposed_for_the_article_takes_effect_with_the_approval(
    session: Session, article: Article, author: Person, reviewer: Person
) -> None:
    review = submitted(session, draft(session, article, author, proposed={"kind": "guide"}), author)
    assert article.kind == "faq"
    decide(session, review, reviewer)
    assert article.kind == "guide"


def test_a_return_gives_it_back_with_the_comment(
    session: Session, article: Article, author: Person, reviewer: Person
) -> None:
    made = draft(session, article, author)
    review = submitted(session, made, author)
    decide(session, review, reviewer, "return", " The price is wrong. ")
    assert (made.state, review.outcome) == ("rejected", "returned")
    assert review.decisions[0].comment == "The price is wrong."
    assert shown(session) == ["The old text."]
    notice = session.scalars(select(Notice).where(Notice.person_id == author.id)).one()
    assert (notice.kind, notice.params["comment"]) == ("returned", "The price is wrong.")
    assert notice.path == f"/authoring/reviews/{review.id}"


@pytest.mark.parametrize("comment", ["", "  \n", "\0", "x" * 5001])
def test_a_return_without_a_usable_comment_is_refused(
    session: Session, article: Article, author: Person, reviewer: Person, comment: str
) -> None:
    review = submitted(session, draft(session, article, author), author)
    with pytest.raises(Invalid) as error:
        decide(session, review, reviewer, "return", comment)
    assert set(error.value.fields) == {"comment"}


def test_an_unknown_verdict_is_refused(
    session: Session, article: Article, author: Person, reviewer: Person
) -> None:
    review = submitted(session, draft(session, article, author), author)
    with pytest.raises(Invalid):
        decide(session, review, reviewer, "publish")


def test_deciding_twice_is_refused_in_the_same_step_and_in_the_next(
    session: Session, article: Article, author: Person, reviewer: Person
) -> None:
    flow(session, Step(role="reviewer", quorum=2), Step(role="reviewer"))
    review = submitted(session, draft(session, article, author), author)
    decide(session, review, reviewer)
    with pytest.raises(Conflict, match="You have decided already"):
        decide(session, review, reviewer)
    decide(session, review, person(session, "second", "reviewer"))
    assert review.step == 1
    with pytest.raises(Conflict, match="You have decided already"):
        decide(session, review, reviewer, "return", "I changed my mind.")


def test_who_comes_second_hears_that_it_is_decided(
    session: Session, article: Article, author: Person, reviewer: Person
) -> None:
    review = submitted(session, draft(session, article, author), author)
    decide(session, review, reviewer)
    with pytest.raises(Conflict, match="Others have decided already"):
        decide(session, review, person(session, "second", "reviewer"))


def test_a_decision_on_another_step_than_was_seen_is_refused(
    session: Session, article: Article, author: Person, reviewer: Person
) -> None:
    flow(session, Step(role="reviewer"), Step(role="reviewer"))
    review = submitted(session, draft(session, article, author), author)
    seen = reviews.seen(session, case(session, review))
    decide(session, review, reviewer, revision_seen=seen)
    with pytest.raises(Conflict, match="look again"):
        decide(session, review, person(session, "second", "reviewer"), revision_seen=seen)


def test_a_decision_on_an_article_whose_readers_changed_meanwhile_is_refused(
    session: Session, author: Person, reviewer: Person
) -> None:
    made = empty_article(session, audience="agent")
    review = submitted(session, draft(session, made, author), author)
    seen = reviews.seen(session, case(session, review))
    made.audience = "public"
    with pytest.raises(Conflict, match="look again"):
        decide(session, review, reviewer, revision_seen=seen)


def test_a_file_that_nobody_saw_is_not_approved_along(
    session: Session, article: Article, author: Person, reviewer: Person
) -> None:
    review = submitted(session, draft(session, article, author), author)
    seen = reviews.seen(session, case(session, review))
    factories.attachment(session, article, "later.txt", b"Nobody saw this.")
    with pytest.raises(Conflict, match="look again"):
        decide(session, review, reviewer, revision_seen=seen)


def test_who_lost_the_role_meanwhile_may_not_decide(
    session: Session, article: Article, author: Person, reviewer: Person
) -> None:
    review = submitted(session, draft(session, article, author), author)
    remembered = factories.viewer(session, reviewer)
    reviewer.roles = ["author"]
    session.flush()
    with pytest.raises(NotAllowed):
        reviews.decide(session, review, "approve", "", by=remembered, now=START)
    reviewer.roles, reviewer.is_active = ["reviewer"], False
    session.flush()
    with pytest.raises(NotAllowed):
        reviews.decide(session, review, "approve", "", by=remembered, now=START)


def test_strangers_do_not_decide(
    session: Session, article: Article, author: Person, agent: Person, customer: Person, outsider: Person
) -> None:
    review = submitted(session, draft(session, article, author), author)
    for stranger in (agent, customer, outsider):
        with pytest.raises(NotAllowed):
            decide(session, review, stranger)
    with pytest.raises(LoginRequired):
        reviews.decide(session, review, "approve", "", by=ANONYMOUS, now=START)
    with pytest.raises(NotAllowed):
        reviews.decide(session, review, "approve", "", by=SYSTEM, now=START)


def test_a_role_is_worth_nothing_outside_its_topics_and_languages(
    session: Session, author: Person, reviewer: Person
) -> None:
    phones, billing = factories.topic(session, "phones"), factories.topic(session, "billing")
    made = factories.article(session, topics=[billing])
    reviewer.limits = [RoleLimit(role="reviewer", topics=["phones"])]
    session.flush()
    review = submitted(session, draft(session, made, author), author)
    assert told(session, reviewer) == []
    with pytest.raises(NotAllowed):
        decide(session, review, reviewer)
    inside = factories.article(session, "sim", topics=[phones])
    decide(session, submitted(session, draft(session, inside, author), author), reviewer)


# Four eyes


def test_nobody_approves_their_own_revision(session: Session, article: Article) -> None:
    both = person(session, "both", "author", "reviewer")
    review = submitted(session, draft(session, article, both), both)
    with pytest.raises(NotAllowed, match="yourself"):
        decide(session, review, both)
    assert told(session, both) == []


def test_nobody_approves_a_revision_that_holds_a_change_of_theirs(
    session: Session, article: Article, author: Person, reviewer: Person
) -> None:
    both = person(session, "both", "author", "reviewer")
    first = draft(session, article, both)
    reviews.overtake_open(session, first.translation, now=START)
    review = submitted(session, draft(session, article, author), author)
    with pytest.raises(NotAllowed, match="yourself"):
        decide(session, review, both)
    decide(session, review, reviewer)
    later = submitted(session, draft(session, article, author), author)
    decide(session, later, both)  # their words were approved by somebody else since
    assert later.outcome == "approved"


def test_words_that_show_without_an_approval_are_still_their_authors_own(
    session: Session, article: Article, author: Person, reviewer: Person
) -> None:
    flow(session, Step(role="reviewer"), publishes_first=True, kinds=["wiki"])
    both = person(session, "both", "author", "reviewer")
    wiki = empty_article(session, "note", kind="wiki")
    first = draft(session, wiki, both)
    submitted(session, first, both)
    second = submitted(session, draft(session, wiki, author), author)
    with pytest.raises(NotAllowed, match="yourself"):
        decide(session, second, both)


def test_even_an_administrator_needs_a_second_pair_of_eyes(
    session: Session, article: Article, admin: Person
) -> None:
    review = submitted(session, draft(session, article, admin), admin)
    with pytest.raises(NotAllowed):
        decide(session, review, admin)


# Recalling, withdrawing


def test_its_author_takes_a_revision_back_and_submits_it_again(
    session: Session, article: Article, author: Person, reviewer: Person
) -> None:
    made = draft(session, article, author)
    review = submitted(session, made, author)
    with pytest.raises(NotAllowed):
        reviews.recall(session, review, by=factories.viewer(session, reviewer), now=START)
    reviews.recall(session, review, by=factories.viewer(session, author), now=START)
    assert (made.state, review.outcome) == ("draft", "recalled")
    with pytest.raises(Conflict, match="took it back"):
        decide(session, review, reviewer)
    again = submitted(session, made, author)
    assert again.id != review.id
    decide(session, again, reviewer)
    with pytest.raises(Conflict):
        reviews.recall(session, again, by=factories.viewer(session, author), now=START)


def test_a_published_text_is_withdrawn_with_a_reason(
    session: Session, article: Article, author: Person, reviewer: Person
) -> None:
    made = factories.newest(article)
    by = factories.viewer(session, reviewer)
    with pytest.raises(Invalid):
        reviews.withdraw(session, made, by=by, now=START, why=" ")
    with pytest.raises(NotAllowed):
        reviews.withdraw(session, made, by=factories.viewer(session, author), now=START, why="Wrong.")
    reviews.withdraw(session, made, by=by, now=START, why="It is wrong.")
    assert shown(session) == []
    assert session.scalars(select(Comment.body)).all() == ["It is wrong."]
    with pytest.raises(Conflict):
        reviews.withdraw(session, made, by=by, now=START, why="It is wrong.")


# Showing first, reviewed after


def test_a_workflow_that_publishes_first_is_reviewed_after(
    session: Session, author: Person, reviewer: Person
) -> None:
    flow(session, Step(role="reviewer"), publishes_first=True, kinds=["wiki"])
    made = draft(session, empty_article(session, kind="wiki"), author, "Jotted down.")
    review = submitted(session, made, author)
    assert (review.after, review.outcome, made.state) == (True, "open", "published")
    assert (shown(session), told(session, reviewer)) == (["Jotted down."], ["published_unreviewed"])
    with pytest.raises(Conflict):
        reviews.recall(session, review, by=factories.viewer(session, author), now=START)
    with pytest.raises(NotAllowed):
        decide(session, review, author)
    decide(session, review, reviewer)
    assert (review.outcome, shown(session)) == ("approved", ["Jotted down."])


def test_a_return_after_leaves_the_text_until_there_is_a_better_one(
    session: Session, author: Person, reviewer: Person
) -> None:
    flow(session, Step(role="reviewer"), publishes_first=True)
    made = draft(session, empty_article(session), author, "Jotted down.")
    review = submitted(session, made, author)
    decide(session, review, reviewer, "return", "Say where.")
    assert (review.outcome, made.state, shown(session)) == ("returned", "published", ["Jotted down."])


def test_a_return_after_takes_the_text_away_when_the_reviewer_says_so(
    session: Session, author: Person, reviewer: Person
) -> None:
    flow(session, Step(role="reviewer"), publishes_first=True)
    made = draft(session, empty_article(session), author, "Jotted down.")
    review = submitted(session, made, author)
    with pytest.raises(Invalid):
        decide(session, review, reviewer, "approve", withdraw=True)
    decide(session, review, reviewer, "return", "It is dangerous.", withdraw=True)
    assert (made.state, shown(session)) == ("withdrawn", [])


def test_nothing_is_taken_away_that_does_not_show(
    session: Session, article: Article, author: Person, reviewer: Person
) -> None:
    review = submitted(session, draft(session, article, author), author)
    with pytest.raises(Invalid):
        decide(session, review, reviewer, "return", "No.", withdraw=True)


def test_nobody_gets_round_an_approval_by_calling_a_standard_a_wiki(session: Session, author: Person) -> None:
    flow(session, Step(role="reviewer"), publishes_first=True, kinds=["wiki"])
    flow(session, *TWO_STEPS, kinds=["standard"])
    standard = factories.article(session, "rule", kind="standard", body="The rule.")
    review = submitted(session, draft(session, standard, author, proposed={"kind": "wiki"}), author)
    assert (review.after, len(review.steps)) == (False, 2)
    wiki = factories.article(session, "note", kind="wiki", body="A note.")
    review = submitted(session, draft(session, wiki, author, proposed={"kind": "standard"}), author)
    assert (review.after, len(review.steps)) == (False, 2)


def test_a_text_that_was_withdrawn_by_other_hands_waits_for_nobody(
    session: Session, author: Person, reviewer: Person
) -> None:
    flow(session, Step(role="reviewer"), publishes_first=True)
    made = draft(session, empty_article(session), author)
    review = submitted(session, made, author)
    publication.withdraw(session, made, by=SYSTEM, now=START)
    assert waiting_for(session, reviewer.id, START) == []
    with pytest.raises(Conflict):
        decide(session, review, reviewer)


# In a hurry


def test_a_supervisor_publishes_past_the_reviewers_who_look_at_it_after(
    session: Session, article: Article, author: Person, reviewer: Person, supervisor: Person
) -> None:
    made = draft(session, article, author, publish_at=START + 50 * HOUR)
    first = submitted(session, made, author)
    by = factories.viewer(session, supervisor)
    with pytest.raises(Invalid):
        reviews.publish_urgently(session, made, by=by, now=START, why="")
    review = reviews.publish_urgently(session, made, by=by, now=START, why="The line is down.")
    assert (review.after, review.urgent, review.outcome, first.outcome) == (True, True, "open", "overtaken")
    assert shown(session) == ["A better text."]
    assert told(session, reviewer) == ["waiting", "published_unreviewed"]
    assert [one.comment for one in review.decisions] == ["The line is down."]
    decide(session, review, reviewer)
    assert review.outcome == "approved"


def test_only_a_supervisor_publishes_past_the_reviewers(
    session: Session, article: Article, author: Person, reviewer: Person, specialist: Person
) -> None:
    made = draft(session, article, author)
    for who in (author, reviewer, specialist):
        with pytest.raises(NotAllowed):
            reviews.publish_urgently(
                session, made, by=factories.viewer(session, who), now=START, why="In a hurry."
            )


def test_who_published_in_a_hurry_does_not_review_it_after(
    session: Session, article: Article, author: Person
) -> None:
    hasty = person(session, "hasty", "supervisor", "reviewer")
    made = draft(session, article, author)
    review = reviews.publish_urgently(
        session, made, by=factories.viewer(session, hasty), now=START, why="Now."
    )
    with pytest.raises(NotAllowed):
        decide(session, review, hasty)


def test_an_approved_successor_ends_the_review_of_what_showed_before(
    session: Session, article: Article, author: Person, reviewer: Person, supervisor: Person
) -> None:
    made = draft(session, article, author)
    by = factories.viewer(session, supervisor)
    after = reviews.publish_urgently(session, made, by=by, now=START, why="Now.")
    decide(session, submitted(session, draft(session, article, author), author), reviewer, now=START + HOUR)
    assert after.outcome == "overtaken"


# Time


def test_an_overdue_step_goes_up_once_and_supervisors_may_decide_it(
    session: Session, article: Article, author: Person, reviewer: Person, supervisor: Person
) -> None:
    review = submitted(session, draft(session, article, author), author)
    with pytest.raises(NotAllowed):
        decide(session, review, supervisor)
    assert overdue.escalate(session, START + 71 * HOUR) == 0
    assert overdue.escalate(session, START + 72 * HOUR) == 1
    assert overdue.escalate(session, START + 73 * HOUR) == 0
    assert told(session, supervisor) == ["overdue"]
    decide(session, review, supervisor)
    assert review.outcome == "approved"


def test_a_step_that_went_up_does_not_take_the_next_with_it(
    session: Session, article: Article, author: Person, specialist: Person, supervisor: Person
) -> None:
    flow(session, Step(role="reviewer"), Step(role="specialist"))
    review = submitted(session, draft(session, article, author), author)
    overdue.escalate(session, START + 72 * HOUR)
    decide(session, review, supervisor, now=START + 72 * HOUR)
    assert (review.step, review.escalated_at) == (1, None)
    second = person(session, "second", "supervisor")
    with pytest.raises(NotAllowed):
        decide(session, review, second)
    decide(session, review, specialist)


def test_a_step_that_nobody_can_decide_goes_up_at_once(
    session: Session, article: Article, reviewer: Person, supervisor: Person, admin: Person
) -> None:
    reviewer.roles = ["author", "reviewer"]
    admin.roles = ["agent"]
    review = submitted(session, draft(session, article, reviewer), reviewer)
    assert review.escalated_at == START
    assert told(session, supervisor) == ["overdue"]
    decide(session, review, supervisor)


def test_while_somebody_is_away_their_delegate_decides_for_them(
    session: Session, article: Article, author: Person, reviewer: Person, specialist: Person
) -> None:
    by = factories.viewer(session, reviewer)
    delegations.give(
        session, reviewer, specialist, from_at=START, until_at=START + 10 * HOUR, by=by, now=START
    )
    review = submitted(session, draft(session, article, author), author)
    assert told(session, specialist) == ["waiting"]
    assert waiting_for(session, specialist.id, START) == [review.id]
    assert waiting_for(session, specialist.id, START + 10 * HOUR) == []
    with pytest.raises(NotAllowed):
        decide(session, review, specialist, now=START + 10 * HOUR)
    decide(session, review, specialist)
    assert (review.decisions[0].person_id, review.decisions[0].for_id) == (specialist.id, reviewer.id)


def test_who_hears_that_their_delegate_decided_does_not_decide_again(
    session: Session, article: Article, author: Person, reviewer: Person, specialist: Person
) -> None:
    flow(session, Step(role="reviewer", quorum=2))
    by = factories.viewer(session, reviewer)
    until = START + 10 * HOUR
    delegations.give(session, reviewer, specialist, from_at=START, until_at=until, by=by, now=START)
    review = submitted(session, draft(session, article, author), author)
    decide(session, review, specialist)
    with pytest.raises(Conflict, match="stands in for you"):
        decide(session, review, reviewer)


def test_a_role_that_the_absent_person_lost_is_not_passed_on(
    session: Session, article: Article, author: Person, reviewer: Person, specialist: Person
) -> None:
    by = factories.viewer(session, reviewer)
    until = START + 10 * HOUR
    delegations.give(session, reviewer, specialist, from_at=START, until_at=until, by=by, now=START)
    review = submitted(session, draft(session, article, author), author)
    reviewer.roles = ["agent"]
    session.flush()
    with pytest.raises(NotAllowed):
        decide(session, review, specialist)


# The checklist


def test_the_marks_of_a_checklist_are_kept_with_the_decision(
    session: Session, article: Article, author: Person, reviewer: Person
) -> None:
    points = [{"key": "clear", "names": {"en": "Clear"}}, {"key": "linked", "names": {"en": "Linked"}}]
    session.add(KindRule(kind="faq", checklist=points))
    review = submitted(session, draft(session, article, author), author)
    with pytest.raises(Invalid):
        decide(session, review, reviewer, marks={"pretty": True})
    decide(session, review, reviewer, marks={"clear": True, "linked": False})
    found = {one.item: one.met for one in session.scalars(select(ChecklistMark))}
    assert found == {"clear": True, "linked": False}


def test_what_expired_while_it_waited_can_only_be_returned(
    session: Session, article: Article, author: Person, reviewer: Person
) -> None:
    made = draft(session, article, author, expires_at=START + HOUR)
    review = submitted(session, made, author)
    with pytest.raises(Conflict), session.begin_nested():
        decide(session, review, reviewer, now=START + HOUR)
    decide(session, review, reviewer, "return", "Too late.", now=START + HOUR)
    assert (made.state, review_of(session, made).outcome) == (State.REJECTED, "returned")

"""Reviews when two people act at the same second: each has one right answer, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from authoring.approval import overdue, reviews
from authoring.models import Decision, Review
from authoring.workflow import Step
from kb import articles
from kb.articles import Text
from kb.db import Database
from kb.errors import Conflict, KalauzError, NotAllowed
from kb.models import Article, Person, Revision, State
from kb.validity import Validity
from kb.viewers import Viewer
from tests import factories
from tests.authoring.approval.reviewing import draft, flow, person, review_of, shown, submitted
from tests.conftest import START

Deed = Callable[[Session], object]


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A session; what it does is committed before the threads begin."""
    with database.session() as opened:
        yield opened


@pytest.fixture
def article(session: Session) -> Article:
    """A published article: "The old text."."""
    return factories.article(session, body="The old text.")


def at_once(database: Database, deeds: Sequence[Deed]) -> list[KalauzError | None]:
    """Do all of it in transactions that begin together; what each was refused with, in the order of the deeds."""
    barrier = threading.Barrier(len(deeds))
    answers: list[KalauzError | None] = [None] * len(deeds)
    crashes: list[BaseException] = []

    def run(number: int, deed: Deed) -> None:
        try:
            barrier.wait()
            with database.transaction() as own:
                deed(own)
        except KalauzError as error:
            answers[number] = error
        except BaseException as error:
            crashes.append(error)

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not crashes
    return answers


def deciding(review: Review, by: Viewer, verdict: str = "approve", comment: str = "") -> Deed:
    """Read the review and decide, as a page does."""
    review_id, revision_id = review.id, review.revision_id

    def deed(own: Session) -> None:
        held = own.get_one(Review, review_id)
        own.get_one(Revision, revision_id)
        reviews.decide(own, held, verdict, comment, by=by, now=START)

    return deed


def reviewers(session: Session, number: int) -> list[Viewer]:
    made = [person(session, f"reviewer{one}", "reviewer") for one in range(number)]
    return [factories.viewer(session, one) for one in made]


def outcome(session: Session, review: Review) -> tuple[str, str, int]:
    """How it ended: outcome, the revision's state, how many decisions."""
    session.rollback()
    session.expire_all()
    decisions = session.scalars(select(Decision).where(Decision.review_id == review.id)).all()
    return review.outcome, session.get_one(Revision, review.revision_id).state, len(decisions)


def test_of_two_reviewers_at_the_same_second_one_decides_and_the_other_hears_of_it(
    both_databases: str, database: Database, session: Session, article: Article, author: Person
) -> None:
    review = submitted(session, draft(session, article, author), author)
    both = reviewers(session, 2)
    session.commit()
    answers = at_once(database, [deciding(review, one) for one in both])
    (refused,) = [one for one in answers if one is not None]
    assert isinstance(refused, Conflict)
    assert "decided already" in refused.sentence
    assert outcome(session, review) == ("approved", "published", 1)
    assert shown(session) == ["A better text."]


def test_with_a_quorum_of_two_both_count_once(
    both_databases: str, database: Database, session: Session, article: Article, author: Person
) -> None:
    flow(session, Step(role="reviewer", quorum=2))
    review = submitted(session, draft(session, article, author), author)
    both = reviewers(session, 2)
    session.commit()
    assert at_once(database, [deciding(review, one) for one in both]) == [None, None]
    assert outcome(session, review) == ("approved", "published", 2)


def test_who_presses_the_button_many_times_has_decided_once(
    both_databases: str, database: Database, session: Session, article: Article, author: Person
) -> None:
    flow(session, Step(role="reviewer", quorum=3))
    review = submitted(session, draft(session, article, author), author)
    (hasty,) = reviewers(session, 1)
    session.commit()
    answers = at_once(database, [deciding(review, hasty) for _ in range(4)])
    assert sum(isinstance(one, Conflict) for one in answers) == 3
    assert outcome(session, review) == ("open", "in_review", 1)


def test_approval_and_return_at_the_same_second_do_not_both_hold(
    both_databases: str, database: Database, session: Session, article: Article, author: Person
) -> None:
    review = submitted(session, draft(session, article, author), author)
    yes, no = reviewers(session, 2)
    session.commit()
    answers = at_once(database, [deciding(review, yes), deciding(review, no, "return", "No.")])
    assert [one is None for one in answers].count(True) == 1
    ended = outcome(session, review)
    assert ended in {("approved", "published", 1), ("returned", "rejected", 1)}
    assert shown(session) == (["A better text."] if ended[0] == "approved" else ["The old text."])


def test_a_recall_and_an_approval_at_the_same_second_do_not_both_hold(
    both_databases: str, database: Database, session: Session, article: Article, author: Person
) -> None:
    review = submitted(session, draft(session, article, author), author)
    (one,) = reviewers(session, 1)
    own, review_id = factories.viewer(session, author), review.id
    session.commit()

    def recalling(inside: Session) -> None:
        reviews.recall(inside, inside.get_one(Review, review_id), by=own, now=START)

    answers = at_once(database, [recalling, deciding(review, one)])
    assert sum(isinstance(answer, Conflict) for answer in answers) == 1
    assert outcome(session, review) in {("recalled", "draft", 0), ("approved", "published", 1)}


def test_a_newer_revision_and_an_approval_at_the_same_second_leave_one_of_them_standing(
    both_databases: str, database: Database, session: Session, article: Article, author: Person
) -> None:
    review = submitted(session, draft(session, article, author), author)
    (one,) = reviewers(session, 1)
    own, article_id = factories.viewer(session, author), article.id
    session.commit()

    def writing(inside: Session) -> None:
        held = inside.get_one(Article, article_id)
        reviews.overtake_open(inside, factories.translation(held), now=START)
        text = Text("Roaming", "The newest text.")
        articles.revise(inside, held, "en", text, validity=Validity(START), by=own, now=START)

    answers = at_once(database, [writing, deciding(review, one)])
    assert answers[0] is None
    ended = outcome(session, review)
    if answers[1] is None:
        assert ended == ("approved", "published", 1)
        assert shown(session) == ["A better text."]
    else:
        assert isinstance(answers[1], Conflict)
        assert ended == ("overtaken", "superseded", 0)
        assert shown(session) == ["The old text."]


def test_a_role_that_is_taken_away_at_the_same_second_counts_or_does_not(
    both_databases: str, database: Database, session: Session, article: Article, author: Person
) -> None:
    review = submitted(session, draft(session, article, author), author)
    (one,) = reviewers(session, 1)
    session.commit()

    def dismissing(inside: Session) -> None:
        inside.get_one(Person, one.person_id).roles = []

    answers = at_once(database, [dismissing, deciding(review, one)])
    assert answers[0] is None
    if answers[1] is None:
        assert outcome(session, review) == ("approved", "published", 1)
    else:
        assert isinstance(answers[1], NotAllowed)
        assert outcome(session, review) == ("open", "in_review", 0)


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_a_role_that_was_taken_away_while_a_page_was_being_made_counts_no_more(
    database: Database, session: Session, article: Article, author: Person, reviewer: Person
) -> None:
    review = submitted(session, draft(session, article, author), author)
    by = factories.viewer(session, reviewer)
    session.commit()
    with database.session(write=True) as page:
        known = page.get_one(Person, by.person_id)
        with database.transaction() as meanwhile:
            meanwhile.get_one(Person, by.person_id).roles = []
        with pytest.raises(NotAllowed):
            reviews.decide(page, page.get_one(Review, review.id), "approve", "", by=by, now=START)
        assert known.roles == []


def test_a_draft_that_is_submitted_by_many_clicks_has_one_review(
    both_databases: str, database: Database, session: Session, article: Article, author: Person
) -> None:
    made = draft(session, article, author)
    own, revision_id = factories.viewer(session, author), made.id
    session.commit()

    def submitting(inside: Session) -> None:
        reviews.submit(inside, inside.get_one(Revision, revision_id), by=own, now=START)

    answers = at_once(database, [submitting] * 4)
    assert sum(isinstance(one, Conflict) for one in answers) == 3
    session.rollback()
    session.expire_all()
    assert made.state == State.IN_REVIEW
    found = session.scalars(select(Review.id).where(Review.revision_id == made.id)).all()
    assert found == [review_of(session, made).id]


def test_an_overdue_step_is_handed_up_once_by_however_many_processes(
    both_databases: str, database: Database, session: Session, article: Article, author: Person
) -> None:
    review = submitted(session, draft(session, article, author), author)
    session.commit()
    assert review.due_at is not None
    late, handed = review.due_at, []

    def escalating(inside: Session) -> None:
        handed.append(overdue.escalate(inside, late))

    assert at_once(database, [escalating] * 3) == [None] * 3
    assert sorted(handed) == [0, 0, 1]


def test_deciding_while_the_article_is_deleted_is_a_conflict_and_no_crash(
    both_databases: str, database: Database, session: Session, article: Article, author: Person, admin: Person
) -> None:
    review = submitted(session, draft(session, article, author), author)
    (one,) = reviewers(session, 1)
    boss, article_id, review_id = factories.viewer(session, admin), article.id, review.id
    session.commit()

    def deleting(inside: Session) -> None:
        articles.delete(inside, inside.get_one(Article, article_id), by=boss)

    def late(inside: Session) -> None:
        found = inside.get(Review, review_id)
        if found is not None and inside.get(Revision, found.revision_id) is not None:
            reviews.decide(inside, found, "approve", "", by=one, now=START)

    answers = at_once(database, [deleting, late])
    assert answers[0] is None
    assert answers[1] is None or isinstance(answers[1], Conflict)

"""The history of a translation: who, when, why; what differs between any two revisions; bringing one back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from authoring.approval import reviews
from authoring.models import Decision, KindRule, Review
from authoring.writing import history
from kb.errors import NotAllowed
from kb.models import Article, Person, Revision, State
from tests import factories
from tests.conftest import START, Clock
from tests.kb.stage import Page, reread, statements

Open = Callable[[Person], FlaskClient]
DAY = timedelta(days=1)
LONG_AGO = START - 400 * DAY


@pytest.fixture
def roaming(session: Session, author: Person) -> Article:
    """An article with three revisions, the last one a draft."""
    by = factories.viewer(session, author)
    made = factories.article(session, title="Roaming", body="Press OK.\n\nWait.", by=by, tags=["abroad"])
    factories.revision(
        session, made, title="Roaming", body="Press OK twice.\n\nWait.", by=by, change_note="Once is too few"
    )
    factories.revision(
        session,
        made,
        title="Roaming abroad",
        body="Press OK twice.\n\nWait <b>here</b>.",
        state=State.DRAFT,
        by=by,
        change_note="Say <where>",
    )
    session.commit()
    return made


def revision(session: Session, article: Article, number: int) -> Revision:
    """Find a revision by its number."""
    return session.scalars(
        select(Revision).where(
            Revision.translation_id == factories.translation(article).id, Revision.number == number
        )
    ).one()


def test_it_says_who_wrote_what_when_and_why(client_of: Open, reviewer: Person, roaming: Article) -> None:
    page = Page(client_of(reviewer).get(f"/authoring/articles/{roaming.id}/en/history"))
    for said in (
        "Anna Author",
        "Once is too few",
        "Say <where>",
        "Mar 2, 2026",
        "3 revisions",
        "Draft",
        "Superseded",
    ):
        assert said in page.words
    assert len(page.all("input", name="a")) == 3


def test_it_says_who_decided(
    client_of: Open, session: Session, reviewer: Person, supervisor: Person, roaming: Article
) -> None:
    review = Review(
        revision_id=revision(session, roaming, 2).id, workflow="Usual", steps=[], started_at=START
    )
    review.decisions = [
        Decision(step=0, person_id=reviewer.id, verdict="approve", decided_at=START),
        Decision(step=1, person_id=supervisor.id, verdict="return", decided_at=START),
    ]
    session.add(review)
    session.commit()
    page = Page(client_of(reviewer).get(f"/authoring/articles/{roaming.id}/en/history"))
    assert "approved: Robert Reviewer" in page.words
    assert "returned: Simon Supervisor" in page.words


def test_a_long_history_costs_no_more_questions(
    client_of: Open, session: Session, reviewer: Person, roaming: Article
) -> None:
    client, path = client_of(reviewer), f"/authoring/articles/{roaming.id}/en/history"
    client.get(path)
    engine = session.get_bind()
    with statements(engine) as few:  # type: ignore[arg-type]
        client.get(path)
    for number in range(60):
        factories.revision(session, roaming, body=f"Text {number}", state=State.REJECTED)
    session.commit()
    client.get(path)
    with statements(engine) as many:  # type: ignore[arg-type]
        answer = client.get(path)
    assert len(many) == len(few)
    assert "63 revisions" in Page(answer).words
    assert "Press OK" not in Page(client.get(f"{path}?page=2")).words


@pytest.mark.parametrize("path", ["/authoring/articles/{id}/sv/history", "/authoring/articles/99/en/history"])
def test_what_is_not_written_has_no_history(
    client_of: Open, author: Person, roaming: Article, path: str
) -> None:
    assert client_of(author).get(path.format(id=roaming.id)).status_code == 404


@pytest.mark.parametrize("view", ["", "&view=side"])
def test_any_two_revisions_can_be_compared_in_either_order(
    client_of: Open, session: Session, reviewer: Person, roaming: Article, view: str
) -> None:
    first, last = revision(session, roaming, 1), revision(session, roaming, 3)
    client = client_of(reviewer)
    answer = client.get(f"/authoring/difference?a={last.id}&b={first.id}{view}")
    assert answer.status_code == 200
    assert "twice</ins>" in answer.text
    assert "abroad</ins>" in answer.text
    assert "&lt;b&gt;" in answer.text
    assert "<b>here</b>" not in answer.text
    assert "The text is the same." not in answer.text


def test_tags_and_validity_are_compared_too(
    client_of: Open, session: Session, author: Person, roaming: Article
) -> None:
    factories.revision(
        session, roaming, title="Roaming abroad", body="Press OK twice.\n\nWait <b>here</b>.", tags=["travel"],
        expires_at=START + DAY, state=State.DRAFT,
    )  # fmt: skip
    session.commit()
    third, fourth = revision(session, roaming, 3), revision(session, roaming, 4)
    page = Page(client_of(author).get(f"/authoring/difference?a={third.id}&b={fourth.id}"))
    assert "Tags added: travel" in page.words
    assert "Expires removed: never added: 3/3/26, 9:00" in page.words.replace("\u202f", " ")
    assert "The text is the same." in page.words


def test_a_revision_does_not_differ_from_itself(
    client_of: Open, session: Session, author: Person, roaming: Article
) -> None:
    one = revision(session, roaming, 1).id
    assert "The two say the same." in client_of(author).get(f"/authoring/difference?a={one}&b={one}").text


def test_revisions_of_different_articles_are_not_compared(
    client_of: Open, session: Session, author: Person, roaming: Article
) -> None:
    other = factories.newest(factories.article(session, "prices"))
    session.commit()
    client, one = client_of(author), revision(session, roaming, 1).id
    assert client.get(f"/authoring/difference?a={one}&b={other.id}").status_code == 422
    assert client.get(f"/authoring/difference?a={one}&b={10**30}").status_code == 404
    for query in ("", f"?a={one}", f"?a={one}&b=x", f"?a={one}&b=99999"):
        assert client.get(f"/authoring/difference{query}").status_code == 404


def test_an_earlier_revision_comes_back_as_a_draft(
    client_of: Open, session: Session, author: Person, roaming: Article
) -> None:
    old, open_draft = revision(session, roaming, 1), revision(session, roaming, 3)
    client = client_of(author)
    asked = client.get(f"/authoring/revisions/{old.id}/restore")
    assert "gives way to it: revision 3" in Page(asked).words
    answer = client.post(f"/authoring/revisions/{old.id}/restore")
    assert answer.status_code == 303
    session.rollback()
    made = revision(session, roaming, 4)
    assert (made.title, made.body, made.tags) == ("Roaming", "Press OK.\n\nWait.", ["abroad"])
    assert (made.state, made.base_id, made.author_id) == (State.DRAFT, old.id, author.id)
    assert made.change_note == "Restored revision 1 of Mar 2, 2026"
    reread(session, open_draft)
    assert open_draft.state == State.SUPERSEDED
    assert revision(session, roaming, 2).state == State.PUBLISHED  # readers see no change
    assert "based on revision 1" in Page(client.get(answer.location)).words


def test_a_review_of_what_gives_way_ends(session: Session, author: Person, roaming: Article) -> None:
    by = factories.viewer(session, author)
    reviews.submit(session, revision(session, roaming, 3), by=by, now=START)
    history.restore(session, revision(session, roaming, 1), note="Back", by=by, now=START)
    assert set(session.scalars(select(Review.outcome))) <= {"overtaken"}


def test_times_that_are_over_begin_anew_as_its_kind_says(session: Session, author: Person) -> None:
    session.add(KindRule(kind="faq", lifetime_days=10, review_days=5))
    made = factories.article(
        session, publish_at=LONG_AGO, expires_at=LONG_AGO + DAY, review_by=LONG_AGO + DAY
    )
    lasting = factories.revision(session, made, publish_at=LONG_AGO, expires_at=START + DAY)
    by = factories.viewer(session, author)
    back = history.restore(session, revision(session, made, 1), note="", by=by, now=START)
    assert (back.publish_at, back.expires_at, back.review_by) == (START, START + 10 * DAY, START + 5 * DAY)
    again = history.restore(session, lasting, note="", by=by, now=START)
    assert (again.publish_at, again.expires_at) == (START, START + DAY)


def test_a_restored_translation_is_of_the_source_that_it_was_made_from(
    session: Session, author: Person, both_databases: str
) -> None:
    made = factories.article(session, translations={"hu": "Barangolás"})
    old = factories.newest(made, "hu")
    factories.revision(session, made, title="Roaming, quite new")
    back = history.restore(session, old, note="", by=factories.viewer(session, author), now=START)
    assert back.made_from_id == old.made_from_id is not None


@pytest.mark.parametrize("part", ["reviewer", "translator"])
def test_only_who_may_write_brings_a_revision_back(
    client_of: Open, session: Session, request: pytest.FixtureRequest, roaming: Article, part: str
) -> None:
    person = request.getfixturevalue(part)
    old = revision(session, roaming, 1)
    client = client_of(person)
    assert client.get(f"/authoring/revisions/{old.id}/restore").status_code == 403
    assert client.post(f"/authoring/revisions/{old.id}/restore").status_code == 403
    assert "Restore" not in client.get(f"/authoring/articles/{roaming.id}/en/history").text
    with pytest.raises(NotAllowed):
        history.restore(session, old, note="", by=factories.viewer(session, person), now=START)
    session.rollback()
    assert session.scalar(select(func.count(Revision.id))) == 3


@pytest.mark.parametrize("part", ["outsider", "customer", "agent"])
def test_nobody_else_sees_the_history(
    client_of: Open, session: Session, request: pytest.FixtureRequest, roaming: Article, part: str
) -> None:
    client = client_of(request.getfixturevalue(part))
    one = revision(session, roaming, 1).id
    for path in (
        f"/articles/{roaming.id}/en/history",
        f"/difference?a={one}&b={one}",
        f"/revisions/{one}/restore",
    ):
        assert client.get(f"/authoring{path}").status_code == 403


def test_the_page_is_in_the_language_of_the_person_and_not_of_the_text(
    client_of: Open, session: Session, author: Person, clock: Clock
) -> None:
    made = factories.article(session, translations={"hu": "Barangolás"})
    author.languages = ["sv"]
    session.commit()
    assert Page(client_of(author).get(f"/authoring/articles/{made.id}/hu/history")).language == "sv"

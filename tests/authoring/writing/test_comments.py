"""Comments on a revision: made, told, resolved, opened again, and carried along until somebody resolves them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from authoring.models import Comment, Notice
from authoring.writing import comments
from kb.errors import Invalid, NotAllowed, NotFound
from kb.models import Article, Person, State
from tests import factories
from tests.conftest import START
from tests.kb.stage import Page, reread

Open = Callable[[Person], FlaskClient]


@pytest.fixture
def roaming(session: Session, author: Person) -> Article:
    """An article whose author has a draft of it."""
    made = factories.article(session, by=factories.viewer(session, author), state=State.DRAFT)
    session.commit()
    return made


def test_a_comment_is_made_and_its_author_and_owner_are_told(
    client_of: Open, session: Session, reviewer: Person, author: Person, roaming: Article
) -> None:
    draft = factories.newest(roaming)
    answer = client_of(reviewer).post(
        f"/authoring/revisions/{draft.id}/comments", data={"quote": "All about", "body": "Why <b>all</b>?"}
    )
    session.rollback()
    made = session.scalars(select(Comment)).one()
    assert answer.location == f"/authoring/revisions/{draft.id}/comments#comment-{made.id}"
    assert (made.quote, made.body, made.person_id) == ("All about", "Why <b>all</b>?", reviewer.id)
    page = client_of(author).get(answer.location)
    assert "<b>all</b>" not in page.text
    assert "Why <b>all</b>?" in Page(page).words
    assert "Robert Reviewer" in Page(page).words
    notice = session.scalars(select(Notice)).one()
    assert (notice.person_id, notice.kind, notice.path) == (author.id, "comment", answer.location)
    assert notice.params["title"] == "Roaming"
    assert notice.params["language"] == "en"


def test_nobody_is_told_of_their_own_comment(session: Session, author: Person, roaming: Article) -> None:
    comments.add(session, factories.newest(roaming), "To do", by=factories.viewer(session, author), now=START)
    assert session.scalars(select(Notice)).all() == []


def test_a_comment_is_resolved_and_opened_again(
    client_of: Open, session: Session, reviewer: Person, author: Person, roaming: Article
) -> None:
    draft = factories.newest(roaming)
    made = comments.add(session, draft, "Why?", by=factories.viewer(session, reviewer), now=START)
    session.commit()
    client, path = client_of(author), f"/authoring/comments/{made.id}"
    for _twice in range(2):
        assert client.post(f"{path}/resolve").status_code == 303
    reread(session, made)
    assert (made.resolved_at, made.resolved_by_id) == (START, author.id)
    shown = Page(client.get(f"/authoring/revisions/{draft.id}/comments")).words
    assert "resolved by Anna Author" in shown
    assert client.post(f"{path}/reopen").status_code == 303
    reread(session, made)
    assert (made.resolved_at, made.resolved_by_id) == (None, None)


def test_what_is_not_resolved_follows_the_text_and_what_is_resolved_stays_behind(
    client_of: Open, session: Session, reviewer: Person, roaming: Article, both_databases: str
) -> None:
    by, first = factories.viewer(session, reviewer), factories.newest(roaming)
    comments.add(session, first, "Still open", by=by, now=START)
    done = comments.add(session, first, "Done", by=by, now=START)
    comments.settle(session, done.id, resolved=True, by=by, now=START)
    second = factories.revision(session, roaming, state=State.DRAFT)
    comments.add(session, second, "New", by=by, now=START)
    factories.revision(session, factories.article(session, "prices"), state=State.DRAFT)
    assert [(one.comment.body, one.number) for one in comments.on(session, second)] == [
        ("Still open", 1),
        ("New", 2),
    ]
    session.commit()
    history = Page(client_of(reviewer).get(f"/authoring/articles/{roaming.id}/en/history"))
    assert "Comments 2 open" in history.words
    on_first = [(one.comment.body, one.is_open) for one in comments.on(session, first)]
    assert on_first == [("Still open", True), ("Done", False)]


@pytest.mark.parametrize(
    ("quote", "body", "wrong"),
    [
        ("", "", "body"),
        ("", "  \n", "body"),
        ("", "x" * 5001, "body"),
        ("x" * 301, "Why?", "quote"),
        ("", "\0", "body"),
    ],
)
def test_a_comment_that_cannot_be_kept_is_refused_and_stays_in_the_form(
    client_of: Open, session: Session, author: Person, roaming: Article, quote: str, body: str, wrong: str
) -> None:
    draft = factories.newest(roaming)
    answer = client_of(author).post(
        f"/authoring/revisions/{draft.id}/comments", data={"quote": quote, "body": body}
    )
    assert answer.status_code == 422
    assert f'id="comment-{wrong}-error"' in answer.text
    session.rollback()
    assert session.scalars(select(Comment)).all() == []
    if len(quote) > 300:
        assert "Why?" in answer.text
    with pytest.raises(Invalid) as refused:
        comments.add(session, draft, body, quote=quote, by=factories.viewer(session, author), now=START)
    assert wrong in refused.value.fields


@pytest.mark.parametrize(
    "way", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"]
)
def test_a_form_leads_back_to_this_site_only(
    client_of: Open, session: Session, author: Person, roaming: Article, way: str
) -> None:
    draft = factories.newest(roaming)
    path = f"/authoring/revisions/{draft.id}/comments"
    away = client_of(author).post(path, data={"body": "Why?", "next": way})
    assert away.location.startswith(f"{path}#comment-")
    back = client_of(author).post(path, data={"body": "Why?", "next": "/authoring/reviews/1#x"})
    assert back.location.startswith("/authoring/reviews/1#comment-")


def test_whose_role_is_limited_elsewhere_cannot_comment(
    client_of: Open, session: Session, reviewer: Person, author: Person, roaming: Article
) -> None:
    made = comments.add(
        session, factories.newest(roaming), "Why?", by=factories.viewer(session, author), now=START
    )
    factories.limit(session, reviewer, languages=["hu"])
    session.commit()
    client = client_of(reviewer)
    path = f"/authoring/revisions/{made.revision_id}/comments"
    assert "Add a comment" not in client.get(path).text
    assert client.post(path, data={"body": "Me too"}).status_code == 403
    assert client.post(f"/authoring/comments/{made.id}/resolve").status_code == 403
    session.rollback()
    assert len(session.scalars(select(Comment)).all()) == 1


@pytest.mark.parametrize("part", ["outsider", "agent"])
def test_nobody_else_takes_part(
    client_of: Open,
    session: Session,
    request: pytest.FixtureRequest,
    author: Person,
    roaming: Article,
    part: str,
) -> None:
    made = comments.add(
        session, factories.newest(roaming), "Why?", by=factories.viewer(session, author), now=START
    )
    session.commit()
    person = request.getfixturevalue(part)
    client, path = client_of(person), f"/authoring/revisions/{made.revision_id}/comments"
    assert client.get(path).status_code == 403
    assert client.post(path, data={"body": "Me too"}).status_code == 403
    assert client.post(f"/authoring/comments/{made.id}/resolve").status_code == 403
    with pytest.raises(NotAllowed):
        comments.settle(session, made.id, resolved=True, by=factories.viewer(session, person), now=START)


def test_a_comment_that_is_gone_is_not_found(client_of: Open, session: Session, author: Person) -> None:
    assert client_of(author).post("/authoring/comments/1/resolve").status_code == 404
    with pytest.raises(NotFound):
        comments.settle(session, 1, resolved=True, by=factories.viewer(session, author), now=START)

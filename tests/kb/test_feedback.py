"""What readers say about an article."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import articles, feedback
from kb.errors import Invalid
from kb.models import Feedback, Revision
from kb.permissions import SYSTEM
from tests import factories
from tests.conftest import START


@pytest.fixture
def revision(session: Session) -> Revision:
    return factories.newest(factories.article(session))


def give(session: Session, revision: Revision, helpful: str = "yes", comment: str = "") -> Feedback:
    return feedback.give(session, revision, portal="help", helpful=helpful, comment=comment, now=START)


@pytest.mark.parametrize(("helpful", "expected"), [("yes", True), ("no", False)])
def test_what_is_said_is_kept_with_where_and_when(
    session: Session, revision: Revision, helpful: str, expected: bool
) -> None:
    give(session, revision, helpful, "  Köszönöm! ")
    session.commit()
    kept = session.scalars(select(Feedback)).one()
    assert (kept.revision_id, kept.portal, kept.helpful, kept.comment, kept.created_at) == (
        revision.id,
        "help",
        expected,
        "Köszönöm!",
        START,
    )


@pytest.mark.parametrize("helpful", ["", "YES", "maybe", "1"])
def test_neither_yes_nor_no_is_refused(session: Session, revision: Revision, helpful: str) -> None:
    with pytest.raises(Invalid) as refused:
        give(session, revision, helpful)
    assert set(refused.value.fields) == {"helpful"}


@pytest.mark.parametrize("comment", ["a" * 2001, "a\0b", "\ud83d"])
def test_a_comment_that_cannot_be_kept_is_refused(session: Session, revision: Revision, comment: str) -> None:
    with pytest.raises(Invalid) as refused:
        give(session, revision, comment=comment)
    assert set(refused.value.fields) == {"comment"}
    assert session.scalars(select(Feedback)).all() == []


def test_a_comment_of_the_greatest_length_is_kept(
    both_databases: str, session: Session, revision: Revision
) -> None:
    assert len(give(session, revision, comment="ű" * 2000).comment) == 2000
    session.commit()


def test_it_goes_with_the_article(session: Session, revision: Revision) -> None:
    give(session, revision)
    session.commit()
    articles.delete(session, revision.translation.article, by=SYSTEM)
    session.commit()
    assert session.scalars(select(Feedback)).all() == []

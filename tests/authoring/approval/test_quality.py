"""The quality index: of what reviewers looked at, the share that was met."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from authoring.approval import quality
from authoring.approval.quality import Score
from authoring.models import ChecklistMark
from kb.models import Person
from tests import factories
from tests.authoring.approval.reviewing import draft, submitted
from tests.conftest import START


def marked(
    session: Session,
    author: Person,
    reviewer: Person,
    key: str,
    marks: dict[str, bool],
    at: datetime = START,
    kind: str = "faq",
) -> None:
    """A review of a text with these marks."""
    review = submitted(session, draft(session, factories.article(session, key, kind=kind), author), author)
    for item, met in marks.items():
        mark = ChecklistMark(review_id=review.id, person_id=reviewer.id, item=item, met=met, marked_at=at)
        session.add(mark)
    session.flush()


@pytest.fixture
def found(
    session: Session, author: Person, specialist: Person, reviewer: Person
) -> tuple[quality.Line, list[quality.Line]]:
    """The author with three of four met, the specialist with one of two, a month earlier."""
    marked(session, author, reviewer, "a", {"clear": True, "linked": False})
    marked(session, author, reviewer, "b", {"clear": True, "linked": True}, kind="standard")
    earlier = {"clear": True, "linked": False}
    marked(session, specialist, reviewer, "c", earlier, at=START - timedelta(days=31))
    marked(session, specialist, reviewer, "d", {"clear": False}, at=START - timedelta(days=400))
    return quality.index(session, START)


def test_the_index_is_the_share_of_points_met(
    both_databases: str, found: tuple[quality.Line, list[quality.Line]]
) -> None:
    every, lines = found
    assert (every.total, every.total.percent, every.reviews) == (Score(4, 6), 67, 3)
    assert [(line.name, line.total.percent, line.reviews) for line in lines] == [
        ("Sofia Specialist", 50, 1),
        ("Anna Author", 75, 2),
    ]


def test_it_is_told_by_kind_by_point_and_by_month(
    both_databases: str, found: tuple[quality.Line, list[quality.Line]]
) -> None:
    every, (_specialist, author) = found
    assert author.kinds == {"faq": Score(1, 2), "standard": Score(2, 2)}
    assert every.points == {"clear": Score(3, 3), "linked": Score(1, 3)}
    months = dict(zip(quality.months_until(START), every.months, strict=True))
    told = {month: score.percent for month, score in months.items() if score.looked_at}
    assert told == {"2026-01": 50, "2026-03": 75}


def test_a_kind_can_be_looked_at_alone(session: Session, found: object) -> None:
    every, lines = quality.index(session, START, kind="standard")
    assert (every.total, [line.name for line in lines]) == (Score(2, 2), ["Anna Author"])

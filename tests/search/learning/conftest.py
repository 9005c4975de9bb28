"""What the tests of learning share: a log that is written when a test says so, and questions in few words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.db import Database
from search.learning.log import QuestionLog
from search.models import AskedQuestion, OpenedAnswer
from tests.conftest import START

Ask = Callable[..., str]


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A database session. Commit before anybody else asks: they see only what is committed."""
    with database.session() as opened:
        yield opened


@pytest.fixture
def log(database: Database) -> QuestionLog:
    """A log without a thread."""
    return QuestionLog(database, days=90, now=START)


@pytest.fixture
def ask(log: QuestionLog) -> Ask:
    """Ask in few words: ask("pin", shown=[1, 2], opened=[1]); each time it is somebody else."""

    def asked(
        text: str,
        *,
        shown: Sequence[int] = (),
        opened: Sequence[int] = (),
        helpful: Sequence[int] = (),
        unhelpful: Sequence[int] = (),
        now: datetime = START,
        **more: Any,
    ) -> str:
        given: dict[str, Any] = {
            "language": "en",
            "portal": "help",
            "surface": "portal",
            "hits": len(shown),
            "relaxed": False,
            "previous": None,
        }
        token = log.asked(text=text, shown=shown, now=now, **(given | more))
        for article_id in (*opened, *helpful, *unhelpful):
            log.opened(token, article_id, 1, now)
        for article_id in (*helpful, *unhelpful):
            log.verdict(token, article_id, article_id in helpful, now)
        log.flush()
        return token

    return asked


def questions(session: Session) -> list[AskedQuestion]:
    """What is kept, in order."""
    session.rollback()
    session.expire_all()
    return list(session.scalars(select(AskedQuestion).order_by(AskedQuestion.id)))


def openings(session: Session) -> list[tuple[int, int, int, str]]:
    """What was opened: (question, article, rank, verdict), in order."""
    session.rollback()
    session.expire_all()
    rows = session.scalars(select(OpenedAnswer).order_by(OpenedAnswer.question_id, OpenedAnswer.article_id))
    return [(row.question_id, row.article_id, row.rank, row.verdict) for row in rows]

"""What one process holds to learn from questions, and how it is put together."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field
from typing import cast

import structlog
from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.datastructures import Headers

from kb.context import Services
from kb.feedback import Heard
from search.learning import click_signals, forgetting, visits
from search.learning.click_signals import Signals
from search.learning.figures import DaySums
from search.learning.kinds import DayKinds
from search.learning.log import QuestionLog
from search.learning.meanings import Meanings
from search.learning.others import OtherQuestions

COUNTED_AFTER_S = 60
"""A process has more urgent things to do in its first minute."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Learning:
    """The log, and what it teaches."""

    log: QuestionLog
    signals: Signals
    others: OtherQuestions
    sums: DaySums
    kinds: DayKinds
    meanings: Meanings = field(default_factory=Meanings)

    def keeps(self, headers: Headers) -> bool:
        """Whether questions of this visitor are kept: neither the operator nor the visitor's browser is against it."""
        return self.log.days > 0 and visits.allowed(headers)

    def hear(self, heard: Heard) -> None:
        """What was said of an article belongs to the question that led to it, if one did."""
        self.log.verdict(heard.question, heard.article_id, heard.helpful, heard.at)


def init_app(app: Flask) -> Learning:
    """Begin to listen."""
    services: Services = app.extensions["kalauz"]
    questions = QuestionLog(services.database, days=services.config.questions_days, now=services.clock())
    app.extensions["learning"] = made = Learning(
        questions,
        Signals(services.database),
        OtherQuestions(services.database, services.clock),
        DaySums(questions.days),
        DayKinds(questions.days),
    )

    def begin_to_count() -> None:
        """Count the days of the gap report beside the requests: who opens it first does not wait for that."""
        threading.Thread(target=_count, args=(services, made), name="days of questions", daemon=True).start()

    services.hearers.append(made.hear)
    services.companions.extend([questions.start, made.others.start, begin_to_count])
    services.jobs.extend([*click_signals.jobs(services), forgetting.job(services)])
    return made


def _count(services: Services, made: Learning) -> None:
    time.sleep(COUNTED_AFTER_S * random.uniform(0.5, 1))  # noqa: S311 - nothing secret
    try:
        with services.database.session() as session:
            made.kinds.count(session, services.clock())
    except SQLAlchemyError:
        log.exception("days of questions not counted")  # the report counts them itself


def learning() -> Learning:
    """This process's learning."""
    return cast(Learning, current_app.extensions["learning"])

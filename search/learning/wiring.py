"""What one process holds to learn from questions, and how it is put together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from flask import Flask, current_app
from werkzeug.datastructures import Headers

from kb.context import Services
from kb.feedback import Heard
from search.learning import click_signals, forgetting, visits
from search.learning.click_signals import Signals
from search.learning.figures import DaySums
from search.learning.log import QuestionLog
from search.learning.meanings import Meanings
from search.learning.others import OtherQuestions


@dataclass(frozen=True)
class Learning:
    """The log, and what it teaches."""

    log: QuestionLog
    signals: Signals
    others: OtherQuestions
    sums: DaySums
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
    log = QuestionLog(services.database, days=services.config.questions_days, now=services.clock())
    app.extensions["learning"] = made = Learning(
        log,
        Signals(services.database),
        OtherQuestions(services.database, services.clock),
        DaySums(log.days),
    )
    services.hearers.append(made.hear)
    services.companions.extend([log.start, made.others.start])
    services.jobs.extend([*click_signals.jobs(services), forgetting.job(services)])
    return made


def learning() -> Learning:
    """This process's learning."""
    return cast(Learning, current_app.extensions["learning"])

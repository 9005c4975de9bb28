"""Questions are kept for as long as the operator says, and not a day longer."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from kb.context import Services
from kb.jobs import Job, in_transaction
from search.models import AskedQuestion

EVERY = timedelta(hours=6)


def job(services: Services) -> Job:
    """The job that forgets; where no questions are kept at all, it forgets those of before."""
    days = services.config.questions_days

    def run(session: Session, now: datetime) -> None:
        forget(session, now - timedelta(days=days))

    return in_transaction("questions clean-up", EVERY, services.database, run)


def forget(session: Session, until: datetime) -> None:
    """Delete all questions up to this moment, and what was opened from them with them."""
    session.execute(delete(AskedQuestion).where(AskedQuestion.at <= until))

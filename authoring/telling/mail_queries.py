"""What administrators see of the outbox: what waits, what was given up, and why."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from authoring.models import Mail
from authoring.telling.mail import NEVER
from kb.listings import Listing, listing

DAY = timedelta(days=1)


def troubled(session: Session, page: int) -> Listing[Mail]:
    """Mails that could not be sent so far: those given up first, then the newest."""
    query = (
        select(Mail)
        .where(Mail.sent_at.is_(None), Mail.error != "")
        .order_by((Mail.next_try_at < NEVER), Mail.id.desc())
    )
    return listing(session, query, page)


def given_up(session: Session) -> int:
    """How many mails will not be tried again unless somebody says so."""
    query = select(func.count()).where(Mail.sent_at.is_(None), Mail.next_try_at >= NEVER)
    return session.scalar(query) or 0


def figures(session: Session, now: datetime) -> dict[str, int]:
    """How many mails wait, and how many were sent within a day."""
    waiting = select(func.count()).where(Mail.sent_at.is_(None), Mail.next_try_at < NEVER)
    sent = select(func.count()).where(Mail.sent_at > now - DAY)
    return {"waiting": session.scalar(waiting) or 0, "sent": session.scalar(sent) or 0}

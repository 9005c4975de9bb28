"""The tables of the chain: what was escalated or just not, what was learned from it, and who was alarmed about what."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.db import Base
from kb.models import Person
from routing.models import Contact, Queue


class Outcome(StrEnum):
    """What became of an escalation."""

    SENT = "sent"
    AVOIDED = "avoided"
    ANSWERED = "answered"
    HANDED_ON = "handed_on"
    GIVEN_BACK = "given_back"


class Escalation(Base):
    """A contact that was sent up the chain, or that an answer shown at the brink kept from it.

    `queue_id` is where it was then. `path` is the way through guided help so far, as [question, answer] in words: the
    run itself is forgotten sooner. `helped_kind` and `helped_key` say what helped at the brink. `answer` is what was
    decided, in words: the answer, or advice. One that is only sent still waits for somebody.
    """

    __tablename__ = "escalation"
    __table_args__ = (Index("ix_escalation_queue_id_at", "queue_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"), index=True)
    queue_id: Mapped[int] = mapped_column(ForeignKey("queue.id"))
    state: Mapped[str] = mapped_column(String(16), default=Outcome.SENT, index=True)
    from_level: Mapped[int]
    level: Mapped[int]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    at: Mapped[datetime]
    note: Mapped[str] = mapped_column(Text, default="")
    path: Mapped[list[Any]] = mapped_column(JSON, default=list)
    helped_kind: Mapped[str] = mapped_column(String(16), default="")
    helped_key: Mapped[str] = mapped_column(String(128), default="")
    answer: Mapped[str] = mapped_column(Text, default="")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    decided_at: Mapped[datetime | None]

    contact: Mapped[Contact] = relationship()
    queue: Mapped[Queue] = relationship()
    by: Mapped[Person | None] = relationship(foreign_keys=by_id)
    decided_by: Mapped[Person | None] = relationship(foreign_keys=decided_by_id)


class AlarmKind(StrEnum):
    """What somebody is alarmed about."""

    ANSWER = "answer"
    RESOLVE = "resolve"
    UNSERVED = "unserved"
    UNTAKEN = "untaken"


class Stage(StrEnum):
    """How late it is."""

    WARNING = "warning"
    BREACH = "breach"


class Alarm(Base):
    """Somebody is told, once, that a contact needs attention.

    `of_at` is the moment that it is about: a deadline, or since when nobody takes it; with another deadline it is
    another alarm. `person_id` is who has the contact; None where those who direct are told.
    """

    __tablename__ = "alarm"
    __table_args__ = (UniqueConstraint("contact_id", "kind", "stage", "of_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    stage: Mapped[str] = mapped_column(String(16))
    of_at: Mapped[datetime]
    at: Mapped[datetime] = mapped_column(index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    seen_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    seen_at: Mapped[datetime | None] = mapped_column(index=True)

    contact: Mapped[Contact] = relationship()
    seen_by: Mapped[Person | None] = relationship(foreign_keys=seen_by_id)


class NeedState(StrEnum):
    """How far a training need is."""

    NOTED = "noted"
    DONE = "done"


class TrainingNeed(Base):
    """Something that those in front should learn, as seen from an escalation: a subject, not a person."""

    __tablename__ = "training_need"

    id: Mapped[int] = mapped_column(primary_key=True)
    escalation_id: Mapped[int | None] = mapped_column(
        ForeignKey("escalation.id", ondelete="SET NULL"), index=True
    )
    queue_id: Mapped[int] = mapped_column(ForeignKey("queue.id", ondelete="CASCADE"))
    what: Mapped[str] = mapped_column(String(500))
    state: Mapped[str] = mapped_column(String(16), default=NeedState.NOTED)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    at: Mapped[datetime]
    done_at: Mapped[datetime | None]

    queue: Mapped[Queue] = relationship()
    escalation: Mapped[Escalation | None] = relationship()
    by: Mapped[Person | None] = relationship(foreign_keys=by_id)


class ExpertRequest(Base):
    """A question to somebody who is no user, and the answer that came by the link in the mail.

    `text` is all that they are shown. `nonce` is in the link, and in no other.
    """

    __tablename__ = "expert_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"), index=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    recipient: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(16), default="en")
    text: Mapped[str] = mapped_column(Text)
    nonce: Mapped[str] = mapped_column(String(32))
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    name: Mapped[str] = mapped_column(String(200), default="")
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime | None]
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id", ondelete="SET NULL"))

    contact: Mapped[Contact] = relationship()
    by: Mapped[Person | None] = relationship()

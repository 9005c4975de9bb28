"""The tables of authoring: working copies, reviews and workflows, what is asked of people and what they are told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.db import Base
from kb.models.records import Audited


class Draft(Base):
    """A person's working copy of a translation, saved while they type; it becomes a revision when they save it.

    `base_id` is the newest revision when they began: what others saved since has to be merged.
    `fields` are the form's fields as typed. `seen_at` is when its editing page was last open.
    """

    __tablename__ = "draft"
    __table_args__ = (UniqueConstraint("article_id", "language", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"))
    language: Mapped[str] = mapped_column(String(16))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    base_id: Mapped[int | None] = mapped_column(ForeignKey("revision.id", ondelete="SET NULL"))
    fields: Mapped[dict[str, Any]] = mapped_column(JSON)
    saved_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class Workflow(Audited, Base):
    """Who has to approve what: the first active one by position that fits an article's kind, topic and audience.

    Empty lists fit everything. `steps` are dicts as `workflow.Step.from_json` reads them, in order.
    `publishes_first`: the text shows at once and is reviewed after.
    """

    __tablename__ = "workflow"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    position: Mapped[int] = mapped_column(default=0)
    is_active: Mapped[bool] = mapped_column(default=True)
    kinds: Mapped[list[str]] = mapped_column(JSON, default=list)
    topics: Mapped[list[str]] = mapped_column(JSON, default=list)
    audiences: Mapped[list[str]] = mapped_column(JSON, default=list)
    publishes_first: Mapped[bool] = mapped_column(default=False)
    steps: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


class Review(Audited, Base):
    """A revision's way through a workflow, whose steps are kept as they were when it began.

    `outcome`: open, approved, returned, recalled (by its author) or overtaken (by a newer revision).
    `after`: the text shows already, and is reviewed after. `urgent`: a supervisor published it past its reviewers.
    """

    __tablename__ = "review"
    __table_args__ = (Index("ix_review_outcome_due_at", "outcome", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id", ondelete="CASCADE"), index=True)
    workflow: Mapped[str] = mapped_column(String(200))
    steps: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    step: Mapped[int] = mapped_column(default=0)
    after: Mapped[bool] = mapped_column(default=False)
    urgent: Mapped[bool] = mapped_column(default=False)
    outcome: Mapped[str] = mapped_column(String(16), default="open")
    started_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    started_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    decisions: Mapped[list[Decision]] = relationship(
        cascade="all, delete-orphan", order_by="Decision.id", passive_deletes=True
    )


class Decision(Audited, Base):
    """What a person said at a step of a review: approve or return. `for_id`: the absent person they stood in for."""

    __tablename__ = "decision"
    __table_args__ = (UniqueConstraint("review_id", "step", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("review.id", ondelete="CASCADE"))
    step: Mapped[int]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    for_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    verdict: Mapped[str] = mapped_column(String(16))
    comment: Mapped[str] = mapped_column(Text, default="")
    decided_at: Mapped[datetime]


class Delegation(Audited, Base):
    """While a person is absent, somebody else decides for them."""

    __tablename__ = "delegation"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    to_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    from_at: Mapped[datetime]
    until_at: Mapped[datetime]


class Comment(Audited, Base):
    """A remark on a revision, perhaps about a passage of it; resolved when it is dealt with."""

    __tablename__ = "comment"

    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    quote: Mapped[str] = mapped_column(String(300), default="")
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    resolved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))


class Suggestion(Audited, Base):
    """What somebody thinks an article should say: open, taken (it became a draft) or declined with a reason."""

    __tablename__ = "suggestion"

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"), index=True)
    language: Mapped[str] = mapped_column(String(16))
    revision_id: Mapped[int | None] = mapped_column(ForeignKey("revision.id", ondelete="SET NULL"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16), default="open", index=True)
    answer: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))


class KindRule(Audited, Base):
    """What holds for a kind of article: how long it lasts, what a new one begins with, what a reviewer looks at.

    `templates` are bodies by language. `checklist` are dicts {"key", "names": by language}.
    """

    __tablename__ = "kind_rule"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), unique=True)
    lifetime_days: Mapped[int | None]
    review_days: Mapped[int | None]
    templates: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    checklist: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)


class ChecklistMark(Audited, Base):
    """Whether a reviewer found a point of the checklist met."""

    __tablename__ = "checklist_mark"
    __table_args__ = (UniqueConstraint("review_id", "person_id", "item"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("review.id", ondelete="CASCADE"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    item: Mapped[str] = mapped_column(String(64))
    met: Mapped[bool]
    marked_at: Mapped[datetime]


class ReadingRequest(Audited, Base):
    """The people of a group are asked to confirm that they read and understood an article.

    `questions` are dicts {"text", "choices": [text], "right": index}.
    """

    __tablename__ = "reading_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"), index=True)
    revision_id: Mapped[int | None] = mapped_column(ForeignKey("revision.id", ondelete="SET NULL"))
    group_id: Mapped[int] = mapped_column(ForeignKey("group.id", ondelete="CASCADE"))
    note: Mapped[str] = mapped_column(String(500), default="")
    questions: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    due_at: Mapped[datetime]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    receipts: Mapped[list[ReadingReceipt]] = relationship(cascade="all, delete-orphan", passive_deletes=True)


class ReadingReceipt(Audited, Base):
    """A person confirms that they read and understood; `answers` are the choices they took, `tries` how often."""

    __tablename__ = "reading_receipt"
    __table_args__ = (UniqueConstraint("request_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("reading_request.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    answers: Mapped[list[int]] = mapped_column(JSON, default=list)
    tries: Mapped[int] = mapped_column(default=0)
    confirmed_at: Mapped[datetime | None]


class Notice(Base):
    """Something that a person should know. `about` names the event, so that nobody is told twice.

    `params` fill the words of its kind when it is shown, in the reader's language; `path` is where it leads.
    `mailed_at` is when it went into a mail; None while it waits for one.
    """

    __tablename__ = "notice"
    __table_args__ = (UniqueConstraint("person_id", "about"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(32))
    about: Mapped[str] = mapped_column(String(200))
    params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    path: Mapped[str] = mapped_column(String(500))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None] = mapped_column(index=True)


class NoticePreference(Base):
    """How a person wants to be told: at_once, daily or off. Nothing stored means at once."""

    __tablename__ = "notice_preference"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    mail: Mapped[str] = mapped_column(String(16), default="at_once")
    digested_at: Mapped[datetime | None]


class Mail(Base):
    """A mail on its way: kept until a mail server took it, tried again ever more rarely."""

    __tablename__ = "mail"
    __table_args__ = (Index("ix_mail_sent_at_next_try_at", "sent_at", "next_try_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text)
    unsubscribe: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime]
    next_try_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(String(500), default="")

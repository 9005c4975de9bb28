"""The tables of the routing core: what people can do, where contacts wait, the contacts, and all that happened."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, String, Text, UniqueConstraint, or_
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.db import Base
from kb.models import Person
from kb.models.records import Audited
from routing.capacity import Channel as Channel  # noqa: PLC0414 - one of the words of these tables
from routing.lifecycle import State


class Standing(StrEnum):
    """What somebody who takes contacts is doing."""

    AVAILABLE = "available"
    BUSY = "busy"
    AWAY = "away"
    AFTER_CALL = "after_call"


class Skill(Audited, Base):
    """Something that a contact can require of whoever takes it."""

    __tablename__ = "skill"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    names: Mapped[dict[str, str]] = mapped_column(JSON)


class Queue(Audited, Base):
    """Where contacts wait for whom.

    `hours`: {"zone", "week": seven lists of [opens, closes] in minutes, "country": whose public holidays it is closed
    on ("DE", or with its part "DE-BY"), "days": {date: such a list}}; empty for always open. `steps` of overflow:
    [{"after_s", "queue", "order", "skilled"}]. `targets` say what is due when, in working time: [{"channel",
    "priority", "answer_s", "resolve_s"}], channel "" and priority 0 for all that nothing else is said of.
    `level_share` of all who come are to be answered within `level_s` seconds. `messages`: language -> what everybody
    who waits is told now, until `messages_until`. Who lets an offer pass for `offer_s` is away; wrap-up ends after
    `wrap_up_s`. What nobody serves goes to the queue `fallback_id`, as do those who come while it is closed, if that
    is open.
    """

    __tablename__ = "queue"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    names: Mapped[dict[str, str]] = mapped_column(JSON)
    position: Mapped[int] = mapped_column(default=0)
    is_active: Mapped[bool] = mapped_column(default=True)
    hours: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    steps: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    targets: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    level_share: Mapped[float] = mapped_column(default=0.85)
    level_s: Mapped[int] = mapped_column(default=60)
    offer_s: Mapped[int] = mapped_column(default=20)
    wrap_up_s: Mapped[int] = mapped_column(default=120)
    messages: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    messages_until: Mapped[datetime | None]
    fallback_id: Mapped[int | None] = mapped_column(ForeignKey("queue.id", ondelete="SET NULL"))


class Entrance(Audited, Base):
    """Where contacts come in: a number, an address or a form leads to a queue; one number can serve several.

    `choice` is what was chosen there, as the digit of a menu; "" for whatever nothing else is said of.
    """

    __tablename__ = "entrance"
    __table_args__ = (UniqueConstraint("channel", "address", "choice"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    address: Mapped[str] = mapped_column(String(200))
    choice: Mapped[str] = mapped_column(String(16), default="")
    queue_id: Mapped[int] = mapped_column(ForeignKey("queue.id", ondelete="CASCADE"), index=True)
    language: Mapped[str] = mapped_column(String(16), default="")
    priority: Mapped[int] = mapped_column(default=0)
    skills: Mapped[list[str]] = mapped_column(JSON, default=list)
    portal: Mapped[str] = mapped_column(String(64), default="")


class Agent(Audited, Base):
    """Somebody who takes contacts, at a level of the chain: 1 in front, 2 supervisors, 3 specialists.

    `capacity`: channel -> how many at once. `skills` and `queues`: key -> order, 1 is the best.
    """

    __tablename__ = "agent"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    level: Mapped[int] = mapped_column(default=1)
    is_active: Mapped[bool] = mapped_column(default=True)
    capacity: Mapped[dict[str, int]] = mapped_column(JSON)
    skills: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    queues: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)

    person: Mapped[Person] = relationship(lazy="joined")

    @property
    def id(self) -> int:
        """That of the person."""
        return self.person_id


class Presence(Base):
    """What an agent is doing now, since when, and when the panel was heard of last.

    `idle_since` is when the last contact ended, or the agent became available.
    """

    __tablename__ = "presence"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("agent.person_id", ondelete="CASCADE"), primary_key=True
    )
    standing: Mapped[str] = mapped_column(String(16), default=Standing.AWAY)
    reason: Mapped[str] = mapped_column(String(64), default="")
    since: Mapped[datetime]
    idle_since: Mapped[datetime]
    seen_at: Mapped[datetime]


class Customer(Audited, Base):
    """Somebody who gets in touch: what another system knows of them, by the key that it gives them."""

    __tablename__ = "customer"
    secret_columns = frozenset({"name", "facts"})

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    language: Mapped[str] = mapped_column(String(16), default="")
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    changed_at: Mapped[datetime]

    addresses: Mapped[list[CustomerAddress]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True
    )


class CustomerAddress(Base):
    """A number or a mail address by which a contact is known to be a customer's; written together with the customer."""

    __tablename__ = "customer_address"

    address: Mapped[str] = mapped_column(String(200), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"), index=True)


class Contact(Base):
    """One interaction with a customer; what happened to it stands in its events.

    `key` is what the system that brought it calls it. `waited_from` is what its waiting counts from, and stays when it
    comes back to the queue; nobody is asked to take it before `not_before`, the time of a call that was agreed.
    `passed` are those who let it pass, not asked again before `asked_again_at`. `skills` are keys. `solved_kind`
    (article, guide, case) and `solved_key` say what solved it, `run_id` the guided help that went with it.
    """

    __tablename__ = "contact"
    __table_args__ = (
        Index("ix_contact_state_queue_id", "state", "queue_id"),
        Index("ix_contact_agent_id_state", "agent_id", "state"),
        Index("ix_contact_customer_id_came_at", "customer_id", "came_at"),
        Index("ix_contact_queue_id_came_at", "queue_id", "came_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    channel: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16), default=State.WAITING)
    queue_id: Mapped[int] = mapped_column(ForeignKey("queue.id"))
    level: Mapped[int] = mapped_column(default=1)
    priority: Mapped[int] = mapped_column(default=0)
    language: Mapped[str] = mapped_column(String(16), default="")
    portal: Mapped[str] = mapped_column(String(64), default="")
    question: Mapped[str] = mapped_column(Text, default="")
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id", ondelete="SET NULL"))
    address: Mapped[str] = mapped_column(String(200), default="")
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    skills: Mapped[list[str]] = mapped_column(JSON, default=list)
    passed: Mapped[list[int]] = mapped_column(JSON, default=list)
    asked_again_at: Mapped[datetime | None]
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    wanted_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    came_at: Mapped[datetime]
    waited_from: Mapped[datetime]
    not_before: Mapped[datetime | None]
    offer_ends_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    wrap_up_ends_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None] = mapped_column(index=True)
    answer_due_at: Mapped[datetime | None]
    resolve_due_at: Mapped[datetime | None]
    answer_warn_at: Mapped[datetime | None]
    resolve_warn_at: Mapped[datetime | None]
    notes: Mapped[str] = mapped_column(Text, default="")
    tags: Mapped[list[str]] = mapped_column(JSON, default=list)
    solved_kind: Mapped[str] = mapped_column(String(16), default="")
    solved_key: Mapped[str] = mapped_column(String(128), default="", index=True)
    run_id: Mapped[str] = mapped_column(String(22), default="")
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id", ondelete="SET NULL"), index=True)
    version: Mapped[int] = mapped_column(default=0)

    queue: Mapped[Queue] = relationship()
    customer: Mapped[Customer | None] = relationship()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - two at once: one of them looks again


def is_due(now: datetime) -> ColumnElement[bool]:
    """Contacts whose time has come, or that have none."""
    return or_(Contact.not_before.is_(None), Contact.not_before <= now)


class EarlyEnding(Base):
    """The customer was gone before the contact was brought: by the time it comes, it has ended."""

    __tablename__ = "early_ending"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    why: Mapped[str] = mapped_column(String(64), default="")


class ContactEvent(Base):
    """Something that happened to a contact, in the order in which it did: its history, and what others are told.

    Without a contact it is about an agent or the floor. Nothing is changed or taken out of it but by what forgets old
    contacts.
    """

    __tablename__ = "contact_event"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - an id is never used twice

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(24))
    at: Mapped[datetime] = mapped_column(index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    said: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

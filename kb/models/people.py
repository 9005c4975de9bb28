"""People, groups, audiences and the keys of machines."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, Column, ForeignKey, String, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.db import Base
from kb.models.records import Audited


class Role(StrEnum):
    """What a person may do. A person can hold several; nobody with a role is a customer only."""

    AUTHOR = "author"
    TRANSLATOR = "translator"
    REVIEWER = "reviewer"
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    SPECIALIST = "specialist"
    ADMIN = "admin"


group_member = Table(
    "group_member",
    Base.metadata,
    Column("group_id", ForeignKey("group.id", ondelete="CASCADE"), primary_key=True),
    Column("person_id", ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, index=True),
)

audience_group = Table(
    "audience_group",
    Base.metadata,
    Column("audience_id", ForeignKey("audience.id", ondelete="CASCADE"), primary_key=True),
    Column("group_id", ForeignKey("group.id", ondelete="CASCADE"), primary_key=True),
)


class Group(Audited, Base):
    """A named set of people, for audiences and later for approval steps."""

    __tablename__ = "group"
    journal_kind = "group"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))

    members: Mapped[list[Person]] = relationship(secondary=group_member, back_populates="groups")


class Person(Audited, Base):
    """Somebody who can log in; roles empty means a customer."""

    __tablename__ = "person"
    secret_columns = frozenset({"password_hash"})
    silent_columns = frozenset({"failed_logins", "locked_until", "last_login_at"})

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    roles: Mapped[list[str]] = mapped_column(JSON, default=list)
    languages: Mapped[list[str]] = mapped_column(JSON, default=list)
    zone: Mapped[str] = mapped_column(String(64), default="UTC")
    is_active: Mapped[bool] = mapped_column(default=True)
    must_change_password: Mapped[bool] = mapped_column(default=False)
    session_version: Mapped[int] = mapped_column(default=1)
    failed_logins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    last_login_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    groups: Mapped[list[Group]] = relationship(
        secondary=group_member, back_populates="members", order_by=Group.name
    )
    limits: Mapped[list[RoleLimit]] = relationship(cascade="all, delete-orphan", passive_deletes=True)


class RoleLimit(Audited, Base):
    """Where a person may use a role of theirs: only below these topics and in these languages; empty is no limit."""

    __tablename__ = "role_limit"
    __table_args__ = (UniqueConstraint("person_id", "role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(String(32))
    topics: Mapped[list[str]] = mapped_column(JSON, default=list)
    languages: Mapped[list[str]] = mapped_column(JSON, default=list)


class Audience(Audited, Base):
    """Who may read: the built-in public, customer and agent, or a named one made of groups."""

    __tablename__ = "audience"
    journal_kind = "audience"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    names: Mapped[dict[str, str]] = mapped_column(JSON)
    built_in: Mapped[bool] = mapped_column(default=False)

    groups: Mapped[list[Group]] = relationship(secondary=audience_group, order_by=Group.name)


class ApiKey(Audited, Base):
    """A machine's way in: only a hash is kept; the scopes say what it may do and the audiences what it may read."""

    __tablename__ = "api_key"
    secret_columns = frozenset({"secret_hash"})
    silent_columns = frozenset({"last_used_at"})

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    prefix: Mapped[str] = mapped_column(String(16), unique=True)
    secret_hash: Mapped[str] = mapped_column(String(64))
    scopes: Mapped[list[str]] = mapped_column(JSON, default=list)
    audiences: Mapped[list[str]] = mapped_column(JSON, default=list)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]

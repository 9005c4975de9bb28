"""What pages are made of beside articles: portals, topics, dynamic folders, snippets, values from outside."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kb.db import Base
from kb.models.records import Audited


class Topic(Audited, Base):
    """A node of the topic tree, with names per language."""

    __tablename__ = "topic"
    journal_kind = "topic"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(128), unique=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("topic.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    names: Mapped[dict[str, str]] = mapped_column(JSON)


class Portal(Audited, Base):
    """A published site. `audiences` limits what it can show, `entry_audience` who may enter ("public": open).

    `topics` are the keys of the topics it shows with all below them; empty means all.
    `hides_stale`: whether a translation that says something else than its source is left out, instead of marked.
    `tokens` are design tokens that the portal overrides, for example {"brand": "#0b5"}.
    """

    __tablename__ = "portal"
    journal_kind = "portal"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    names: Mapped[dict[str, str]] = mapped_column(JSON)
    taglines: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    position: Mapped[int] = mapped_column(default=0)
    languages: Mapped[list[str]] = mapped_column(JSON)
    default_language: Mapped[str] = mapped_column(String(16))
    audiences: Mapped[list[str]] = mapped_column(JSON)
    entry_audience: Mapped[str] = mapped_column(String(64))
    topics: Mapped[list[str]] = mapped_column(JSON, default=list)
    features: Mapped[list[str]] = mapped_column(JSON, default=list)
    tokens: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    logo: Mapped[str] = mapped_column(String(300), default="")
    hides_stale: Mapped[bool] = mapped_column(default=False)


class Folder(Audited, Base):
    """A dynamic folder: a saved query shown beside the topic tree, always current."""

    __tablename__ = "folder"
    journal_kind = "folder"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    names: Mapped[dict[str, str]] = mapped_column(JSON)
    query: Mapped[str] = mapped_column(String(500))
    audience: Mapped[str] = mapped_column(String(64), default="public")
    position: Mapped[int] = mapped_column(default=0)


class Snippet(Audited, Base):
    """A reusable passage of Markdown, `{{snippet:key}}`, with a body per language."""

    __tablename__ = "snippet"
    journal_kind = "snippet"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    bodies: Mapped[dict[str, str]] = mapped_column(JSON)


class ExternalSource(Audited, Base):
    """A JSON document from another system, `{{ext:key.path.to.value}}`; the last good one is kept."""

    __tablename__ = "external_source"
    journal_kind = "external_source"
    silent_columns = frozenset({"value", "fetched_at", "tried_at", "error"})

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    url: Mapped[str] = mapped_column(Text)
    ttl_s: Mapped[int] = mapped_column(default=300)
    value: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    fetched_at: Mapped[datetime | None]
    tried_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(String(300), default="")

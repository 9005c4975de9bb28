"""Articles: one piece of knowledge, its translations, their immutable revisions, and what hangs on them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, inspect
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.db import Base
from kb.models.records import Audited

KINDS = ("standard", "wiki", "faq", "guide")


class State(StrEnum):
    """The life of a revision."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Article(Audited, Base):
    """One piece of knowledge, whatever its language.

    `related` are keys of articles to read next; `replaced_by` is the key of the one to read instead.
    """

    __tablename__ = "article"
    journal_kind = "article"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(128), unique=True)
    kind: Mapped[str] = mapped_column(String(16), index=True)
    source_language: Mapped[str] = mapped_column(String(16))
    audience: Mapped[str] = mapped_column(ForeignKey("audience.key", onupdate="CASCADE"), index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    related: Mapped[list[str]] = mapped_column(JSON, default=list)
    replaced_by: Mapped[str | None] = mapped_column(String(128))
    created_at: Mapped[datetime]

    topics: Mapped[list[ArticleTopic]] = relationship(
        back_populates="article",
        cascade="all, delete-orphan",
        order_by="ArticleTopic.position",
        passive_deletes=True,
    )
    translations: Mapped[list[Translation]] = relationship(
        back_populates="article", cascade="all, delete-orphan", passive_deletes=True
    )


class ArticleTopic(Audited, Base):
    """An article's place in the topic tree; the first is its breadcrumb."""

    __tablename__ = "article_topic"
    journal_kind = "article"

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"), primary_key=True)
    topic_id: Mapped[int] = mapped_column(ForeignKey("topic.id"), primary_key=True, index=True)
    position: Mapped[int] = mapped_column(default=0)

    article: Mapped[Article] = relationship(back_populates="topics")

    @property
    def journal_id(self) -> int:
        return self.article_id


class Translation(Audited, Base):
    """The article in one language."""

    __tablename__ = "translation"
    __table_args__ = (UniqueConstraint("article_id", "language"), UniqueConstraint("language", "slug"))
    journal_kind = "article"
    silent_columns = frozenset({"imported_hash"})

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"))
    language: Mapped[str] = mapped_column(String(16))
    slug: Mapped[str] = mapped_column(String(200))
    imported_hash: Mapped[str | None] = mapped_column(String(64))

    article: Mapped[Article] = relationship(back_populates="translations")
    revisions: Mapped[list[Revision]] = relationship(
        back_populates="translation",
        cascade="all, delete-orphan",
        order_by="Revision.number",
        passive_deletes=True,
    )

    @property
    def journal_id(self) -> int:
        return self.article_id


class OldSlug(Base):
    """A slug that a translation once had; it redirects."""

    __tablename__ = "old_slug"

    language: Mapped[str] = mapped_column(String(16), primary_key=True)
    slug: Mapped[str] = mapped_column(String(200), primary_key=True)
    translation_id: Mapped[int] = mapped_column(ForeignKey("translation.id", ondelete="CASCADE"), index=True)


class Revision(Audited, Base):
    """An immutable snapshot of a translation. Only its state, the moments of its showing and its facts' name move.

    `publish_at` moves to the moment of its approval when that comes later.
    `superseded_at` is when its successor takes over, so that "which one shows" is a predicate and needs no job.
    It is `publish_at` for one that was replaced or withdrawn before it could show.
    `base_id` is the revision that its author began with; `made_from_id` the source revision that a translation was
    made from. `facts_id` is the first source revision that says the same (its own id where a fact changed), so that
    `stale_at`, the moment from which the source says something else than this translation, is a predicate too.
    `wording_only` is the author's word that no fact was changed; `proposed` are properties of the article (kind,
    audience, topics) that are approved and take effect together with the text.
    """

    __tablename__ = "revision"
    __table_args__ = (
        UniqueConstraint("translation_id", "number"),
        Index("ix_revision_state_publish_at", "state", "publish_at"),
        Index("ix_revision_expires_at", "expires_at"),
        Index(
            "ix_revision_standing",
            *("state", "superseded_at", "expires_at", "publish_at", "review_by", "translation_id", "number"),
        ),
    )
    silent_columns = frozenset({"body"})

    id: Mapped[int] = mapped_column(primary_key=True)
    translation_id: Mapped[int] = mapped_column(ForeignKey("translation.id", ondelete="CASCADE"))
    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(String(300))
    summary: Mapped[str] = mapped_column(Text, default="")
    body: Mapped[str] = mapped_column(Text)
    tags: Mapped[list[str]] = mapped_column(JSON, default=list)
    publish_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    review_by: Mapped[datetime | None]
    superseded_at: Mapped[datetime | None]
    stale_at: Mapped[datetime | None]
    change_note: Mapped[str] = mapped_column(String(500), default="")
    wording_only: Mapped[bool] = mapped_column(default=False)
    proposed: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    base_id: Mapped[int | None] = mapped_column(ForeignKey("revision.id", ondelete="SET NULL"))
    made_from_id: Mapped[int | None] = mapped_column(ForeignKey("revision.id", ondelete="SET NULL"))
    facts_id: Mapped[int | None] = mapped_column(ForeignKey("revision.id", ondelete="SET NULL"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]

    translation: Mapped[Translation] = relationship(back_populates="revisions")
    links: Mapped[list[RevisionLink]] = relationship(cascade="all, delete-orphan", passive_deletes=True)

    @property
    def journal_kind(self) -> str | None:  # type: ignore[override]  # the others have one kind for all rows
        """Followers are told of what readers get or got: a draft that is saved again and again concerns nobody."""
        history = inspect(self).attrs.state.history
        states = {self.state, *(history.deleted or ())}
        return "article" if states & {State.PUBLISHED, State.WITHDRAWN} else None

    @property
    def journal_id(self) -> int:
        return self.translation.article_id


class RevisionLink(Base):
    """A link from a revision's body to another article, by key."""

    __tablename__ = "revision_link"

    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(128), primary_key=True, index=True)


class AttachmentContent(Base):
    """The bytes of an attachment, once per content, so that every node has them with the database."""

    __tablename__ = "attachment_content"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)


class Attachment(Audited, Base):
    """A file or image of an article; who may read the article may read it, from its approval on (`readable_at`)."""

    __tablename__ = "attachment"
    journal_kind = "article"

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"), index=True)
    filename: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(ForeignKey("attachment_content.sha256"), index=True)
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    readable_at: Mapped[datetime | None]

    @property
    def journal_id(self) -> int:
        return self.article_id


class Feedback(Base):
    """What a reader said about a revision: helpful or not, and perhaps why."""

    __tablename__ = "feedback"

    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id", ondelete="CASCADE"), index=True)
    portal: Mapped[str] = mapped_column(String(64))
    helpful: Mapped[bool]
    comment: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]

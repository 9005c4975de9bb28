"""The tables of search: words that mean the same, sources beside the index, what was asked and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kb.db import Base
from kb.models.records import Audited


class SynonymGroup(Audited, Base):
    """Words or short phrases of one language that stand for each other, such as an acronym and what it is short for.

    `one_way`: whoever asks for the first of them also finds the others, but not the other way round.
    """

    __tablename__ = "synonym_group"
    journal_kind = "synonyms"

    id: Mapped[int] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(String(16), index=True)
    words: Mapped[list[str]] = mapped_column(JSON)
    one_way: Mapped[bool] = mapped_column(default=False)


class SearchSource(Audited, Base):
    """A source of answers beside the index, asked while somebody waits (or read beforehand: a sitemap).

    `kind` is one of `federation.KINDS`, `settings` are its own. Empty `languages` and `portals` fit everything.
    """

    __tablename__ = "search_source"
    journal_kind = "search_source"
    silent_columns = frozenset({"tried_at", "error"})

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    names: Mapped[dict[str, str]] = mapped_column(JSON)
    kind: Mapped[str] = mapped_column(String(16))
    url: Mapped[str] = mapped_column(Text)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    languages: Mapped[list[str]] = mapped_column(JSON, default=list)
    portals: Mapped[list[str]] = mapped_column(JSON, default=list)
    audience: Mapped[str] = mapped_column(String(64), default="public")
    budget_ms: Mapped[int] = mapped_column(default=500)
    ttl_s: Mapped[int] = mapped_column(default=300)
    is_active: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=0)
    crawled_at: Mapped[datetime | None]
    tried_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(String(300), default="")


class CrawledPage(Base):
    """A page of a sitemap as it was last read; the index follows its source's entries in the journal."""

    __tablename__ = "crawled_page"
    __table_args__ = (UniqueConstraint("source_id", "url_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("search_source.id", ondelete="CASCADE"))
    url: Mapped[str] = mapped_column(Text)
    url_hash: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(16))
    etag: Mapped[str] = mapped_column(String(200), default="")
    changed_at: Mapped[datetime]
    read_at: Mapped[datetime]


class AskedQuestion(Base):
    """A question as it was asked, by nobody in particular: no person, no address, no session is kept with it.

    `token` is its public name, by which the page that shows the answers tells what became of it; `previous` is that
    of the question the same page was asked before. `shape` is the same for questions that only differ in form.
    `shown` are the ids of the articles on the first page. `surface`: portal, api, panel, widget, ivr. `learned`:
    whether the signals know of it.
    """

    __tablename__ = "asked_question"
    __table_args__ = (
        Index("ix_asked_question_portal_language_at", "portal", "language", "at"),
        Index("ix_asked_question_learned_at", "learned", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(22), unique=True)
    previous: Mapped[str | None] = mapped_column(String(22), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    portal: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(16))
    surface: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    shape: Mapped[str] = mapped_column(String(200), index=True)
    hits: Mapped[int]
    relaxed: Mapped[bool]
    shown: Mapped[list[int]] = mapped_column(JSON)
    learned: Mapped[bool] = mapped_column(default=False)


class OpenedAnswer(Base):
    """An answer that was opened from a question's results. `verdict`: "", helpful or unhelpful."""

    __tablename__ = "opened_answer"
    __table_args__ = (UniqueConstraint("question_id", "article_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("asked_question.id", ondelete="CASCADE"))
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"), index=True)
    rank: Mapped[int]
    at: Mapped[datetime]
    verdict: Mapped[str] = mapped_column(String(16), default="")


class GapDecision(Audited, Base):
    """What was decided about a recurring question without a good answer; it outlives the questions.

    `text` is the question as it was asked when this was decided; `state`: DRAFTED or SET_ASIDE.
    """

    DRAFTED: ClassVar[str] = "drafted"
    SET_ASIDE: ClassVar[str] = "set_aside"

    __tablename__ = "gap_decision"
    __table_args__ = (UniqueConstraint("portal", "language", "shape"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    portal: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(16))
    shape: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))
    article_id: Mapped[int | None] = mapped_column(ForeignKey("article.id", ondelete="SET NULL"))
    at: Mapped[datetime]


class ClickSignal(Base):
    """How readers took to a translation in results, as decaying sums up to `as_of`; it outlives the questions.

    `expected` is how often it would have been opened at its ranks, were it like all others.
    """

    __tablename__ = "click_signal"

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(String(16), primary_key=True)
    expected: Mapped[float] = mapped_column(default=0.0)
    opened: Mapped[float] = mapped_column(default=0.0)
    helpful: Mapped[float] = mapped_column(default=0.0)
    unhelpful: Mapped[float] = mapped_column(default=0.0)
    as_of: Mapped[datetime]

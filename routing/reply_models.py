"""The table of replies: what an agent writes to a customer, and what of the knowledge is in it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from kb.db import Base


class Reply(Base):
    """A reply to a contact; a draft until `sent_at`, and then it stays as it was sent.

    `articles` and `cases` are the keys of those whose words went into it.
    """

    __tablename__ = "reply"

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"), index=True)
    text: Mapped[str] = mapped_column(Text, default="")
    articles: Mapped[list[Any]] = mapped_column(JSON, default=list)
    cases: Mapped[list[Any]] = mapped_column(JSON, default=list)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    written_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]

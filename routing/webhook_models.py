"""The tables of webhooks: whom what happens on the floor is sent to, and what is on its way there."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.db import Base
from kb.models.records import Audited


class Webhook(Audited, Base):
    """A system outside that is told what happens.

    `kinds` of events; empty for all. `position` is the last event of which deliveries were made. One that
    `proposes` is asked where a contact should go when it comes, and waited for as long as `budget_ms`.
    """

    __tablename__ = "webhook"
    secret_columns = frozenset({"secret"})
    silent_columns = frozenset({"position"})

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    url: Mapped[str] = mapped_column(String(2000))
    secret: Mapped[str] = mapped_column(String(64))
    kinds: Mapped[list[str]] = mapped_column(JSON, default=list)
    is_active: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=0)
    proposes: Mapped[bool] = mapped_column(default=False)
    budget_ms: Mapped[int] = mapped_column(default=300)


class WebhookDelivery(Base):
    """One event on its way to one system; sent at least once, with the same id and body each time.

    Without `next_at` it is not tried any more: it was taken (`sent_at`), or given up.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - who is told knows an id for ever

    id: Mapped[int] = mapped_column(primary_key=True)
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhook.id", ondelete="CASCADE"), index=True)
    event_id: Mapped[int]
    kind: Mapped[str] = mapped_column(String(24))
    body: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None] = mapped_column(index=True)
    sent_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(String(300), default="")

    webhook: Mapped[Webhook] = relationship()

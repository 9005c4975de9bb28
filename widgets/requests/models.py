"""The tables of requests: what customers sent from a portal or the widget, and the files with it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.db import Base
from routing.models import Contact


class HelpRequest(Base):
    """A request of a customer; what becomes of it stands in its contact.

    `number` is what they say on the telephone, `token` what their own page is behind: whoever has it needs no login.
    """

    __tablename__ = "help_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(16), unique=True)
    token: Mapped[str] = mapped_column(String(22), unique=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"), unique=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    call_at: Mapped[datetime | None]
    agreed_at: Mapped[datetime]

    contact: Mapped[Contact] = relationship()
    files: Mapped[list[RequestFile]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by="RequestFile.id"
    )


class RequestFile(Base):
    """A file that came with a request, typed by its content."""

    __tablename__ = "request_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("help_request.id", ondelete="CASCADE"), index=True)
    filename: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    data: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)

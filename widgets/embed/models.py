"""The table of the help widget: on whose pages a portal may stand, and what is shown first on which."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from kb.db import Base
from kb.models.records import Audited


class HelpWidget(Audited, Base):
    """What an administrator arranges for the widget of a portal; without a row it stands on no foreign page.

    `origins`: whose pages may show it, as "https://shop.example". `rules`: [path pattern, "topic" or "article", key]:
    what is shown first on pages whose path fits, as "/invoices/*".
    """

    __tablename__ = "help_widget"

    id: Mapped[int] = mapped_column(primary_key=True)
    portal_id: Mapped[int] = mapped_column(ForeignKey("portal.id", ondelete="CASCADE"), unique=True)
    origins: Mapped[list[str]] = mapped_column(JSON, default=list)
    rules: Mapped[list[list[str]]] = mapped_column(JSON, default=list)
    changed_at: Mapped[datetime]

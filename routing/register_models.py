"""The table of customer registers: the systems outside that know who customers are."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from kb.db import Base
from kb.models.records import Audited


class CustomerRegister(Audited, Base):
    """A system that is asked who a customer is, as a CRM.

    `url` has {address} or {key} where the number or the key goes. `paths` say where in its answer stands what:
    "key", "name", "language", "addresses"; `facts` the same for each attribute.
    """

    __tablename__ = "customer_register"
    secret_columns = frozenset({"secret"})

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    url: Mapped[str] = mapped_column(String(2000))
    header: Mapped[str] = mapped_column(String(64), default="")
    secret: Mapped[str] = mapped_column(String(2000), default="")
    paths: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    facts: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    budget_ms: Mapped[int] = mapped_column(default=300)
    ttl_s: Mapped[int] = mapped_column(default=600)
    is_active: Mapped[bool] = mapped_column(default=True)
    changed_at: Mapped[datetime]

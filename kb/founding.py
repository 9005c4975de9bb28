"""What every base has from its first start."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.models import Audience
from kb.viewers import AGENT, CUSTOMER, PUBLIC

NAMES = {
    PUBLIC: {"en": "Everybody", "hu": "Mindenki", "sv": "Alla", "ru": "Все"},
    CUSTOMER: {"en": "Customers", "hu": "Ügyfelek", "sv": "Kunder", "ru": "Клиенты"},
    AGENT: {"en": "Staff", "hu": "Munkatársak", "sv": "Personal", "ru": "Сотрудники"},
}


def ensure_audiences(session: Session) -> None:
    """The built-in audiences; made when missing, left alone otherwise."""
    known = set(session.scalars(select(Audience.key)))
    session.add_all(
        Audience(key=key, names=names, built_in=True) for key, names in NAMES.items() if key not in known
    )
    session.flush()

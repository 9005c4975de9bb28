"""What the panel shows of a customer: the contacts that came before, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.viewers import Viewer
from routing.models import Contact
from routing.permissions import require_bringer

MOST_BEFORE = 8


def before(session: Session, contact: Contact, viewer: Viewer) -> Sequence[Contact]:
    """The newest other contacts of the same customer: one query, and none where it is not known who it is.

    Raises:
        NotAllowed: not for this viewer.
    """
    require_bringer(viewer)
    if contact.customer_id is None:
        return []
    query = (
        select(Contact)
        .where(Contact.customer_id == contact.customer_id, Contact.id != contact.id)
        .order_by(Contact.came_at.desc(), Contact.id.desc())
        .limit(MOST_BEFORE)
    )
    return session.scalars(query).all()

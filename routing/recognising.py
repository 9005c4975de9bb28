"""Who a contact is from, put right by whoever talks to them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from kb.viewers import Viewer
from routing import events
from routing.arrivals import MOST_FACTS
from routing.events import Happening
from routing.models import Contact, Customer
from routing.permissions import require_holder


def is_from(
    session: Session, contact: Contact, customer: Customer | None, *, by: Viewer, now: datetime
) -> Contact:
    """Say which customer it is; what was only known of the wrong one is forgotten, what is known of this one is added.

    What was learned in the contact itself stays as it is.

    Args:
        customer: None where nobody knows.

    Raises:
        NotAllowed: somebody else has the contact.
    """
    require_holder(contact, by)
    if (customer.id if customer else None) == contact.customer_id:
        return contact
    wrong = contact.customer.facts if contact.customer else {}
    own = {key: value for key, value in contact.facts.items() if key not in wrong or wrong[key] != value}
    known = {**(customer.facts if customer else {}), **own}
    contact.facts = dict(list(known.items())[:MOST_FACTS])
    contact.customer = customer
    events.add(
        session,
        Happening.FACTS,
        now=now,
        contact=contact,
        by=by,
        customer=customer.key if customer else None,
    )
    return contact

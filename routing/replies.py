"""The verbs of replies: kept as they are typed, and sent by the system that brought the contact.

That system has the thread, the sender's address and the customer's: it hears of a reply as of anything else that
happens, and delivers it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import texts
from kb.errors import N_, Conflict, Invalid
from kb.viewers import Viewer
from routing import events
from routing.events import Happening
from routing.lifecycle import ENDED
from routing.models import Channel, Contact
from routing.permissions import require_holder
from routing.reply_models import Reply
from routing.reply_text import unfilled

LONGEST_REPLY, MOST_USED = 20_000, 50
WRITTEN = frozenset({Channel.CHAT, Channel.MAIL, Channel.WEB})
"""Channels that a reply goes out by."""


def of(session: Session, contact: Contact) -> Sequence[Reply]:
    """What was written to a contact, in order; the draft, if there is one, comes last."""
    query = select(Reply).where(Reply.contact_id == contact.id)
    return session.scalars(query.order_by(Reply.sent_at.is_(None), Reply.id)).all()


def draft_of(written: Sequence[Reply]) -> Reply | None:
    """What is not sent yet."""
    return written[-1] if written and written[-1].sent_at is None else None


def keep(
    session: Session,
    contact: Contact,
    text: str,
    *,
    articles: Sequence[str],
    cases: Sequence[str],
    by: Viewer,
    now: datetime,
) -> Reply:
    """Keep what is written so far.

    Args:
        text: with places to fill in, as `{{customer.name}}`.
        articles, cases: keys of those whose words are in it.

    Raises:
        Invalid: "text" -> too long, or not storable.
        NotAllowed: somebody else has the contact.
        Conflict: it has ended.
    """
    require_holder(contact, by)
    if contact.state in ENDED:
        raise Conflict(N_("This contact is not in a state for that any more."))
    if problem := texts.problem(text, LONGEST_REPLY):
        raise Invalid({"text": problem})
    draft = draft_of(of(session, contact))
    if draft is None:
        draft = Reply(contact_id=contact.id)
        session.add(draft)
    draft.text, draft.by_id, draft.written_at = text, by.person_id, now
    draft.articles, draft.cases = _each_once(articles), _each_once(cases)
    session.flush()
    return draft


def send(session: Session, contact: Contact, *, by: Viewer, now: datetime) -> Reply:
    """Send what is written.

    Raises:
        Invalid: "text" -> there is none, or something in it is still to be filled in.
        NotAllowed: somebody else has the contact.
        Conflict: nothing can be written back by this channel.
    """
    require_holder(contact, by)
    if contact.channel not in WRITTEN:
        raise Conflict(N_("No reply goes out by this channel. Copy it instead."))
    draft = draft_of(of(session, contact))
    if draft is None or not draft.text.strip():
        raise Invalid({"text": N_("Write a reply first.")})
    if missing := unfilled(draft.text):
        raise Invalid({"text": N_("Fill these in first: %(places)s.", places=", ".join(missing))})
    draft.sent_at = now
    events.add(
        session,
        Happening.REPLY,
        now=now,
        contact=contact,
        by=by,
        text=draft.text,
        articles=draft.articles,
        cases=draft.cases,
    )
    return draft


def places(contact: Contact, by: Viewer) -> dict[str, str]:
    """What stands in the places of a reply: name of the place -> words."""
    known: Mapping[str, object] = contact.facts
    customer = contact.customer
    return {
        **{f"fact.{key}": str(value) for key, value in known.items() if isinstance(value, str | int | float)},
        "customer.name": customer.name if customer else "",
        "agent.name": by.name,
        "contact.key": contact.key,
    }


def _each_once(keys: Sequence[str]) -> list[str]:
    return [key[:128] for key in dict.fromkeys(keys)][:MOST_USED]

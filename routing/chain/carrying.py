"""What an escalation carries: all that is known of a contact and all that was tried, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from cbr.followers import case_bases
from cbr.guided.pages import players
from cbr.guided.sentences import worded
from cbr.guided.shown import answers, facts
from cbr.guided.standing import standing
from cbr.models import GuidedRun
from kb import context
from kb.errors import KalauzError
from kb.viewers import Viewer
from routing import events
from routing.chain.models import Escalation, Outcome
from routing.events import Happening
from routing.models import Contact
from routing.permissions import require_bringer


class Pair(NamedTuple):
    """Something that is known, or was asked, and what is said of it."""

    name: str
    value: str


class Tried(NamedTuple):
    """Something that was shown, read or tried.

    Args:
        kind: article, case or guide.
    """

    kind: str
    key: str
    title: str
    at: datetime


@dataclass(frozen=True)
class Carried:
    """All that goes along with a contact.

    Args:
        customer: name, or the key where there is none; "" where it is not known who it is.
        facts: what is known.
        path: what guided help asked, and what was answered.
        tried: in order, each once.
        notes: the agents' own.
        escalations: those before and the one at hand, in order.
    """

    contact: Contact
    customer: str
    facts: Sequence[Pair]
    path: Sequence[Pair]
    tried: Sequence[Tried]
    notes: str
    escalations: Sequence[Escalation]


def carried(session: Session, contact: Contact, viewer: Viewer, now: datetime) -> Carried:
    """All that goes along with a contact, in the viewer's language.

    Raises:
        LoginRequired, NotAllowed: not for this viewer.
    """
    require_bringer(viewer)
    sent = _escalations(session, contact)
    kept = next((one.path for one in reversed(sent) if one.path), [])
    return Carried(
        contact,
        (contact.customer.name or contact.customer.key) if contact.customer else "",
        _facts(session, contact, viewer),
        path_of(session, contact, viewer, now) or [Pair(*pair) for pair in kept],
        tried(session, contact),
        contact.notes,
        sent,
    )


def path_of(session: Session, contact: Contact, viewer: Viewer, now: datetime) -> list[Pair]:
    """The way through guided help that went with a contact; none where the run is forgotten, or not for this viewer."""
    run = session.get(GuidedRun, contact.run_id) if contact.run_id else None
    if run is None:
        return []
    try:
        play = players().play(session, viewer, now, run)
    except KalauzError:  # the guide was taken away meanwhile
        return []
    said = [*facts(run, play), *answers(run, play, standing(run, play))]
    return [Pair(one.name, one.value) for one in said]


def tried(session: Session, contact: Contact) -> list[Tried]:
    """What was shown, read or tried for a contact, each once, in order."""
    found: dict[tuple[str, str], Tried] = {}
    for event in events.history(session, contact):
        if event.kind == Happening.TRIED:
            kind, key = event.said["what"], event.said["key"]
            found.setdefault((kind, key), Tried(kind, key, event.said.get("title") or key, event.at))
    return list(found.values())


def _escalations(session: Session, contact: Contact) -> Sequence[Escalation]:
    query = (
        select(Escalation)
        .where(Escalation.contact_id == contact.id, Escalation.state != Outcome.AVOIDED)
        .options(joinedload(Escalation.by), joinedload(Escalation.decided_by))
        .order_by(Escalation.id)
    )
    return session.scalars(query).all()


def _facts(session: Session, contact: Contact, viewer: Viewer) -> list[Pair]:
    """What is known, as the case types call it."""
    language = next(iter(viewer.languages), "en")
    attributes = {
        attribute.key: attribute
        for shelves in reversed(case_bases().current(session, context.head()).offered(viewer))
        for attribute in shelves.case_type.attributes
    }
    told = []
    for key, value in contact.facts.items():
        if known := attributes.get(key):
            told.append(Pair(known.name(language), worded(known, value, language)))
        else:
            told.append(Pair(key.replace("_", " "), _plain(value)))
    return told


def _plain(value: object) -> str:
    """A value of which no case type knows anything."""
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)

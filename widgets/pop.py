"""The screen pop: one address with what a softphone knows leads to the contact, which is made where there is none yet.

A link from elsewhere can be anybody's, so it only shows what would be opened, and a person says yes; a softphone's own
call of the address, and a link of this site, go on by themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from kb.access import needs
from kb.context import now, session, viewer
from kb.errors import N_, Invalid, NotAllowed
from kb.viewers import Viewer
from kb.views.staff import for_staff
from routing import arrivals, contacts, core, floor, looking_up, reported
from routing.arrivals import Arrival
from routing.lifecycle import HELD
from routing.models import Channel, Contact
from routing.permissions import TAKE
from routing.plain_addresses import plain_address

FACT = "fact."
TEXTS = frozenset(field.name for field in fields(Arrival)) - {
    "facts",
    "skills",
    "priority",
    "level",
    "proposed",
    "not_before",
}

blueprint = for_staff(Blueprint("pop", __name__, url_prefix="/agent"))


@blueprint.get("/pop")
@needs(*TAKE)
def shown() -> str | Response:
    """The contact, where there is one; else what is known of it, to be opened."""
    arrival = _told(request.args)
    found = _found(session(), viewer(), arrival)
    if found is not None:
        return _to(found)
    own = request.headers.get("Sec-Fetch-Site", "none") in {"none", "same-origin"}
    return render_template("widgets/pop.html", arrival=arrival, at_once=own, sent=request.args)


@blueprint.post("/pop")
@needs(*TAKE)
def opened() -> Response:
    """Make the contact, and give it to whoever opens it, if they take contacts of its kind."""
    arrival, by = _told(request.form), viewer()
    found = _found(session(), by, arrival)
    if found is None:
        look_up = looking_up.of_this_process()
        found, is_new = reported.came(
            session(), arrival, core.of_this_process(), by=by, now=now(), look_up=look_up
        )
        if is_new:
            with suppress(NotAllowed):  # it waits for somebody else then
                contacts.take_over(session(), found, by=by, now=now())
        floor.round_(session(), now())
    return _to(found)


def _told(sent: Mapping[str, str]) -> Arrival:
    """What an address or a form says.

    Raises:
        Invalid: "priority" -> no number.
    """
    said: dict[str, Any] = {name: sent[name] for name in TEXTS if name in sent}
    facts = {name.removeprefix(FACT): value for name, value in sent.items() if name.startswith(FACT)}
    priority = sent.get("priority") or None
    if priority is not None and not priority.isdecimal():
        raise Invalid({"priority": N_("A number from 0 to %(most)s.", most=arrivals.HIGHEST_PRIORITY)})
    return Arrival(
        **{"channel": Channel.PHONE, **said},
        facts=facts,
        skills=[one for one in sent.get("skills", "").split(",") if one],
        priority=None if priority is None else int(priority),
    )


def _found(session: Session, by: Viewer, arrival: Arrival) -> Contact | None:
    """The contact of this key; without a key, one that the viewer has with this address by this channel."""
    if arrival.key:
        return arrivals.by_key(session, arrival.key)
    query = select(Contact).where(
        Contact.agent_id == by.person_id, Contact.state.in_(HELD), Contact.channel == arrival.channel
    )
    address = plain_address(arrival.address)
    held = (contact for contact in session.scalars(query) if plain_address(contact.address) == address)
    return next(held, None) if address else None


def _to(contact: Contact) -> Response:
    return redirect(url_for("agent_panel.contact", contact_id=contact.id), 303)

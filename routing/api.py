"""Contacts as JSON: for telephone systems, chat programs and mailboxes that bring them, and for agents' desktops.

Whatever is written here ends with a round, so that what can be taken is offered in the answer's own transaction.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Flask, Response, jsonify, url_for

from kb import context, openapi
from kb.access import needs, same_site
from kb.context import now, session
from kb.errors import N_, Conflict, NotAllowed
from kb.views.staff import keep_private
from routing import api_schemas as schemas
from routing import contact_queries, contacts, core, events, floor, looking_up, opening, presence, reported
from routing.arrivals import Arrival
from routing.contact_queries import Filters
from routing.contacts import Ending
from routing.models import Contact, ContactEvent, Presence
from routing.permissions import SCOPE, TAKE

blueprint = openapi.Blueprint("contacts_api", __name__, description="Contacts")
blueprint.before_request(keep_private)
for_floor = needs(*TAKE, scope=SCOPE)
"""People who take contacts, and machines that bring them."""
for_agents = needs(*TAKE)


def init_app(app: Flask) -> None:
    """Add contacts to the API."""
    app.extensions["api"].register_blueprint(blueprint)


@blueprint.post("/contacts")
@same_site
@for_floor
@blueprint.arguments(schemas.NewContact)
@blueprint.response(201, schemas.CameContact)
@blueprint.alt_response(200, schema=schemas.CameContact, description="It came before, and is as it was")
def come(args: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """A contact comes. The same key again is the same contact, and changes nothing."""
    contact, is_new = reported.came(
        session(),
        Arrival(**args),
        core.of_this_process(),
        by=context.viewer(),
        now=now(),
        look_up=looking_up.of_this_process(),
    )
    welcome = opening.welcome(session(), contact, now())
    return _after_round(contact) | {"welcome": welcome}, HTTPStatus.CREATED if is_new else HTTPStatus.OK


@blueprint.get("/contacts")
@for_floor
@blueprint.arguments(schemas.Listing, location="query")
@blueprint.response(200, schemas.ContactList)
def page(args: dict[str, Any]) -> dict[str, Any]:
    """Contacts, the newest first."""
    filters = Filters(
        args["state"], args["queue"], args["customer"], args["key"], args["agent_id"], args["before"]
    )
    found = contact_queries.page(session(), context.viewer(), filters, args["limit"] + 1)
    shown, is_more = found[: args["limit"]], len(found) > args["limit"]
    following = {name: value for name, value in args.items() if value not in (None, "", [])}
    return {
        "contacts": [told(contact) for contact in shown],
        "next": url_for("contacts_api.page", _external=True, **{**following, "before": shown[-1].id})
        if is_more
        else None,
    }


@blueprint.get("/contacts/<int:contact_id>")
@for_floor
@blueprint.response(200, schemas.WholeContact)
def one(contact_id: int) -> dict[str, Any]:
    """A contact with all that happened to it."""
    found = contact_queries.one(session(), context.viewer(), contact_id)
    return told(found) | {"history": [told_event(event) for event in events.history(session(), found)]}


@blueprint.patch("/contacts/<int:contact_id>")
@same_site
@for_floor
@blueprint.arguments(schemas.ChangedContact)
@blueprint.response(200, schemas.ContactSchema)
def change(args: dict[str, Any], contact_id: int) -> dict[str, Any]:
    """Say what is known or how urgent it is, write notes, or send it to another queue."""
    held, by = contacts.held(session(), contact_id), context.viewer()
    if args.get("seen", held.version) != held.version:
        raise Conflict(N_("Somebody changed this contact meanwhile. Nothing was saved; look again."))
    if "facts" in args:
        contacts.change_facts(session(), held, args["facts"], by=by, now=now())
    if "notes" in args:
        contacts.write_notes(session(), held, args["notes"], by=by, now=now())
    if "priority" in args:
        contacts.prioritise(session(), held, args["priority"], by=by, now=now())
    if "run_id" in args:
        contacts.guided_by(session(), held, args["run_id"], by=by, now=now())
    if "queue" in args:
        contacts.move(session(), held, contact_queries.queue(session(), args["queue"]), by=by, now=now())
    return _after_round(held)


@blueprint.post("/contacts/<int:contact_id>/accept")
@same_site
@for_agents
@blueprint.response(200, schemas.ContactSchema)
def accept(contact_id: int) -> dict[str, Any]:
    """Take what is offered; said twice, it is taken once."""
    held = contacts.held(session(), contact_id)
    return _after_round(contacts.accept(session(), held, by=context.viewer(), now=now()))


@blueprint.post("/contacts/<int:contact_id>/take-over")
@same_site
@for_agents
@blueprint.response(200, schemas.ContactSchema)
def take_over(contact_id: int) -> dict[str, Any]:
    """Take it without being asked: what waits in a queue of one's own; who directs takes any."""
    held = contacts.held(session(), contact_id)
    return _after_round(contacts.take_over(session(), held, by=context.viewer(), now=now()))


@blueprint.post("/contacts/<int:contact_id>/pass")
@same_site
@for_agents
@blueprint.arguments(schemas.Why)
@blueprint.response(200, schemas.ContactSchema)
def let_pass(args: dict[str, Any], contact_id: int) -> dict[str, Any]:
    """Let pass what is offered; somebody else is asked."""
    held, by = contacts.held(session(), contact_id), context.viewer()
    if held.agent_id != by.person_id:
        raise Conflict(N_("This contact went to somebody else meanwhile."))
    contacts.let_pass(session(), held, by=by, now=now(), why=args["why"])
    return _after_round(held)


@blueprint.post("/contacts/<int:contact_id>/tried")
@same_site
@for_floor
@blueprint.arguments(schemas.Tried)
@blueprint.response(200, schemas.ContactSchema)
def tried(args: dict[str, Any], contact_id: int) -> dict[str, Any]:
    """Note what was shown, read or tried; it goes along when the contact is handed on."""
    held = contacts.held(session(), contact_id)
    contacts.tried(
        session(), held, args["what"], args["key"], by=context.viewer(), now=now(), title=args["title"]
    )
    return told(held)


@blueprint.post("/contacts/<int:contact_id>/wrap-up")
@same_site
@for_floor
@blueprint.response(200, schemas.ContactSchema)
def wrap_up(contact_id: int) -> dict[str, Any]:
    """The customer is gone; what is left is to write it down."""
    held = contacts.held(session(), contact_id)
    return _after_round(contacts.wrap_up(session(), held, by=context.viewer(), now=now()))


@blueprint.post("/contacts/<int:contact_id>/close")
@same_site
@for_floor
@blueprint.arguments(schemas.Ended)
@blueprint.response(200, schemas.ContactSchema)
def close(args: dict[str, Any], contact_id: int) -> dict[str, Any]:
    """It is done."""
    held = contacts.held(session(), contact_id)
    ending = Ending(args["tags"], args["solved_kind"], args["solved_key"])
    return _after_round(contacts.close(session(), held, ending, by=context.viewer(), now=now()))


@blueprint.post("/contacts/<int:contact_id>/abandon")
@same_site
@for_floor
@blueprint.arguments(schemas.Why)
@blueprint.response(200, schemas.ContactSchema)
def abandon(args: dict[str, Any], contact_id: int) -> dict[str, Any]:
    """The customer is gone: who still waited has left, and whoever talked has only to write it down."""
    held = contacts.held(session(), contact_id)
    return _after_round(contacts.abandon(session(), held, by=context.viewer(), now=now(), why=args["why"]))


@blueprint.post("/contacts/gone")
@same_site
@for_floor
@blueprint.arguments(schemas.Gone)
@blueprint.response(200, schemas.ContactSchema)
@blueprint.alt_response(202, schema=schemas.Mark, description="It has not come yet, and will end as it comes")
def gone(args: dict[str, Any]) -> dict[str, Any] | tuple[Response, int]:
    """The same by the contact's key, which may come before the contact does."""
    found = reported.gone(session(), args["key"], by=context.viewer(), now=now(), why=args["why"])
    if found is None:
        return jsonify(key=args["key"], state="awaited"), HTTPStatus.ACCEPTED
    return _after_round(found)


@blueprint.get("/contacts/presence")
@for_agents
@blueprint.response(200, schemas.PresenceSchema)
def own_presence() -> Presence:
    """What the caller is doing."""
    return contact_queries.presence_of(session(), _person_id(), now())


@blueprint.put("/contacts/presence")
@same_site
@for_agents
@blueprint.arguments(schemas.NewPresence)
@blueprint.response(200, schemas.PresenceSchema)
def change_presence(args: dict[str, Any]) -> Presence:
    """Say what the caller, or somebody whom the caller directs, is doing from now on."""
    whom = args.get("person_id", _person_id())
    held = presence.be(
        session(), whom, args["standing"], by=context.viewer(), now=now(), reason=args["reason"]
    )
    floor.round_(session(), now())
    return held


@blueprint.post("/contacts/presence/seen")
@same_site
@for_agents
@blueprint.response(204)
def seen() -> None:
    """The caller's panel is open. Without a word for half a minute, what they have goes to others."""
    presence.seen(session(), _person_id(), now())


def told(contact: Contact) -> dict[str, Any]:
    """A contact as plain data; `ContactSchema` says which of it."""
    row = {name: getattr(contact, name) for name in schemas.ContactSchema().fields if hasattr(contact, name)}
    return row | {
        "queue": contact.queue.key,
        "customer": contact.customer.key if contact.customer else None,
    }


def told_event(event: ContactEvent) -> dict[str, Any]:
    """An event as plain data."""
    return {name: getattr(event, name) for name in schemas.EventSchema().fields}


def _after_round(contact: Contact) -> dict[str, Any]:
    floor.round_(session(), now())
    return told(contact)


def _person_id() -> int:
    found = context.viewer().person_id
    if found is None:
        raise NotAllowed(N_("This is for people who take contacts."))
    return found

"""The chain over the API of contacts: escalate one, or say what helped just before."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from kb import context
from kb.access import same_site
from kb.context import now, session
from routing import contact_queries, contacts, floor
from routing.api import blueprint, for_floor, told
from routing.api_schemas import ContactSchema
from routing.chain import escalations
from routing.chain.escalations import HELPERS, LONGEST_NOTE, Escalating
from routing.contacts import LONGEST_SOLVED_KEY

MOST_ID = 2**31 - 1


class Escalated(Schema):
    """Where it goes; the next level up where nothing is said."""

    level = fields.Integer(
        load_default=0,
        validate=validate.Range(0, 3),
        metadata={"description": "2 supervisors, 3 specialists; 0 for the next one up"},
    )
    queue = fields.String(load_default="", metadata={"description": "Key of another queue"})
    person_id = fields.Integer(
        load_default=None,
        allow_none=True,
        validate=validate.Range(1, MOST_ID),
        metadata={"description": "The one person who is to have it"},
    )
    note = fields.String(load_default="", validate=validate.Length(max=LONGEST_NOTE))


class Helped(Schema):
    """What was shown once more before it was sent, and helped."""

    kind = fields.String(required=True, validate=validate.OneOf(sorted(HELPERS)))
    key = fields.String(required=True, validate=validate.Length(1, LONGEST_SOLVED_KEY))


@blueprint.post("/contacts/<int:contact_id>/escalate")
@same_site
@for_floor
@blueprint.arguments(Escalated)
@blueprint.response(200, ContactSchema)
def escalate(args: dict[str, Any], contact_id: int) -> dict[str, Any]:
    """Send it up the chain, with everything that was tried."""
    held = contacts.held(session(), contact_id)
    queue = contact_queries.queue(session(), args["queue"]) if args["queue"] else None
    what = Escalating(args["level"], queue, args["person_id"], args["note"])
    escalations.escalate(session(), held, what, by=context.viewer(), now=now())
    floor.round_(session(), now())
    return told(held)


@blueprint.post("/contacts/<int:contact_id>/escalation-avoided")
@same_site
@for_floor
@blueprint.arguments(Helped)
@blueprint.response(200, ContactSchema)
def avoided(args: dict[str, Any], contact_id: int) -> dict[str, Any]:
    """Something that was shown again before it was sent up has helped: it stays, and that is counted."""
    held = contacts.held(session(), contact_id)
    escalations.avoided(session(), held, args["kind"], args["key"], by=context.viewer(), now=now())
    return told(held)

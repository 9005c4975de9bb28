"""What the API of contacts takes and says."""

from __future__ import annotations

import json
from typing import Any

from marshmallow import Schema, fields, validate

from kb.api import LARGEST_PAGE
from routing.contacts import SOLVERS
from routing.lifecycle import State
from routing.models import Channel
from routing.presence import CHOSEN

KEY = {
    "description": "What the system that brings it calls it; sent twice, it is one contact",
    "example": "pbx-7f3a",
}
FACTS = {"description": "Attribute -> what is known", "example": {"plan": "M", "roaming": True}}
ANY: list[str] = ["string", "number", "boolean", "array", "null"]


class Known(fields.Dict):
    """Attribute -> plain value."""

    def __init__(self, **more: Any) -> None:
        values = fields.Raw(allow_none=True, metadata={"type": ANY})
        super().__init__(keys=fields.String(), values=values, metadata=FACTS, **more)


class NewContact(Schema):
    """What is known of a contact when it comes."""

    channel = fields.String(required=True, validate=validate.OneOf([*Channel]), metadata={"example": "phone"})
    key = fields.String(load_default="", metadata=KEY)
    queue = fields.String(
        load_default="", metadata={"description": "Key of a queue; else where `called` leads"}
    )
    called = fields.String(
        load_default="", metadata={"description": "Number, address or form that it came in by"}
    )
    choice = fields.String(
        load_default="", metadata={"description": "What was chosen there, as a digit of a menu"}
    )
    address = fields.String(
        load_default="", metadata={"description": "Number or mail address of the customer"}
    )
    customer = fields.String(
        load_default="", metadata={"description": "Key of the customer, where it is known"}
    )
    language = fields.String(load_default="", metadata={"example": "sv"})
    portal = fields.String(load_default="")
    question = fields.String(load_default="", metadata={"description": "In the customer's words"})
    facts = Known(load_default=dict)
    skills = fields.List(fields.String(), load_default=list, validate=validate.Length(max=50))
    priority = fields.Integer(
        load_default=None, allow_none=True, metadata={"description": "0 is usual, 9 the most urgent"}
    )
    run_id = fields.String(load_default="", metadata={"description": "Of guided help that it comes from"})
    not_before = fields.AwareDateTime(
        load_default=None,
        allow_none=True,
        metadata={"description": "It waits from then on, as a call at a time that was agreed; else at once"},
    )


class ContactSchema(Schema):
    """A contact."""

    id = fields.Integer(required=True)
    key = fields.String(required=True)
    channel = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf([*State]))
    queue = fields.String(required=True)
    level = fields.Integer(
        required=True, metadata={"description": "1 in front, 2 supervisors, 3 specialists"}
    )
    priority = fields.Integer(required=True)
    language = fields.String(required=True)
    portal = fields.String(required=True)
    question = fields.String(required=True)
    customer = fields.String(required=True, allow_none=True, metadata={"description": "Key of the customer"})
    address = fields.String(required=True)
    facts = Known(required=True)
    skills = fields.List(fields.String(), required=True)
    agent_id = fields.Integer(required=True, allow_none=True, metadata={"description": "Person who has it"})
    came_at = fields.DateTime(required=True)
    offer_ends_at = fields.DateTime(required=True, allow_none=True)
    answered_at = fields.DateTime(required=True, allow_none=True)
    wrap_up_ends_at = fields.DateTime(required=True, allow_none=True)
    ended_at = fields.DateTime(required=True, allow_none=True)
    answer_due_at = fields.DateTime(required=True, allow_none=True)
    resolve_due_at = fields.DateTime(required=True, allow_none=True)
    notes = fields.String(required=True)
    tags = fields.List(fields.String(), required=True)
    solved_kind = fields.String(required=True)
    solved_key = fields.String(required=True)
    run_id = fields.String(required=True)
    version = fields.Integer(required=True, metadata={"description": "Send it back as `seen` with a change"})


class EventSchema(Schema):
    """Something that happened."""

    id = fields.Integer(required=True)
    kind = fields.String(required=True)
    at = fields.DateTime(required=True)
    contact_id = fields.Integer(required=True, allow_none=True)
    person_id = fields.Integer(required=True, allow_none=True)
    said = fields.Dict(keys=fields.String(), required=True)


class FloorEvent(EventSchema):
    """Something that happened on the floor."""

    key = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Of the contact, given by whoever brought it"},
    )


class WholeContact(ContactSchema):
    """A contact with all that happened to it."""

    history = fields.List(fields.Nested(EventSchema), required=True)


class WelcomeSchema(Schema):
    """What can be said to somebody who came."""

    is_open = fields.Boolean(required=True, metadata={"description": "Whether somebody is there now"})
    opens_at = fields.DateTime(
        required=True, allow_none=True, metadata={"description": "When somebody is there, if not now"}
    )
    ahead = fields.Integer(required=True, metadata={"description": "How many wait since before"})
    message = fields.String(required=True, metadata={"description": "What everybody is told now"})
    offers_callback = fields.Boolean(
        required=True,
        metadata={"description": "Offer that somebody calls: bring a contact of the channel callback then"},
    )


class CameContact(ContactSchema):
    """A contact that came, and what to say to its customer; where all is closed, a call has ended with its coming."""

    welcome = fields.Nested(WelcomeSchema, required=True)


class ContactList(Schema):
    """A page of contacts, the newest first."""

    contacts = fields.List(fields.Nested(ContactSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class Listing(Schema):
    """Which contacts."""

    state = fields.List(
        fields.String(validate=validate.OneOf([*State])),
        load_default=list,
        metadata={"description": "May be given several times"},
    )
    queue = fields.String(load_default="")
    customer = fields.String(load_default="", metadata={"description": "Key of a customer"})
    key = fields.String(load_default="")
    agent_id = fields.Integer(load_default=None, validate=validate.Range(1, 2**31 - 1))
    before = fields.Integer(
        load_default=None,
        validate=validate.Range(1, 2**31 - 1),
        metadata={"description": "Only those that came before the one with this id"},
    )
    limit = fields.Integer(load_default=20, validate=validate.Range(1, LARGEST_PAGE))


class ChangedContact(Schema):
    """What is to change; what is not named stays."""

    facts = Known()
    notes = fields.String()
    priority = fields.Integer(metadata={"description": "0 is usual, 9 the most urgent"})
    queue = fields.String(metadata={"description": "Key of the queue that it is to wait in"})
    run_id = fields.String(
        validate=validate.Length(max=22), metadata={"description": "Of the guided help that goes with it"}
    )
    seen = fields.Integer(metadata={"description": "The version that this change is based on"})


class Tried(Schema):
    """What was shown, read or tried for it."""

    what = fields.String(required=True, validate=validate.OneOf(["article", "case", "guide"]))
    key = fields.String(required=True, validate=validate.Length(1, 128))
    title = fields.String(load_default="", validate=validate.Length(max=300))


class Ended(Schema):
    """How it ended."""

    tags = fields.List(fields.String(), load_default=list, metadata={"example": ["billing/refund"]})
    solved_kind = fields.String(load_default="", validate=validate.OneOf(sorted(SOLVERS)))
    solved_key = fields.String(load_default="", metadata={"example": "refunds"})


class RoutingProposalSchema(Schema):
    """Where a contact should go, as an outside routing core answers; what it leaves out stays as it came."""

    queue = fields.String(load_default="", metadata={"description": "Key of a queue"})
    level = fields.Integer(load_default=0, validate=validate.Range(0, 3))
    skills = fields.List(
        fields.String(), load_default=list, metadata={"description": "Keys of further skills that it needs"}
    )
    priority = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(0, 9))
    summary = fields.String(load_default="", metadata={"description": "What the agent should know first"})
    why = fields.String(load_default="", metadata={"description": "The reasons, as a sentence"})


class Why(Schema):
    """A reason, for whoever reads the history."""

    why = fields.String(load_default="", validate=validate.Length(max=64), metadata={"example": "hung up"})


class Gone(Why):
    """Whose customer is gone."""

    key = fields.String(required=True, metadata=KEY)


class Mark(Schema):
    """The contact has not come yet; when it does, it ends at once."""

    key = fields.String(required=True)
    state = fields.String(required=True, validate=validate.Equal("awaited"))


class PresenceSchema(Schema):
    """What an agent is doing."""

    person_id = fields.Integer(required=True)
    standing = fields.String(required=True)
    reason = fields.String(required=True)
    since = fields.DateTime(required=True)
    seen_at = fields.DateTime(required=True)


class NewPresence(Schema):
    """What somebody is doing from now on."""

    standing = fields.String(required=True, validate=validate.OneOf(sorted(CHOSEN)))
    reason = fields.String(load_default="")
    person_id = fields.Integer(
        validate=validate.Range(1, 2**31 - 1), metadata={"description": "Somebody else, for those who direct"}
    )


def written(event: object) -> str:
    """An event of the floor as JSON, as streams and webhooks say it."""
    return json.dumps(FloorEvent().dump(event), ensure_ascii=False, separators=(",", ":"))

"""Customers as JSON, for the system that knows them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from marshmallow import Schema, fields

from kb import context
from kb.access import same_site
from kb.context import now, session
from routing import customers
from routing.api import blueprint, for_floor
from routing.api_schemas import Known as Facts
from routing.customers import Known
from routing.models import Customer


class PutCustomer(Schema):
    """All that is known of a customer."""

    name = fields.String(load_default="", metadata={"example": "Anna Andersson"})
    language = fields.String(load_default="", metadata={"example": "sv"})
    facts = Facts(load_default=dict)
    addresses = fields.List(
        fields.String(),
        load_default=list,
        metadata={
            "description": "Numbers and mail addresses, however written",
            "example": ["+46 8 123 45 67"],
        },
    )


class CustomerSchema(PutCustomer):
    """A customer."""

    key = fields.String(required=True)
    name = fields.String(required=True)
    language = fields.String(required=True)
    facts = Facts(required=True)
    addresses = fields.List(fields.String(), required=True)
    changed_at = fields.DateTime(required=True)


@blueprint.get("/customers/<key>")
@for_floor
@blueprint.response(200, CustomerSchema)
def customer(key: str) -> dict[str, Any]:
    """What is known of a customer."""
    return _told(customers.one(session(), context.viewer(), key))


@blueprint.put("/customers/<key>")
@same_site
@for_floor
@blueprint.arguments(PutCustomer)
@blueprint.response(200, CustomerSchema)
@blueprint.alt_response(201, schema=CustomerSchema, description="A new customer")
def put_customer(args: dict[str, Any], key: str) -> tuple[dict[str, Any], int]:
    """Say all that is known of a customer, in the place of what was known before."""
    is_new = customers.find(session(), key) is None
    made, _ = customers.put(session(), Known(key, **args), by=context.viewer(), now=now())
    return _told(made), HTTPStatus.CREATED if is_new else HTTPStatus.OK


def _told(found: Customer) -> dict[str, Any]:
    named = ("key", "name", "language", "facts", "changed_at")
    return {name: getattr(found, name) for name in named} | {
        "addresses": sorted(one.address for one in found.addresses)
    }

"""What systems outside are sent and may answer, in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from flask import Flask
from marshmallow import Schema, fields

from kb.openapi import Api
from routing.api_schemas import FloorEvent, NewContact, RoutingProposalSchema

SIGNATURE = {
    "name": "Kalauz-Signature",
    "in": "header",
    "required": True,
    "description": "t=<seconds since 1970>,v1=<hex>: HMAC-SHA256 with the webhook's secret over those seconds, "
    "a full stop and the body",
    "schema": {"type": "string"},
}


class ProposalQuestion(Schema):
    """A contact that is about to come."""

    kind = fields.String(required=True, metadata={"example": "proposal"})
    contact = fields.Nested(NewContact, required=True)


def init_app(app: Flask) -> None:
    """Say it when the document is read."""
    api: Api = app.extensions["api"]
    api.unsaid.append(lambda: _say(api))


def _say(api: Api) -> None:
    def content(description: str, schema: type[Schema]) -> dict[str, Any]:
        reference = api.ma_plugin.resolver.resolve_schema_dict(schema)
        return {"description": description, "content": {"application/json": {"schema": reference}}}

    def post(summary: str, body: type[Schema], responses: dict[str, Any]) -> dict[str, Any]:
        said = {"summary": summary, "tags": ["contacts_api"], "parameters": [SIGNATURE]}
        return {"post": said | {"requestBody": content("Signed", body), "responses": responses}}

    api.spec.options["webhooks"] = {
        "event": post(
            "Something happened on the floor: offered, accepted, ended and all else",
            FloorEvent,
            {"2XX": {"description": "Taken; anything else is sent again"}},
        ),
        "proposal": post(
            "Asks an outside routing core where a contact should go",
            ProposalQuestion,
            {
                "200": content("What it proposes", RoutingProposalSchema),
                "204": {"description": "It has no opinion"},
            },
        ),
    }

"""Alarms over the API: what somebody should look at now, and that somebody does."""

from __future__ import annotations

from collections.abc import Sequence

from marshmallow import Schema, fields

from kb.access import same_site
from kb.context import now, session, viewer
from routing.api import blueprint, for_agents
from routing.chain import alarms
from routing.chain.models import Alarm


class AlarmSchema(Schema):
    """A contact that needs attention."""

    id = fields.Integer(required=True)
    contact_id = fields.Integer(required=True)
    kind = fields.String(required=True, metadata={"description": "answer, resolve, unserved or untaken"})
    stage = fields.String(required=True, metadata={"description": "warning or breach"})
    of_at = fields.AwareDateTime(
        required=True, metadata={"description": "The deadline, or since when nobody takes it"}
    )
    at = fields.AwareDateTime(required=True, metadata={"description": "When it was raised"})
    person_id = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Who has the contact; null for supervisors"}
    )
    seen_at = fields.AwareDateTime(required=True, allow_none=True)
    seen_by_id = fields.Integer(required=True, allow_none=True)


@blueprint.get("/alarms")
@for_agents
@blueprint.response(200, AlarmSchema(many=True))
def open_alarms() -> Sequence[Alarm]:
    """Those that nobody has seen to: one's own, or all of the floor for whoever directs it."""
    return alarms.open_for(session(), viewer())


@blueprint.post("/alarms/<int:alarm_id>/seen")
@same_site
@for_agents
@blueprint.response(200, AlarmSchema)
def alarm_seen(alarm_id: int) -> Alarm:
    """Say that one sees to it."""
    return alarms.see(session(), alarm_id, by=viewer(), now=now())

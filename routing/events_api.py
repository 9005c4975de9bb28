"""What happens on the floor over HTTP: asked for, waited for, or as a stream."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, current_app, request
from marshmallow import Schema, fields, validate
from werkzeug.exceptions import ServiceUnavailable

from kb import context
from kb.context import Services, session
from routing import events, streams
from routing.api import blueprint, for_floor
from routing.api_schemas import FloorEvent, written
from routing.streams import Tail, Told

LONGEST_WAIT_S = 25
POLL_AFTER_S = 2
STREAM = "text/event-stream"


class EventList(Schema):
    """What happened, in order."""

    events = fields.List(fields.Nested(FloorEvent), required=True)
    head = fields.Integer(required=True, metadata={"description": "Go on from here: send it as `after`"})


class After(Schema):
    """From where, and how long to wait."""

    after = fields.Integer(
        load_default=None,
        validate=validate.Range(0, 2**31 - 1),
        metadata={"description": "Id of the last event that the caller knows; from now on when left out"},
    )
    wait = fields.Integer(
        load_default=0,
        validate=validate.Range(0, LONGEST_WAIT_S),
        metadata={"description": "Seconds to wait for something to happen"},
    )


def init_app(app: Flask) -> None:
    """Follow what happens, for all who listen to this process."""
    services: Services = app.extensions["kalauz"]
    app.extensions["floor events"] = Tail(services.database)


@blueprint.get("/contacts/events")
@for_floor
@blueprint.arguments(After, location="query")
@blueprint.response(200, EventList)
@blueprint.alt_response(
    503, description="So many listen already: ask without waiting, after the seconds that Retry-After says"
)
def happenings(args: dict[str, Any]) -> dict[str, Any] | Response:
    """What happened on the floor: all of it for machines and those who direct, for others what concerns them.

    With `Accept: text/event-stream` it is a stream of server-sent events whose data are these events, which goes on
    after the header Last-Event-ID, or `after`.
    """
    who, head = streams.listener(session(), context.viewer()), events.head(session())
    wanted = request.headers.get("Last-Event-ID", type=int) if _wants_stream() else None
    wanted = args["after"] if wanted is None else wanted
    position = min(head if wanted is None else max(0, wanted), head)
    if _wants_stream():
        return _stream(who, position)
    found = streams.since(session(), position)
    position = found[-1].id if found else position
    theirs = [event for event in found if who.hears(event)]
    if not theirs and args["wait"]:
        theirs, position = _waited(who, position, args["wait"])
    return {"events": theirs, "head": position}


def _wants_stream() -> bool:
    return request.accept_mimetypes.best_match(["application/json", STREAM]) == STREAM


def _tail() -> Tail:
    found: Tail = current_app.extensions["floor events"]
    return found


def _waited(who: streams.Listener, position: int, wait_s: float) -> tuple[list[Told], int]:
    """Nothing at once where too many wait already: whoever asks comes again."""
    leave = _tail().enter()
    if leave is None:
        return [], position
    session().close()  # whoever waits must not keep a connection from those who work
    try:
        return streams.heard(_tail(), who, position, wait_s)
    finally:
        leave()


def _stream(who: streams.Listener, position: int) -> Response:
    leave = _tail().enter()
    if leave is None:
        raise ServiceUnavailable(retry_after=POLL_AFTER_S)
    answer = Response(streams.stream(_tail(), who, position, written), mimetype=STREAM)
    answer.headers["X-Accel-Buffering"] = "no"  # a proxy that collects what it hands on would hold it back
    answer.call_on_close(leave)
    return answer

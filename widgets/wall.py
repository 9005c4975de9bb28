"""The supervisor's wall: how the floor is doing, readable from afar, and what a supervisor does about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kb import context
from kb.access import needs
from kb.context import now, session, viewer
from kb.errors import Invalid
from kb.http import told
from kb.languages import named
from kb.views.admin.blueprint import reading_order, row
from kb.views.staff import for_staff
from routing import broadcasts, contact_queries, contacts, events, figures, floor, presence, queues
from routing.figures import RECENT, SLOT_S, Counted, Open, Today
from routing.models import Queue, Standing
from routing.permissions import DIRECT
from routing.tally import Counts, added
from routing.typed import seconds_text
from routing.views.day_pictures import Bar, bars
from routing.views.floor_words import CHANNELS, STANDINGS
from widgets import wall_queries

blueprint = for_staff(Blueprint("agent_wall", __name__, url_prefix="/agent/wall"))

WIDE, HIGH = 240.0, 44.0
"""The field of a queue's picture."""
SLOTS = 32
"""So many intervals are in it: eight hours."""
LEAST_HIGH = 4
"""A bar reaches the top with so many contacts at least: one caller is no peak."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A queue.

    Args:
        open: what is open in it.
        recent, today: of those who came lately, and since the day began.
        bars: the last hours.
        is_told: whether those who wait are told the queue's message.
    """

    queue: Queue
    open: Open
    recent: Counts
    today: Counts
    bars: Sequence[Bar]
    is_told: bool


def init_app(app: Flask) -> None:
    """Keep the day's counts for all walls of this process."""
    app.extensions["floor today"] = Today()


@blueprint.get("")
@needs(*DIRECT)
def wall() -> str:
    """The floor; with ?kiosk=1 for a screen that hangs on a wall, without anything to press."""
    return render_template("widgets/wall.html", kiosk="kiosk" in request.args, **_shown())


@blueprint.get("/now")
@needs(*DIRECT)
def renewed() -> str:
    """What changes of it."""
    return render_template("widgets/_wall.html", kiosk="kiosk" in request.args, **_shown())


@blueprint.post("/broadcast")
@needs(*DIRECT)
def broadcast() -> Response | tuple[str, int]:
    """Say something to everybody, or to the agents of a queue."""
    text, queue = request.form.get("text", ""), request.form.get("queue", "")
    try:
        broadcasts.say(session(), text, queue=queue, by=viewer(), now=now())
    except Invalid as refused:
        said = {"text": text, "queue": queue}
        problems = {name: told(sentence) for name, sentence in refused.fields.items()}
        return render_template(
            "widgets/wall.html", kiosk=False, said=said, problems=problems, **_shown()
        ), 422
    flash(_("It is said."), "ok")
    return _back()


@blueprint.post("/contacts/<int:contact_id>/take")
@needs(*DIRECT)
def take(contact_id: int) -> Response:
    """Take a contact over, and see it in the panel."""
    held = contacts.held(session(), contact_id)
    contacts.take_over(session(), held, by=viewer(), now=now())
    floor.round_(session(), now())
    return redirect(url_for("agent_panel.contact", contact_id=contact_id), 303)


@blueprint.post("/contacts/<int:contact_id>/move")
@needs(*DIRECT)
def move(contact_id: int) -> Response:
    """Send a contact to another queue."""
    held = contacts.held(session(), contact_id)
    try:
        queue = contact_queries.queue(session(), request.form.get("queue", ""))
        contacts.move(session(), held, queue, by=viewer(), now=now())
    except Invalid as refused:
        flash(" ".join(map(told, refused.fields.values())), "bad")
        return _back()
    floor.round_(session(), now())
    flash(_("It is in %(queue)s now.", queue=named(queue.names, reading_order(), queue.key)), "ok")
    return _back()


@blueprint.post("/agents/<int:person_id>/presence")
@needs(*DIRECT)
def change_presence(person_id: int) -> Response:
    """Say what somebody else is doing."""
    try:
        presence.be(session(), person_id, request.form.get("standing", ""), by=viewer(), now=now())
    except Invalid as refused:
        flash(" ".join(map(told, refused.fields.values())), "bad")
        return _back()
    floor.round_(session(), now())
    return _back()


@blueprint.post("/queues/<int:queue_id>/message")
@needs(*DIRECT)
def message(queue_id: int) -> Response:
    """Tell those who wait in a queue its message, or tell it no more."""
    events.take_turn(session())
    queue, on = row(Queue, queue_id), request.form.get("on") == "1"
    broadcasts.turn_message(session(), queue, on, by=viewer(), now=now())
    return _back()


def _back() -> Response:
    return redirect(url_for("agent_wall.wall"), 303)


def _shown() -> dict[str, Any]:
    at = now()
    zone = ZoneInfo(context.zone())
    midnight = datetime.combine(at.astimezone(zone).date(), time(), zone)
    counted = _today().of(session(), midnight, at)
    is_open = figures.open_now(session(), at)
    every = [queue for queue in queues.every(session()) if queue.is_active or queue.id in is_open]
    tiles = [_tile(queue, is_open.get(queue.id, Open()), counted, at) for queue in every]
    people = figures.agents(session())
    return {
        "zone": context.zone(),
        "tiles": tiles,
        "whole": _whole(tiles),
        "people": people,
        "standing": Counter(one.standing for one in people),
        "order": [*Standing],
        "waiting": wall_queries.waiting(session(), now()),
        "at_hand": wall_queries.at_hand(session()),
        "names": {queue.id: named(queue.names, reading_order(), queue.key) for queue in every},
        "standings": STANDINGS,
        "channels": CHANNELS,
        "lasts": seconds_text,
        "wide": WIDE,
        "high": HIGH,
        "now": at,
    }


def _today() -> Today:
    found: Today = current_app.extensions["floor today"]
    return found


def _tile(queue: Queue, is_open: Open, counted: Sequence[Counted], at: datetime) -> Tile:
    own = [one for one in counted if one.queue_id == queue.id]
    last = int(at.timestamp()) // SLOT_S
    by_slot: dict[int, list[Counts]] = {}
    for one in own:
        by_slot.setdefault(int(one.begins.timestamp()) // SLOT_S, []).append(one.counts)
    course = [added(by_slot.get(slot, ())) for slot in range(last - SLOTS + 1, last + 1)]
    recent = added(one.counts for one in own if one.begins > at - RECENT)
    today = added(one.counts for one in own)
    return Tile(
        queue, is_open, recent, today, bars(course, WIDE, HIGH, LEAST_HIGH), broadcasts.is_told(queue, at)
    )


def _whole(tiles: Sequence[Tile]) -> dict[str, Any]:
    """All queues together."""
    froms = [tile.open.waiting_from for tile in tiles if tile.open.waiting_from]
    sums = {
        name: sum(getattr(tile.open, name) for tile in tiles)
        for name in ("waiting", "escalated", "talking", "writing", "overdue")
    }
    recent, today = added(tile.recent for tile in tiles), added(tile.today for tile in tiles)
    wanted = [(tile.queue.level_share, max(tile.today.came, 1)) for tile in tiles]
    share = sum(share * came for share, came in wanted) / (sum(came for _, came in wanted) or 1)
    return sums | {
        "waiting_from": min(froms, default=None),
        "recent": recent,
        "today": today,
        "level_share": share,
    }

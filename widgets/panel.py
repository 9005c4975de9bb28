"""The agent's panel: one page for a working day, whose parts come one by one as contacts do.

A part is HTML that the server renders; what is written goes through the API of contacts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, g, render_template, request
from flask_babel import lazy_gettext as _l

from cbr.followers import case_bases
from kb import content, context
from kb.access import needs
from kb.context import now, services, session, viewer
from kb.errors import Invalid
from kb.http import told
from kb.languages import named
from kb.views.staff import for_staff
from routing import contact_queries, events, floor, foreseeing, opening, presence
from routing.chain import brinks
from routing.foresight_models import Mode
from routing.foresight_words import reasons
from routing.lifecycle import ENDED, HELD, State
from routing.models import Contact, Queue
from routing.permissions import DIRECT, TAKE
from routing.views.floor_words import ALARMS, CHANNELS, LEVELS, STANDINGS
from search.answers import Answer
from widgets import arrival, panel_queries, work
from widgets.requests import asking

AWAY_BECAUSE: Mapping[str, str] = {
    floor.NO_ANSWER: _l("an offer was not taken"),
    floor.VANISHED: _l("the panel was closed"),
}

blueprint = for_staff(Blueprint("agent_panel", __name__, url_prefix="/agent"))


@blueprint.before_request
def _in_frames() -> None:
    """A desktop that the operator listed may show the panel inside of its own page."""
    g.frames = services().config.panel_frames


@blueprint.get("/")
@needs(*TAKE)
def idle() -> str:
    """The panel between two contacts."""
    return _page(None)


@blueprint.get("/contacts/<int:contact_id>")
@needs(*TAKE)
def contact(contact_id: int) -> str:
    """The panel with a contact."""
    return _page(contact_queries.one(session(), viewer(), contact_id))


@blueprint.get("/parts/bar")
@needs(*TAKE)
def bar() -> str:
    """What the agent does, has and is asked to take."""
    return render_template("widgets/_bar.html", **_bar())


@blueprint.get("/parts/idle")
@needs(*TAKE)
def rest() -> str:
    """What is worth knowing while nobody is on the line."""
    return render_template("widgets/_idle.html", **_idle())


@blueprint.get("/parts/contacts/<int:contact_id>")
@needs(*TAKE)
def arrived(contact_id: int) -> str:
    """A contact with all that is known and proposed."""
    found = contact_queries.one(session(), viewer(), contact_id)
    return render_template("widgets/_contact.html", **_contact(found))


@blueprint.get("/parts/contacts/<int:contact_id>/known")
@needs(*TAKE)
def known(contact_id: int) -> str:
    """What is known of it now, and the solved cases like it."""
    found = contact_queries.one(session(), viewer(), contact_id)
    facts, like = arrival.known(session(), found, viewer(), now())
    return render_template(
        "widgets/_known.html",
        known=facts,
        precedents=like,
        contact=found,
        is_own=_is_own(found),
        render=content.render,
    )


@blueprint.get("/parts/contacts/<int:contact_id>/brink")
@needs(*TAKE)
def brink(contact_id: int) -> str:
    """What may still help before it is sent up, and the form to send it."""
    found = contact_queries.one(session(), viewer(), contact_id)
    like = arrival.precedents(session(), found, viewer(), now())
    answer = arrival.likely(found, viewer(), now())
    return render_template(
        "widgets/_brink.html",
        contact=found,
        brink=brinks.brink(session(), found, answer, like.nearest if like else []),
        above=panel_queries.above(session(), found.level),
        levels=LEVELS,
        render=content.render,
    )


@blueprint.get("/parts/answers")
@needs(*TAKE)
def answers() -> str:
    """What the one box says, for a contact or for the agent alone."""
    about = request.args.get("contact", type=int)
    found = contact_queries.one(session(), viewer(), about) if about else None
    question, problem, answer = request.args.get("q", "").strip(), "", Answer()
    try:
        answer = arrival.answered(question, found, viewer(), now())
    except Invalid as refused:
        problem = " ".join(map(told, refused.fields.values()))
    return render_template(
        "widgets/_answers.html", answer=answer, question=question, problem=problem, contact=found
    )


def _page(found: Contact | None) -> str:
    shown = _contact(found) if found else _idle()
    return render_template("widgets/panel.html", **(_bar() | shown), shown=found)


def _bar() -> dict[str, Any]:
    own = viewer().person_id or 0
    desk = panel_queries.desk(session(), own, events.head(session()))
    return {
        "desk": desk,
        "is_agent": presence.agent_of(session(), own) is not None,
        "standings": STANDINGS,
        "away_because": AWAY_BECAUSE,
        "alarms": ALARMS,
        "channels": CHANNELS,
        "queue_name": _queue_name,
    }


def _idle() -> dict[str, Any]:
    own = viewer().person_id or 0
    agent = presence.agent_of(session(), own)
    zone = ZoneInfo(context.zone())
    midnight = datetime.combine(now().astimezone(zone).date(), time(), zone)
    return {
        "day": panel_queries.day(session(), own, midnight),
        "waiting": panel_queries.waiting(session(), sorted(agent.queues)) if agent else [],
        "said_to_all": panel_queries.said_to_all(session(), agent, now()) if agent else [],
        "queue_name": _queue_name,
    }


def _contact(found: Contact) -> dict[str, Any]:
    own = viewer().person_id
    queues = panel_queries.queues(session())
    history = events.history(session(), found)
    proposed = arrival.proposed(session(), found, viewer(), now())
    beside = work.beside(found, proposed, is_own=_is_own(found))
    return beside | {
        "contact": found,
        "proposed": proposed,
        "sent_request": asking.of_contact(session(), found),
        "foreseen": _foreseen(found, queues),
        "message": opening.message(found, now()),
        "tried": [event for event in history if event.kind == events.Happening.TRIED],
        "decisions": panel_queries.decisions(session(), history),
        "brought": next(
            (event.said.get("proposed") for event in history if event.said.get("proposed")), None
        ),
        "is_own": _is_own(found),
        "has_ended": found.state in ENDED,
        "may_take": found.agent_id != own and found.state not in ENDED and viewer().has(*DIRECT),
        "queues": queues,
        "queue_name": _queue_name,
        "channels": CHANNELS,
        "levels": LEVELS,
        "render": content.render,
    }


def _is_own(found: Contact) -> bool:
    return found.agent_id == viewer().person_id and found.state in HELD - {State.OFFERED}


def _foreseen(found: Contact, queues: Sequence[Queue]) -> list[str]:
    """What those like it needed, as sentences; nothing where the queue does not ask for it."""
    plan = foreseeing.plan_of(session(), found.queue_id)
    if plan.mode == Mode.OFF:
        return []
    told_of = foreseeing.foresee(
        session(),
        case_bases(),
        found.question,
        found.facts,
        found.language,
        rules=plan.rules,
        viewer=viewer(),
        head=context.head(),
    )
    return reasons(told_of, {queue.key: _queue_name(queue) for queue in queues}) if told_of else []


def _queue_name(queue: Queue) -> str:
    return named(queue.names, (*viewer().languages, "en"), queue.key)

"""Alarms: what somebody should look at now, until somebody does."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from kb.access import needs
from kb.context import now, session, viewer
from kb.views.admin.blueprint import Answer
from routing.chain import alarms as verbs
from routing.permissions import TAKE
from routing.views.blueprint import blueprint
from routing.views.floor_words import ALARMS, CHANNELS
from routing.views.queues import queue_names


@blueprint.get("/alarms")
@needs(*TAKE)
def alarms() -> str:
    """One's own, or those of the floor for whoever directs it."""
    return render_template(
        "routing/alarms.html",
        alarms=verbs.open_for(session(), viewer()),
        words=ALARMS,
        names=queue_names(),
        channels=CHANNELS,
    )


@blueprint.post("/alarms/<int:alarm_id>/seen")
@needs(*TAKE)
def alarm_seen(alarm_id: int) -> Answer:
    """Somebody sees to it."""
    verbs.see(session(), alarm_id, by=viewer(), now=now())
    flash(_("You see to it."), "ok")
    return redirect(url_for("routing_desk.alarms"), 303)

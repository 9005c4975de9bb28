"""Staffing: how many agents a day needs, from counts that were uploaded or from the own contacts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from authoring.reading.csv_table import csv_table
from cbr import background
from cbr.views import work as works
from cbr.views.work import WorkShown
from kb import context
from kb.access import needs
from kb.context import now, services, session, viewer
from kb.errors import N_, Conflict, NotFound
from kb.http import told
from kb.views.admin.blueprint import Answer
from routing.erlang import Unmeasurable
from routing.staffing import playing, records
from routing.staffing.models import ArrivalRecord
from routing.staffing.needs import Need, Total, total
from routing.staffing.needs import needs as needed
from routing.staffing.rows import HEADINGS, clock, row
from routing.staffing.simulation import Line
from routing.typed import seconds_text
from routing.views.blueprint import DIRECTORS, blueprint
from routing.views.queues import queue_names
from routing.views.staffing_forms import StaffingForm, UploadForm
from routing.views.staffing_pictures import Course, course

MOST_FAULTS = 20


@dataclass(frozen=True)
class Plan:
    """What a day needs, with its picture."""

    needs: list[Need]
    total: Total
    picture: Course


@dataclass(frozen=True)
class Played:
    """A day that was asked to be played.

    Args:
        work: how far it is; None where none was asked for.
        lines: what came out, if these settings were played last.
    """

    work: WorkShown | None
    lines: list[Line]


@blueprint.get("/staffing")
@needs(*DIRECTORS)
def staffing() -> Answer:
    """How many agents the chosen day needs; all settings are in the address."""
    return _page(UploadForm())


@blueprint.post("/staffing")
@needs(*DIRECTORS)
def staffing_upload() -> Answer:
    """Keep a table of counts, and plan with it."""
    upload = UploadForm()
    if upload.submitted():
        with upload.problems(), upload.file.data.stream as stream:
            name = upload.file.data.filename or _("Counts")
            made = records.take(session(), stream.read(), name, by=viewer(), now=now())
            flash(_("%(name)s is saved.", name=made.name), "ok")
        if upload.status == 200:
            settings = _settings(_form()) | {"source": str(made.id), "day": ""}
            return redirect(url_for("routing_desk.staffing", **settings), 303)
    return _page(upload)


@blueprint.post("/staffing/play")
@needs(*DIRECTORS)
def staffing_play() -> Answer:
    """Let the day be played beside the formulas; the settings are those of the address."""
    form = _form()
    if not form.read():
        return _page(UploadForm(), 422)
    day = form.day_meant(context.zone())
    try:
        playing.ask(session(), day, form.terms(), form.split(), by=viewer(), now=now())
    except Conflict as refused:
        flash(told(refused.sentence), "bad")
    return redirect(url_for("routing_desk.staffing", **_settings(form), _anchor="played"), 303)


@blueprint.get("/staffing/needs.csv")
@needs(*DIRECTORS)
def staffing_csv() -> Response:
    """The same as a table for other programs."""
    form = _form()
    plan = _plan(form) if form.read() else None
    if plan is None:
        raise NotFound(N_("There is no plan for these settings."))
    headers = {"Content-Disposition": "attachment; filename=staffing.csv"}
    return Response(csv_table([HEADINGS, *map(row, plan.needs)]), mimetype="text/csv", headers=headers)


def _form() -> StaffingForm:
    files = {str(id_): name for id_, name in records.every(session())}
    return StaffingForm(MultiDict(request.args), files, queue_names())


def _settings(form: StaffingForm) -> dict[str, Any]:
    """Those of the address, and nothing else that stands there."""
    return {name: value for name, value in request.args.items() if name in form}


def _page(upload: UploadForm, status: int = 200) -> Answer:
    form = _form()
    is_read = form.read()
    plan = _plan(form) if is_read else None
    record = session().get(ArrivalRecord, form.day_meant("UTC").record) if is_read else None
    faults = records.faults_of(record)[:MOST_FAULTS] if record else []
    page = render_template(
        "routing/staffing.html",
        form=form,
        upload=upload,
        plan=plan,
        record=record,
        faults=[(line, column, told(sentence)) for line, column, sentence in faults],
        played=_played(form) if plan else None,
        settings=_settings(form),
        clock=clock,
        lasts=seconds_text,
        most_mb=services().config.upload_limit // 2**20,
    )
    return page, upload.status if upload.status != 200 else status if is_read else 422


def _plan(form: StaffingForm) -> Plan | None:
    """None where nobody came; what cannot be is said on the form."""
    terms = form.terms()
    slots = playing.slots_of(session(), form.day_meant(context.zone()), terms.length_min, now())
    if not slots:
        return None
    try:
        found = needed(slots, terms)
    except Unmeasurable:
        form.show("handling", N_("So much would take more than 100,000 agents."))
        return None
    return Plan(found, total(found, terms), course(found, terms.length_min))


def _played(form: StaffingForm) -> Played:
    shown = works.shown(playing.PLAY, playing.SUBJECT)
    asked = playing.plainly(form.day_meant(context.zone()), form.terms(), form.split())
    if shown is None or shown.work.asked != asked:
        return Played(shown if shown and shown.goes_on else None, [])
    is_done = background.standing_of(shown.work, now()) == "done"
    return Played(shown, playing.lines_of(shown.work.result or {"lines": []}) if is_done else [])

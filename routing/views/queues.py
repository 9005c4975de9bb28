"""Queues: how they are doing, and what each of them is."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from kb import context
from kb.access import needs
from kb.concurrency import version_of
from kb.context import now, session, viewer
from kb.errors import Invalid
from kb.languages import named
from kb.views.admin.blueprint import Answer, languages_in_use, reading_order, row
from kb.views.admin.confirmation import deletion
from routing import arrangement_queries, deadlines
from routing import queues as verbs
from routing.models import Queue
from routing.rehearsal import Change
from routing.typed import seconds_text
from routing.views import rehearsing
from routing.views.blueprint import DIRECTORS, arranging, blueprint
from routing.views.floor_words import WEEKDAYS, step_words
from routing.views.queue_forms import QueueForm, queue_form, rows_wanted, stored
from routing.views.rehearsing import Shown


@blueprint.get("/queues/")
@needs(*DIRECTORS)
def queues() -> str:
    """All of them, with who waits and how the day goes."""
    found = {queue.id: queue for queue in verbs.every(session())}
    at = now()
    return render_template(
        "routing/queues.html",
        queues=found.values(),
        doing=arrangement_queries.doing(session(), found, since=_midnight(at), now=at),
        is_open={queue.id: deadlines.hours_of(queue, at).is_open(at) for queue in found.values()},
        languages=reading_order(),
        clock=seconds_text,
        now=at,
    )


@blueprint.route("/queues/new", methods=["GET", "POST"])
@needs(*DIRECTORS)
def queue_new() -> Answer:
    """Another one."""
    return _edited(None)


@blueprint.route("/queues/<int:queue_id>", methods=["GET", "POST"])
@needs(*DIRECTORS)
def queue(queue_id: int) -> Answer:
    """One queue."""
    return _edited(row(Queue, queue_id))


@blueprint.route("/queues/<int:queue_id>/delete", methods=["GET", "POST"])
@needs(*DIRECTORS)
def queue_delete(queue_id: int) -> Answer:
    """Ask, then delete."""
    found = row(Queue, queue_id)

    def delete() -> None:
        with arranging():
            verbs.delete(session(), found, by=viewer())

    return deletion(
        named(found.names, reading_order(), found.key),
        delete,
        loss=_("Its agents take nothing from it any more. A queue that contacts came to cannot be deleted."),
        back=url_for("routing_desk.queue", queue_id=found.id),
        after=url_for("routing_desk.queues"),
    )


def queue_names() -> dict[str, str]:
    """Key -> name of all queues, in their order."""
    languages = reading_order()
    return {queue.key: named(queue.names, languages, queue.key) for queue in verbs.every(session())}


def _edited(found: Queue | None) -> Answer:
    names = queue_names()
    form = _form(found, names)
    shown = _tried(form, found, names) if found and rehearsing.is_asked() else None
    if not rehearsing.is_asked() and form.submitted() and (saved := _saved(form, found)):
        flash(_("%(name)s is saved.", name=named(saved.names, reading_order(), saved.key)), "ok")
        return redirect(url_for("routing_desk.queue", queue_id=saved.id), 303)
    if form.status == 409:
        form.renew(found)
    own = found.key if found else ""
    page = render_template(
        "routing/queue.html",
        form=form,
        queue=found,
        languages=reading_order(),
        weekdays=WEEKDAYS,
        shown=shown,
        rehearsal_day=rehearsing.day_asked(),
        clock=seconds_text,
        sentences=[step_words(step, own, names) for step in found.steps] if found else [],
    )
    return page, form.status


def _saved(form: QueueForm, found: Queue | None) -> Queue | None:
    with form.problems():
        plan = form.plan(context.zone())
        try:
            with arranging():
                return verbs.save(
                    session(),
                    found,
                    plan,
                    key=form.new_key,
                    by=viewer(),
                    seen=form.version.data if found else None,
                )
        except Invalid as error:
            raise Invalid(form.of_rows(error.fields)) from None
    return None


def _tried(form: QueueForm, found: Queue, names: dict[str, str]) -> Shown | None:
    """The dry run with the steps that are typed; None where they cannot be read."""
    if not form.submitted():
        return None
    with form.problems():
        steps = form.steps()
        if problems := verbs.step_problems(steps, {*names}):
            raise Invalid(form.of_rows(problems))
        return rehearsing.try_out(Change(steps={found.key: steps}), names)
    return None


def _form(found: Queue | None, names: dict[str, str]) -> QueueForm:
    steps, targets = rows_wanted(found, request.form)
    made = queue_form(languages_in_use(), list(names.items()), steps, targets, context.locale())
    data: dict[str, Any] = {"zone": context.zone()}
    if found:
        keys = {queue.id: queue.key for queue in verbs.every(session())}
        fallback = keys.get(found.fallback_id, "") if found.fallback_id else ""
        data = stored(found, context.zone(), fallback) | {"version": version_of(found)}
        data |= {f"names_{code}": text for code, text in found.names.items()}
        data |= {f"messages_{code}": text for code, text in found.messages.items()}
        for number in range(len(found.steps), steps):
            data[f"step{number}_queue"] = found.key
    form = made(data=data)
    form.step_rows.data, form.target_rows.data = str(steps), str(targets)
    if found:
        form.keep_key()
    return form


def _midnight(at: datetime) -> datetime:
    """When the day began for the viewer."""
    zone = ZoneInfo(context.zone())
    return datetime.combine(at.astimezone(zone).date(), time(), zone)

"""Escalations: what waits for a supervisor or a specialist, with everything that was tried, and their decisions."""

from __future__ import annotations

from datetime import timedelta

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import SelectField, TextAreaField
from wtforms.validators import Length

from kb.access import needs
from kb.context import now, session, viewer
from kb.views.admin.blueprint import Answer, row
from kb.views.admin.forms import AdminForm
from routing import contact_queries, floor, presence
from routing.chain import escalations as verbs
from routing.chain import experts, queries, training
from routing.chain.carrying import carried
from routing.chain.escalations import LONGEST_NOTE, Escalating
from routing.chain.models import Escalation, NeedState, Outcome, TrainingNeed
from routing.lifecycle import ENDED
from routing.permissions import DIRECT
from routing.typed import seconds_text
from routing.views.blueprint import ABOVE, DIRECTORS, blueprint
from routing.views.floor_words import CHANNELS, LEVELS, OUTCOMES
from routing.views.queues import queue_names

SPAN = timedelta(days=28)
TRIED = {"article": _l("Article"), "case": _l("Case"), "guide": _l("Guide")}


class DecisionForm(AdminForm):
    """What is decided: words for whoever asked, or somebody further up; and what should be learned from it."""

    answer = TextAreaField(
        _l("Answer or advice"),
        [Length(max=LONGEST_NOTE)],
        description=_l("Whoever asked gets the contact back with these words."),
        render_kw={"rows": 6},
    )
    level = SelectField(_l("Level"), choices=[], validate_choice=False)
    queue = SelectField(_l("Queue"), choices=[], validate_choice=False)
    person = SelectField(_l("Person"), choices=[], validate_choice=False)
    note = TextAreaField(_l("Note"), [Length(max=LONGEST_NOTE)], render_kw={"rows": 3})
    need = TextAreaField(
        _l("What should be learned"),
        [Length(max=training.LONGEST_WHAT)],
        description=_l("A subject, not a person. It is listed until somebody says that it is done."),
        render_kw={"autocomplete": "off", "rows": 2},
    )


@blueprint.get("/escalations/")
@needs(*ABOVE)
def escalations() -> str:
    """What waits for a decision, or what was decided last."""
    over = request.args.get("list") == "decided"
    return render_template(
        "routing/escalations.html",
        found=queries.decided(session()) if over else queries.undecided(session()),
        is_over=over,
        names=queue_names(),
        channels=CHANNELS,
        levels=LEVELS,
        outcomes=OUTCOMES,
        clock=seconds_text,
        now=now(),
    )


@blueprint.route("/escalations/<int:escalation_id>", methods=["GET", "POST"])
@needs(*ABOVE)
def escalation(escalation_id: int) -> Answer:
    """One of them, with all that goes along, and what to do about it."""
    found = verbs.found(session(), escalation_id)
    form = _form(found)
    if form.submitted():
        with form.problems():
            flash(_decided(found, form, request.form.get("verb", "")), "ok")
            floor.round_(session(), now())
            return redirect(url_for("routing_desk.escalation", escalation_id=found.id), 303)
    contact = found.contact
    page = render_template(
        "routing/escalation.html",
        form=form,
        escalation=found,
        carried=carried(session(), contact, viewer(), now()),
        is_open=found.state == Outcome.SENT and contact.state not in ENDED,
        answers=experts.of(session(), contact),
        directs=viewer().has(*DIRECT),
        names=queue_names(),
        channels=CHANNELS,
        levels=LEVELS,
        outcomes=OUTCOMES,
        kinds=TRIED,
    )
    return page, form.status


@blueprint.get("/escalations/figures")
@needs(*ABOVE)
def climbs() -> str:
    """How much climbs the chain and how much is kept from it, by queue, and what should be learned."""
    return render_template(
        "routing/climbs.html",
        climbs=queries.climbs(session(), now() - SPAN),
        days=SPAN.days,
        needs=queries.needs(session()),
        done=NeedState.DONE,
        directs=viewer().has(*DIRECT),
        names=queue_names(),
        clock=seconds_text,
    )


@blueprint.post("/training/<int:need_id>/done")
@needs(*DIRECTORS)
def training_done(need_id: int) -> Response:
    """It was learned."""
    training.done(session(), row(TrainingNeed, need_id), by=viewer(), now=now())
    flash(_("It is noted as done."), "ok")
    return redirect(url_for("routing_desk.climbs"), 303)


def _form(found: Escalation) -> DecisionForm:
    form, contact, names = DecisionForm(), found.contact, queue_names()
    form.level.choices = [(str(level), LEVELS[level]) for level in range(max(contact.level, 2), 4)]
    if not form.is_submitted():
        form.level.data = str(min(contact.level + 1, 3))
    others = [(key, name) for key, name in names.items() if key != contact.queue.key]
    form.queue.choices = [("", names.get(contact.queue.key, contact.queue.key)), *others]
    above = queries.agents_above(session(), contact.level)
    people = [(str(one.id), f"{one.person.name} ({LEVELS[one.level]})") for one in above]
    form.person.choices = [("", _("Whoever can")), *people]
    return form


def _decided(found: Escalation, form: DecisionForm, verb: str) -> str:
    """Do what was chosen; says what was done."""
    by, at = viewer(), now()
    if verb == "training":
        training.note(session(), found, " ".join((form.need.data or "").split()), by=by, now=at)
        return str(_("It is listed among what should be learned."))
    if verb == "hand_on":
        queue = contact_queries.queue(session(), form.queue.data) if form.queue.data else None
        person_id = int(form.person.data) if (form.person.data or "").isdecimal() else None
        level = int(form.level.data) if form.level.data in {"2", "3"} else 0
        what = Escalating(level, queue, person_id, form.note.data or "")
        verbs.hand_on(session(), found, what, by=by, now=at)
        return str(_("It is on its way up."))
    if verb == "give_back":
        verbs.give_back(session(), found, form.answer.data or "", by=by, now=at)
    else:
        verbs.answer(session(), found, form.answer.data or "", by=by, now=at)
    asked = presence.agent_of(session(), found.by_id) if found.by_id else None
    if asked is None:
        return str(_("The contact waits for whoever can take it, with your words."))
    return str(_("The contact goes back to %(name)s with your words.", name=asked.person.name))

"""Foresight: what each queue does with it, which attributes of cases it learns from, and what it has learned."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from wtforms import IntegerField, SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import NumberRange

from cbr import background
from cbr.case_types import schema_of
from cbr.models import CaseTypeRow
from cbr.type_queries import one_shaped_by, shaped_by
from cbr.views import work as works
from kb import context
from kb.access import needs
from kb.concurrency import version_of
from kb.context import now, session, viewer
from kb.errors import Conflict
from kb.http import told
from kb.languages import named
from kb.views.admin.blueprint import Answer, reading_order, row
from kb.views.admin.forms import AdminForm
from routing import foresight_plans as verbs
from routing import queues
from routing.foreseeing import Plan, plan_of
from routing.foresight import Rules
from routing.foresight_models import ForesightPlan, ForesightSource, Mode
from routing.models import Queue
from routing.views.blueprint import DIRECTORS, blueprint

MODES = {Mode.OFF: _l("Off"), Mode.SHOWN: _l("Only shown"), Mode.APPLIED: _l("Applied")}
_SHARE = NumberRange(50, 100)


class PlanForm(AdminForm):
    """What a queue does with what is foreseen."""

    mode = SelectField(
        _l("What becomes of it"),
        choices=[SelectChoice(mode.value, words) for mode, words in MODES.items()],
        description=_l(
            "Applied: contacts go to the queue, level and skills that are foreseen when they come."
        ),
    )
    often = IntegerField(
        _l("Straight up from (%)"),
        [_SHARE],
        description=_l("What was escalated with this share goes straight to where it was solved."),
    )
    near = IntegerField(
        _l("A standard is known from (%)"),
        [_SHARE],
        description=_l("A confirmed case with an article, so alike, keeps the contact in front."),
    )
    sure = IntegerField(
        _l("Sure from (%)"),
        [_SHARE],
        description=_l("A standard, a queue or a skill needs this share of what was like it."),
    )
    fewest = IntegerField(_l("From so many precedents"), [NumberRange(1, verbs.MOST_NEEDED)])

    def plan(self) -> Plan:
        """What was typed."""
        shares = (self.near.data / 100, self.often.data / 100, self.sure.data / 100)
        return Plan(Mode(self.mode.data), Rules(*shares, self.fewest.data))


class SourceForm(AdminForm):
    """Which attributes say who solved a case."""

    level_key = SelectField(
        _l("Level"), description=_l("Yes is a specialist and no is in front, or a number from 1 to 3.")
    )
    queue_key = SelectField(_l("Queue"), description=_l("Its values are keys of queues."))
    skills_key = SelectField(_l("Skills"), description=_l("Its values are keys of skills."))


@dataclass(frozen=True)
class SourceLine:
    """A case type in the list."""

    key: str
    name: str
    attributes: list[str]
    source: ForesightSource | None
    work: works.WorkShown | None


@blueprint.get("/foresight/")
@needs(*DIRECTORS)
def foresight() -> str:
    """All queues and case types."""
    every = queues.every(session())
    return render_template(
        "routing/foresight.html",
        queues=every,
        plans={queue.id: plan_of(session(), queue.id) for queue in every},
        modes=MODES,
        lines=[_line(found) for found in shaped_by(session(), viewer())],
        languages=reading_order(),
    )


@blueprint.route("/foresight/queues/<int:queue_id>", methods=["GET", "POST"])
@needs(*DIRECTORS)
def foresight_plan(queue_id: int) -> Answer:
    """One queue."""
    queue = row(Queue, queue_id)
    kept = session().scalars(select(ForesightPlan).where(ForesightPlan.queue_id == queue.id)).first()
    plan = plan_of(session(), queue.id)
    shares = {name: round(100 * getattr(plan.rules, name)) for name in ("near", "often", "sure")}
    given = {"mode": plan.mode.value, "fewest": plan.rules.fewest, **shares}
    form = PlanForm(data=given | {"version": version_of(kept) if kept else ""})
    name = named(queue.names, reading_order(), queue.key)
    if form.submitted():
        with form.problems():
            seen = form.version.data if kept else None
            verbs.save_plan(session(), queue, form.plan(), by=viewer(), seen=seen)
        if form.status == 200:
            flash(_("%(name)s is saved.", name=name), "ok")
            return redirect(url_for("routing_desk.foresight"), 303)
        form.renew(kept)
    return render_template("routing/foresight_plan.html", form=form, title=name), form.status


@blueprint.route("/foresight/case-types/<key>", methods=["GET", "POST"])
@needs(*DIRECTORS)
def foresight_source(key: str) -> Answer:
    """One case type."""
    found = one_shaped_by(session(), viewer(), key)
    case_type, source = schema_of(found), verbs.source_of(session(), found.id)
    given = {name: getattr(source, name) if source else "" for name in verbs.KEYS}
    form = SourceForm(data=given | {"version": version_of(source) if source else ""})
    choices = [SelectChoice(one.key, one.name(context.locale())) for one in case_type.attributes]
    for name in verbs.KEYS:
        form[name].choices = [SelectChoice("", _("Not said")), *choices]
    title = named(case_type.names, reading_order(), found.key)
    if form.submitted():
        with form.problems():
            keys = {name: form[name].data for name in verbs.KEYS}
            seen = form.version.data if source else None
            verbs.save_source(session(), found, keys, by=viewer(), seen=seen)
        if form.status == 200:
            flash(_("%(name)s is saved.", name=title), "ok")
            return redirect(url_for("routing_desk.foresight"), 303)
        form.renew(source)
    return render_template("routing/foresight_source.html", form=form, title=title), form.status


@blueprint.post("/foresight/case-types/<key>/learn")
@needs(*DIRECTORS)
def foresight_learn(key: str) -> Answer:
    """Let weights be learned from what its cases and contacts say of escalations."""
    found = one_shaped_by(session(), viewer(), key)
    try:
        background.ask(session(), verbs.LEARN, found.key, by=viewer(), now=now())
    except Conflict as refused:
        flash(told(refused.sentence), "bad")
    return redirect(url_for("routing_desk.foresight"), 303)


def _line(found: CaseTypeRow) -> SourceLine:
    case_type, source = schema_of(found), verbs.source_of(session(), found.id)
    keys = [getattr(source, name) for name in verbs.KEYS] if source else []
    names = [case_type.by_key[key].name(context.locale()) for key in keys if key in case_type.by_key]
    title = named(case_type.names, reading_order(), found.key)
    return SourceLine(found.key, title, names, source, works.shown(verbs.LEARN, found.key))

"""Agents: who takes what, as one table that is filled in by keyboard, and what each of them takes at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange

from kb.access import needs
from kb.concurrency import version_of
from kb.context import session, viewer
from kb.errors import N_, Conflict, Invalid
from kb.http import told
from kb.views.admin.blueprint import Answer, row
from kb.views.admin.forms import AdminForm
from routing import arrangement_queries
from routing import people as verbs
from routing.models import Agent
from routing.people import LEVELS, MOST_AT_ONCE, USUAL_CAPACITY, Work
from routing.rehearsal import Change
from routing.typed import Mistyped, order, order_text, seconds_text
from routing.views import rehearsing
from routing.views.blueprint import DIRECTORS, arranging, blueprint
from routing.views.floor_words import CHANNELS, STANDINGS
from routing.views.floor_words import LEVELS as LEVEL_WORDS
from routing.views.queues import queue_names
from routing.views.rehearsing import Shown
from routing.views.skills import skill_names

AT_ONCE = 60
"""Agents on a page of the table."""
Cells = dict[tuple[int, str], str]
"""(agent, family and key) -> what was typed there."""


class AgentForm(AdminForm):
    """What somebody takes. Its capacities are added by `_form`."""

    person = SelectField(_l("Who"), coerce=int)
    level = SelectField(_l("Level"), coerce=int)
    is_active = BooleanField(_l("Takes contacts"), default=True)


@blueprint.route("/agents/", methods=["GET", "POST"])
@needs(*DIRECTORS)
def agents() -> Answer:
    """Everybody with their orders; what was typed into the table is saved all together, or nothing of it."""
    like = request.args.get("q", "")[:100]
    page = max(request.args.get("page", 1, type=int), 1)
    every = verbs.every(session(), like=like)
    found = every[(page - 1) * AT_ONCE : page * AT_ONCE]
    columns = _columns()
    typed, problems = _typed(found, columns), dict[tuple[int, str], str]()
    shown: Shown | None = None
    if request.method == "POST":
        wanted, problems = _wanted(found, typed)
        if rehearsing.is_asked():
            shown = None if problems else _tried(wanted)
        elif not problems and not (problems := _saved(wanted)):
            flash(_("The orders are saved."), "ok")
            return redirect(
                url_for("routing_desk.agents", q=like or None, page=page if page > 1 else None), 303
            )
    body = render_template(
        "routing/agents.html",
        agents=found,
        columns=columns,
        typed=typed,
        problems={place: told(reason) for place, reason in problems.items()},
        versions={agent.person_id: version_of(agent) for agent in found},
        standings=arrangement_queries.standings(session()),
        standing_words=STANDINGS,
        shown=shown,
        rehearsal_day=rehearsing.day_asked(),
        clock=seconds_text,
        like=like,
        page=page,
        pages=-(-len(every) // AT_ONCE),
    )
    return body, 422 if problems else 200


@blueprint.route("/agents/new", methods=["GET", "POST"])
@needs(*DIRECTORS)
def agent_new() -> Answer:
    """Somebody else takes contacts."""
    return _edited(None)


@blueprint.route("/agents/<int:person_id>", methods=["GET", "POST"])
@needs(*DIRECTORS)
def agent(person_id: int) -> Answer:
    """One agent."""
    return _edited(row(Agent, person_id))


def _columns() -> list[tuple[str, str, str]]:
    """(family and key, name, family) of all that can be ordered."""
    return [
        *((f"queues_{key}", name, "queues") for key, name in queue_names().items()),
        *((f"skills_{key}", name, "skills") for key, name in skill_names().items()),
    ]


def _typed(found: Sequence[Agent], columns: Sequence[tuple[str, str, str]]) -> Cells:
    """What stands in the table: what was sent, else what is stored."""
    cells = {}
    for one in found:
        orders = {f"queues_{key}": value for key, value in one.queues.items()}
        orders |= {f"skills_{key}": value for key, value in one.skills.items()}
        for column, _name, _family in columns:
            kept = order_text(orders.get(column, 0))
            cells[one.person_id, column] = request.form.get(f"{column}-{one.person_id}", kept)[:8]
    return cells


def _wanted(
    found: Sequence[Agent], typed: Mapping[tuple[int, str], str]
) -> tuple[dict[Agent, Work], dict[tuple[int, str], str]]:
    """What those do whose row was changed, and what cannot be read."""
    wanted, problems = {}, {}
    for one in found:
        orders: dict[str, dict[str, int]] = {"queues": {}, "skills": {}}
        for (person_id, column), text in typed.items():
            if person_id != one.person_id:
                continue
            family, _sign, key = column.partition("_")
            try:
                if given := order(text):
                    orders[family][key] = given
            except Mistyped:
                problems[person_id, column] = N_("Choose an order from A to I.")
        if (orders["queues"], orders["skills"]) != (one.queues, one.skills):
            wanted[one] = replace(verbs.work_of(one), queues=orders["queues"], skills=orders["skills"])
    return wanted, problems


def _tried(wanted: Mapping[Agent, Work]) -> Shown:
    """The dry run with the orders that are typed."""
    orders = {one.person_id: (work.queues, work.skills) for one, work in wanted.items()}
    return rehearsing.try_out(Change(orders=orders), queue_names())


def _saved(wanted: Mapping[Agent, Work]) -> dict[tuple[int, str], str]:
    """Save the rows; what is wrong with them, by their place."""
    try:
        with session().begin_nested(), arranging():
            for one, work in wanted.items():
                _save_row(one, work)
    except _RowRefused as refused:
        return {(refused.person_id, name): reason for name, reason in refused.problems.items()}
    return {}


class _RowRefused(Exception):
    """A row cannot be saved; nothing of the table is."""

    def __init__(self, person_id: int, problems: Mapping[str, str]) -> None:
        super().__init__()
        self.person_id, self.problems = person_id, problems


def _save_row(one: Agent, work: Work) -> None:
    try:
        verbs.save(session(), one, work, by=viewer(), seen=request.form.get(f"seen-{one.person_id}", ""))
    except Invalid as error:
        raise _RowRefused(one.person_id, error.fields) from None
    except Conflict as error:
        raise _RowRefused(one.person_id, {"": error.sentence}) from None


def _edited(found: Agent | None) -> Answer:
    form = _form(found)
    if form.submitted():
        with form.problems(), arranging():
            work = Work(
                level=form.level.data,
                is_active=form.is_active.data,
                capacity={channel: form[f"capacity_{channel}"].data for channel in USUAL_CAPACITY},
                queues=found.queues if found else {},
                skills=found.skills if found else {},
            )
            person_id = 0 if found else form.person.data
            saved = verbs.save(
                session(),
                found,
                work,
                by=viewer(),
                person_id=person_id,
                seen=form.version.data if found else None,
            )
            session().refresh(saved, ["person"])
            flash(_("%(name)s is saved.", name=saved.person.name), "ok")
        if form.status == 200:
            return redirect(url_for("routing_desk.agents"), 303)
        form.renew(found)
    return render_template(
        "routing/agent.html", form=form, agent=found, capacities=USUAL_CAPACITY
    ), form.status


def _form(found: Agent | None) -> AgentForm:
    limits = [InputRequired(), NumberRange(0, MOST_AT_ONCE)]
    fields = {
        f"capacity_{channel}": IntegerField(
            CHANNELS[channel], limits, default=most, render_kw={"min": 0, "max": MOST_AT_ONCE}
        )
        for channel, most in USUAL_CAPACITY.items()
    }
    data: dict[str, object] = {}
    if found:
        data = {"level": found.level, "is_active": found.is_active, "version": version_of(found)}
        data |= {f"capacity_{channel}": found.capacity.get(channel, 0) for channel in USUAL_CAPACITY}
    form: AgentForm = type("AgentForm", (AgentForm,), fields)(data=data)
    form.level.choices = [(level, LEVEL_WORDS[level]) for level in LEVELS]
    if found:
        del form.person
    else:
        form.person.choices = [(one.id, one.name) for one in verbs.candidates(session())]
    return form

"""Workflows: who has to approve what, in the order in which they are tried."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import String, cast, select
from werkzeug.wrappers import Response

from authoring.approval import desk_queries
from authoring.approval import workflows as verbs
from authoring.approval.workflows import MOST_STEPS
from authoring.models import Workflow
from authoring.views import review_words
from authoring.views.blueprint import blueprint
from authoring.views.workflow_forms import BY_NAME, DEFAULTS, NOBODY, WorkflowForm, row_of, with_rows
from authoring.workflow import ROLES, Step
from kb import admin_queries
from kb.access import needs
from kb.concurrency import version_of
from kb.context import session, structure, viewer
from kb.errors import Invalid
from kb.languages import named
from kb.models import KINDS, Person, Role
from kb.templating import KIND_NAMES, ROLE_NAMES
from kb.views.admin.blueprint import Answer, reading_order, row
from kb.views.admin.confirmation import deletion
from kb.views.admin.topics import topic_choices


@blueprint.get("/workflows/")
@needs(Role.ADMIN)
def workflows() -> str:
    """All of them, the first that fits an article being taken."""
    found = verbs.every(session())
    steps = {one.id: [Step.from_json(step) for step in one.steps] for one in found}
    every = [step for some in steps.values() for step in some]
    people = desk_queries.people_names(session(), {one for step in every for one in step.people})
    groups = desk_queries.group_names(session(), [step.group for step in every])
    return render_template(
        "authoring/workflows.html",
        found=found,
        steps=steps,
        people=people,
        groups=groups,
        topics=dict(topic_choices()),
        audiences=dict(_audiences()),
        words=review_words,
        built_in=verbs.BUILT_IN,
    )


@blueprint.route("/workflows/new", methods=["GET", "POST"])
@needs(Role.ADMIN)
def workflow_new() -> Answer:
    """Another one; it is tried last."""
    return _edited(None)


@blueprint.route("/workflows/<int:workflow_id>", methods=["GET", "POST"])
@needs(Role.ADMIN)
def workflow(workflow_id: int) -> Answer:
    """One workflow."""
    return _edited(row(Workflow, workflow_id))


def _edited(found: Workflow | None) -> Answer:
    form = _form(found)
    if form.is_submitted() and "act" in request.form:
        form = _rearranged(form, request.form["act"])
    elif form.submitted() and _saved(form, found):
        flash(_("%(name)s is saved.", name=form.name.data), "ok")
        return redirect(url_for("authoring.workflows"), 303)
    page = render_template("authoring/workflow.html", form=form, workflow=found, most=MOST_STEPS)
    return page, form.status


def _saved(form: WorkflowForm, found: Workflow | None) -> bool:
    with form.problems():
        steps = form.steps()
        try:
            verbs.save(
                session(),
                found,
                name=form.name.data or "",
                steps=steps,
                kinds=form.kinds.data,
                topics=form.topics.data,
                audiences=form.audiences.data,
                publishes_first=form.publishes_first.data,
                is_active=form.is_active.data,
                by=viewer(),
                seen=form.version.data if found else None,
            )
        except Invalid as error:
            raise Invalid(form.of_rows(error.fields)) from None
        return True
    if form.status == 409:
        form.renew(found)
    return False


def _form(found: Workflow | None, rows: list[dict[str, Any]] | None = None) -> WorkflowForm:
    """The form as it was sent, or of what is stored.

    Args:
        rows: what stands in the rows of steps, where they were put in another order.
    """
    stored = [row_of(Step.from_json(step)) for step in found.steps] if found else [dict(DEFAULTS)]
    data: dict[str, Any] = {"is_active": True}
    if found is not None:
        names = ("name", "kinds", "audiences", "topics", "publishes_first", "is_active")
        data = {name: getattr(found, name) for name in names} | {"version": version_of(found)}
    shown = rows if rows is not None else stored
    count = len(shown) if rows is not None else request.form.get("rows", len(stored), type=int)
    count = min(max(count, 1), MOST_STEPS)
    for number, one in enumerate(shown):
        data |= {f"step{number}_{name}": value for name, value in one.items()}
    made = with_rows(count, _whom(), _people())
    form = made(data=data | {"rows": count})
    form.rows.data = str(count)
    _choices(form)
    return form


def _rearranged(form: WorkflowForm, act: str) -> WorkflowForm:
    """The form with its rows in another order, or with one more or less; nothing is saved."""
    rows = [form.row(number) for number in range(form.count())]
    what, _sign, place = act.partition(":")
    at = int(place) if place.isdecimal() else -1
    if what == "add" and len(rows) < MOST_STEPS:
        rows.append(dict(DEFAULTS))
    elif what == "up" and 0 < at < len(rows):
        rows[at - 1], rows[at] = rows[at], rows[at - 1]
    elif what == "down" and 0 <= at < len(rows) - 1:
        rows[at + 1], rows[at] = rows[at], rows[at + 1]
    elif what == "drop" and 0 <= at < len(rows) and len(rows) > 1:
        rows.pop(at)
    kept = {name: form[name].data for name in form.data if not name.startswith(("step", "csrf", "rows"))}
    data = kept | {
        f"step{number}_{name}": value for number, one in enumerate(rows) for name, value in one.items()
    }
    made = with_rows(len(rows), _whom(), _people())(formdata=None, data=data)
    made.rows.data = str(len(rows))
    _choices(made)
    return made


def _choices(form: WorkflowForm) -> None:
    form.kinds.choices = [(kind, KIND_NAMES[kind]) for kind in KINDS]
    form.audiences.choices = _audiences()
    form.topics.choices = topic_choices()


def _audiences() -> list[tuple[str, str]]:
    return [(key, named(names, reading_order(), key)) for key, names in structure().audiences.items()]


def _whom() -> list[tuple[str, str]]:
    roles = [(f"role:{role}", str(ROLE_NAMES[Role(role)])) for role in ROLES]
    groups = [
        (f"group:{group.key}", _("Group: %(name)s", name=group.name))
        for group in admin_queries.groups(session())
    ]
    return [
        (NOBODY, _("(nobody: leave this step out)")),
        *roles,
        *groups,
        (BY_NAME, _("The people named below")),
    ]


def _people() -> list[tuple[int, str]]:
    query = select(Person.id, Person.name).where(Person.is_active, cast(Person.roles, String) != "[]")
    return [
        (person_id, name) for person_id, name in session().execute(query.order_by(Person.name, Person.id))
    ]


@blueprint.post("/workflows/<int:workflow_id>/move")
@needs(Role.ADMIN)
def workflow_move(workflow_id: int) -> Response:
    """One place earlier or later."""
    verbs.move(session(), row(Workflow, workflow_id), up=request.form.get("to") == "up", by=viewer())
    return redirect(url_for("authoring.workflows"), 303)


@blueprint.route("/workflows/<int:workflow_id>/delete", methods=["GET", "POST"])
@needs(Role.ADMIN)
def workflow_delete(workflow_id: int) -> Answer:
    """Ask, then delete."""
    found = row(Workflow, workflow_id)
    return deletion(
        found.name,
        lambda: verbs.delete(session(), found, by=viewer()),
        loss=_(
            "Reviews that are on their way go on as they began. What it was for goes to the next one that fits."
        ),
        back=url_for("authoring.workflow", workflow_id=found.id),
        after=url_for("authoring.workflows"),
    )

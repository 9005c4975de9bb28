"""Absence: who decides for whom, and until when."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import String, cast, select
from werkzeug.wrappers import Response
from wtforms import DateField, SelectField
from wtforms.validators import InputRequired

from authoring.approval import delegations as verbs
from authoring.approval import desk_queries
from authoring.models import Delegation
from authoring.views.blueprint import DESK, blueprint
from kb.access import needs
from kb.context import now, session, viewer
from kb.errors import N_, Invalid
from kb.models import Person, Role
from kb.views.admin import moments
from kb.views.admin.blueprint import Answer, row
from kb.views.admin.forms import AdminForm


class DelegationForm(AdminForm):
    """Somebody is away."""

    person = SelectField(_l("Who is away"), coerce=int)
    to = SelectField(_l("Who decides instead"), coerce=int)
    from_day = DateField(_l("First day"), [InputRequired()])
    until_day = DateField(_l("Last day"), [InputRequired()])


@blueprint.route("/absence/", methods=["GET", "POST"])
@needs(*Role)
def delegations() -> Answer:
    """The absences that concern this person; supervisors arrange everybody's."""
    leads = viewer().has(Role.SUPERVISOR)
    staff = _staff()
    form = DelegationForm(data={"person": viewer().person_id})
    form.person.choices = [one for one in staff if leads or one[0] == viewer().person_id]
    form.to.choices = [(0, _("(choose somebody)")), *staff]
    if form.submitted() and _given(form):
        flash(_("It is arranged."), "ok")
        return redirect(url_for("authoring.delegations"), 303)
    found = verbs.lasting(session(), now(), None if leads else viewer().person_id)
    ids = {person for one in found for person in (one.person_id, one.to_id)}
    page = render_template(
        "authoring/delegations.html",
        form=form,
        found=found,
        leads=leads,
        works_here=viewer().has(*DESK),
        me=viewer().person_id,
        people=desk_queries.people_names(session(), ids),
        now=now(),
    )
    return page, form.status


def _given(form: DelegationForm) -> bool:
    with form.problems():
        if not form.to.data:
            raise Invalid({"to": N_("Choose somebody.")})
        try:
            verbs.give(
                session(),
                row(Person, form.person.data),
                row(Person, form.to.data),
                from_at=max(moments.beginning(form.from_day.data), now()),
                until_at=moments.end(form.until_day.data),
                by=viewer(),
                now=now(),
            )
        except Invalid as error:
            names = {"from_at": "from_day", "until_at": "until_day"}
            raise Invalid({names.get(name, name): reason for name, reason in error.fields.items()}) from None
        return True
    return False


def _staff() -> list[tuple[int, str]]:
    """Those who may be asked at all: id and name."""
    query = select(Person.id, Person.name).where(Person.is_active, cast(Person.roles, String) != "[]")
    return [
        (person_id, name) for person_id, name in session().execute(query.order_by(Person.name, Person.id))
    ]


@blueprint.post("/absence/<int:delegation_id>/end")
@needs(*Role)
def delegations_end(delegation_id: int) -> Response:
    """Back again."""
    verbs.end(session(), row(Delegation, delegation_id), by=viewer(), now=now())
    flash(_("It is over."), "ok")
    return redirect(url_for("authoring.delegations"), 303)

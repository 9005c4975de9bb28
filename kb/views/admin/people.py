"""People: who can log in, what they may do, a new password, an early end to a lock-out."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kb import admin_queries, admission
from kb import people as verbs
from kb.access import needs
from kb.context import now, services, session, viewer
from kb.languages import native_name
from kb.models import Group, Person, Role
from kb.templating import ROLE_NAMES
from kb.views.admin.blueprint import Answer, blueprint, languages_in_use, row
from kb.views.admin.forms import PersonForm, with_limits
from kb.views.admin.topics import topic_choices
from kb.views.admin.words import ROLES_EXPLAINED


@blueprint.get("/people/")
@needs(Role.ADMIN)
def people() -> str:
    """Everybody, by name, with a search and a filter by role."""
    text, role = request.args.get("q", "").strip()[:200], request.args.get("role", "")
    found = admin_queries.people(session(), text=text, role=role, page=request.args.get("page", 1, type=int))
    return render_template("kb/admin_people.html", found=found, q=text, role=role, now=now())


@blueprint.route("/people/new", methods=["GET", "POST"])
@needs(Role.ADMIN)
def person_new() -> Answer:
    """Somebody new; the first password is shown once."""
    form = _form(None)
    if form.submitted():
        with form.problems():
            person, password = admission.invite(
                session(),
                services().passwords,
                email=form.email.data,
                name=form.name.data,
                roles=form.roles.data,
                languages=form.languages.data,
                groups=_chosen_groups(form),
                zone=form.zone.data,
                by=viewer(),
                now=now(),
            )
            verbs.set_limits(session(), person, _chosen_limits(form), by=viewer())
            return render_template("kb/admin_password.html", person=person, password=password)
    return render_template("kb/admin_person.html", form=form, person=None, limited=verbs.LIMITED), form.status


@blueprint.route("/people/<int:person_id>", methods=["GET", "POST"])
@needs(Role.ADMIN)
def person(person_id: int) -> Answer:
    """One person."""
    found = row(Person, person_id)
    form = _form(found)
    if form.submitted():
        with form.problems():
            verbs.change(
                session(),
                found,
                email=form.email.data,
                name=form.name.data,
                roles=form.roles.data,
                languages=form.languages.data,
                groups=_chosen_groups(form),
                zone=form.zone.data,
                is_active=form.is_active.data,
                by=viewer(),
            )
            verbs.set_limits(session(), found, _chosen_limits(form), by=viewer())
            flash(_("%(name)s is saved.", name=found.name), "ok")
            return redirect(url_for("admin.people"), 303)
    return render_template(
        "kb/admin_person.html", form=form, person=found, now=now(), limited=verbs.LIMITED
    ), form.status


@blueprint.post("/people/<int:person_id>/password")
@needs(Role.ADMIN)
def person_password(person_id: int) -> str:
    """A new password, shown once."""
    found = row(Person, person_id)
    password = verbs.reset_password(services().passwords, found, by=viewer())
    return render_template("kb/admin_password.html", person=found, password=password)


@blueprint.post("/people/<int:person_id>/unlock")
@needs(Role.ADMIN)
def person_unlock(person_id: int) -> Response:
    """Let them try again."""
    found = row(Person, person_id)
    admission.unlock(found, by=viewer())
    flash(_("%(name)s can try again.", name=found.name), "ok")
    return redirect(url_for("admin.person", person_id=found.id), 303)


def _form(person: Person | None) -> PersonForm:
    stored = {} if person is None else _stored(person)
    form = with_limits(verbs.LIMITED)(data=stored)
    form.roles.choices = [(str(role), f"{ROLE_NAMES[role]}: {ROLES_EXPLAINED[role]}") for role in Role]
    form.groups.choices = [(group.id, group.name) for group in admin_queries.groups(session())]
    spoken = dict.fromkeys([*languages_in_use(), *stored.get("languages", [])])
    form.languages.choices = [(code, native_name(code)) for code in spoken]
    topics = topic_choices()
    for role in verbs.LIMITED:
        form[f"topics_{role}"].choices = topics
        form[f"languages_{role}"].choices = form.languages.choices
    return form


def _stored(person: Person) -> dict[str, Any]:
    return {
        "email": person.email,
        "name": person.name,
        "roles": person.roles,
        "groups": [group.id for group in person.groups],
        "languages": person.languages,
        "zone": person.zone,
        "is_active": person.is_active,
        **{f"topics_{limit.role}": limit.topics for limit in person.limits},
        **{f"languages_{limit.role}": limit.languages for limit in person.limits},
    }


def _chosen_limits(form: PersonForm) -> dict[str, tuple[list[str], list[str]]]:
    return {role: (form[f"topics_{role}"].data, form[f"languages_{role}"].data) for role in verbs.LIMITED}


def _chosen_groups(form: PersonForm) -> list[Group]:
    return [group for group in admin_queries.groups(session()) if group.id in form.groups.data]

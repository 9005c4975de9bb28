"""Groups and their members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from kb import admin_queries, people
from kb import groups as verbs
from kb.access import needs
from kb.context import session, viewer
from kb.errors import Invalid
from kb.models import Group, Person, Role
from kb.views.admin.blueprint import Answer, blueprint, row
from kb.views.admin.confirmation import deletion
from kb.views.admin.forms import GroupForm


@blueprint.get("/groups/")
@needs(Role.ADMIN)
def groups() -> str:
    """All groups, and the audiences made of them."""
    return render_template(
        "kb/admin_groups.html",
        groups=admin_queries.groups_with_members(session()),
        audiences=admin_queries.audiences(session()),
    )


@blueprint.route("/groups/new", methods=["GET", "POST"])
@needs(Role.ADMIN)
def group_new() -> Answer:
    """A new group."""
    return _form_page(None)


@blueprint.route("/groups/<int:group_id>", methods=["GET", "POST"])
@needs(Role.ADMIN)
def group(group_id: int) -> Answer:
    """One group and who is in it."""
    return _form_page(row(Group, group_id))


def _form_page(found: Group | None) -> Answer:
    held = sorted(found.members, key=lambda person: person.name) if found else []
    form = GroupForm(
        data={"key": found.key, "name": found.name, "members": [person.id for person in held]}
        if found
        else {}
    )
    form.members.choices = [(person.id, f"{person.name} ({person.email})") for person in held]
    if form.submitted():
        with form.problems():
            saved = people.save_group(
                session(),
                found,
                key=form.key.data,
                name=form.name.data,
                members=_members(form, held),
                by=viewer(),
            )
            flash(_("%(name)s is saved.", name=saved.name), "ok")
            return redirect(url_for("admin.group", group_id=saved.id), 303)
    return render_template("kb/admin_group.html", form=form, group=found), form.status


def _members(form: GroupForm, held: Sequence[Person]) -> list[Person]:
    """Those who stay and those who were added.

    Raises:
        Invalid: nobody has one of the addresses.
    """
    added: Mapping[str, Person] = admin_queries.people_by_email(session(), form.addresses())
    unknown = [address for address in form.addresses() if address.lower() not in added]
    if unknown:
        raise Invalid(
            {"new_members": _("Nobody here has the address %(addresses)s.", addresses=", ".join(unknown))}
        )
    staying = [person for person in held if person.id in form.members.data]
    return list(dict.fromkeys([*staying, *added.values()]))


@blueprint.route("/groups/<int:group_id>/delete", methods=["GET", "POST"])
@needs(Role.ADMIN)
def group_delete(group_id: int) -> Answer:
    """Ask, then delete."""
    found = row(Group, group_id)
    return deletion(
        found.name,
        lambda: verbs.delete(session(), found, by=viewer()),
        back=url_for("admin.group", group_id=found.id),
        after=url_for("admin.groups"),
        loss=_("Its members stay, but they can no longer read what is only for it."),
    )

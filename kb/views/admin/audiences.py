"""Audiences: who may read."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from kb import admin_queries
from kb import audiences as verbs
from kb.access import needs
from kb.concurrency import version_of
from kb.context import session, viewer
from kb.languages import named
from kb.models import Audience, Role
from kb.portals import LONGEST_NAME
from kb.views.admin.blueprint import Answer, blueprint, languages_in_use, reading_order, row
from kb.views.admin.confirmation import deletion
from kb.views.admin.forms import AudienceForm, per_language, short, spread
from kb.views.admin.words import KINDS_OF_THINGS


@blueprint.get("/audiences/")
@needs(Role.ADMIN)
def audiences() -> str:
    """All audiences: the built-in ones, then the named ones with their groups."""
    return render_template(
        "kb/admin_audiences.html", audiences=admin_queries.audiences(session()), languages=reading_order()
    )


@blueprint.route("/audiences/new", methods=["GET", "POST"])
@needs(Role.ADMIN)
def audience_new() -> Answer:
    """A new audience made of groups."""
    return _form_page(None)


@blueprint.route("/audiences/<int:audience_id>", methods=["GET", "POST"])
@needs(Role.ADMIN)
def audience(audience_id: int) -> Answer:
    """One audience."""
    return _form_page(row(Audience, audience_id))


def _form_page(found: Audience | None) -> Answer:
    form = _form(found)
    groups = admin_queries.groups(session())
    form.groups.choices = [(group.id, group.name) for group in groups]
    if form.submitted():
        with form.problems():
            saved = verbs.save(
                session(),
                found,
                key=form.new_key,
                names=form.texts("names"),
                groups=[group for group in groups if group.id in form.groups.data],
                by=viewer(),
                seen=form.version.data,
            )
            flash(_("%(name)s is saved.", name=named(saved.names, reading_order(), saved.key)), "ok")
            return redirect(url_for("admin.audiences"), 303)
        form.renew(found)
    uses = verbs.uses(session(), found) if found else {}
    return render_template(
        "kb/admin_audience.html",
        form=form,
        audience=found,
        uses=uses,
        things=KINDS_OF_THINGS,
        languages=reading_order(),
    ), form.status


def _form(found: Audience | None) -> AudienceForm:
    made = per_language(AudienceForm, languages_in_use(), names=short(LONGEST_NAME))
    if found is None:
        return made()
    stored = {"groups": [group.id for group in found.groups], "version": version_of(found)}
    form = made(data=stored | spread("names", found.names))
    form.keep_key()
    return form


@blueprint.route("/audiences/<int:audience_id>/delete", methods=["GET", "POST"])
@needs(Role.ADMIN)
def audience_delete(audience_id: int) -> Answer:
    """Ask, then delete."""
    found = row(Audience, audience_id)
    return deletion(
        named(found.names, reading_order(), found.key),
        lambda: verbs.delete(session(), found, by=viewer()),
        back=url_for("admin.audience", audience_id=found.id),
        after=url_for("admin.audiences"),
        loss=_("Only an audience that no article, portal, folder or key refers to can be deleted."),
    )

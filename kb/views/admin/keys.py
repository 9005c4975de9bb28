"""Keys of machines: issued once, shown once, revoked for ever."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kb import admin_queries, people
from kb.access import needs
from kb.context import now, session, structure, viewer
from kb.languages import named
from kb.models import ApiKey, Role
from kb.people import SCOPES
from kb.views.admin.blueprint import Answer, blueprint, reading_order, row
from kb.views.admin.forms import KeyForm
from kb.views.admin.moments import end
from kb.views.admin.words import SCOPES as SCOPE_WORDS


@blueprint.get("/keys/")
@needs(Role.ADMIN)
def keys() -> str:
    """All keys, the newest first; those that were revoked stay for the record."""
    return render_template("kb/admin_keys.html", keys=admin_queries.api_keys(session()), now=now())


@blueprint.route("/keys/new", methods=["GET", "POST"])
@needs(Role.ADMIN)
def key_new() -> Answer:
    """A new key; this page is the only one that ever shows it."""
    form = KeyForm()
    form.scopes.choices = [(scope, f"{scope}: {SCOPE_WORDS[scope]}") for scope in SCOPES]
    form.audiences.choices = [
        (key, named(names, reading_order(), key)) for key, names in structure().audiences.items()
    ]
    if form.submitted():
        with form.problems():
            key, shown = people.issue_key(
                session(),
                name=form.name.data,
                scopes=form.scopes.data,
                audiences=form.audiences.data,
                expires_at=end(form.expires_on.data) if form.expires_on.data else None,
                by=viewer(),
                now=now(),
            )
            return render_template("kb/admin_key_issued.html", key=key, shown=shown)
    return render_template("kb/admin_key.html", form=form), form.status


@blueprint.post("/keys/<int:key_id>/revoke")
@needs(Role.ADMIN)
def key_revoke(key_id: int) -> Response:
    """It stops working at once."""
    found = row(ApiKey, key_id)
    people.revoke_key(session(), found, by=viewer(), now=now())
    flash(_("The key “%(name)s” is revoked.", name=found.name), "ok")
    return redirect(url_for("admin.keys"), 303)

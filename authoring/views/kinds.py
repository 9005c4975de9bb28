"""What holds for each kind of article: lifetimes, templates, the content standard."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from authoring.lifetimes import kinds as verbs
from authoring.lifetimes.kind_forms import kind_form
from authoring.views.blueprint import blueprint
from kb.access import needs
from kb.concurrency import version_of
from kb.context import session, viewer
from kb.errors import N_, NotFound
from kb.models import KINDS, Role
from kb.templating import KIND_NAMES
from kb.views.admin.blueprint import Answer, languages_in_use, reading_order


@blueprint.get("/kinds/")
@needs(Role.SUPERVISOR)
def kinds() -> str:
    """All kinds with what holds for them."""
    return render_template("authoring/kinds.html", rules=verbs.rules(session()), languages=reading_order())


@blueprint.route("/kinds/<kind>", methods=["GET", "POST"])
@needs(Role.SUPERVISOR)
def kind(kind: str) -> Answer:
    """One kind."""
    _known(kind)
    stored = verbs.stored_rule(session(), kind)
    version = version_of(stored) if stored else ""
    form = kind_form(languages_in_use(), verbs.rule_of(session(), kind), request.form, version)
    if form.submitted():
        with form.problems():
            verbs.save_rule(session(), kind, form.rule(), by=viewer(), seen=form.version.data)
            flash(_("%(name)s is saved.", name=KIND_NAMES[kind]), "ok")
            return redirect(url_for("authoring.kinds"), 303)
        form.version.data = version
    return render_template(
        "authoring/kind.html", form=form, kind=kind, is_stored=stored is not None, most=verbs.MOST_POINTS
    ), form.status


@blueprint.post("/kinds/<kind>/reset")
@needs(Role.SUPERVISOR)
def kind_reset(kind: str) -> Response:
    """Back to what comes built in."""
    _known(kind)
    verbs.reset_rule(session(), kind, by=viewer())
    flash(_("%(name)s is as it comes built in.", name=KIND_NAMES[kind]), "ok")
    return redirect(url_for("authoring.kinds"), 303)


def _known(kind: str) -> None:
    if kind not in KINDS:
        raise NotFound(N_("There is no such kind of article."))

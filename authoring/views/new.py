"""A new article: what it is and where it belongs; its text is written on the editing page."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from authoring.views.alike import Alike, alike
from authoring.views.blueprint import blueprint
from authoring.views.edit_form import audience_choices, open_topics, today
from authoring.writing.beginnings import begin
from authoring.writing.edit_forms import NewForm
from kb import context
from kb.access import needs
from kb.context import now, session, structure, viewer
from kb.languages import native_name, negotiate
from kb.models import KINDS, Role
from kb.permissions import WRITE_ARTICLES
from kb.templating import KIND_NAMES
from kb.viewers import PUBLIC, Ground
from kb.views.admin.blueprint import Answer, languages_in_use


@blueprint.route("/new", methods=["GET", "POST"])
@needs(Role.AUTHOR, Role.SPECIALIST, Role.SUPERVISOR)
def new() -> Answer:
    """Ask what it is; say what exists already; go on to the text."""
    form = _form()
    found: list[Alike] = []
    if form.submitted():
        title = " ".join((form.title.data or "").split())
        found = [] if form.sure.data else alike(title, form.language.data)
        if not found:
            with form.problems(), session().begin_nested():
                made = begin(
                    session(),
                    title=title,
                    kind=form.kind.data,
                    language=form.language.data,
                    audience=form.audience.data,
                    topics=[form.topic.data] if form.topic.data else [],
                    by=viewer(),
                    now=now(),
                    since=today(),
                )
                translation = made.translation
                address = url_for(
                    "authoring.edit", article_id=translation.article_id, language=translation.language
                )
                return redirect(address, 303)
        form.sure.data = "1"
    return render_template("authoring/new.html", form=form, similar=found), form.status


def _form() -> NewForm:
    wished = {
        name: value for name in ("title", "kind", "topic", "audience") if (value := request.args.get(name))
    }
    languages = _languages()
    wanted = [request.args.get("language", ""), *viewer().languages, context.language()]
    own = negotiate(wanted, languages, languages[0])
    form = NewForm(data={"kind": KINDS[0], "audience": PUBLIC, "language": own, "topic": ""} | wished)
    form.kind.choices = [(kind, KIND_NAMES[kind]) for kind in KINDS]
    form.language.choices = [(code, native_name(code)) for code in languages]
    form.topic.choices = [("", _("(none)")), *open_topics(form.language.data or own)]
    form.audience.choices = audience_choices()
    return form


def _languages() -> list[str]:
    """Those in use in which this person may write."""
    anywhere = frozenset(structure().topics_by_id)
    in_use = languages_in_use()
    own = [code for code in in_use if viewer().may(WRITE_ARTICLES, Ground(anywhere, code))]
    return own or list(in_use)

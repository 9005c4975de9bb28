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
from kb.articles import LONGEST_NOTE
from kb.context import now, session, structure, viewer
from kb.languages import native_name, negotiate
from kb.models import KINDS, Role
from kb.permissions import WRITE_ARTICLES
from kb.templating import KIND_NAMES
from kb.viewers import PUBLIC, Ground
from kb.views.admin.blueprint import Answer, languages_in_use
from search.learning import decisions

MOST_WORDINGS = 5


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
                gap = _gap()
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
                    note=_wordings(gap),
                )
                _note_gap(gap, made.translation.article_id)
                translation = made.translation
                address = url_for(
                    "authoring.edit", article_id=translation.article_id, language=translation.language
                )
                return redirect(address, 303)
        form.sure.data = "1"
    return render_template("authoring/new.html", form=form, similar=found), form.status


def _gap() -> list[int]:
    """The questions that the article shall answer, where it is begun from the list of those without an answer."""
    return [int(part) for part in request.args.get("gap", "").split(",") if part.isdecimal()]


def _wordings(gap: list[int]) -> str:
    """What readers asked, for whoever writes the answer."""
    portals = decisions.portals_open_to(viewer(), structure())
    asked = decisions.wordings(session(), gap, portals=portals, most=MOST_WORDINGS) if gap else ()
    note = _("Readers asked: %(questions)s", questions=" · ".join(asked)) if asked else ""
    return note if len(note) <= LONGEST_NOTE else note[: LONGEST_NOTE - 1] + "…"


def _note_gap(gap: list[int], article_id: int) -> None:
    if gap:
        portals = decisions.portals_open_to(viewer(), structure())
        decisions.drafted(session(), gap, article_id, portals=portals, by=viewer(), now=now())


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

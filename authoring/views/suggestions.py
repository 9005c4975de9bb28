"""Suggestions: made beside an article, listed, taken up, declined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import flash, redirect, render_template, request, url_for
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from werkzeug.wrappers import Response

from authoring.models import Suggestion
from authoring.views.blueprint import DESK, blueprint
from authoring.views.forms import AnswerForm, SuggestionForm
from authoring.views.laying_out import lay_out
from authoring.views.ways import back
from authoring.writing import suggestion_queries as lists
from authoring.writing import suggestions as verbs
from kb import queries
from kb.access import needs
from kb.context import now, session, viewer
from kb.errors import N_, NotAllowed, NotFound
from kb.languages import native_name
from kb.limits import FEEDBACK, limiter
from kb.models import Article, Revision, Role
from kb.views.admin.blueprint import Answer, languages_in_use, row

STAFF = tuple(Role)
BOXES: Mapping[str, LazyString] = {"to_me": _l("To me"), "mine": _l("Mine"), "all": _l("All")}
STATES: Mapping[str, LazyString] = {
    "open": _l("Open"),
    "taken": _l("Taken up"),
    "declined": _l("Declined"),
}


def waiting() -> int:
    """How many open suggestions the viewer has to answer, for the side navigation."""
    return lists.waiting_for(session(), viewer()) if viewer().has(*DESK) else 0


@blueprint.app_template_global("suggestions_beside")
def suggestions_beside(article: Article, language: str) -> Sequence[lists.Row]:
    """For the editing page: what people suggest for the text that is written there."""
    return lists.beside(session(), viewer(), article.id, language)


@blueprint.get("/suggestions/")
@needs(*STAFF)
def suggestions() -> str:
    """The suggestions to the viewer, by the viewer, or all."""
    boxes = [box for box in BOXES if box == "mine" or viewer().has(*DESK)]
    asked = {
        name: value for name in ("state", "language", "q") if (value := request.args.get(name, "").strip())
    }
    box = request.args.get("box", boxes[0])
    filters = lists.Filters(
        box=box if box in boxes else boxes[0],
        state=asked.get("state", "") if asked.get("state") in STATES else "",
        language=asked.get("language", ""),
        text=asked.get("q", "")[:200],
    )
    return render_template(
        "authoring/suggestions.html",
        found=lists.suggestions(session(), viewer(), filters, request.args.get("page", 1, type=int)),
        boxes={name: BOXES[name] for name in boxes},
        box=filters.box,
        asked=asked,
        states=STATES,
        in_use=[(code, native_name(code)) for code in languages_in_use()],
    )


@blueprint.route("/articles/<int:article_id>/<language>/suggest", methods=["GET", "POST"])
@needs(*STAFF)
@limiter.limit(FEEDBACK, methods=["POST"])
def suggestions_new(article_id: int, language: str) -> Answer:
    """Suggest an improvement of what the viewer reads."""
    revision = _read(article_id, language)
    article = revision.translation.article
    form = SuggestionForm(data={"next": request.args.get("next", "")})
    if form.submitted():
        with form.problems():
            made = verbs.suggest(session(), article, revision, form.body.data or "", by=viewer(), now=now())
            flash(_("Thank you, your suggestion is on its way."), "ok")
            return redirect(back(verbs.path_of(made.id)), 303)
    page = render_template(
        "authoring/suggest.html", revision=revision, own=language, form=form, back=back(url_for("admin.home"))
    )
    return page, form.status


def _read(article_id: int, language: str) -> Revision:
    """What the viewer reads of an article; what they may not read they cannot talk about."""
    key = session().scalar(select(Article.key).where(Article.id == article_id)) or ""
    for revision in queries.article_by_key(session(), viewer(), now(), key):
        if revision.translation.language == language:
            return revision
    raise NotFound(N_("There is no such article here."))


@blueprint.get("/suggestions/<int:suggestion_id>")
@needs(*STAFF)
def suggestions_one(suggestion_id: int) -> Answer:
    """One suggestion and what became of it."""
    return _page(_visible(suggestion_id), AnswerForm(formdata=None))


def _visible(suggestion_id: int) -> Suggestion:
    found = row(Suggestion, suggestion_id)
    if found.person_id != viewer().person_id and not viewer().has(*DESK):
        raise NotAllowed(N_("Your roles do not allow this."))
    return found


def _page(found: Suggestion, form: AnswerForm) -> Answer:
    article = row(Article, found.article_id)
    page = render_template(
        "authoring/suggestion.html",
        one=lists.rows(session(), [found])[0],
        article=article,
        form=form,
        states=STATES,
        may_answer=found.state == verbs.OPEN and verbs.may_answer(viewer(), article, found.language),
        at_desk=viewer().has(*DESK),
    )
    return page, form.status


@blueprint.post("/suggestions/<int:suggestion_id>/take")
@needs(*DESK)
def suggestions_take(suggestion_id: int) -> Response:
    """Take it up, and write."""
    found = row(Suggestion, suggestion_id)
    verbs.take(session(), found, by=viewer(), now=now())
    lay_out(found.article_id, found.language, found.body)
    flash(_("The suggestion is yours now; it stands beside the text."), "ok")
    return redirect(url_for("authoring.edit", article_id=found.article_id, language=found.language), 303)


@blueprint.post("/suggestions/<int:suggestion_id>/decline")
@needs(*DESK)
def suggestions_decline(suggestion_id: int) -> Answer:
    """Say why not."""
    found = row(Suggestion, suggestion_id)
    form = AnswerForm()
    if form.submitted():
        with form.problems():
            verbs.decline(session(), found, form.answer.data or "", by=viewer(), now=now())
            flash(_("The suggestion is declined; whoever made it reads why."), "ok")
            return redirect(url_for("authoring.suggestions"), 303)
    return _page(found, form)

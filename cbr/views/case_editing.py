"""Writing cases: a new one, one from a run that helped, and changes of one that there is."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from cbr import cases, queries
from cbr.case_type import CaseType
from cbr.contents import Content
from cbr.guided import retaining, runs
from cbr.guided.pages import players
from cbr.models import Case, CaseState
from cbr.views.blueprint import READERS, blueprint
from cbr.views.case_forms import CaseForm, typed, with_facts
from cbr.views.case_showing import case_type, rights
from cbr.views.case_words import case_types, name_of, type_name
from kb import context
from kb.access import needs
from kb.concurrency import version_of
from kb.context import now, session, viewer
from kb.errors import N_, Conflict, NotAllowed
from kb.views.admin.blueprint import Answer

Save = Callable[[CaseForm], Case]


@blueprint.route("/new", methods=["GET", "POST"])
@needs(*READERS)
def case_new() -> Answer:
    """A new case of a type; with `?run=` one that is made of guided help that helped."""
    if "run" in request.args:
        return _of_run(request.args["run"])
    types = case_types()
    key = request.args.get("type", "") or (next(iter(types)) if len(types) == 1 else "")
    if not key:
        names = {key: type_name(of) for key, of in types.items()}
        return render_template("cbr/case_choose.html", types=names)
    of, row = case_type(key), queries.case_type(session(), viewer(), key)
    form = _form(of, Content({}, language=context.language()), row.audience)

    def save(form: CaseForm) -> Case:
        return cases.record(
            session(), row, form.content(), by=viewer(), now=now(), audience=form.audience.data or ""
        )

    return _page(of, form, save, _("New case"))


def _of_run(run_id: str) -> Answer:
    """The form is filled with what the run knows and what was tried."""
    run = runs.find(session(), run_id, by=viewer(), now=now(), change=request.method == "POST")
    if not retaining.may_keep(run, viewer()):
        raise Conflict(N_("Only guided help by cases that helped can become a case."))
    play = players().play(session(), viewer(), now(), run)
    row, of = queries.case_type(session(), viewer(), run.subject), case_type(run.subject)
    tried = retaining.proposed(session(), viewer(), now(), run, play.language)
    content = retaining.content_of(run, play, tried)
    form = _form(of, content, tried.audience if tried else row.audience)

    def save(form: CaseForm) -> Case:
        return retaining.keep(
            session(),
            run,
            play,
            form.content(content.links),
            by=viewer(),
            now=now(),
            audience=form.audience.data or "",
        )

    return _page(of, form, save, _("Keep as a case"), run=run)


@blueprint.route("/<type_key>/<key>/edit", methods=["GET", "POST"])
@needs(*READERS)
def case_edit(type_key: str, key: str) -> Answer:
    """Say it better; somebody else confirms it anew."""
    found = queries.case(session(), viewer(), now(), type_key, key)
    if not rights(found).change:
        raise NotAllowed(N_("Your roles do not allow this."))
    of = case_type(type_key)
    links = tuple(sorted(link.key for link in found.links))
    held = Content(
        found.facts, found.problem, found.title, found.solution, found.article, found.language, links
    )
    form = _form(of, held, found.audience, found)

    def save(form: CaseForm) -> Case:
        kept = _links_kept(links, held, form.content())
        return cases.change(
            session(),
            found,
            form.content(kept),
            by=viewer(),
            now=now(),
            audience=form.audience.data or "",
            seen=form.version.data or None,
        )

    return _page(of, form, save, name_of(found, of), case=found)


def _links_kept(links: tuple[str, ...], before: Content, after: Content) -> list[str]:
    """The links that came neither from the article nor from the solution as they were."""
    own = {before.article, *Content({}, solution=before.solution).all_links}
    return [key for key in links if key not in own or key in after.all_links]


def _form(of: CaseType, content: Content, audience: str, case: Case | None = None) -> CaseForm:
    data = {
        "problem": content.problem,
        "title": content.title,
        "solution": content.solution,
        "article": content.article,
        "language": content.language,
        "audience": audience,
        "version": version_of(case) if case else "",
    }
    form = with_facts(CaseForm, of, content.facts)(data=data | typed(of, content.facts))
    form.offer(content.language)
    return form


def _page(
    of: CaseType,
    form: CaseForm,
    save: Save,
    title: str,
    *,
    case: Case | None = None,
    run: object = None,
) -> Answer:
    if form.submitted():
        with form.problems():
            return _saved(of, save(form), case)
        form.renew(case)
    page = render_template(
        "cbr/case_edit.html",
        form=form,
        of=of,
        type_name=type_name(of),
        title=title,
        case=case,
        run=run,
        counting=form.fact_fields(of, counting=True),
        others=form.fact_fields(of, counting=False),
    )
    return page, form.status


def _saved(of: CaseType, saved: Case, before: Case | None) -> Response:
    if before is not None:
        flash(_("The case is saved; somebody else confirms it."), "ok")
    elif saved.count > 1:
        flash(
            ngettext(
                "This was known already: that case stands for %(num)s contact now.",
                "This was known already: that case stands for %(num)s contacts now.",
                saved.count,
            ),
            "ok",
        )
    elif saved.state == CaseState.OPEN:
        flash(_("The case is kept. As soon as it has a solution, somebody can confirm it."), "ok")
    else:
        flash(_("The case is kept; somebody else confirms it."), "ok")
    return redirect(url_for("case_desk.case", type_key=of.key, key=saved.key), 303)

"""One case: what it says, where it came from, what is like it; confirm it, send it back, retire it, bring it back."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from cbr import cases, queries
from cbr.cases import MAY_CONFIRM
from cbr.models import Case
from cbr.views.blueprint import MEASURERS, READERS, blueprint
from cbr.views.case_forms import DecisionForm
from cbr.views.case_showing import alike, case_type, same_solution, shown_case
from cbr.views.case_words import SOURCE_NAMES, STATE_NAMES
from kb.access import needs
from kb.concurrency import version_of
from kb.context import now, session, viewer
from kb.errors import N_, NotFound
from kb.views.admin.audit import values
from kb.views.admin.blueprint import Answer

VERBS = ("confirm", "send_back", "retire", "reopen")


@blueprint.get("/<type_key>/<key>")
@needs(*READERS)
def case(type_key: str, key: str) -> Answer:
    """One case."""
    found = queries.case(session(), viewer(), now(), type_key, key)
    return _page(found, type_key, DecisionForm(formdata=None, data={"version": version_of(found)}))


def _page(found: Case, type_key: str, form: DecisionForm, verb: str = "") -> Answer:
    of = case_type(type_key)
    same, more = same_solution(found, of)
    page = render_template(
        "cbr/case.html",
        shown=shown_case(found, of),
        same=same,
        same_count=more,
        alike=alike(found, of),
        people=queries.people(session(), [found]),
        history=queries.history(session(), found),
        values=values if viewer().has(*MAY_CONFIRM) else None,
        state_names=STATE_NAMES,
        source_names=SOURCE_NAMES,
        form=form,
        verb=verb,
    )
    return page, form.status


@blueprint.post("/<type_key>/<key>/<verb>")
@needs(*MEASURERS)
def case_decide(type_key: str, key: str, verb: str) -> Answer:
    """Say what becomes of it; in the queue (`?queue=`) the next one opens by itself."""
    if verb not in VERBS:
        raise NotFound(N_("A case can be confirmed, sent back, retired or reopened."))
    found = queries.case(session(), viewer(), now(), type_key, key)
    form = DecisionForm()
    if form.submitted():
        with form.problems():
            decide(found, verb, form)
            if "queue" in request.args:
                only = request.args["queue"]
                return redirect(
                    url_for("case_desk.case_review", type=only or None, after=found.id, done=verb, last=key),
                    303,
                )
            flash(said(verb), "ok")
            return redirect(url_for("case_desk.case", type_key=type_key, key=key), 303)
    form.renew(found)
    return _page(found, type_key, form, verb)


def decide(found: Case, verb: str, form: DecisionForm) -> None:
    """Do it."""
    seen = form.version.data or None
    if verb == "confirm":
        cases.confirm(session(), found, by=viewer(), now=now(), seen=seen)
    elif verb == "reopen":
        cases.reopen(session(), found, by=viewer(), now=now(), seen=seen)
    else:
        deed = cases.retire if verb == "retire" else cases.send_back
        deed(session(), found, form.reason.data or "", by=viewer(), now=now(), seen=seen)


def said(verb: str) -> str:
    """What was done, in words."""
    words: dict[str, str] = {
        "confirm": _("The case is confirmed."),
        "send_back": _("The case went back to whoever wrote it."),
        "retire": _("The case is retired: it is shown to nobody any more."),
        "reopen": _("The case waits for a confirmation again."),
    }
    return words[verb]

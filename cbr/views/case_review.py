"""The queue of cases that wait for a confirmation: one after the other, the oldest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from cbr import cases, queries
from cbr.cases import LONGEST_NOTE
from cbr.views.blueprint import MEASURERS, blueprint
from cbr.views.case_forms import DecisionForm
from cbr.views.case_page import VERBS, said
from cbr.views.case_showing import alike, case_type, same_solution, shown_case
from cbr.views.case_words import SOURCE_NAMES, STATE_NAMES, case_types, type_name
from kb.access import needs
from kb.concurrency import version_of
from kb.context import now, session, viewer
from kb.errors import Invalid
from kb.http import LARGEST_ID, told

MOST_TOLD = 5
"""So many cases that were left are named."""


@blueprint.get("/review")
@needs(*MEASURERS)
def case_review() -> str:
    """The case that has waited longest, of those that this person can confirm; with `?after=` the one after it."""
    types = case_types()
    only = request.args.get("type", "")
    only = only if only in types else ""
    after = request.args.get("after", 0, type=int)
    waiting = queries.waiting(session(), viewer(), now(), only, after=after if 0 < after <= LARGEST_ID else 0)
    done = request.args.get("done", "")
    last = request.args.get("last", "")
    shared = {
        "only": only,
        "types": {key: type_name(of) for key, of in types.items()},
        "count": waiting.total,
        "done": said(done) if done in VERBS and last else "",
    }
    if waiting.case is None:
        return render_template("cbr/case_review.html", shown=None, **shared)
    of = case_type(waiting.type_key)
    same, more = same_solution(waiting.case, of)
    return render_template(
        "cbr/case_review.html",
        shown=shown_case(waiting.case, of),
        same=same,
        same_count=more,
        alike=alike(waiting.case, of),
        people=queries.people(session(), [waiting.case]),
        state_names=STATE_NAMES,
        source_names=SOURCE_NAMES,
        form=DecisionForm(formdata=None, data={"version": version_of(waiting.case)}),
        **shared,
    )


@blueprint.post("/review/several")
@needs(*MEASURERS)
def case_decide_several() -> Response:
    """Decide the same of all cases that were ticked in the list; what changed since it was shown stays as it is."""
    picked = dict(_picked(request.form.getlist("pick")))
    reason, verb = request.form.get("reason", ""), request.form.get("verb", "")
    back: dict[str, Any] = {name: value for name in ("type", "page") if (value := request.form.get(name, ""))}
    try:
        decided = cases.decide_several(session(), picked, verb, reason, by=viewer(), now=now())
    except Invalid as refused:
        for sentence in refused.fields.values():
            flash(told(sentence), "bad")
        kept: dict[str, Any] = {"reason": reason[:LONGEST_NOTE], "pick": list(picked)}
        return redirect(url_for("case_desk.cases", state="solved", **back, **kept), 303)
    if decided.done:
        flash(_several_said(verb, len(decided.done)), "ok")
    elif not picked:
        flash(_("Tick the cases that you mean."), "warn")
    for key, sentence in list(decided.left.items())[:MOST_TOLD]:
        flash(_("Left as it is: %(key)s. %(why)s", key=key, why=told(sentence)), "warn")
    if len(decided.left) > MOST_TOLD:
        more = len(decided.left) - MOST_TOLD
        flash(
            ngettext("%(num)s more was left as it is.", "%(num)s more were left as they are.", more), "warn"
        )
    return redirect(url_for("case_desk.cases", state="solved", **back), 303)


def _picked(sent: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Id and version of each, as the boxes hold them; what is none is passed over."""
    for one in sent:
        id_, _mark, version = one.partition(":")
        if id_.isascii() and id_.isdigit() and int(id_) <= LARGEST_ID:
            yield int(id_), version


def _several_said(verb: str, number: int) -> str:
    words: dict[str, str] = {
        "confirm": ngettext("%(num)s case is confirmed.", "%(num)s cases are confirmed.", number),
        "send_back": ngettext(
            "%(num)s case went back to whoever wrote it.",
            "%(num)s cases went back to those who wrote them.",
            number,
        ),
        "retire": ngettext("%(num)s case is retired.", "%(num)s cases are retired.", number),
    }
    return words[verb]

"""The queue of cases that wait for a confirmation: one after the other, the oldest first."""

from __future__ import annotations

from flask import render_template, request

from cbr import queries
from cbr.views.blueprint import MEASURERS, blueprint
from cbr.views.case_forms import DecisionForm
from cbr.views.case_page import VERBS, said
from cbr.views.case_showing import alike, case_type, same_solution, shown_case
from cbr.views.case_words import SOURCE_NAMES, STATE_NAMES, case_types, type_name
from kb.access import needs
from kb.concurrency import version_of
from kb.context import now, session, viewer
from kb.http import LARGEST_ID


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

"""Cases that say the same: what would go and what would stay, before they become one."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from cbr import duplicates, queries
from cbr.views.blueprint import MEASURERS, blueprint
from cbr.views.case_showing import case_type
from cbr.views.case_words import STATE_NAMES, case_types, name_of, solution_of, type_name
from kb.access import needs
from kb.context import now, session, viewer

MOST_SHOWN = 50


@blueprint.get("/duplicates")
@needs(*MEASURERS)
def case_duplicates() -> str:
    """Of each group of cases that say the same, the one that stays and those that go."""
    types = case_types()
    key = request.args.get("type", "")
    key = key if key in types else next(iter(types), "")
    found = []
    if key:
        found = duplicates.find(session(), queries.case_type(session(), viewer(), key), by=viewer())
    return render_template(
        "cbr/case_duplicates.html",
        groups=[
            (same, name_of(same.kept, types[key]), solution_of(same.kept, {})) for same in found[:MOST_SHOWN]
        ],
        total=len(found),
        going=sum(len(same.others) for same in found),
        only=key,
        types={one: type_name(of) for one, of in types.items()},
        state_names=STATE_NAMES,
    )


@blueprint.post("/duplicates")
@needs(*MEASURERS)
def case_merge() -> Response:
    """Make one of each group that was ticked; what changed since it was shown stays as it is."""
    of = case_type(request.form.get("type", ""))
    wanted = set(request.form.getlist("same"))
    row = queries.case_type(session(), viewer(), of.key)
    gone = duplicates.merge(session(), row, wanted, by=viewer(), now=now())
    if gone:
        flash(ngettext("%(num)s case went into another one.", "%(num)s cases went into others.", gone), "ok")
    elif wanted:
        flash(_("These cases changed meanwhile. Look again."), "warn")
    else:
        flash(_("Tick what is to become one case."), "warn")
    return redirect(url_for("case_desk.case_duplicates", type=of.key), 303)

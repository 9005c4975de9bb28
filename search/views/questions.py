"""The gap report: what readers asked and found no good answer to, and what is done about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from werkzeug.wrappers import Response

from kb.access import needs
from kb.context import now, session, structure, viewer
from kb.languages import is_language
from kb.views.admin.blueprint import languages_in_use, reading_order
from search.learning import decisions, gaps
from search.learning.decisions import portals_open_to
from search.learning.figures import figures
from search.learning.meanings import Encoder, Group
from search.learning.misses import Scope
from search.learning.wiring import learning
from search.meaning.encoder import EncoderFailed
from search.views.blueprint import LEARNERS, blueprint

PERIODS = (7, 30, 90)
USUAL_PERIOD = 30
DECIDED = "decided"
LISTS = {
    "unanswered": _l("Nothing found"),
    "unopened": _l("Nothing opened"),
    "reworded": _l("Asked again"),
    DECIDED: _l("Decided"),
}
NOTES = {
    "unanswered": _l("No article has the words of these questions."),
    "unopened": _l("There were answers, and none of them was opened."),
    "reworded": _l("Within two minutes the same was asked again in other words."),
    DECIDED: _l("What was done about questions, and what became of them since."),
}
MOST_GROUPS = 50
OFTEN = 2
"""What was asked only once may tell of one person: it is listed only where somebody asks for it."""


@blueprint.get("/questions")
@needs(*LEARNERS)
def questions() -> str:
    """How questions fared, and those that missed, grouped by meaning."""
    asked = _wishes()
    scope = _scope(asked)
    shown = asked["list"]
    return render_template(
        "search/questions.html",
        asked=asked,
        figures=figures(session(), scope, learning().sums),
        groups=[] if shown == DECIDED else _groups(scope, shown, once=asked["once"] == "1"),
        decided=gaps.decided(session(), scope) if shown == DECIDED else [],
        lists=LISTS,
        note=NOTES[shown],
        portals=_portal_names(),
        languages=languages_in_use(),
        periods=PERIODS,
        often=OFTEN,
    )


@blueprint.post("/questions/set-aside")
@needs(*LEARNERS)
def questions_set_aside() -> Response:
    """No article shall answer these."""
    ids = request.form.getlist("question", type=int)
    done = decisions.set_aside(session(), ids, portals=_open(), by=viewer(), now=now())
    if done:
        flash(_("Set aside. It stands under “Decided” and can be shown again."), "ok")
    else:
        flash(_("These questions are not kept any more."), "info")
    return _back()


@blueprint.post("/questions/show-again")
@needs(*LEARNERS)
def questions_show_again() -> Response:
    """Take a decision back."""
    ids = request.form.getlist("decision", type=int)
    gone = decisions.show_again(session(), ids, portals=_open(), by=viewer())
    flash(
        ngettext("%(num)s question is listed again.", "%(num)s questions are listed again.", len(gone)), "ok"
    )
    return _back()


def _back() -> Response:
    return redirect(url_for("search_desk.questions", **_wishes()), 303)


def _wishes() -> dict[str, Any]:
    """What the address asks for, as far as it makes sense."""
    wanted, language = request.args.get("list", ""), request.args.get("language", "")
    days = request.args.get("days", USUAL_PERIOD, type=int)
    return {
        "list": wanted if wanted in LISTS else next(iter(LISTS)),
        "portal": portal if (portal := request.args.get("portal", "")) in _open() else "",
        "language": language if is_language(language) else "",
        "days": days if days in PERIODS else USUAL_PERIOD,
        "once": "1" if request.args.get("once") == "1" else "",
    }


def _scope(asked: dict[str, Any]) -> Scope:
    portals = frozenset([asked["portal"]]) if asked["portal"] else _open()
    return Scope(portals, asked["language"], asked["days"], now())


def _open() -> frozenset[str]:
    return portals_open_to(viewer(), structure())


def _portal_names() -> dict[str, str]:
    own = reading_order()[0]
    return {key: site.name(own) for key, site in structure().portals.items() if key in _open()}


def _groups(scope: Scope, miss: str, *, once: bool) -> Sequence[Group]:
    lines, meanings = gaps.lines(session(), scope, miss, learning().kinds), learning().meanings
    try:
        found = meanings.grouped(lines, _encoder())
    except EncoderFailed:  # it says so where it is looked after; the report goes on without
        found = meanings.grouped(lines, None)
    return [group for group in found if once or group.missed >= OFTEN][:MOST_GROUPS]


def _encoder() -> Encoder | None:
    meaning = current_app.extensions.get("meaning")
    return meaning.encoder if meaning else None

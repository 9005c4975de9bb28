"""The desk: what waits for this person, what of theirs is on its way, and everything that is."""

from __future__ import annotations

from flask import g, render_template, request

from authoring.approval import cases, desk_queries
from authoring.views import review_words
from authoring.views.blueprint import DESK, blueprint
from kb.access import needs
from kb.context import now, session, structure, viewer
from kb.models import Role

TABS = ("waiting", "mine", "all")
MOST_SHOWN = 200


def waiting() -> list[int]:
    """The ids of the reviews this person may decide now, due first standing first; looked up once a request."""
    if "waiting" not in g:
        person_id = viewer().person_id
        found = cases.waiting_for(session(), person_id, now(), known=structure()) if person_id else []
        g.waiting = found
    found_before: list[int] = g.waiting
    return found_before


def afresh() -> list[int]:
    """The same after a decision."""
    g.pop("waiting", None)
    return waiting()


def count() -> int:
    """How many wait, for the navigation."""
    return len(waiting())


@blueprint.get("/")
@needs(*Role)
def desk() -> str:
    """Waiting for me, mine, all."""
    works_here = viewer().has(*DESK)
    tab = request.args.get("tab", "waiting")
    if tab not in TABS or not works_here:
        tab = "waiting"
    person_id = viewer().person_id or 0
    listed = _listed(tab)
    found = cases.listed(session(), listed[:MOST_SHOWN])
    people, groups = desk_queries.names_beside(session(), found)
    return render_template(
        "authoring/desk.html",
        tab=tab,
        works_here=works_here,
        found=found,
        more=max(0, len(listed) - MOST_SHOWN),
        waiting_count=count(),
        own=desk_queries.own(session(), person_id) if tab == "mine" else [],
        copies=desk_queries.working_copies(session(), person_id) if tab == "mine" else [],
        people=people,
        groups=groups,
        mine=frozenset(waiting()),
        words=review_words,
        now=now(),
    )


def _listed(tab: str) -> list[int]:
    if tab == "mine":
        return []
    return waiting() if tab == "waiting" else cases.all_open(session())

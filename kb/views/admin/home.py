"""The overview: what there is, what should be looked after, what changed last."""

from __future__ import annotations

from flask import render_template

from kb import admin_queries, concerns
from kb.access import needs
from kb.context import now, services, session, structure, viewer
from kb.models import Role
from kb.views.admin.blueprint import CARETAKERS, blueprint, reading_order
from kb.views.admin.words import CONCERNS, KINDS_OF_THINGS, STATES

LAST_CHANGES = 8


@blueprint.get("/")
@needs(*Role)
def home() -> str:
    """Figures that lead to the articles they count, and the sites that this person may open."""
    may_see_log = viewer().has(Role.ADMIN)
    return render_template(
        "kb/admin_home.html",
        figures=concerns.figures(session(), now()),
        states=STATES,
        concerns=CONCERNS,
        opens_articles=viewer().has(*CARETAKERS),
        changes=admin_queries.last_changes(session(), LAST_CHANGES) if may_see_log else [],
        things=KINDS_OF_THINGS,
        missing_for_mail=services().config.missing_for_mail if viewer().has(Role.ADMIN) else (),
        sites=[site for site in structure().portals.values() if site.entry_audience in viewer().audiences],
        languages=reading_order(),
    )

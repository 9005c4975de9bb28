"""Guided help in the work area: for agents, during a call."""

from __future__ import annotations

from flask import Blueprint, url_for
from flask_babel import lazy_gettext as _l

from cbr.guided import pages
from cbr.guided.pages import VERBS, Page, Surface
from kb import context
from kb.access import needs
from kb.context import structure, viewer
from kb.models import Role
from kb.queries import Card
from kb.views.admin.navigation import Group, Item
from kb.views.staff import for_staff

blueprint = for_staff(Blueprint("assist", __name__, url_prefix="/assist"))

GROUP = Group(
    8, _l("Help customers"), (Item(_l("Guided help"), "assist.index", "guide", tuple(Role), "assist.run"),)
)


@blueprint.get("/guided/")
@needs(*Role)
def index() -> Page:
    """The guides and case types that this person may use, and one box."""
    return pages.index(_surface())


@blueprint.post("/guided/")
@needs(*Role)
def start() -> Page:
    """Begin a run."""
    return pages.start(_surface())


@blueprint.get("/guided/<run_id>")
@needs(*Role)
def run(run_id: str) -> Page:
    """The step that a run is at."""
    return pages.run_page(_surface(), run_id)


@blueprint.post(f"/guided/<run_id>/<any({VERBS}):verb>")
@needs(*Role)
def act(run_id: str, verb: str) -> Page:
    """Answer, change an answer, go back, forget a fact, see the best, or say how it went."""
    return pages.act(_surface(), run_id, verb)


def _surface() -> Surface:
    language = context.language()
    languages = tuple(dict.fromkeys((language, *viewer().languages, "en")))
    return Surface("assist", "staff.html", "", language, languages, article_address, has_token=True)


def article_address(card: Card) -> str:
    """Where this person reads an article: in the first portal that shows it to them; "" where none does."""
    mine = viewer().audiences
    for site in structure().portals.values():
        if (
            site.entry_audience in mine
            and card.audience in site.audiences
            and card.language in site.languages
        ):
            return url_for("articles.by_key", portal=site.key, language=card.language, key=card.key)
    return ""

"""Guided help on a portal, for its readers: without a login where the portal has none, and without JavaScript."""

from __future__ import annotations

from flask import Blueprint, request

from cbr.guided import pages
from cbr.guided.pages import STARTS, VERBS, Page, Surface
from kb import context
from kb.access import public, same_site
from kb.context import enter_portal, viewer
from kb.limits import SEARCH, limiter
from kb.queries import Card
from kb.templating import article_url
from kb.views.portal import site
from kb.views.staff import keep_private

blueprint = Blueprint("guided", __name__)
blueprint.before_request(keep_private)


@blueprint.before_request
def _enter() -> None:
    values = request.view_args or {}
    enter_portal(values["portal"], values["language"])


@blueprint.get("/<portal>/<language>/guided/")
@public
@limiter.limit(SEARCH)
def index(portal: str, language: str) -> Page:
    """The guides and case types of this portal, and one box."""
    return pages.index(_surface())


@blueprint.post("/<portal>/<language>/guided/")
@public
@same_site
@limiter.limit(STARTS, exempt_when=lambda: not viewer().is_anonymous)
def start(portal: str, language: str) -> Page:
    """Begin a run."""
    return pages.start(_surface())


@blueprint.get("/<portal>/<language>/guided/<run_id>")
@public
@limiter.limit(SEARCH)
def run(portal: str, language: str, run_id: str) -> Page:
    """The step that a run is at."""
    return pages.run_page(_surface(), run_id)


@blueprint.post(f"/<portal>/<language>/guided/<run_id>/<any({VERBS}):verb>")
@public
@same_site
@limiter.limit(SEARCH)
def act(portal: str, language: str, run_id: str, verb: str) -> Page:
    """Answer, change an answer, go back, forget a fact, see the best, or say how it went."""
    return pages.act(_surface(), run_id, verb)


def _surface() -> Surface:
    language = context.language()
    return Surface(
        "guided",
        "base.html",
        site().key,
        language,
        site().preference(language),
        lambda card: _article(card, language),
        values={"portal": site().key, "language": language},
    )


def _article(card: Card, language: str) -> str:
    return article_url(language, card.slug)

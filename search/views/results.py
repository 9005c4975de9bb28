"""The search page and dynamic folders."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request

from kb import context, queries
from kb.access import public
from kb.context import enter_portal, now, session, structure, viewer
from kb.errors import N_, NotFound
from kb.languages import named
from kb.limits import SEARCH, limiter
from kb.models import KINDS
from kb.structure import TopicNode
from kb.templating import article_url
from kb.views.portal import folders, needs_feature, site
from search.asking import PAGE_SIZE, filters_for, search
from search.engine import Results

LAST_PAGE = 100

blueprint = Blueprint("search", __name__)


@blueprint.before_request
def _enter() -> None:
    values = request.view_args or {}
    enter_portal(values["portal"], values["language"])


@blueprint.get("/<portal>/<language>/search")
@public
@limiter.limit(SEARCH)
def results(portal: str, language: str) -> str:
    """Answers to a question; where this language has none, those in the portal's other languages."""
    needs_feature("search")
    question = request.args.get("q", "").strip()
    kind = request.args.get("kind", "")
    topic = request.args.get("topic", "")
    page = min(max(request.args.get("page", 1, type=int), 1), LAST_PAGE)
    chosen: dict[str, Any] = {
        "portal": site(),
        "topic": topic if topic in structure().topics else None,
        "kinds": frozenset([kind]) if kind in KINDS else frozenset(),
    }
    found, elsewhere = _ask(question, page, chosen)
    return render_template(
        "search/results.html",
        query=question,
        kind=kind,
        topic=topic,
        found=found,
        elsewhere=elsewhere,
        page=page,
        pages=min(-(-found.total // PAGE_SIZE), LAST_PAGE),
        topics=_topics(),
        languages=site().preference(context.language()),
    )


def _topics() -> list[TopicNode]:
    """The portal's topics to narrow the answers down to, as far as the viewer may know of them."""
    roots = site().roots if "topics" in site().features else ()
    known = queries.filled(session(), viewer(), now(), [(root.id, root.below) for root in roots])
    return [root for root in roots if root.id in known]


def _ask(question: str, page: int, chosen: dict[str, Any]) -> tuple[Results, bool]:
    offset = (page - 1) * PAGE_SIZE
    first = filters_for(viewer(), languages=[context.language()], **chosen)
    found = search().ask(question, first, offset=offset)
    others = [code for code in site().languages if code != context.language()]
    if found.total or not others or not question:
        return found, False
    second = filters_for(viewer(), languages=others, **chosen)
    return search().ask(question, second, offset=offset), True


@blueprint.get("/<portal>/<language>/folders/<key>")
@public
@limiter.limit(SEARCH)
def folder(portal: str, language: str, key: str) -> str:
    """A dynamic folder: what its saved query finds right now."""
    found = next((folder for folder in structure().folders if folder.key == key), None)
    if found is None or found.audience not in viewer().audiences or "folders" not in site().features:
        raise NotFound(N_("There is no such folder here."))
    page = min(max(request.args.get("page", 1, type=int), 1), LAST_PAGE)
    filters = filters_for(viewer(), languages=[context.language()], portal=site())
    answer = search().ask(found.query, filters, limit=PAGE_SIZE * 2, offset=(page - 1) * PAGE_SIZE * 2)
    return render_template(
        "search/folder.html",
        name=named(found.names, site().preference(context.language()), key),
        key=key,
        found=answer,
        folders=folders(),
        page=page,
        pages=min(-(-answer.total // (PAGE_SIZE * 2)), LAST_PAGE),
    )


@blueprint.get("/<portal>/<language>/suggest")
@public
@limiter.limit(SEARCH)
def suggest(portal: str, language: str) -> dict[str, object]:
    """Titles while typing, as JSON for the page's script."""
    needs_feature("search")
    filters = filters_for(viewer(), languages=[context.language()], portal=site())
    found = search().suggest(request.args.get("q", ""), filters)
    return {
        "suggestions": [{"title": item.title, "url": article_url(item.language, item.slug)} for item in found]
    }

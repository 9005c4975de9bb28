"""What a reader's browser tells of a question, and the page that says what is kept of it."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from kb import context
from kb.access import public, same_site
from kb.context import enter_portal, now, services, session, viewer
from kb.limits import SEARCH, limiter
from kb.models import Article
from kb.queries import visible_to
from kb.views.portal import needs_feature
from search.learning.wiring import learning

blueprint = Blueprint("questions", __name__)


@blueprint.before_request
def _enter() -> None:
    context.only_reads()
    values = request.view_args or {}
    enter_portal(values["portal"], values["language"])
    needs_feature("search")


@blueprint.post("/<portal>/<language>/opened")
@public
@same_site
@limiter.limit(SEARCH)
def opened(portal: str, language: str) -> tuple[str, int]:
    """An answer was opened. What is unknown has no effect and is no mistake: nobody waits for this, nobody reads it."""
    token, key = request.form.get("token", ""), request.form.get("article", "")
    rank = request.form.get("rank", 1, type=int)
    if token and key and learning().keeps(request.headers):
        article_id = session().scalar(
            visible_to(viewer(), now(), Article.id).where(Article.key == key).limit(1)
        )
        if article_id is not None:
            learning().log.opened(token, article_id, rank, now())
    return "", 204


@blueprint.get("/<portal>/<language>/questions")
@public
def kept(portal: str, language: str) -> str:
    """What is kept of questions, for how long, and how to keep one's own out of it."""
    own = learning().keeps(request.headers)
    return render_template("search/questions_kept.html", days=services().config.questions_days, own=own)

"""What machines read of a portal: sitemap and the Atom feed of new and changed articles."""

from __future__ import annotations

from collections import defaultdict

from flask import Blueprint, Response, render_template, request

from kb import context, queries
from kb.access import public
from kb.context import enter_portal, now, session, viewer
from kb.page_cache import cached
from kb.queries import Card
from kb.views.portal import needs_feature

blueprint = Blueprint("feeds", __name__)

FEED_LENGTH = 30


@blueprint.before_request
def _enter() -> None:
    values = request.view_args or {}
    enter_portal(values["portal"], values.get("language"))


@blueprint.get("/<portal>/sitemap.xml")
@public
@cached()
def sitemap(portal: str) -> Response:
    """Every visible article with its other languages (hreflang)."""
    by_article: dict[int, list[Card]] = defaultdict(list)
    for card in queries.sitemap(session(), viewer(), now()):
        by_article[card.article_id].append(card)
    return Response(
        render_template("kb/sitemap.xml", articles=by_article.values()), mimetype="application/xml"
    )


@blueprint.get("/<portal>/<language>/feed.atom")
@public
@cached()
def feed(portal: str, language: str) -> Response:
    """The articles that were published last."""
    needs_feature("feed")
    cards = queries.newest(session(), viewer(), now(), context.language(), FEED_LENGTH)
    updated = cards[0].changed_at if cards else now()
    return Response(
        render_template("kb/feed.xml", cards=cards, updated=updated),
        content_type="application/atom+xml; charset=utf-8",
    )

"""What machines read of a portal: sitemap and the Atom feed of new and changed articles."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from flask import Blueprint, Response, render_template, request

from kb import context, queries
from kb.access import public
from kb.context import enter_portal, now, session, viewer
from kb.page_cache import cached
from kb.queries import Card
from kb.views.portal import needs_feature

blueprint = Blueprint("feeds", __name__)

FEED_LENGTH = 30
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


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
    return _xml("kb/feed.xml", "application/atom+xml", cards=cards, updated=updated)


def _xml(template: str, media_type: str, **values: Any) -> Response:
    """What readers of XML would choke on, even written as a reference, is left out."""
    text = _NOT_XML.sub("", render_template(template, **values))
    return Response(text, content_type=f"{media_type}; charset=utf-8")

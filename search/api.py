"""Search as JSON."""

from __future__ import annotations

import time
from typing import Any

from flask import Flask
from marshmallow import Schema, fields, validate

from kb import openapi
from kb.access import public
from kb.api import LARGEST_PAGE, Where, article_address, asker, reading_languages
from kb.limits import API, limiter
from kb.models import KINDS
from search.asking import LONGEST_QUESTION, filters_for, search

blueprint = openapi.Blueprint("search_api", __name__, description="Search")


class Question(Where):
    """What to look for."""

    q = fields.String(required=True, validate=validate.Length(max=LONGEST_QUESTION))
    kind = fields.String(validate=validate.OneOf(KINDS))
    topic = fields.String()
    limit = fields.Integer(load_default=10, validate=validate.Range(1, LARGEST_PAGE))
    offset = fields.Integer(load_default=0, validate=validate.Range(0, 10_000))


class Found(Schema):
    """One answer."""

    type = fields.String(required=True)
    key = fields.String(required=True)
    kind = fields.String(required=True)
    title = fields.String(required=True)
    language = fields.String(required=True)
    url = fields.String(required=True)
    snippet = fields.String(required=True, metadata={"description": "HTML; only <mark> is markup"})
    score = fields.Float(required=True)


class Answer(Schema):
    """Answers, best first."""

    results = fields.List(fields.Nested(Found), required=True)
    total = fields.Integer(required=True)
    relaxed = fields.Boolean(
        required=True, metadata={"description": "No article had every word; these have some"}
    )
    took_ms = fields.Float(required=True)


def init_app(app: Flask) -> None:
    """Add search to the API."""
    app.extensions["api"].register_blueprint(blueprint)


@blueprint.get("/search")
@public
@limiter.limit(API)
@blueprint.arguments(Question, location="query")
@blueprint.response(200, Answer)
def find(args: dict[str, Any]) -> dict[str, Any]:
    """The best articles for a question, as far as the caller may read them."""
    started = time.perf_counter()
    own, site = asker(args.get("portal"))
    filters = filters_for(
        own,
        languages=reading_languages(args.get("lang"), site, own)[:1] if args.get("lang") or site else (),
        portal=site,
        topic=args.get("topic"),
        kinds=frozenset([args["kind"]]) if "kind" in args else frozenset(),
    )
    found = search().ask(args["q"], filters, limit=args["limit"], offset=args["offset"])
    return {
        "results": [
            {
                "type": "article",
                "key": hit.key,
                "kind": hit.kind,
                "title": hit.title,
                "language": hit.language,
                "url": article_address(hit.language, hit.slug, site),
                "snippet": str(hit.snippet),
                "score": hit.score,
            }
            for hit in found.hits
        ],
        "total": found.total,
        "relaxed": found.relaxed,
        "took_ms": round((time.perf_counter() - started) * 1000, 2),
    }

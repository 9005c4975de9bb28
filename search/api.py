"""Search as JSON."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from typing import Any

from flask import Flask, request, url_for
from marshmallow import Schema, fields, validate

from kb import context, openapi
from kb.access import public
from kb.api import LARGEST_PAGE, Where, article_address, asker, language_code, reading_languages
from kb.context import now, session
from kb.limits import API, limiter
from kb.models import KINDS
from kb.structure import PortalSite, TopicNode
from search.answers import Answer, Item, Offer, Passage
from search.asking import LONGEST_QUESTION, check, filters_for, search
from search.box import Place, box
from search.completing import Addresses, completions
from search.engine import Filters, Hit
from search.learning.visits import visitor
from search.learning.wiring import learning
from search.places import places

blueprint = openapi.Blueprint("search_api", __name__, description="Search")

HTML = {"description": "HTML; only <mark> is markup"}
PASSAGE = {"description": "HTML; paragraphs and lists of plain words, with <mark>"}
MOST_LANGUAGES = 8


def language_codes(value: str) -> None:
    """Refuse what is no list of language codes."""
    for code in value.split(",", MOST_LANGUAGES):
        language_code(code)


class InLanguages(Where):
    """In which portal and languages."""

    lang = fields.String(
        validate=language_codes,
        metadata={"description": "Language codes, the best first, with commas between them: hu,en"},
    )


class Question(InLanguages):
    """What to look for, and what to narrow it down to."""

    q = fields.String(required=True, metadata={"maxLength": LONGEST_QUESTION})
    kind = fields.String(validate=validate.OneOf(KINDS))
    topic = fields.String(metadata={"description": "Key of a topic; those below it count too"})
    tag = fields.String()
    exact = fields.Boolean(load_default=False, metadata={"description": "Correct no spelling"})
    facets = fields.Boolean(load_default=False, metadata={"description": "Count the answers by facet too"})
    limit = fields.Integer(load_default=10, validate=validate.Range(1, LARGEST_PAGE))
    offset = fields.Integer(load_default=0, validate=validate.Range(0, 10_000))


class Typed(InLanguages):
    """What has been typed so far."""

    q = fields.String(required=True, metadata={"maxLength": LONGEST_QUESTION})


class Found(Schema):
    """One answer."""

    type = fields.String(required=True, metadata={"description": "article, case, topic, or page"})
    source = fields.String(
        required=True, metadata={"description": "articles, guides, cases, topics, or an outside source"}
    )
    source_name = fields.String(required=True, metadata={"description": "Empty for what is of this base"})
    key = fields.String(required=True)
    kind = fields.String(required=True)
    title = fields.String(required=True)
    language = fields.String(required=True)
    url = fields.String(required=True)
    snippet = fields.String(required=True, metadata=HTML)
    score = fields.Float(required=True)
    also_in = fields.List(fields.String(), required=True, metadata={"description": "Languages"})
    alike = fields.Integer(required=True, metadata={"description": "Near duplicates folded into it"})
    reasons = fields.List(fields.String(), required=True)


class Best(Schema):
    """The passage that answers."""

    html = fields.String(required=True, metadata=PASSAGE)
    key = fields.String(required=True)
    title = fields.String(required=True)
    language = fields.String(required=True)
    url = fields.String(required=True, metadata={"description": "With the place in the article"})


class Understood(Schema):
    """A fact that was read out of the question, in the reader's words."""

    name = fields.String(required=True)
    value = fields.String(required=True)


class Offered(Schema):
    """Guided help by solved cases; it starts by a `POST` of the case type and the text to `/api/v1/runs`."""

    case_type = fields.String(required=True)
    name = fields.String(required=True)
    text = fields.String(required=True)
    facts = fields.List(fields.Nested(Understood), required=True)


class Counted(Schema):
    """How many of the answers have a value, among what the caller may read."""

    value = fields.String(required=True)
    count = fields.Integer(required=True)


class Facets(Schema):
    """What the answers can be narrowed down to, the commonest first; empty unless asked for."""

    kind = fields.List(fields.Nested(Counted), required=True)
    topic = fields.List(fields.Nested(Counted), required=True)
    language = fields.List(fields.Nested(Counted), required=True)
    tag = fields.List(fields.Nested(Counted), required=True)


class Failed(Schema):
    """A source that did not answer."""

    source_name = fields.String(required=True)
    late = fields.Boolean(required=True)


class Answers(Schema):
    """Answers, best first, and what helps where they do not."""

    results = fields.List(fields.Nested(Found), required=True)
    total = fields.Integer(required=True, metadata={"description": "Articles on all pages together"})
    relaxed = fields.Boolean(
        required=True, metadata={"description": "No article had every word; these have some"}
    )
    given_up = fields.List(
        fields.String(), required=True, metadata={"description": "Words that these need not have"}
    )
    instead = fields.String(
        required=True, metadata={"description": "The corrected question that these answer; else empty"}
    )
    did_you_mean = fields.String(required=True, metadata={"description": "A question that would find more"})
    passages = fields.List(
        fields.Nested(Best), required=True, metadata={"description": "The answer itself, where it is certain"}
    )
    guides = fields.List(
        fields.Nested(Found), required=True, metadata={"description": "A guide that fits the question"}
    )
    offers = fields.List(
        fields.Nested(Offered),
        required=True,
        metadata={"description": "Guided help that understands the question, where no guide fits"},
    )
    near_misses = fields.List(
        fields.Nested(Found),
        required=True,
        metadata={"description": "What came nearest, where nothing answers"},
    )
    elsewhere = fields.List(
        fields.Nested(Found), required=True, metadata={"description": "Answers in other languages"}
    )
    also_asked = fields.List(fields.String(), required=True)
    facets = fields.Nested(Facets, required=True)
    failures = fields.List(fields.Nested(Failed), required=True)
    token = fields.String(required=True, metadata={"description": "Names the question; empty if not kept"})
    took_ms = fields.Float(required=True)


class Line(Schema):
    """One way to go on."""

    type = fields.String(required=True, metadata={"description": "question, article, or topic"})
    key = fields.String(required=True, metadata={"description": "Empty for a question"})
    title = fields.String(required=True)
    html = fields.String(required=True, metadata=HTML)
    url = fields.String(required=True)


class Lines(Schema):
    """Ways to go on from what has been typed, best first."""

    suggestions = fields.List(fields.Nested(Line), required=True)


def init_app(app: Flask) -> None:
    """Add search to the API."""
    app.extensions["api"].register_blueprint(blueprint)


@blueprint.get("/search")
@public
@limiter.limit(API)
@blueprint.arguments(Question, location="query")
@blueprint.response(200, Answers)
def find(args: dict[str, Any]) -> dict[str, Any]:
    """The best answers to a question, as far as the caller may read them."""
    started = time.perf_counter()
    filters, site = _asked(args)
    answer = box().answer(
        args["q"],
        filters,
        _place(args, filters, site),
        limit=args["limit"],
        offset=args["offset"],
        facets=args["facets"],
    )
    return {**_told(answer), "took_ms": round((time.perf_counter() - started) * 1000, 2)}


@blueprint.get("/suggest")
@public
@limiter.limit(API)
@blueprint.arguments(Typed, location="query")
@blueprint.response(200, Lines)
def suggest(args: dict[str, Any]) -> dict[str, Any]:
    """What goes on from what has been typed: articles, and in a portal frequent questions and topics."""
    filters, site = _asked(args)
    language = filters.languages[0] if filters.languages else "en"
    addresses = Addresses(
        question=lambda asked: url_for(
            "search.results", portal=site.key if site else "", language=language, q=asked, _external=True
        ),
        article=lambda found: article_address(found.language, found.slug, site),
        topic=lambda node: url_for(
            "portal.topic", portal=site.key if site else "", language=language, key=node.key, _external=True
        ),
    )

    def popular() -> Sequence[str]:
        own, _ = asker(args.get("portal"))
        key = site.key if site else ""
        return learning().others.popular(session(), own, now(), portal=key, language=language)

    def holding(topics: Sequence[TopicNode]) -> Collection[int]:
        own, _ = asker(args.get("portal"))
        return places().holding(session(), own, now(), context.head(), topics)

    check(args["q"])
    return {"suggestions": completions(search(), args["q"], filters, site, popular, holding, addresses)}


def _asked(args: dict[str, Any]) -> tuple[Filters, PortalSite | None]:
    own, site = asker(args.get("portal"))
    wanted = dict.fromkeys(args["lang"].split(",")) if "lang" in args else ()
    languages = [reading_languages(code, site, own)[0] for code in wanted]
    if site and not languages:
        languages = [reading_languages(None, site, own)[0]]
    return filters_for(
        own,
        languages=languages,
        portal=site,
        topic=args.get("topic"),
        kinds=frozenset([args["kind"]]) if "kind" in args else frozenset(),
        tags=frozenset([args["tag"]]) if "tag" in args else frozenset(),
    ), site


def _place(args: dict[str, Any], filters: Filters, site: PortalSite | None) -> Place:
    own, _ = asker(args.get("portal"))
    language = next(iter((*filters.languages, *own.languages)), "en")
    return Place(
        surface="api",
        viewer=own,
        site=site,
        now=now(),
        language=language,
        others=tuple(code for code in site.languages if code not in filters.languages) if site else (),
        address=lambda hit: _address(hit, site),
        keeps=args["offset"] == 0 and learning().keeps(request.headers),
        exact=args["exact"],
        visitor=visitor(),
    )


def _address(hit: Hit, site: PortalSite | None) -> str:
    return hit.slug if hit.source else article_address(hit.language, hit.slug, site)


def _told(answer: Answer) -> dict[str, Any]:
    return {
        "results": [_found(item) for item in answer.items],
        "total": answer.total,
        "relaxed": bool(answer.given_up),
        "given_up": answer.given_up,
        "instead": answer.asked if answer.instead_of else "",
        "did_you_mean": answer.did_you_mean,
        "passages": [_passage(answer.passage)] if answer.passage else [],
        "guides": [_found(answer.guide)] if answer.guide else [],
        "offers": [_offered(answer.offer)] if answer.offer else [],
        "near_misses": [_found(item) for item in answer.near_misses],
        "elsewhere": [_found(item) for item in answer.elsewhere],
        "also_asked": answer.also_asked,
        "facets": {name: answer.facets.get(name, ()) for name in ("kind", "topic", "language", "tag")},
        "failures": answer.failures,
        "token": answer.token,
    }


def _found(item: Item) -> dict[str, Any]:
    hit = item.hit
    of_this_base = hit is not None and not hit.source
    return {
        "type": "article" if of_this_base else item.kind,
        "source": item.source,
        "source_name": item.source_name,
        "key": hit.key if hit else "",
        "kind": item.kind,
        "title": hit.title if hit else item.title.striptags(),
        "language": item.language,
        "url": item.url,
        "snippet": str(item.snippet),
        "score": hit.score if hit else 0.0,
        "also_in": hit.also_in if hit else (),
        "alike": hit.alike if hit else 0,
        "reasons": hit.reasons if hit else (),
    }


def _offered(offer: Offer) -> dict[str, Any]:
    facts = [{"name": name, "value": value} for name, value in offer.facts]
    return {"case_type": offer.case_type, "name": offer.name, "text": offer.text, "facts": facts}


def _passage(best: Passage) -> dict[str, Any]:
    found = _found(best.item)
    place = f"#{best.anchor}" if best.anchor and found["url"] else ""
    return {
        "html": str(best.text),
        "key": found["key"],
        "title": found["title"],
        "language": found["language"],
        "url": found["url"] + place,
    }

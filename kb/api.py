"""The JSON API, version 1: articles, topics, portals. Its OpenAPI document is made from this code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, url_for
from marshmallow import Schema, ValidationError, fields, validate

from kb import context, external, openapi, queries
from kb.access import public
from kb.article_page import Addresses, ArticlePage, article_page
from kb.context import now, services, session, structure
from kb.errors import N_, Gone, Invalid, NotAllowed, NotFound
from kb.gone import gone
from kb.languages import is_language, named, preference
from kb.limits import API, limiter
from kb.structure import PortalSite, TopicNode
from kb.templating import content_names
from kb.viewers import Viewer

LARGEST_PAGE = 100
MOST_ARTICLES_SKIPPED = 100_000

blueprint = openapi.Blueprint("api", __name__, description="Articles, topics and portals")


def language_code(value: str) -> None:
    """Refuse what is not a language code."""
    if not is_language(value):
        raise ValidationError("Give a language code such as en or hu.")


class Where(Schema):
    """In which portal and language."""

    lang = fields.String(validate=language_code, metadata={"description": "Language code; en when left out"})
    portal = fields.String(metadata={"description": "Key of a portal; answers are limited to what it shows"})


class Paging(Where):
    """A page of a list."""

    limit = fields.Integer(load_default=20, validate=validate.Range(1, LARGEST_PAGE))
    offset = fields.Integer(load_default=0, validate=validate.Range(0, MOST_ARTICLES_SKIPPED))


class CardSchema(Schema):
    """An article in a list."""

    key = fields.String(required=True)
    kind = fields.String(required=True)
    language = fields.String(required=True)
    title = fields.String(required=True)
    summary = fields.String(required=True)
    url = fields.String(required=True)
    changed_at = fields.DateTime(required=True)


class ArticleList(Schema):
    """A page of articles."""

    articles = fields.List(fields.Nested(CardSchema), required=True)
    total = fields.Integer(required=True)
    next = fields.String(required=True, allow_none=True)


class ArticleSchema(CardSchema):
    """One article in full."""

    html = fields.String(required=True)
    markdown = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The source, with its comments; for staff and keys"},
    )
    tags = fields.List(fields.String(), required=True)
    topics = fields.List(fields.String(), required=True)
    languages = fields.List(fields.String(), required=True)
    related = fields.List(fields.Nested(CardSchema), required=True)
    review_by = fields.DateTime(required=True, allow_none=True)
    expires_at = fields.DateTime(required=True, allow_none=True)


class TopicSchema(Schema):
    """A topic of the tree."""

    key = fields.String(required=True)
    name = fields.String(required=True)
    parent = fields.String(required=True, allow_none=True)
    articles = fields.Integer(required=True)


class TopicList(Schema):
    """The topic tree, flat, parents before children."""

    topics = fields.List(fields.Nested(TopicSchema), required=True)


class PortalSchema(Schema):
    """A portal."""

    key = fields.String(required=True)
    name = fields.String(required=True)
    languages = fields.List(fields.String(), required=True)
    default_language = fields.String(required=True)
    open = fields.Boolean(required=True)
    url = fields.String(required=True)


class PortalList(Schema):
    """The portals that the caller may enter."""

    portals = fields.List(fields.Nested(PortalSchema), required=True)


def init_app(app: Flask) -> None:
    """Make the API and its document."""
    openapi.init_app(app)
    app.extensions["api"].register_blueprint(blueprint)


def asker(portal: str | None) -> tuple[Viewer, PortalSite | None]:
    """The caller, inside the portal when one is named.

    Raises:
        NotFound: there is no such portal.
        NotAllowed: the caller may not enter it.
    """
    viewer = context.viewer()
    if viewer.scopes and "read" not in viewer.scopes:
        raise NotAllowed(N_("This API key may not read."))
    if portal is None:
        return viewer, None
    site = structure().portals.get(portal)
    if site is None:
        raise NotFound(N_("There is no portal %(key)s.", key=portal))
    if site.entry_audience not in viewer.audiences:
        raise NotAllowed(N_("The portal %(key)s is not open to you.", key=portal))
    return site.seen_by(viewer), site


def reading_languages(lang: str | None, site: PortalSite | None, own: Viewer) -> tuple[str, ...]:
    """The caller's languages, best first."""
    wanted = lang or next(iter(own.languages), None) or (site.default_language if site else "en")
    if site is None:
        return tuple(dict.fromkeys([wanted, "en"]))
    if lang and lang not in site.languages:
        raise Invalid({"lang": N_("The portal has %(codes)s.", codes=", ".join(site.languages))})
    return preference(wanted, site.default_language, site.languages)


def article_address(language: str, slug: str, site: PortalSite | None) -> str:
    """The address of an article's page, in the named portal or the first open one."""
    shown = site or next((portal for portal in structure().portals.values() if portal.is_open), None)
    if shown is None:
        return ""
    code = language if language in shown.languages else shown.default_language
    return url_for("articles.article", portal=shown.key, language=code, slug=slug, _external=True)


@blueprint.get("/articles")
@public
@limiter.limit(API)
@blueprint.arguments(Paging, location="query")
@blueprint.response(200, ArticleList)
def articles(args: dict[str, Any]) -> dict[str, Any]:
    """Articles by key, each in the best of the caller's languages."""
    own, site = asker(args.get("portal"))
    languages = reading_languages(args.get("lang"), site, own)
    offset, limit = args["offset"], args["limit"]
    found, total = queries.listed(session(), own, now(), languages, offset=offset, limit=limit)
    following = url_for("api.articles", _external=True, **{**args, "offset": offset + limit})
    return {
        "articles": [_card(card, site) for card in found],
        "total": total,
        "next": following if offset + limit < total else None,
    }


@blueprint.get("/articles/<key>")
@public
@limiter.limit(API)
@blueprint.arguments(Where, location="query")
@blueprint.response(200, ArticleSchema)
def article(args: dict[str, Any], key: str) -> dict[str, Any]:
    """One article in the best of the caller's languages."""
    own, site = asker(args.get("portal"))
    languages = reading_languages(args.get("lang"), site, own)
    found = {
        revision.translation.language: revision
        for revision in queries.article_by_key(session(), own, now(), key)
    }
    if not found:
        raise _none(key, own, site, languages)
    code = next((language for language in languages if language in found), min(found))
    addresses = Addresses(
        article=lambda card, fragment: _at(article_address(card.language, card.slug, site), fragment),
        attachment=lambda file: url_for(
            "attachments.file", attachment_id=file.id, filename=file.filename, _external=True
        ),
        moment=lambda moment: moment.isoformat(),
        labels=content_names(),
    )
    page = article_page(session(), own, now(), found[code], structure(), languages, addresses, _outside)
    return _article(page, own, site, sorted(found))


def _none(key: str, own: Viewer, site: PortalSite | None, languages: tuple[str, ...]) -> Gone | NotFound:
    """What to say of an article that is not to be read: whether it once was, and what replaced it."""
    past = queries.once_read(session(), own, now(), key)
    if past is None:
        return NotFound(N_("There is no article %(key)s that you may read.", key=key))
    return gone(
        session(),
        own,
        now(),
        past,
        structure(),
        languages,
        article_address=lambda card: url_for(
            "api.article", key=card.key, portal=site.key if site else None, _external=True
        ),
        topic_address=lambda _topic: "",
    )


@blueprint.get("/topics")
@public
@limiter.limit(API)
@blueprint.arguments(Where, location="query")
@blueprint.response(200, TopicList)
def topics(args: dict[str, Any]) -> dict[str, Any]:
    """The topic tree with the number of articles in and below each; topics without any are left out."""
    own, site = asker(args.get("portal"))
    languages = reading_languages(args.get("lang"), site, own)
    placed = queries.topic_counts(session(), own, now())
    roots = site.roots if site else structure().roots
    told = [_topic(node, placed, languages) for root in roots for node in _flat(root)]
    return {"topics": [topic for topic in told if topic["articles"]]}


@blueprint.get("/portals")
@public
@limiter.limit(API)
@blueprint.response(200, PortalList)
def portals() -> dict[str, Any]:
    """The portals that the caller may enter."""
    audiences = context.viewer().audiences
    return {
        "portals": [
            {
                "key": site.key,
                "name": named(site.names, site.languages, site.key),
                "languages": site.languages,
                "default_language": site.default_language,
                "open": site.is_open,
                "url": url_for("portal.entrance", portal=site.key, _external=True),
            }
            for site in structure().portals.values()
            if site.entry_audience in audiences
        ]
    }


def _at(address: str, fragment: str | None) -> str:
    return f"{address}#{fragment}" if address and fragment else address


def _flat(node: TopicNode) -> list[TopicNode]:
    return [node, *(deeper for child in node.children for deeper in _flat(child))]


def _topic(node: TopicNode, placed: Mapping[int, set[int]], languages: tuple[str, ...]) -> dict[str, Any]:
    count = len(set().union(*(placed.get(topic_id, set()) for topic_id in node.below)))
    return {
        "key": node.key,
        "name": node.name(languages),
        "parent": node.parent.key if node.parent else None,
        "articles": count,
    }


def _card(card: queries.Card, site: PortalSite | None) -> dict[str, Any]:
    return card._asdict() | {"url": article_address(card.language, card.slug, site)}


def _article(page: ArticlePage, own: Viewer, site: PortalSite | None, languages: list[str]) -> dict[str, Any]:
    revision, translation = page.revision, page.translation
    return {
        "key": page.article.key,
        "kind": page.article.kind,
        "language": translation.language,
        "title": revision.title,
        "summary": revision.summary,
        "url": article_address(translation.language, translation.slug, site),
        "changed_at": revision.publish_at,
        "html": page.html,
        "markdown": revision.body if own.is_staff or own.scopes else None,
        "tags": revision.tags,
        "topics": [topic.key for topic in page.topics],
        "languages": languages,
        "related": [_card(card, site) for card in page.related],
        "review_by": revision.review_by,
        "expires_at": revision.expires_at,
    }


def _outside(keys: set[str]) -> Mapping[str, external.Reading]:
    return external.readings(services().database, services().config, keys, now())

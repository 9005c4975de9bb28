"""A portal's pages around the articles: home, topics, tags, theme."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from kb import content, context, queries, theme
from kb.access import public
from kb.clouds import Tagged, cloud
from kb.context import enter_portal, language, now, session, structure, viewer
from kb.errors import N_, NotFound
from kb.languages import named
from kb.page_cache import cached
from kb.structure import PortalSite

CONTACT = "support-contact"
"""The snippet that says how to reach a person; `support-contact-KEY` is that of the portal KEY alone."""

blueprint = Blueprint("portal", __name__)

NEWEST = 8


def site() -> PortalSite:
    """The portal that the request is in."""
    found = context.portal()
    if found is None:
        raise NotFound(N_("There is no site at this address."))
    return found


def needs_feature(feature: str) -> None:
    """Refuse what is switched off in this portal.

    Raises:
        NotFound: it is.
    """
    if feature not in site().features:
        raise NotFound(N_("This site does not have that."))


@blueprint.before_request
def _enter() -> None:
    values = request.view_args or {}
    if request.endpoint != "portal.theme_css":
        enter_portal(values["portal"], values.get("language"))


@blueprint.get("/<portal>/")
@public
def entrance(portal: str) -> BaseResponse:
    """Go on in the viewer's language."""
    return redirect(url_for("portal.home", portal=portal, language=language()))


@blueprint.get("/<portal>/<language>/")
@public
@cached()
def home(portal: str, language: str) -> str:
    """One box, the topics, what is new, folders and tags."""
    languages = site().preference(context.language())
    return render_template(
        "kb/home.html",
        counts=_counts(),
        newest=queries.newest(session(), viewer(), now(), context.language(), NEWEST),
        folders=folders(),
        cloud=_cloud(),
        languages=languages,
    )


@blueprint.get("/<portal>/<language>/topics/")
@public
@cached()
def topics(portal: str, language: str) -> str:
    """The whole tree with counts."""
    needs_feature("topics")
    return render_template(
        "kb/topics.html",
        counts=_counts(),
        folders=folders(),
        languages=site().preference(context.language()),
    )


@blueprint.get("/<portal>/<language>/topics/<key>")
@public
@cached()
def topic(portal: str, language: str, key: str) -> str:
    """One topic: what is below it and its articles. One without any, even its name, is not for this viewer."""
    needs_feature("topics")
    node, counts = structure().topics.get(key), _counts()
    if node is None or node.id not in counts:
        raise NotFound(N_("There is no such topic here."))
    languages = site().preference(context.language())
    return render_template(
        "kb/topic.html",
        topic=node,
        counts=counts,
        cards=queries.in_topics(session(), viewer(), now(), [node.id], languages),
        folders=folders(),
        languages=languages,
    )


@blueprint.get("/<portal>/<language>/tags/")
@public
@cached()
def tags(portal: str, language: str) -> str:
    """All tags in this language with how often they are used."""
    needs_feature("tags")
    counts = _tag_counts()
    return render_template("kb/tags.html", tags=sorted(counts.items(), key=lambda item: item[0].casefold()))


@blueprint.get("/<portal>/theme.css", endpoint="theme_css")
@public
def theme_css(portal: str) -> Response:
    """The portal's colours and fonts; also for the login page of a closed portal."""
    found = structure().portals.get(portal)
    if found is None:
        raise NotFound(N_("There is no site at this address."))
    response = Response(theme.stylesheet(found.tokens, _static_folder()), mimetype="text/css")
    if request.args.get("v") == theme.version(found.tokens, _static_folder()):
        response.cache_control.max_age = int(timedelta(days=365).total_seconds())
        response.cache_control.public = True
    return response


def _static_folder() -> Path:
    return Path(current_app.static_folder or "")


def folders() -> list[tuple[str, str]]:
    """The dynamic folders that this viewer may see: (key, name)."""
    languages = site().preference(language())
    return [
        (folder.key, named(folder.names, languages, folder.key))
        for folder in structure().folders
        if folder.audience in viewer().audiences and "folders" in site().features
    ]


def contact() -> str:
    """How to reach a person, as HTML; "" where nobody has written it."""
    snippets = structure().snippets
    bodies = snippets.get(f"{CONTACT}-{site().key}") or snippets.get(CONTACT) or {}
    written = named(bodies, site().preference(language()))
    return content.render(written).html if written else ""


def _counts() -> dict[int, int]:
    """Topic id -> number of visible articles in and below it; this portal's topics, those without any left out."""
    placed = queries.topic_counts(session(), viewer(), now())
    allowed = site().topic_ids
    sums = {
        node.id: len(set[int]().union(*(placed.get(below, set()) for below in node.below)))
        for node in structure().topics.values()
        if allowed is None or node.id in allowed
    }
    return {topic_id: count for topic_id, count in sums.items() if count}


def _tag_counts() -> Counter[str]:
    found = queries.tag_lists(session(), viewer(), now(), language())
    return Counter(tag for tags in found for tag in tags)


def _cloud() -> list[Tagged]:
    """The most used tags by name."""
    return sorted(cloud(_tag_counts()), key=lambda one: one.tag.casefold())

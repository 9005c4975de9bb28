"""What the one tag on another site's page asks for: the loader, the looks, and a page that shows it at work."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, current_app, render_template, request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _

from kb import theme
from kb.access import public
from kb.assets import asset
from kb.context import structure
from kb.errors import N_, NotFound
from kb.languages import INTERFACE_LANGUAGES
from kb.limits import SEARCH, limiter
from kb.openapi import tag

KEPT = timedelta(minutes=5)
"""So long a browser takes the loader from its cache: a new version of the panel is everywhere after that."""

SCRIPT = "widgets/embed/loader.js"
PANEL = "widgets/embed/help.js"
LOOKS = "widgets/embed/help.css"

blueprint = Blueprint("embed_loader", __name__)


@blueprint.get("/embed.js")
@public
@limiter.limit(SEARCH)
def script() -> Response:
    """The loader."""
    sites = [site for site in structure().portals.values() if site.is_open]
    known = {
        "base": f"{request.script_root}/",
        "module": asset(PANEL),
        "words": {code: _word(code) for code in INTERFACE_LANGUAGES},
        "brands": {"": theme.ink_on({})}
        | {site.key: theme.ink_on(site.tokens) for site in sites if "brand" in site.tokens},
    }
    told = json.dumps(known, ensure_ascii=False, separators=(",", ":"))
    return _kept(Response(_source(SCRIPT).replace("KALAUZ", told), mimetype="text/javascript"))


@blueprint.get("/embed/v1/<portal>/theme.css")
@public
@limiter.limit(SEARCH)
def looks(portal: str) -> Response:
    """The panel's stylesheet in the colours of a portal; `scheme`: light or dark, else as the reader has it."""
    site = structure().portals.get(portal)
    if site is None or not site.is_open:
        raise NotFound(N_("There is no open site at this address."))
    tokens = theme.in_shadow(site.tokens, _folder(), request.args.get("scheme", ""))
    response = _kept(Response(tokens + _source(LOOKS), mimetype="text/css"))
    response.headers["Access-Control-Allow-Origin"] = "*"  # as static files: nobody's
    return response


@blueprint.get("/embed/example/<portal>")
@public
@limiter.limit(SEARCH)
def example(portal: str) -> str:
    """The widget at work on a page of its own, and what a page can tell it."""
    site = structure().portals.get(portal)
    if site is None or not site.is_open:
        raise NotFound(N_("There is no open site at this address."))
    return render_template(
        "widgets/embed_example.html",
        site=site,
        script=url_for("embed_loader.script", _external=True),
        origin=request.host_url.rstrip("/"),
    )


def _word(code: str) -> str:
    with force_locale(code):
        return str(_("Help"))


def _kept(response: Response) -> Response:
    response.cache_control.public, response.cache_control.max_age = True, int(KEPT.total_seconds())
    return tag(response)


def _folder() -> Path:
    return Path(current_app.static_folder or "")


@cache
def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _source(name: str) -> str:
    return _read(_folder() / name)

"""Administration: people, groups, keys, portals, topics, audiences, articles, snippets, sources, folders, audit."""

from __future__ import annotations

from flask import Flask

from kb.languages import named
from kb.views.admin import (  # noqa: F401 - each adds its pages to the blueprint
    articles,
    audiences,
    audit,
    files,
    folders,
    groups,
    home,
    keys,
    people,
    portals,
    revisions,
    snippets,
    sources,
    topics,
)
from kb.views.admin.blueprint import blueprint
from kb.views.admin.navigation import GROUPS, side_nav


def init_app(app: Flask) -> None:
    """Register the pages, and the navigation of all work pages."""
    app.register_blueprint(blueprint)
    app.extensions["kalauz"].navigation.extend(GROUPS)
    app.jinja_env.globals["side_nav"] = side_nav
    app.jinja_env.filters["named"] = named

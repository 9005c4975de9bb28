"""Wires search into the application: the index, its follower, pages, API and commands."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from search import api, cli, views
from search.asking import Search
from search.followers import IndexFollower
from search.tantivy_engine import TantivyEngine

CLOCKS_DIFFER_BY = timedelta(days=1)  # at most, on the machines that ask one index


def init_app(app: Flask) -> None:
    """Open this node's index and register everything this package answers."""
    services = app.extensions["kalauz"]
    engine = TantivyEngine(services.config.index_folder)
    follower = IndexFollower(engine, since=lambda: services.clock() - CLOCKS_DIFFER_BY)
    services.followers.append(follower)
    app.extensions["search"] = Search(engine, follower)
    app.register_blueprint(views.blueprint)
    api.init_app(app)
    cli.init_app(app)

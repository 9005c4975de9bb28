"""Wires the knowledge base into the application: pages, API, commands."""

from __future__ import annotations

from flask import Flask

from kb import api, cli
from kb.views import account, api_page, articles, attachments, feeds, operations, portal
from kb.views import admin as administration


def init_app(app: Flask) -> None:
    """Register everything this package answers."""
    for module in (operations, account, api_page, attachments, articles, portal, feeds):
        app.register_blueprint(module.blueprint)
    api.init_app(app)
    administration.init_app(app)
    cli.init_app(app)

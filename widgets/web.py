"""Wires the screens of people with a customer on the line, and help in other sites' pages, into the application."""

from __future__ import annotations

from flask import Flask

from kb.context import Services
from widgets import navigation, panel, pop, wall
from widgets.embed import desk, loader, parts
from widgets.requests import views as requests


def init_app(app: Flask) -> None:
    """Register everything this package answers."""
    services: Services = app.extensions["kalauz"]
    services.navigation.append(navigation.GROUP)
    app.register_blueprint(panel.blueprint)
    app.register_blueprint(pop.blueprint)
    wall.init_app(app)
    app.register_blueprint(wall.blueprint)
    app.register_blueprint(parts.blueprint)
    app.register_blueprint(loader.blueprint)
    app.register_blueprint(desk.blueprint)
    app.register_blueprint(requests.blueprint)
    app.register_blueprint(requests.staff_blueprint)

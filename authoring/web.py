"""Wires authoring into the application: pages, commands and the demonstration."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from authoring import cli, demo, models  # noqa: F401 - its tables are part of the schema
from authoring.views import navigation
from authoring.views.blueprint import blueprint


def init_app(app: Flask) -> None:
    """Register everything this package answers."""
    cli.init_app(app)
    services = app.extensions["kalauz"]
    folder = Path(app.extensions["demo_folder"])
    services.preparations.append(lambda: demo.load_when_empty(folder))
    services.introductions.append(demo.introduce)
    services.navigation.append(navigation.GROUP)
    app.register_blueprint(blueprint)

"""Wires authoring into the application: pages, commands and the demonstration."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from authoring import cli, demo, models, words  # noqa: F401 - its tables are part of the schema
from authoring.views import navigation
from authoring.views.blueprint import blueprint
from kb.views.admin.words import KINDS_OF_THINGS, PROPERTIES


def init_app(app: Flask) -> None:
    """Register everything this package answers."""
    cli.init_app(app)
    services = app.extensions["kalauz"]
    folder = Path(app.extensions["demo_folder"])
    services.preparations.append(lambda: demo.load_when_empty(folder))
    services.introductions.append(demo.introduce)
    services.navigation.append(navigation.GROUP)
    KINDS_OF_THINGS.update(words.THINGS)
    PROPERTIES.update(words.PROPERTIES)
    app.register_blueprint(blueprint)

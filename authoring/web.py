"""Wires authoring into the application: commands and the demonstration."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from authoring import cli, demo


def init_app(app: Flask) -> None:
    """Register everything this package answers."""
    cli.init_app(app)
    services = app.extensions["kalauz"]
    folder = Path(app.extensions["demo_folder"])
    services.preparations.append(lambda: demo.load_when_empty(folder))
    services.introductions.append(demo.introduce)

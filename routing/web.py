"""Wires the routing core into the application: its tables, its words, and the clock that lets time pass for it."""

from __future__ import annotations

from flask import Flask

from kb.context import Services
from kb.views.admin.words import KINDS_OF_THINGS, PROPERTIES
from routing import models, words  # noqa: F401 - its tables are part of the schema
from routing.rounds import Ticker


def init_app(app: Flask) -> None:
    """Register everything this package answers, and let each process that serves pages ask for rounds."""
    services: Services = app.extensions["kalauz"]
    KINDS_OF_THINGS.update(words.THINGS)
    PROPERTIES.update(words.PROPERTIES)
    services.companions.append(Ticker(services).start)

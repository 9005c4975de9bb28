"""Wires the routing core into the application: its tables, its words, and the clock that lets time pass for it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from flask import Flask

from kb.context import Services
from kb.jobs import in_transaction
from kb.views.admin.words import KINDS_OF_THINGS, PROPERTIES
from routing import (  # noqa: F401 - its tables are part of the schema, and routes join the blueprint
    api,
    customers_api,
    customers_cli,
    demo,
    events_api,
    forgetting,
    models,
    reported,
    webhook_models,
    webhooks,
    words,
)
from routing.couriers import Courier
from routing.rounds import Ticker
from routing.views import agents, customers, entrances, navigation, queues, skills  # noqa: F401 - as above
from routing.views import webhooks as webhook_pages
from routing.views.blueprint import blueprint


def init_app(app: Flask) -> None:
    """Register everything this package answers, and let each process that serves pages ask for rounds."""
    services: Services = app.extensions["kalauz"]
    KINDS_OF_THINGS.update(words.THINGS)
    PROPERTIES.update(words.PROPERTIES)
    services.companions.extend([Ticker(services).start, Courier(services).start])
    services.jobs.append(
        in_transaction("early endings", timedelta(hours=1), services.database, reported.forget_early)
    )
    services.jobs.append(
        in_transaction("webhooks clean-up", timedelta(hours=1), services.database, webhooks.forget)
    )
    services.jobs.append(forgetting.job(services))
    events_api.init_app(app)
    api.init_app(app)
    customers_cli.init_app(app)
    folder = Path(app.extensions["demo_folder"])
    services.preparations.append(lambda: demo.load_when_empty(folder))
    services.navigation.append(navigation.GROUP)
    app.register_blueprint(blueprint)
    app.register_blueprint(customers.blueprint)
    app.register_blueprint(webhook_pages.blueprint)

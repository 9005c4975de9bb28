"""Wires the routing core into the application: its tables, its words, and the clock that lets time pass for it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from flask import Flask

from authoring.telling import notice_words
from kb.context import Services
from kb.jobs import in_transaction
from kb.views.admin.words import KINDS_OF_THINGS, PROPERTIES
from routing import (  # noqa: F401 - its tables are part of the schema, and routes join the blueprint
    api,
    customers_api,
    customers_cli,
    day_cli,
    demo,
    desk_api,
    events_api,
    foresight_models,
    foresight_plans,
    forgetting,
    models,
    register_models,
    reply_models,
    reported,
    webhook_document,
    webhook_models,
    webhooks,
    words,
)
from routing.chain import alarms_api, watching  # noqa: F401 - as above
from routing.chain import api as chain_api  # noqa: F401 - as above
from routing.chain import models as chain_models  # noqa: F401 - as above
from routing.core import FirstOf
from routing.couriers import Courier
from routing.foreseeing import CaseCore
from routing.looking_up import LookUp
from routing.outside_core import OutsideCore
from routing.rounds import Ticker
from routing.staffing import cli as staffing_cli
from routing.staffing import playing
from routing.views import (  # noqa: F401 - as above
    agents,
    alarms,
    customers,
    entrances,
    escalations,
    experts,
    foresight,
    navigation,
    queues,
    reporting,
    skills,
    staffing,
)
from routing.views import registers as register_pages
from routing.views import webhooks as webhook_pages
from routing.views.blueprint import blueprint


def init_app(app: Flask) -> None:
    """Register everything this package answers, and let each process that serves pages ask for rounds."""
    services: Services = app.extensions["kalauz"]
    KINDS_OF_THINGS.update(words.THINGS)
    PROPERTIES.update(words.PROPERTIES)
    notice_words.KINDS.update(words.NOTICES)
    services.companions.extend([Ticker(services).start, Courier(services).start])
    services.jobs.append(
        in_transaction("early endings", timedelta(hours=1), services.database, reported.forget_early)
    )
    services.jobs.append(
        in_transaction("webhooks clean-up", timedelta(hours=1), services.database, webhooks.forget)
    )
    services.jobs.append(forgetting.job(services))
    services.jobs.append(watching.job(services))
    events_api.init_app(app)
    api.init_app(app)
    webhook_document.init_app(app)
    app.extensions["routing core"] = FirstOf([OutsideCore(services), CaseCore(app.extensions["cases"])])
    app.extensions["customer look-up"] = LookUp(services)
    foresight_plans.init_app()
    customers_cli.init_app(app)
    day_cli.init_app(app)
    playing.init_app()
    staffing_cli.init_app(app)
    folder = Path(app.extensions["demo_folder"])
    services.preparations.append(lambda: demo.load_when_empty(folder))
    services.navigation.append(navigation.GROUP)
    app.register_blueprint(blueprint)
    app.register_blueprint(customers.blueprint)
    app.register_blueprint(experts.open_blueprint)
    app.register_blueprint(register_pages.blueprint)
    app.register_blueprint(webhook_pages.blueprint)

"""Wires cases into the application: the case bases, their follower, API and commands."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from flask import Flask
from sqlalchemy import func, select

from cbr import api, arrivals, cli, import_work, models, reporting, words  # noqa: F401 - its tables are part of the schema
from cbr.background import Worker
from cbr.followers import CaseBases
from cbr.index.compiled import FEW, fastest
from cbr.models import Case
from cbr.views import (  # noqa: F401 - their routes join the blueprint
    case_articles,
    case_duplicates,
    case_editing,
    case_page,
    case_review,
    imports,
    navigation,
    nearest,
    type_attributes,
    types,
)
from cbr.views import measures as measures_page  # noqa: F401 - its routes join the blueprint
from cbr.views.blueprint import blueprint
from cbr.views.import_files import WaitingFiles
from kb.context import Services
from kb.jobs import Job
from kb.views.admin.words import KINDS_OF_THINGS, PROPERTIES

KEPT_EVERY = timedelta(minutes=10)
FORGOTTEN_EVERY = timedelta(hours=1)
SWEPT_EVERY = timedelta(minutes=1)


def init_app(app: Flask) -> None:
    """Open this node's case bases and register everything this package answers."""
    services: Services = app.extensions["kalauz"]
    app.extensions["cases"] = bases = CaseBases(services.config.data / "cases")
    services.followers.append(bases)

    def keep(_now: datetime | None = None) -> None:
        with services.database.session() as session:
            bases.keep(session)

    services.shared.extend([keep, partial(_compile, services)])
    services.jobs.append(Job("cases snapshot", KEPT_EVERY, keep))
    services.companions.append(Worker(services).start)
    app.extensions["waiting tables"] = waiting = WaitingFiles(services.config.data / "imports")
    services.jobs.append(
        Job("imports left behind", SWEPT_EVERY, partial(arrivals.sweep_left, services.database))
    )
    services.jobs.append(Job("tables that waited", FORGOTTEN_EVERY, waiting.forget_old))
    reporting.init_app()
    KINDS_OF_THINGS.update(words.THINGS)
    PROPERTIES.update(words.PROPERTIES)
    services.navigation.append(navigation.GROUP)
    app.register_blueprint(blueprint)
    api.init_app(app)
    cli.init_app(app)


def _compile(services: Services) -> None:
    """The inner loops, before anybody waits for them, where there are so many cases that they are worth it."""
    with services.database.session() as session:
        most = session.scalar(
            select(func.count(Case.id))
            .group_by(Case.case_type_id)
            .order_by(func.count(Case.id).desc())
            .limit(1)
        )
    if (most or 0) > FEW:
        fastest()

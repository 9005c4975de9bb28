"""Wires authoring into the application: pages, commands and the demonstration."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path

from flask import Flask

from authoring import cli, demo, models, words  # noqa: F401 - its tables are part of the schema
from authoring.approval import overdue
from authoring.archive import backups
from authoring.lifetimes import reminders
from authoring.reading import readings
from authoring.telling import mail
from authoring.views import navigation
from authoring.views.blueprint import blueprint
from authoring.views.guides import editor, exchange, statistics, trial  # noqa: F401 - their routes join the blueprint
from authoring.views.mail import open_blueprint
from kb.context import Services
from kb.jobs import Job
from kb.views.admin.words import KINDS_OF_THINGS, PROPERTIES


def init_app(app: Flask) -> None:
    """Register everything this package answers."""
    cli.init_app(app)
    services = app.extensions["kalauz"]
    folder = Path(app.extensions["demo_folder"])
    services.preparations.append(lambda: demo.load_when_empty(folder))
    services.introductions.append(demo.introduce)
    services.navigation.extend([navigation.OWN, navigation.GROUP])
    _mail(app, services)
    services.jobs.extend([reminders.job(services), readings.job(services), overdue.job(services)])
    if backup := backups.job(services):
        services.jobs.append(backup)
    KINDS_OF_THINGS.update(words.THINGS)
    PROPERTIES.update(words.PROPERTIES)
    app.register_blueprint(blueprint)
    app.register_blueprint(open_blueprint)


def _mail(app: Flask, services: Services) -> None:
    """Nothing is written while nothing could be sent: notices of the last days wait until mail is set up."""
    if not services.config.missing_for_mail:
        services.jobs.append(Job("mail", timedelta(seconds=10), partial(mail.run, app)))
    services.jobs.append(Job("mail clean-up", timedelta(days=1), partial(mail.clean, services)))

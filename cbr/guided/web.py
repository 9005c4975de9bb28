"""Wires guided help into the application: pages, API, and the job that counts runs."""

from __future__ import annotations

from flask import Flask

from cbr.guided import api, assist, offering, portal, tallies
from cbr.guided.by_cases import CaseGuides
from cbr.guided.playing import Players


def init_app(app: Flask) -> None:
    """Register all of it, after the case bases were opened."""
    services = app.extensions["kalauz"]
    app.extensions["guided"] = Players(CaseGuides(app.extensions["cases"]))
    app.extensions[offering.OFFERING] = offering.Offering()
    app.add_template_global(offering.address, "guided_help")
    app.add_template_global(offering.can_start, "guide_can_start")
    services.jobs.append(tallies.job(services))
    services.navigation.append(assist.GROUP)
    app.register_blueprint(portal.blueprint)
    app.register_blueprint(assist.blueprint)
    api.init_app(app)

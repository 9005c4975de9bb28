"""What operators ask: is it alive, is it ready, what are the figures."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, render_template
from sqlalchemy.exc import SQLAlchemyError

from kb import context, metrics, migrate
from kb.access import needs_scope, public
from kb.context import services
from kb.page_cache import cached

blueprint = Blueprint("operations", __name__)


@blueprint.get("/healthz")
@public
def healthz() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@public
def readyz() -> tuple[Response, int]:
    """The database answers with the newest schema, and the followers are not behind."""
    try:
        if not migrate.is_current(services().database):
            return jsonify(status="not ready", reason="the database schema is not current"), 503
        head = context.head()
        behind = {follower.name: head - follower.position() for follower in services().followers}
    except SQLAlchemyError:
        return jsonify(status="not ready", reason="the database does not answer"), 503
    return jsonify(status="ok", journal=head, behind=behind), 200


@blueprint.get("/metrics")
@needs_scope("metrics")
def metrics_() -> Response:
    """Prometheus' text format; closed to the public."""
    return metrics.exposition()


@blueprint.get("/robots.txt")
@public
def robots() -> Response:
    """What crawlers may read: open portals, but no searches and nothing behind a login."""
    text = render_template("kb/robots.txt", portals=context.structure().portals.values())
    return Response(text, mimetype="text/plain")


@blueprint.get("/")
@public
@cached()
def home() -> str:
    """All portals that are open to the viewer."""
    viewer = context.viewer()
    portals = [
        site for site in context.structure().portals.values() if site.entry_audience in viewer.audiences
    ]
    return render_template("kb/portals.html", portals=portals)

"""What all pages of authoring share: the blueprint, and who may open them."""

from __future__ import annotations

from flask import Blueprint, g

from kb.models import Role

blueprint = Blueprint("authoring", __name__, url_prefix="/authoring")

WRITERS = (Role.AUTHOR, Role.TRANSLATOR, Role.SPECIALIST, Role.SUPERVISOR)
"""Who writes texts; administrators do as well."""

DESK = (*WRITERS, Role.REVIEWER)
"""Who works on articles: those who write and those who approve."""


@blueprint.before_request
def _keep_private() -> None:
    """Nothing of these pages stays in a cache."""
    g.private = True

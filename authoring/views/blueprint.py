"""What all pages of authoring share: the blueprint, and who may open them."""

from __future__ import annotations

from flask import Blueprint, g, request

from kb import context
from kb.languages import INTERFACE_LANGUAGES, negotiate
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


@blueprint.before_request
def _speak_to_the_person() -> None:
    """The language in an address is that of a text; the page around it is in the person's own."""
    accepted = (code for code, _ in request.accept_languages)
    g.language = negotiate([*context.viewer().languages, *accepted], INTERFACE_LANGUAGES, "en")

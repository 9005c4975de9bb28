"""What all pages of search for staff share: the blueprint, and who may open them."""

from __future__ import annotations

from flask import Blueprint, g, request

from kb import context
from kb.languages import INTERFACE_LANGUAGES, negotiate
from kb.models import Role

blueprint = Blueprint("search_desk", __name__, url_prefix="/search")

LEARNERS = (Role.AUTHOR, Role.SPECIALIST, Role.SUPERVISOR)
"""Who looks at what was asked, and turns it into articles; administrators do as well."""


@blueprint.before_request
def _keep_private() -> None:
    """Nothing of these pages stays in a cache."""
    g.private = True


@blueprint.before_request
def _speak_to_the_person() -> None:
    """The page is in the person's own language."""
    accepted = (code for code, _ in request.accept_languages)
    g.language = negotiate([*context.viewer().languages, *accepted], INTERFACE_LANGUAGES, "en")

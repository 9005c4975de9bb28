"""What all pages of authoring share: the blueprint, and who may open them."""

from __future__ import annotations

from flask import Blueprint

from kb.models import Role
from kb.views.staff import for_staff

blueprint = for_staff(Blueprint("authoring", __name__, url_prefix="/authoring"))

WRITERS = (Role.AUTHOR, Role.TRANSLATOR, Role.SPECIALIST, Role.SUPERVISOR)
"""Who writes texts; administrators do as well."""

DESK = (*WRITERS, Role.REVIEWER)
"""Who works on articles: those who write and those who approve."""

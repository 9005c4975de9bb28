"""What all pages of search for staff share: the blueprint, and who may open them."""

from __future__ import annotations

from flask import Blueprint

from kb.models import Role
from kb.views.staff import for_staff

blueprint = for_staff(Blueprint("search_desk", __name__, url_prefix="/search"))

LEARNERS = (Role.AUTHOR, Role.SPECIALIST, Role.SUPERVISOR)
"""Who looks at what was asked, and turns it into articles; administrators do as well."""

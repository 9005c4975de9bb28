"""What all pages of cases for staff share: the blueprint, and who may open them."""

from __future__ import annotations

from flask import Blueprint

from kb.models import Role
from kb.views.staff import for_staff

blueprint = for_staff(Blueprint("case_desk", __name__, url_prefix="/cases"))

READERS = tuple(Role)
"""Who looks cases up and records them; what each sees starts from the viewer."""

SHAPERS = (Role.SPECIALIST,)
"""Who says what a case type is; administrators do as well."""

MEASURERS = (Role.REVIEWER, Role.SPECIALIST, Role.SUPERVISOR)
"""Who confirms cases and measures case types; administrators measure as well."""

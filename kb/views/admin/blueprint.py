"""What all pages of the administration share: the blueprint, who looks after articles, rows by their id."""

from __future__ import annotations

from typing import TypeVar

from flask import Blueprint
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kb import context
from kb.db import Base
from kb.errors import NotFound
from kb.http import LARGEST_ID
from kb.languages import INTERFACE_LANGUAGES, negotiate
from kb.models import Role
from kb.views.staff import keep_private

blueprint = Blueprint("admin", __name__, url_prefix="/admin")
blueprint.before_request(keep_private)

CARETAKERS = (Role.AUTHOR, Role.TRANSLATOR, Role.REVIEWER, Role.SUPERVISOR, Role.SPECIALIST)
"""Who looks after articles; administrators do as well."""

Answer = str | Response | tuple[str, int]
"""What a page answers: itself, with a status when something was wrong with its form, or where to go on."""

T = TypeVar("T", bound=Base)


def row(table: type[T], row_id: int) -> T:
    """The row with this id.

    Raises:
        NotFound: there is none, or none any more.
    """
    found = context.session().get(table, row_id) if 0 < row_id <= LARGEST_ID else None
    if found is None:
        raise NotFound(_("It does not exist any more."))
    return found


def languages_in_use() -> tuple[str, ...]:
    """Every language that a portal shows, and those of the interface."""
    shown = (code for portal in context.structure().portals.values() for code in portal.languages)
    return tuple(dict.fromkeys([*INTERFACE_LANGUAGES, *shown]))


def reading_order() -> tuple[str, ...]:
    """The languages in use with the viewer's own first: in which names are shown."""
    in_use = languages_in_use()
    own = negotiate([context.language()], in_use, "en")
    return tuple(dict.fromkeys([own, *in_use]))

"""Words for what the audit log tells of cases: its things and their properties."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

THINGS = {
    "case": _l("Case"),
    "case_type": _l("Case type"),
}

PROPERTIES = {
    "adapted": _l("Worked with a change"),
    "article": _l("Article"),
    "case_type.is_active": _l("In use"),
    "case_type_id": _l("Case type"),
    "changed_at": _l("Changed"),
    "confirmed_at": _l("Confirmed"),
    "count": _l("Contacts"),
    "facts": _l("Facts"),
    "failed": _l("Did not work"),
    "imported_hash": _l("As imported"),
    "note": _l("Note"),
    "problem": _l("Problem"),
    "retired_at": _l("Retired"),
    "reviewer_id": _l("Confirmed by"),
    "schema": _l("Attributes"),
    "solution": _l("Solution"),
    "solution_key": _l("Same solution"),
    "source": _l("Comes from"),
    "version": _l("Version"),
    "worked": _l("Worked"),
}

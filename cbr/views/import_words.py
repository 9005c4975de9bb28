"""Words for the steps of an import."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from cbr.arranging import Role
from cbr.tables import NO_SEPARATOR

ROLES = {
    Role.FACT: _l("A fact"),
    Role.SOLUTION: _l("The solution"),
    Role.PROBLEM: _l("The problem in words"),
    Role.TITLE: _l("The title of the solution"),
    Role.ARTICLE: _l("The key of an article"),
    Role.KEY: _l("What names the row"),
    Role.OUT: _l("Leave out"),
}

SEPARATORS = {
    ",": _l("commas"),
    ";": _l("semicolons"),
    "\t": _l("tabs"),
    "|": _l("vertical bars"),
    NO_SEPARATOR: _l("one column"),
}

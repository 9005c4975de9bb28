"""Lines of cases in the side navigation of all work pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from cbr.views import cases
from cbr.views.blueprint import MEASURERS, READERS, SHAPERS
from kb.views.admin.navigation import Group, Item

ITEMS: tuple[Item, ...] = (
    Item(_l("Cases"), "case_desk.cases", "list", READERS, prefix="case_desk.case", count=cases.waiting),
    Item(_l("Case types"), "case_desk.types", "settings", SHAPERS, prefix="case_desk.type"),
    Item(_l("Quality of cases"), "case_desk.measures", "eye", MEASURERS, prefix="case_desk.measure"),
)

GROUP = Group(12, _l("Cases"), ITEMS)

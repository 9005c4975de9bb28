"""Lines of cases in the side navigation of all work pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from kb.views.admin.navigation import Group, Item

ITEMS: tuple[Item, ...] = ()

GROUP = Group(12, _l("Cases"), ITEMS)

"""Lines of search in the side navigation of all work pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from kb.models import Role
from kb.views.admin.navigation import Group, Item
from search.views.blueprint import LEARNERS

ITEMS: tuple[Item, ...] = (
    Item(_l("Questions"), "search_desk.questions", "search", LEARNERS),
    Item(_l("Synonyms"), "search_desk.synonyms", "list", LEARNERS, prefix="search_desk.synonym"),
    Item(_l("Search sources"), "search_desk.sources", "external", prefix="search_desk.source"),
    Item(_l("Search by meaning"), "search_desk.meaning", "globe", (Role.SUPERVISOR,)),
)

GROUP = Group(15, _l("Search"), ITEMS)

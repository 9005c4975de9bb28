"""Words for what the audit log tells of search: its things and their properties."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

THINGS = {
    "gap_decision": _l("Decision about a question"),
    "search_source": _l("Search source"),
    "synonym_group": _l("Synonyms"),
}

PROPERTIES = {
    "budget_ms": _l("Readers wait (milliseconds)"),
    "crawled_at": _l("Pages changed"),
    "one_way": _l("One way only"),
    "portals": _l("Portals"),
    "settings": _l("Settings"),
    "shape": _l("Question"),
    "words": _l("Words"),
}

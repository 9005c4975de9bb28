"""Lines of authoring in the side navigation of all work pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from authoring.views import desk, mail, notices, readings, suggestions
from authoring.views.blueprint import DESK
from kb.models import Role
from kb.views.admin.navigation import Group, Item

OWN_ITEMS: tuple[Item, ...] = (
    Item(
        _l("Notices"),
        "authoring.notices",
        "bell",
        prefix="authoring.notice",
        count=notices.unseen,
        everybody=True,
    ),
    Item(
        _l("To read"),
        "authoring.readings",
        "eye",
        prefix="authoring.reading",
        count=readings.waiting,
        everybody=True,
    ),
)
"""For everybody who is logged in, whatever their roles."""

ITEMS: tuple[Item, ...] = (
    Item(_l("Desk"), "authoring.desk", "check", DESK, "authoring.review", count=desk.count),
    Item(
        _l("Suggestions"),
        "authoring.suggestions",
        "thumb-up",
        suggestions.STAFF,
        prefix="authoring.suggestions",
        count=suggestions.waiting,
    ),
    Item(_l("Translations"), "authoring.matrix", "globe", DESK, "authoring.xliff"),
    Item(_l("Links"), "authoring.links", "link", DESK),
    Item(_l("Expiry"), "authoring.expiry", "calendar", DESK, "authoring.expiry"),
    Item(_l("Quality"), "authoring.quality", "standard", (Role.SUPERVISOR,)),
    Item(_l("Workflows"), "authoring.workflows", "guide", prefix="authoring.workflow"),
    Item(_l("Kinds"), "authoring.kinds", "settings", (Role.SUPERVISOR,), "authoring.kind"),
    Item(_l("Mail"), "authoring.mails", "mail", prefix="authoring.mail", count=mail.given_up),
)

OWN = Group(5, _l("For you"), OWN_ITEMS)
GROUP = Group(10, _l("Authoring"), ITEMS)

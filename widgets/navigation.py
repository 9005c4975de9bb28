"""Lines of the panel in the side navigation of all work pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from kb.models import Role
from kb.views.admin.navigation import Group, Item

GROUP = Group(
    5,
    _l("Contacts"),
    (
        Item(_l("Panel"), "agent_panel.idle", "phone", (Role.AGENT, Role.SUPERVISOR, Role.SPECIALIST)),
        Item(_l("Wall"), "agent_wall.wall", "eye", (Role.SUPERVISOR,)),
    ),
)

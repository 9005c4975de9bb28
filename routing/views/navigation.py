"""Lines of the routing core in the side navigation of all work pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from kb.models import Role
from kb.views.admin.navigation import Group, Item
from routing.views.blueprint import ABOVE, DIRECTORS

ITEMS: tuple[Item, ...] = (
    Item(_l("Escalations"), "routing_desk.escalations", "history", ABOVE, prefix="routing_desk.escalation"),
    Item(_l("Alarms"), "routing_desk.alarms", "warning", DIRECTORS),
    Item(_l("Queues"), "routing_desk.queues", "list", DIRECTORS, prefix="routing_desk.queue"),
    Item(_l("Agents"), "routing_desk.agents", "users", DIRECTORS, prefix="routing_desk.agent"),
    Item(_l("Skills"), "routing_desk.skills", "standard", DIRECTORS, prefix="routing_desk.skill"),
    Item(_l("Ways in"), "routing_desk.entrances", "phone", DIRECTORS, prefix="routing_desk.entrance"),
    Item(_l("Foresight"), "routing_desk.foresight", "eye", DIRECTORS, prefix="routing_desk.foresight"),
    Item(_l("Report of the day"), "routing_desk.report", "history", DIRECTORS),
    Item(_l("Staffing"), "routing_desk.staffing", "calendar", DIRECTORS),
    Item(_l("Take in customers"), "customers_desk.take", "user", DIRECTORS),
    Item(_l("Customer registers"), "registers.registers", "key", (Role.ADMIN,), prefix="registers.register"),
    Item(_l("Webhooks"), "webhooks.webhooks", "external", (Role.ADMIN,), prefix="webhooks.webhook"),
)

GROUP = Group(14, _l("Routing"), ITEMS)

"""Words for what the audit log tells of the routing core: its things and their properties."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

THINGS = {
    "agent": _l("Agent"),
    "customer": _l("Customer"),
    "entrance": _l("Way in"),
    "queue": _l("Queue"),
    "skill": _l("Skill"),
    "webhook": _l("Webhook"),
}

PROPERTIES = {
    "agent.is_active": _l("Takes contacts"),
    "address": _l("Number or address"),
    "capacity": _l("At once"),
    "channel": _l("Channel"),
    "choice": _l("Choice"),
    "fallback_id": _l("If nobody serves it"),
    "hours": _l("Opening hours"),
    "level": _l("Level"),
    "level_s": _l("Answered within"),
    "level_share": _l("Share answered in time"),
    "messages": _l("Message"),
    "messages_until": _l("Message until"),
    "offer_s": _l("Time to take an offer"),
    "priority": _l("Priority"),
    "queue.is_active": _l("In use"),
    "queue_id": _l("Queue"),
    "queues": _l("Queues"),
    "skills": _l("Skills"),
    "steps": _l("Overflow"),
    "targets": _l("Due"),
    "kinds": _l("Events"),
    "secret": _l("Secret"),
    "webhook.is_active": _l("In use"),
    "wrap_up_s": _l("Time to write up"),
}

"""Words for what the audit log tells of the routing core: its things and their properties."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from authoring.telling.notice_words import Words
from routing.chain import experts, telling

THINGS = {
    "agent": _l("Agent"),
    "customer": _l("Customer"),
    "customer_register": _l("Customer register"),
    "entrance": _l("Way in"),
    "foresight_plan": _l("Foresight of a queue"),
    "foresight_source": _l("Foresight from cases"),
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
    "customer_register.budget_ms": _l("A contact waits for it (milliseconds)"),
    "customer_register.is_active": _l("In use"),
    "fallback_id": _l("If nobody serves it"),
    "fewest": _l("At least so many cases"),
    "header": _l("Header"),
    "hours": _l("Opening hours"),
    "level": _l("Level"),
    "level_key": _l("Level"),
    "level_s": _l("Answered within"),
    "level_share": _l("Share answered in time"),
    "messages": _l("Message"),
    "messages_until": _l("Message until"),
    "mode": _l("What becomes of it"),
    "near": _l("A standard is known from"),
    "offer_s": _l("Time to take an offer"),
    "often": _l("Often escalated from"),
    "paths": _l("Where it stands"),
    "priority": _l("Priority"),
    "queue.is_active": _l("In use"),
    "queue_id": _l("Queue"),
    "queue_key": _l("Queue"),
    "queues": _l("Queues"),
    "skills": _l("Skills"),
    "skills_key": _l("Skills"),
    "sure": _l("Sure from"),
    "steps": _l("Overflow"),
    "targets": _l("Due"),
    "kinds": _l("Events"),
    "secret": _l("Secret"),
    "webhook.budget_ms": _l("A contact waits for it (milliseconds)"),
    "webhook.is_active": _l("In use"),
    "wrap_up_s": _l("Time to write up"),
}

NOTICES = {
    telling.LATE: Words(
        _l("Not done in time"),
        _l("Not done in time: %(title)s"),
        _l("A contact in “%(title)s” was not done in time."),
    ),
    telling.UNSERVED: Words(
        _l("Nobody can take it"),
        _l("Nobody can take it: %(title)s"),
        _l("A contact came to “%(title)s” that nobody can take. Please look at it."),
    ),
    experts.NOTICE: Words(
        _l("Answers from outside"),
        _l("Answered: %(title)s"),
        _l("Somebody whom you asked about “%(title)s” has answered."),
    ),
}

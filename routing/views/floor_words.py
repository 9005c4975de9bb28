"""How the pages call channels, levels and days, and how they read a step of overflow out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from routing.chain.models import AlarmKind, Outcome, Stage
from routing.models import Channel, Standing
from routing.typed import order_text, seconds_text

CHANNELS: Mapping[str, str] = {
    Channel.PHONE: _l("Phone"),
    Channel.CALLBACK: _l("Callback"),
    Channel.CHAT: _l("Chat"),
    Channel.MAIL: _l("E-mail"),
    Channel.WEB: _l("Web form"),
    Channel.IVR: _l("Voice menu"),
}
LEVELS: Mapping[int, str] = {
    1: _l("Level 1, in front"),
    2: _l("Level 2, supervisors"),
    3: _l("Level 3, specialists"),
}
STANDINGS: Mapping[str, str] = {
    Standing.AVAILABLE: _l("available"),
    Standing.BUSY: _l("busy"),
    Standing.AWAY: _l("away"),
    Standing.AFTER_CALL: _l("writing up"),
}
OUTCOMES: Mapping[str, str] = {
    Outcome.SENT: _l("Waiting"),
    Outcome.AVOIDED: _l("Not needed"),
    Outcome.ANSWERED: _l("Answered"),
    Outcome.HANDED_ON: _l("Handed on"),
    Outcome.GIVEN_BACK: _l("Given back"),
}
ALARMS: Mapping[tuple[str, str], str] = {
    (AlarmKind.ANSWER, Stage.WARNING): _l("To be answered soon"),
    (AlarmKind.ANSWER, Stage.BREACH): _l("Not answered in time"),
    (AlarmKind.RESOLVE, Stage.WARNING): _l("To be done soon"),
    (AlarmKind.RESOLVE, Stage.BREACH): _l("Not done in time"),
    (AlarmKind.UNSERVED, Stage.BREACH): _l("Nobody can take it"),
    (AlarmKind.UNTAKEN, Stage.BREACH): _l("Handed over, and not taken"),
}
WEEKDAYS = (
    _l("Monday"),
    _l("Tuesday"),
    _l("Wednesday"),
    _l("Thursday"),
    _l("Friday"),
    _l("Saturday"),
    _l("Sunday"),
)


def step_words(step: Mapping[str, Any], own: str, names: Mapping[str, str]) -> str:
    """A step of overflow as a sentence.

    Args:
        own: key of the queue whose step it is.
        names: key -> name of all queues.
    """
    said = {
        "time": seconds_text(round(step["after_s"])),
        "order": order_text(step["order"]),
        "queue": names.get(step["queue"], step["queue"]),
    }
    return _sentence(step["after_s"] <= 0, step["queue"] == own, step.get("skilled", True), said)


def _sentence(at_once: bool, is_own: bool, skilled: bool, said: Mapping[str, str]) -> str:
    if is_own and at_once:
        found = _("At once up to order %(order)s of this queue.", **said)
    elif is_own and skilled:
        found = _("After %(time)s also up to order %(order)s of this queue.", **said)
    elif is_own:
        found = _("After %(time)s also up to order %(order)s of this queue, without the skills.", **said)
    elif skilled:
        found = _("After %(time)s also up to order %(order)s of %(queue)s.", **said)
    else:
        found = _("After %(time)s also up to order %(order)s of %(queue)s, without the skills.", **said)
    return str(found)

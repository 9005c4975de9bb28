"""When a contact must be answered and done: so much working time of its queue, by channel and priority."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import holidays

from routing.hours import ALWAYS, Hours, Span
from routing.models import Contact, Queue

YEARS_AHEAD = 2
WARNED_AFTER = 0.8
"""The share of the working time after which somebody is warned."""


class Target(NamedTuple):
    """What is promised, in seconds of working time; None for nothing."""

    answer_s: int | None
    resolve_s: int | None


def target(targets: Sequence[Mapping[str, Any]], channel: str, priority: int) -> Target:
    """What a queue promises for a channel and priority: the target that says most about them.

    >>> rules = [{"channel": "", "priority": 0, "answer_s": 60}, {"channel": "mail", "priority": 0, "resolve_s": 28800}]
    >>> target(rules, "mail", 3), target(rules, "phone", 0)
    (Target(answer_s=None, resolve_s=28800), Target(answer_s=60, resolve_s=None))
    """
    fitting = [
        rule
        for rule in targets
        if rule.get("channel", "") in {"", channel} and rule.get("priority", 0) <= priority
    ]
    best = max(fitting, key=lambda rule: (bool(rule.get("channel")), rule.get("priority", 0)), default={})
    return Target(best.get("answer_s"), best.get("resolve_s"))


def set_due(contact: Contact, queue: Queue) -> None:
    """Work out what is due when, from when the contact began to wait."""
    came = contact.waited_from
    hours, promised = hours_of(queue, came), target(queue.targets, contact.channel, contact.priority)
    contact.answer_due_at = _due(hours, came, promised.answer_s)
    contact.resolve_due_at = _due(hours, came, promised.resolve_s)
    contact.answer_warn_at = _due(hours, came, promised.answer_s, WARNED_AFTER)
    contact.resolve_warn_at = _due(hours, came, promised.resolve_s, WARNED_AFTER)


def hours_of(queue: Queue, at: datetime) -> Hours:
    """The calendar of a queue, with the public holidays of its country about that time."""
    kept = queue.hours
    if not kept:
        return ALWAYS
    days: dict[date, tuple[Span, ...]] = dict.fromkeys(_holidays(kept.get("country", ""), at.year), ())
    days.update({date.fromisoformat(day): _spans(spans) for day, spans in kept.get("days", {}).items()})
    return Hours(kept["zone"], tuple(_spans(spans) for spans in kept["week"]), days)


@lru_cache(maxsize=64)
def _holidays(country: str, year: int) -> frozenset[date]:
    if not country:
        return frozenset()
    land, _, part = country.partition("-")
    years = range(year - 1, year + YEARS_AHEAD)
    return frozenset(holidays.country_holidays(land, subdiv=part or None, years=years))


def _spans(spans: Sequence[Sequence[int]]) -> tuple[Span, ...]:
    return tuple(Span(opens, closes) for opens, closes in spans)


def _due(hours: Hours, begin: datetime, working_s: int | None, share: float = 1.0) -> datetime | None:
    return None if working_s is None else hours.after(begin, timedelta(seconds=share * working_s))

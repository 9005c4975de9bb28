"""A dry run beside a form: what would have become of a day's contacts with what is typed there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import request

from kb import context
from kb.context import now, session, viewer
from routing import people, queues
from routing.playing_out import Outcome
from routing.rehearsal import Change, Rehearsal, rehearse
from routing.views.rehearsal_pictures import Soon, soon

MOST_PEOPLE = 30


@dataclass(frozen=True)
class QueueLine:
    """What a dry run tells of a queue.

    Args:
        level_s: the time in which its contacts are to be answered, in seconds.
    """

    name: str
    level_s: int
    real: Outcome
    before: Outcome
    after: Outcome
    picture: Soon


@dataclass(frozen=True)
class Shown:
    """A dry run as the page tells it.

    Args:
        people: (name, taken before, taken after), those first for whom most changes.
    """

    day: date
    rehearsal: Rehearsal
    lines: Sequence[QueueLine]
    people: Sequence[tuple[str, int, int]]


def is_asked() -> bool:
    """Whether the form was sent to be tried, not saved."""
    return request.form.get("act") == "rehearse"


def day_asked() -> date:
    """The day that was chosen; yesterday where none was."""
    try:
        return date.fromisoformat(request.form.get("rehearsal_day", ""))
    except ValueError:
        return now().astimezone(ZoneInfo(context.zone())).date() - timedelta(days=1)


def try_out(change: Change, names: Mapping[str, str]) -> Shown:
    """Play the day that was chosen.

    Args:
        names: key -> name of all queues.
    """
    day, zone = day_asked(), ZoneInfo(context.zone())
    begin, end = (datetime.combine(one, time(), zone) for one in (day, day + timedelta(days=1)))
    found = rehearse(session(), begin, end, change, by=viewer())
    lines = []
    for queue in queues.every(session()):
        real, before, after = (one.of(queue.key) for one in (found.real, found.before, found.after))
        if real.fates:
            picture = soon(before, after, queue.level_s)
            lines.append(QueueLine(names[queue.key], queue.level_s, real, before, after, picture))
    taken = found.before.taken, found.after.taken
    rows = [
        (agent.person.name, taken[0][agent.person_id], taken[1][agent.person_id])
        for agent in people.every(session())
        if taken[0][agent.person_id] or taken[1][agent.person_id]
    ]
    rows.sort(key=lambda row: -abs(row[2] - row[1]))
    return Shown(day, found, lines, rows[:MOST_PEOPLE])

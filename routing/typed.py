"""What people type of times, and how it is shown again: open hours, single days, how long something takes; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise

from routing.hours import WHOLE_DAY_MIN, Span

CLOSED = "-"
LETTERS = "ABCDEFGHI"
_SPAN = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*[-–—]\s*(\d{1,2})(?:[:.](\d{2}))?")
_DURATION = re.compile(r"(?:(?:(\d{1,4}):)?(\d{1,4}):)?(\d{1,6})")


class Mistyped(ValueError):
    """It cannot be read; str() is the part that cannot."""


def spans(text: str) -> tuple[Span, ...]:
    """The open hours of a day, in the order of the day; none for an empty text or "-".

    Raises:
        Mistyped: a part of it is no span of time, or two of them cross.

    >>> spans("8-12, 13:00–17:30")
    (Span(opens=480, closes=720), Span(opens=780, closes=1050))
    >>> spans("-"), spans("0-24")
    ((), (Span(opens=0, closes=1440),))
    """
    parts = [part.strip() for part in re.split(r"[,;]", text) if part.strip()]
    if parts == [CLOSED]:
        return ()
    found = sorted(map(_span, parts))
    for earlier, later in pairwise(found):
        if later.opens < earlier.closes:
            raise Mistyped(text.strip())
    return tuple(found)


def spans_text(found: Sequence[Sequence[int]]) -> str:
    """Open hours as they are typed.

    >>> spans_text([(480, 720), (780, 1050)])
    '8:00–12:00, 13:00–17:30'
    """
    return ", ".join(f"{_clock(opens)}–{_clock(closes)}" for opens, closes in found)


def days(text: str) -> dict[date, tuple[Span, ...]]:
    """Single days with their hours: a line for each, the date first; closed where nothing follows it.

    Raises:
        Mistyped: a line is no day with hours, or a day stands twice.

    >>> days("2026-12-24 9-12\\n2026-12-27 -")
    {datetime.date(2026, 12, 24): (Span(opens=540, closes=720),), datetime.date(2026, 12, 27): ()}
    """
    found: dict[date, tuple[Span, ...]] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        day, _blank, hours = line.partition(" ")
        try:
            at = date.fromisoformat(day)
        except ValueError:
            raise Mistyped(line) from None
        if at in found:
            raise Mistyped(line)
        found[at] = spans(hours)
    return found


def days_text(found: Mapping[str, Sequence[Sequence[int]]]) -> str:
    """Single days as they are typed.

    >>> days_text({"2026-12-27": [], "2026-12-24": [[540, 720]]})
    '2026-12-24 9:00–12:00\\n2026-12-27 -'
    """
    return "\n".join(f"{day} {spans_text(hours) or CLOSED}" for day, hours in sorted(found.items()))


def seconds(text: str) -> int:
    """How long something takes, typed as seconds, minutes:seconds or hours:minutes:seconds.

    Raises:
        Mistyped: it is none of them.

    >>> seconds("45"), seconds("2:00"), seconds("8:00:00")
    (45, 120, 28800)
    """
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise Mistyped(text.strip())
    hours, minutes, rest = (int(part or 0) for part in found.groups())
    return (hours * 60 + minutes) * 60 + rest


def seconds_text(taken_s: int) -> str:
    """How long something takes, as it is typed.

    >>> seconds_text(45), seconds_text(120), seconds_text(28_800)
    ('0:45', '2:00', '8:00:00')
    """
    minutes, rest = divmod(taken_s, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def order(text: str) -> int:
    """An order as a letter or a digit, 1 for A; 0 for nothing.

    Raises:
        Mistyped: it is no order.

    >>> order("A"), order("c"), order("2"), order(" ")
    (1, 3, 2, 0)
    """
    typed = text.strip().upper()
    if not typed:
        return 0
    found = LETTERS.find(typed) if typed.isalpha() else "123456789".find(typed)
    if len(typed) != 1 or found < 0:
        raise Mistyped(text.strip())
    return found + 1


def order_text(order: int) -> str:
    """An order as a letter; nothing for 0.

    >>> order_text(2), order_text(0)
    ('B', '')
    """
    return LETTERS[order - 1] if order else ""


def _span(part: str) -> Span:
    found = _SPAN.fullmatch(part)
    if found is None:
        raise Mistyped(part)
    since, since_min, until, until_min = (int(one or 0) for one in found.groups())
    span = Span(since * 60 + since_min, until * 60 + until_min)
    if max(since_min, until_min) >= 60 or not span.opens < span.closes <= WHOLE_DAY_MIN:
        raise Mistyped(part)
    return span


def _clock(minute: int) -> str:
    hours, minutes = divmod(minute, 60)
    return f"{hours}:{minutes:02}"

"""What an interval needs as a row of a table for other programs; pure."""

from __future__ import annotations

import math

from routing.staffing.needs import Need

HEADINGS = (
    *("time", "contacts", "load_erlang", "agents", "agents_if_nobody_hangs_up", "agents_paid"),
    *("in_time", "wait_s", "hang_up", "occupancy", "blocked_if_nobody_waits"),
)


def row(need: Need) -> list[str | int]:
    """Figures as a spreadsheet takes them, shares of 1; "" for what never ends."""
    given = need.given
    return [
        clock(need.slot.start_min),
        _figure(need.slot.arrivals),
        _figure(need.load),
        need.agents,
        need.patient_agents,
        need.rostered,
        *(_figure(one) for one in (given.level, given.wait_s, given.abandons, given.occupancy, need.blocked)),
    ]


def clock(minute: int) -> str:
    """A time of day.

    >>> clock(545)
    '09:05'
    """
    hours, minutes = divmod(minute, 60)
    return f"{hours:02}:{minutes:02}"


def _figure(value: float) -> str:
    return f"{value:.4f}" if math.isfinite(value) else ""

"""How many contacts came when: counts by day and time out of a table, and the typical day that they make; pure."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import NamedTuple

from cbr.tables import Fault, read_table
from kb.errors import N_, Invalid

DAY_MIN = 24 * 60
USUAL_STEP_MIN = 60
"""Of a table with one time only."""

MOST_ROWS = 200_000
MOST_CALLS = 1_000_000.0
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?)?")


class Slot(NamedTuple):
    """An interval of a day.

    Args:
        start_min: when it begins, in minutes after midnight.
        arrivals: how many come in it.
    """

    start_min: int
    arrivals: float


@dataclass(frozen=True)
class Counts:
    """How many came.

    Args:
        step_min: how long each interval is, in minutes.
        days: "2026-11-23", or "" where the table has no days -> start of an interval in minutes -> how many.
    """

    step_min: int
    days: Mapping[str, Mapping[int, float]]

    def typical(self, length_min: int, chosen: str = "") -> list[Slot]:
        """The mean of some days, in intervals of this length, from the first to the last in which somebody came.

        Args:
            length_min: in minutes; a day is cut into whole ones.
            chosen: "" for all days, "0" for Mondays to "6" for Sundays, or one day.
        """
        days = [counted for day, counted in self.days.items() if _is_of(day, chosen)]
        sums: dict[int, float] = defaultdict(float)
        for counted in days:
            for minute, count in counted.items():
                for later in range(0, self.step_min, length_min):  # counts by the hour, wanted by half of it
                    share = min(length_min, self.step_min - later) / self.step_min
                    sums[(minute + later) // length_min] += count * share
        there = [place for place, count in sums.items() if count]
        if not there:
            return []
        return [
            Slot(place * length_min, sums.get(place, 0.0) / len(days))
            for place in range(min(there), max(there) + 1)
        ]

    @property
    def weekdays(self) -> list[int]:
        """Those of which there are days, 0 for Monday."""
        return sorted({date.fromisoformat(day).weekday() for day in self.days if day})


@dataclass(frozen=True)
class Read:
    """What a table held, and the lines that could not be taken."""

    counts: Counts
    faults: Sequence[Fault]


def read_counts(data: bytes) -> Read:
    """Counts out of a table with a heading: a column of times, one of counts, and perhaps one of days.

    A time can stand together with its day. Which column is which is seen from what stands in them; of several that
    could be the count it is the last.

    Raises:
        Invalid: "file": it is no such table.
    """
    table = read_table(data)
    if len(table) > MOST_ROWS:
        raise Invalid({"file": N_("At most %(most)s lines are read.", most=f"{MOST_ROWS:,}")})
    moments = _column(table.columns, _moment, "")
    times = moments or _column(table.columns, _minute, "")
    days = moments or _column(table.columns, _day, times)
    calls = _column(table.columns, _count, times, days)
    if not times or not calls:
        raise Invalid({"file": N_("The table needs a column of times, such as 9:05, and one of counts.")})
    found: dict[str, dict[int, float]] = defaultdict(dict)
    faults = list(table.faults)
    for at, line in enumerate(table.lines):
        minute = _minute_of(table.columns[times][at])
        count = _count(table.columns[calls][at])
        day = _day_of(table.columns[days][at]) if days else ""
        if minute is None:
            faults.append(Fault(line, N_("This is no time of day."), False, table.names[times]))
        elif day is None:
            faults.append(Fault(line, N_("This is no day."), False, table.names[days]))
        elif count is None:
            faults.append(Fault(line, N_("A number of at least 0 belongs here."), False, table.names[calls]))
        elif minute in found[day]:
            faults.append(
                Fault(line, N_("This time stands twice; the first counts."), False, table.names[times])
            )
        else:
            found[day][minute] = count
    counted = {day: minutes for day, minutes in sorted(found.items()) if minutes}
    if not counted:
        raise Invalid({"file": N_("The table needs a column of times, such as 9:05, and one of counts.")})
    return Read(Counts(_step(counted), counted), sorted(faults))


def _is_of(day: str, chosen: str) -> bool:
    if not chosen or day == chosen:
        return True
    return bool(day) and chosen == str(date.fromisoformat(day).weekday())


def _column(columns: Mapping[str, Sequence[str]], read: Callable[[str], object], *taken: str) -> str:
    """The last column of which most can be read so; "" for none."""
    for key in reversed([*columns]):
        texts = [text for text in columns[key] if text.strip()]
        if key not in taken and texts and 2 * sum(read(text) is not None for text in texts) > len(texts):
            return key
    return ""


def _step(days: Mapping[str, Mapping[int, float]]) -> int:
    apart = Counter(
        later - earlier for counted in days.values() for earlier, later in pairwise(sorted(counted))
    )
    return apart.most_common(1)[0][0] if apart else USUAL_STEP_MIN


def _moment(text: str) -> datetime | None:
    """A day with a time."""
    try:
        return datetime.fromisoformat(text.strip()) if _TIME.search(text) else None
    except ValueError:
        return None


def _minute(text: str) -> int | None:
    """A time alone, in minutes after midnight."""
    found = _TIME.fullmatch(text.strip())
    if found is None or int(found[2]) >= 60:
        return None
    minute = int(found[1]) * 60 + int(found[2])
    return minute if minute < DAY_MIN else None


def _minute_of(text: str) -> int | None:
    moment = _moment(text)
    return moment.hour * 60 + moment.minute if moment else _minute(text)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if "-" in text else None
    except ValueError:
        return None


def _day_of(text: str) -> str | None:
    moment = _moment(text)
    day = moment.date() if moment else _day(text)
    return day.isoformat() if day else None


def _count(text: str) -> float | None:
    try:
        count = float(text.replace(",", "."))
    except ValueError:
        return None
    return count if math.isfinite(count) and 0 <= count <= MOST_CALLS else None

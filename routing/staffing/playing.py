"""Playing a day is long work: asked for on the page, done beside it by a process of its own (`cbr.background`)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from cbr import background
from kb.errors import N_, Invalid
from kb.viewers import Viewer
from routing.permissions import DIRECT
from routing.staffing.counts import Slot
from routing.staffing.models import ArrivalRecord
from routing.staffing.needs import Terms
from routing.staffing.records import counts_of, own
from routing.staffing.simulation import Figures, Line, Split, simulate

PLAY = SUBJECT = "staffing"
RUNS = 5


@dataclass(frozen=True)
class Day:
    """Which contacts are meant.

    Args:
        record: id of a file; 0 for the own contacts of the last weeks.
        queue: key of the one they came to, of own contacts; "" for all.
        chosen: as `Counts.typical` has it.
        zone: in which the days of own contacts are told.
    """

    record: int = 0
    queue: str = ""
    chosen: str = ""
    zone: str = "UTC"


def slots_of(session: Session, day: Day, length_min: int, now: datetime) -> list[Slot]:
    """The typical day; nothing where a file went, or nobody came."""
    if not day.record:
        return own(session, now, day.zone, day.queue).typical(length_min, day.chosen)
    record = session.get(ArrivalRecord, day.record)
    return counts_of(record).typical(length_min, day.chosen) if record else []


def init_app() -> None:
    """Playing can be asked for on the page."""
    background.KINDS[PLAY] = background.Kind(DIRECT, _deed)


def ask(session: Session, day: Day, terms: Terms, split: Split, *, by: Viewer, now: datetime) -> None:
    """Ask for a day to be played.

    Raises:
        Conflict: one is being played.
    """
    background.ask(session, PLAY, SUBJECT, by=by, now=now, asked=plainly(day, terms, split))


def plainly(day: Day, terms: Terms, split: Split) -> dict[str, Any]:
    """What is asked for, as plain data: the same is not played again."""
    kept = asdict(terms) | {"patience_s": terms.patience_s if math.isfinite(terms.patience_s) else None}
    shares = {"shares": [*split.shares], "overflow_s": split.overflow_s}
    return {"day": asdict(day), "terms": kept, "split": shares}


def lines_of(result: Mapping[str, Any]) -> list[Line]:
    """What was played."""
    return [
        Line(one["name"], one["arrivals"], *(_figures(one[part]) for part in ("formula", "played", "within")))
        for one in result["lines"]
    ]


def _deed(work: background.Work) -> dict[str, Any]:
    asked = work.asked
    patience_s = asked["terms"]["patience_s"]
    terms = Terms(**asked["terms"] | {"patience_s": math.inf if patience_s is None else patience_s})
    split = Split(tuple(asked["split"]["shares"]), asked["split"]["overflow_s"])
    with work.services.database.session() as session:
        slots = slots_of(session, Day(**asked["day"]), terms.length_min, work.services.clock())
    if not slots:
        raise Invalid({"day": N_("Nobody came on such a day.")})
    lines = background.gently(partial(simulate, slots, terms, split, runs=RUNS, tell=work.tell))
    return {"lines": [_plain(line) for line in lines]}


def _plain(line: Line) -> dict[str, Any]:
    parts = {name: _finite(getattr(line, name)) for name in ("formula", "played", "within")}
    return {"name": line.name, "arrivals": line.arrivals, **parts}


def _finite(figures: Figures) -> list[float | None]:
    """JSON has no word for what never ends."""
    return [value if math.isfinite(value) else None for value in figures]


def _figures(values: Sequence[float | None]) -> Figures:
    return Figures(*(math.inf if value is None else value for value in values))

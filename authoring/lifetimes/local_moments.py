"""A field for a moment as the clock on the person's wall shows it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from wtforms import Field
from wtforms.widgets import DateTimeLocalInput

from kb import context

MINUTE = "%Y-%m-%dT%H:%M"
FORMATS = (MINUTE, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S")


def from_local(local: datetime, zone: ZoneInfo) -> datetime | None:
    """The moment in UTC at which a clock shows a time: the first of two, None where the clocks leap over it.

    >>> from_local(datetime(2026, 10, 25, 2, 30), ZoneInfo("Europe/Budapest")).isoformat()
    '2026-10-25T00:30:00+00:00'
    >>> from_local(datetime(2026, 3, 29, 2, 30), ZoneInfo("Europe/Budapest"))
    """
    moment = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    shown = moment.astimezone(zone).replace(tzinfo=None, fold=0)
    return moment if shown == local else None


def to_local(moment: datetime | None, zone: ZoneInfo) -> str:
    """What a clock shows at a moment, to the minute, as the browser's field wants it."""
    return moment.astimezone(zone).strftime(MINUTE) if moment else ""


class LocalMomentField(Field):  # type: ignore[misc]  # the library comes without types
    """A moment in the person's zone; its data is in UTC, None where nothing is given.

    Of an hour that comes twice the first is taken; one that the clocks leap over is refused. What was stored stays,
    to the second, as long as nobody touches it.
    """

    widget = DateTimeLocalInput()
    data: datetime | None

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else to_local(self.data, ZoneInfo(context.zone()))

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read what was typed.

        Raises:
            ValueError: it is no date with a time, or an hour that does not exist.
        """
        typed = valuelist[0].strip() if valuelist else ""
        zone = ZoneInfo(context.zone())
        if typed and isinstance(self.object_data, datetime) and typed == to_local(self.object_data, zone):
            self.data = self.object_data
            return
        self.data = None
        if not typed:
            return
        local = parsed(typed)
        if local is None:
            raise ValueError(_("Give a day and a time, such as 2026-05-31 18:00."))
        self.data = from_local(local, zone)
        if self.data is None:
            raise ValueError(
                _(
                    "This time does not exist: the clocks are put forward then. Choose an earlier or a later one."
                )
            )


def parsed(typed: str) -> datetime | None:
    """What was typed as a time on the wall; None where it is none.

    The first year there is and the last are left out: in another zone they may lie outside the calendar.
    """
    for form in FORMATS:
        try:
            local = datetime.strptime(typed, form)  # noqa: DTZ007 - the zone is that of the person
        except ValueError:
            continue
        return local if MINYEAR < local.year < MAXYEAR else None
    return None

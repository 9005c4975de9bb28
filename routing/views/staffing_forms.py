"""What is asked of staffing: it stays in the address, so that a plan can be sent to somebody else."""

from __future__ import annotations

import math
from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from werkzeug.datastructures import MultiDict
from wtforms import IntegerField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from kb.errors import N_
from kb.http import told
from kb.views.admin.forms import AdminForm
from routing import typed
from routing.staffing.needs import Terms
from routing.staffing.playing import Day
from routing.staffing.simulation import Split
from routing.views.floor_words import WEEKDAYS

OWN = "own"
MOST_GROUPS = 9
LENGTHS_MIN = (15, 30, 60)
SHORTEST_S = 1


class UploadForm(AdminForm):
    """A table of counts."""

    file = FileField(_l("File"), [FileRequired()], render_kw={"accept": ".csv,.tsv,.txt,text/csv"})


class StaffingForm(AdminForm):
    """What a day needs."""

    source = SelectField(_l("Contacts of"), default=OWN)
    day = SelectField(_l("Day"), default="")
    interval = SelectField(
        _l("Length of an interval"),
        coerce=int,
        default=30,
        choices=[SelectChoice(length, f"{length} min") for length in LENGTHS_MIN],
    )
    handling = StringField(_l("One contact takes"), [DataRequired(), Length(max=16)], default="4:00")
    patience = StringField(
        _l("Hangs up after"), [Optional(), Length(max=16)], render_kw={"placeholder": "3:00"}
    )
    level = IntegerField(_l("In time (%)"), [NumberRange(1, 99)], default=85)
    within = StringField(_l("Answered within"), [DataRequired(), Length(max=16)], default="1:00")
    busiest = IntegerField(_l("Busy at most (%)"), [NumberRange(10, 100)], default=90)
    shrinkage = IntegerField(_l("Paid, but away (%)"), [NumberRange(0, 90)], default=30)
    groups = StringField(
        _l("Groups of agents"), [DataRequired(), Length(max=64)], default="100", render_kw={"class": "code"}
    )
    overflow = StringField(
        _l("Help others after"), [Optional(), Length(max=16)], render_kw={"placeholder": "0:30"}
    )

    def __init__(
        self, given: MultiDict[str, str], files: Mapping[str, str], queues: Mapping[str, str]
    ) -> None:
        super().__init__(given, meta={"csrf": False})  # it changes nothing
        own = [SelectChoice(OWN, _l("All queues, last eight weeks"))]
        own += [SelectChoice(f"{OWN}:{key}", name) for key, name in queues.items()]
        self.source.choices = [*own, *(SelectChoice(key, name) for key, name in files.items())]
        self.day.choices = [
            SelectChoice("", _l("All days")),
            *(SelectChoice(str(number), name) for number, name in enumerate(WEEKDAYS)),
        ]

    def day_meant(self, zone: str) -> Day:
        """Whose contacts, and of which days."""
        source = self.source.data or OWN
        is_own = source.partition(":")[0] == OWN
        return Day(0 if is_own else int(source), source.partition(":")[2], self.day.data or "", zone)

    def terms(self) -> Terms:
        """What is promised; after `read`."""
        return Terms(
            handling_s=self._seconds(self.handling),
            patience_s=self._seconds(self.patience) if self.patience.data else math.inf,
            level=self.level.data / 100,
            within_s=self._seconds(self.within, 0),
            busiest=self.busiest.data / 100,
            shrinkage=self.shrinkage.data / 100,
            length_min=self.interval.data,
        )

    def split(self) -> Split:
        """Who helps whom; after `read`."""
        shares = tuple(float(part) for part in self.groups.data.split(","))
        return Split(shares, self._seconds(self.overflow) if self.overflow.data else None)

    def read(self) -> bool:
        """Whether all of it makes sense; else what does not is said beside its field."""
        is_fine = self.validate()
        for field, least in ((self.handling, 1), (self.patience, 1), (self.within, 0), (self.overflow, 1)):
            if field.data and not field.errors:
                try:
                    is_fine &= self._seconds(field, least) >= least
                except typed.Mistyped:
                    field.errors = [told(N_("“%(text)s” cannot be read.", text=field.data))]
                    is_fine = False
        if not self.groups.errors and not _are_shares(self.groups.data or ""):
            self.groups.errors = [told(N_("“%(text)s” cannot be read.", text=self.groups.data or ""))]
            is_fine = False
        return bool(is_fine)

    def _seconds(self, field: StringField, least: float = SHORTEST_S) -> float:
        found = typed.seconds(field.data or "")
        if found < least:
            raise typed.Mistyped(field.data)
        return float(found)


def _are_shares(text: str) -> bool:
    try:
        shares = [float(part) for part in text.split(",")]
    except ValueError:
        return False
    return 0 < len(shares) <= MOST_GROUPS and all(0 < share <= 1_000 for share in shares)

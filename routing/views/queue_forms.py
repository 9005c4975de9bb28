"""The form of a queue: times are typed as people write them, steps and targets are rows with some empty ones below."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import holidays
from babel import Locale
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from kb.errors import N_, Invalid
from kb.forms import ZONES
from kb.views.admin.forms import AdminForm, per_language, short
from routing import typed
from routing.hours import Span
from routing.models import Queue
from routing.overflow import LAST_ORDER
from routing.queues import LONGEST_MESSAGE, LONGEST_NAME, MOST_STEPS, MOST_TARGETS, Plan
from routing.typed import Mistyped
from routing.views.floor_words import CHANNELS, WEEKDAYS

SPARE_STEPS, SPARE_TARGETS = 2, 1
ORDERS = [SelectChoice(order, typed.order_text(order)) for order in range(1, LAST_ORDER + 1)]
T = TypeVar("T")


class QueueForm(AdminForm):
    """Where contacts wait. Fields of days, steps and targets are added by `queue_form`."""

    key = StringField(
        _l("Key"),
        [InputRequired(), Length(max=63)],
        description=_l("Numbers, agents and other systems refer to it; it cannot be changed later."),
        render_kw={"class": "code", "autocomplete": "off", "spellcheck": "false"},
    )
    position = IntegerField(_l("Place in the list"), [InputRequired(), NumberRange(0, 9999)], default=0)
    is_active = BooleanField(_l("In use"), default=True)
    is_always_open = BooleanField(_l("Always open"), default=True)
    zone = SelectField(_l("Time zone"), choices=["UTC", *ZONES])
    country = SelectField(_l("Closed on the public holidays of"))
    part = StringField(_l("Part of the country"), [Length(max=16)], render_kw={"class": "code"})
    days = TextAreaField(
        _l("Days that differ"),
        [Length(max=20_000)],
        description=_l("One a line: 2026-12-24 9:00–12:00, or 2026-12-27 - for closed."),
        render_kw={"rows": 3, "class": "code"},
    )
    level_share = IntegerField(
        _l("Share to be answered (%)"), [InputRequired(), NumberRange(1, 100)], default=85
    )
    level = StringField(_l("Within (minutes:seconds)"), [InputRequired(), Length(max=16)], default="1:00")
    offer = StringField(_l("Time to take an offer"), [InputRequired(), Length(max=16)], default="0:20")
    wrap_up = StringField(_l("Time to write up"), [InputRequired(), Length(max=16)], default="2:00")
    told_until = DateTimeLocalField(_l("Told until"), [Optional()])
    fallback = SelectField(_l("If nobody here can serve it, it goes to"))
    step_rows, target_rows = HiddenField(), HiddenField()

    def plan(self, zone: str) -> Plan:
        """What was typed.

        Args:
            zone: in which the end of the message was typed.

        Raises:
            Invalid: under the name of the field, what cannot be read.
        """
        reading = _Reading(self)
        until: datetime | None = self.told_until.data
        plan = Plan(
            names=self.texts("names"),
            position=self.position.data,
            is_active=self.is_active.data,
            hours=self._hours(reading),
            steps=self.steps(reading),
            targets=self._targets(reading),
            level_share=self.level_share.data / 100,
            level_s=reading.of("level", typed.seconds, 60),
            offer_s=reading.of("offer", typed.seconds, 20),
            wrap_up_s=reading.of("wrap_up", typed.seconds, 120),
            messages=self.texts("messages"),
            messages_until=until.replace(tzinfo=ZoneInfo(zone)) if until else None,
            fallback=self.fallback.data or "",
        )
        reading.check()
        return plan

    def steps(self, reading: _Reading | None = None) -> list[dict[str, Any]]:
        """The steps of the rows that have a time.

        Raises:
            Invalid: a time cannot be read, where `reading` is not to collect it.
        """
        own = reading or _Reading(self)
        found = [
            {
                "after_s": own.of(f"step{number}_after", typed.seconds, 0),
                "queue": self[f"step{number}_queue"].data,
                "order": self[f"step{number}_order"].data,
                "skilled": not self[f"step{number}_unskilled"].data,
            }
            for number in self.filled_steps()
        ]
        if reading is None:
            own.check()
        return found

    def filled_steps(self) -> list[int]:
        """The numbers of the rows in which a step was typed."""
        rows = range(int(self.step_rows.data))
        return [number for number in rows if (self[f"step{number}_after"].data or "").strip()]

    def filled_targets(self) -> list[int]:
        """The numbers of the rows in which something due was typed."""
        return [
            number
            for number in range(int(self.target_rows.data))
            if any((self[f"target{number}_{name}"].data or "").strip() for name in ("answer", "resolve"))
        ]

    def of_rows(self, problems: Mapping[str, str]) -> dict[str, str]:
        """What is wrong, under the rows that it was typed in: empty rows count for nothing."""
        places = {
            **{f"step{place}_": f"step{number}_" for place, number in enumerate(self.filled_steps())},
            **{f"target{place}_": f"target{number}_" for place, number in enumerate(self.filled_targets())},
            **{f"{name}_s": name for name in ("level", "offer", "wrap_up")},
            "week": "day0",
            "messages_until": "told_until",
        }
        moved = {}
        for name, reason in problems.items():
            start = next((old for old in places if name.startswith(old)), None)
            moved[name if start is None else places[start] + name.removeprefix(start)] = reason
        return moved

    def _hours(self, reading: _Reading) -> dict[str, Any]:
        closed: tuple[Span, ...] = ()
        none: dict[date, tuple[Span, ...]] = {}
        week = [reading.of(f"day{number}", typed.spans, closed) for number in range(7)]
        days = reading.of("days", typed.days, none)
        if self.is_always_open.data:
            return {}
        part = (self.part.data or "").strip().upper()
        return {
            "zone": self.zone.data,
            "week": [[list(span) for span in spans] for spans in week],
            "country": "-".join(filter(None, (self.country.data, part if self.country.data else ""))),
            "days": {day.isoformat(): [list(span) for span in spans] for day, spans in days.items()},
        }

    def _targets(self, reading: _Reading) -> list[dict[str, Any]]:
        return [
            {
                "channel": self[f"target{number}_channel"].data,
                "priority": self[f"target{number}_priority"].data or 0,
                "answer_s": reading.of(f"target{number}_answer", typed.seconds, None),
                "resolve_s": reading.of(f"target{number}_resolve", typed.seconds, None),
            }
            for number in self.filled_targets()
        ]


class _Reading:
    """Reads fields, and keeps what cannot be read until all are."""

    def __init__(self, form: QueueForm) -> None:
        self._form, self._problems = form, dict[str, str]()

    def of(self, name: str, read: Callable[[str], T], otherwise: T) -> T:
        """What stands in a field; `otherwise` where it is empty or cannot be read."""
        text = (self._form[name].data or "").strip()
        if not text:
            return otherwise
        try:
            return read(text)
        except Mistyped as error:
            self._problems[name] = N_("“%(text)s” cannot be read.", text=str(error)[:80])
            return otherwise

    def check(self) -> None:
        """Raise Invalid where something could not be read."""
        if self._problems:
            raise Invalid(self._problems)


def queue_form(
    languages: Sequence[str], queues: Sequence[tuple[str, str]], steps: int, targets: int, locale: str
) -> type[QueueForm]:
    """The form with fields for each language and day, and so many rows.

    Args:
        queues: (key, name) of all.
    """
    offered = [SelectChoice(key, name) for key, name in queues]
    fields: dict[str, Any] = {
        "country": SelectField(_l("Closed on the public holidays of"), choices=_countries(locale)),
        "fallback": SelectField(
            _l("If nobody here can serve it, it goes to"),
            choices=[SelectChoice("", _l("(nowhere)")), *offered],
        ),
    }
    for number, day in enumerate(WEEKDAYS):
        fields[f"day{number}"] = StringField(day, [Length(max=120)], render_kw={"autocomplete": "off"})
    for number in range(steps):
        fields[f"step{number}_after"] = StringField(_l("After"), [Length(max=16)])
        fields[f"step{number}_order"] = SelectField(_l("up to order"), choices=ORDERS, coerce=int, default=2)
        fields[f"step{number}_queue"] = SelectField(_l("of"), choices=offered, validate_choice=False)
        fields[f"step{number}_unskilled"] = BooleanField(_l("without the skills"))
    for number in range(targets):
        channels = [SelectChoice("", _l("every channel")), *(SelectChoice(*one) for one in CHANNELS.items())]
        fields[f"target{number}_channel"] = SelectField(_l("Channel"), choices=channels, default="")
        fields[f"target{number}_priority"] = IntegerField(_l("From priority"), [InputRequired()], default=0)
        fields[f"target{number}_answer"] = StringField(_l("Answered within"), [Length(max=16)])
        fields[f"target{number}_resolve"] = StringField(_l("Solved within"), [Length(max=16)])
    made: type[QueueForm] = type("QueueForm", (QueueForm,), fields)
    return per_language(made, languages, names=short(LONGEST_NAME), messages=short(LONGEST_MESSAGE))


def rows_wanted(queue: Queue | None, sent: Mapping[str, str]) -> tuple[int, int]:
    """How many rows of steps and targets there are: those that were sent, else what is stored and a few to fill in."""
    stored = (len(queue.steps), len(queue.targets)) if queue else (0, 0)
    usual = stored[0] + SPARE_STEPS, stored[1] + SPARE_TARGETS
    given = sent.get("step_rows", ""), sent.get("target_rows", "")
    steps, targets = (
        int(text) if text.isdecimal() and len(text) < 4 else rows
        for text, rows in zip(given, usual, strict=True)
    )
    return min(steps, MOST_STEPS + SPARE_STEPS), min(targets, MOST_TARGETS + SPARE_TARGETS)


def stored(queue: Queue, zone: str, fallback: str) -> dict[str, Any]:
    """What is kept of a queue, as the data of its form.

    Args:
        zone: in which the end of the message is shown.
        fallback: key of the queue that it falls back to.
    """
    hours = queue.hours
    country, _, part = hours.get("country", "").partition("-")
    until = (
        queue.messages_until.astimezone(ZoneInfo(zone)).replace(tzinfo=None) if queue.messages_until else None
    )
    data: dict[str, Any] = {
        "position": queue.position,
        "is_active": queue.is_active,
        "is_always_open": not hours,
        "zone": hours.get("zone", zone),
        "country": country,
        "part": part,
        "days": typed.days_text(hours.get("days", {})),
        "level_share": round(queue.level_share * 100),
        "level": typed.seconds_text(queue.level_s),
        "offer": typed.seconds_text(queue.offer_s),
        "wrap_up": typed.seconds_text(queue.wrap_up_s),
        "told_until": until,
        "fallback": fallback,
    }
    for number, spans in enumerate(hours.get("week", ())):
        data[f"day{number}"] = typed.spans_text(spans)
    for number, step in enumerate(queue.steps):
        data |= {
            f"step{number}_after": typed.seconds_text(round(step["after_s"])),
            f"step{number}_order": step["order"],
            f"step{number}_queue": step["queue"],
            f"step{number}_unskilled": not step.get("skilled", True),
        }
    for number, target in enumerate(queue.targets):
        data |= {
            f"target{number}_channel": target.get("channel", ""),
            f"target{number}_priority": target.get("priority", 0),
            f"target{number}_answer": _due_text(target.get("answer_s")),
            f"target{number}_resolve": _due_text(target.get("resolve_s")),
        }
    return data


def _due_text(due_s: int | None) -> str:
    return "" if due_s is None else typed.seconds_text(due_s)


def _countries(locale: str) -> list[SelectChoice]:
    names = Locale.parse(locale, sep="-" if "-" in locale else "_").territories
    known = sorted((str(names.get(code, code)), code) for code in holidays.list_supported_countries())
    return [SelectChoice("", _l("(no country)")), *(SelectChoice(code, name) for name, code in known)]

"""The forms of case types: what a type is called and whom it is for, and everything of one attribute."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from cbr.case_type import KEY, Attribute, Choice, Kind, read_attribute
from cbr.measures import MEASURES, SETTINGS, write_measure
from cbr.plain import TEXT_LIMIT, Plain
from cbr.similarity import Table
from cbr.values import parse_number
from cbr.views import type_words
from cbr.views.type_tables import TypedTable, cells_of, is_small, lines_of, read_cells, read_lines
from cbr.views.type_values import read_choices, write_choices
from kb.errors import N_, Invalid
from kb.views.admin.forms import AdminForm, MultiCheckboxField, per_language, short, spread

WITH_VALUES = frozenset({Kind.CATEGORY, Kind.ORDINAL, Kind.TAXONOMY, Kind.SET})
USUAL = ""
"""The measure of whoever has chosen none."""

NUMBERS = ("range", "half", "tolerance", "full", "none", "period", "otherwise")
"""Settings of measures that are numbers."""


class NumberField(StringField):  # type: ignore[misc]  # WTForms has no types
    """A number as people in many countries write it; what cannot be read stays as it was typed."""

    def number(self) -> float | None:
        """What was typed, None where nothing was."""
        text = (self.data or "").strip()
        return parse_number(text) if text else None


def _choices(words: Mapping[Any, Any]) -> list[SelectChoice]:
    return [SelectChoice(value, word) for value, word in words.items()]


def _key_field(description: str) -> Field:
    kw = {"class": "code", "autocomplete": "off", "spellcheck": "false", "pattern": KEY.pattern}
    return StringField(_l("Key"), [InputRequired(), Length(max=64)], description=description, render_kw=kw)


class TypeForm(AdminForm):
    """What a case type is called, and who may know of it."""

    key = _key_field(_l("Small letters, digits, - and _; it cannot be changed later."))
    audience = SelectField(
        _l("For"), default="agent", description=_l("A case may be for fewer people than its type.")
    )


class AttributeForm(AdminForm):
    """Everything of one attribute, but its names and questions, which `attribute_form` adds for each language."""

    key = _key_field(_l("Columns of files are known by it; it cannot be changed later."))
    kind = SelectField(_l("What its values are"), choices=_choices(type_words.KINDS))
    unit = StringField(_l("Unit"), [Optional(), Length(max=40)], render_kw={"autocomplete": "off"})
    values = TextAreaField(
        _l("Values"), [Optional()], render_kw={"class": "code", "rows": 8, "spellcheck": "false"}
    )
    answerers = MultiCheckboxField(
        _l("Who can answer"),
        choices=_choices(type_words.ANSWERERS),
        description=_l("Nobody: it is never asked for."),
    )
    cost = NumberField(
        _l("Cost of asking"),
        [InputRequired()],
        description=_l("1 for a question that is answered in a moment."),
    )
    weight = NumberField(_l("Weight"), [InputRequired()], description=_l("0: it does not count."))
    missing = SelectField(_l("A case without a value"), choices=_choices(type_words.MISSING))
    measure = RadioField(_l("Measure"))
    range = NumberField(_l("Nothing in common from"))
    half = NumberField(_l("Half as alike at"))
    tolerance = NumberField(_l("The same up to"))
    full = NumberField(_l("The same up to"))
    none = NumberField(_l("Nothing in common from"))
    period = NumberField(_l("Once around"))
    over = SelectField(_l("Which part"), choices=_choices(type_words.OVERLAPS))
    whole_branch = BooleanField(_l("What lies below a value is as good as the value"))
    otherwise = NumberField(_l("All other pairs"))
    symmetric = BooleanField(_l("Both ways the same"), default=True)
    entries = TextAreaField(
        _l("Pairs"),
        [Optional()],
        description=_l("One a line: what is asked for | what a case has | a number from 0 to 1"),
        render_kw={"class": "code", "rows": 6, "spellcheck": "false"},
    )
    table: TypedTable

    def read(self, key: str) -> Attribute:
        """The attribute that was typed.

        Raises:
            Invalid: field -> what is wrong, with what cannot even be read shown already.
        """
        data, unread = self._to_plain(key)
        for name, sentence in unread:
            self.show(name, sentence)
        faults: dict[str, str] = {}
        try:
            typed = read_attribute(data)
        except Invalid as refused:
            said = {name for name, _ in unread}
            faults = {name: why for name, why in field_faults(refused.fields).items() if name not in said}
        if unread or faults:
            raise Invalid(faults)
        return typed

    def _to_plain(self, key: str) -> tuple[dict[str, Plain], list[tuple[str, str]]]:
        """The attribute as `read_attribute` takes it, and (field, sentence) of what cannot be read."""
        kind = Kind(self.kind.data)
        lines = (self.values.data or "") if kind in WITH_VALUES else ""
        choices, wrong_lines = read_choices(lines, tree=kind == Kind.TAXONOMY)
        unread = [("values", sentence) for sentence in wrong_lines]
        data = {
            "key": key,
            "kind": kind.value,
            "names": self.texts("names"),
            "unit": (self.unit.data or "").strip() if kind == Kind.NUMBER else "",
            "choices": [_plain_choice(choice) for choice in choices],
            "weight": self._number("weight"),
            "missing": self.missing.data,
            "questions": self.texts("questions"),
            "helps": self.texts("helps"),
            "answerers": self.answerers.data,
            "cost": self._number("cost"),
        }
        name = self.measure.data or USUAL
        if name != USUAL and name not in MEASURES[kind]:
            unread.append(("measure", N_("This does not fit such values. Choose another.")))
        elif name != USUAL:
            data["similarity"] = self._measure(kind, name, [choice.key for choice in choices])
            unread += [("entries", sentence) for sentence in self.table.faults if name == Table.name]
        return data, unread

    def _measure(self, kind: Kind, name: str, keys: list[str]) -> dict[str, Plain]:
        data: dict[str, Plain] = {"measure": name}
        for setting in sorted(SETTINGS[name]):
            if setting in NUMBERS:
                typed = self._number(setting)
                if typed is not None or setting != "otherwise":
                    data[setting] = typed
            elif setting == "entries":
                data[setting] = self._entries(kind, keys)
            else:
                data[setting] = self[setting].data
        return data

    def _entries(self, kind: Kind, keys: list[str]) -> dict[str, dict[str, float]]:
        """Of the table, what is about values that there still are."""
        there = {"true", "false"} if kind == Kind.BOOLEAN else set(keys)
        return {
            asked: kept
            for asked, row in self.table.entries.items()
            if (not there or asked in there)
            and (kept := {held: share for held, share in row.items() if not there or held in there})
        }

    def _number(self, name: str) -> float | None:
        return self[name].number()  # type: ignore[no-any-return]


def _plain_choice(choice: Choice) -> dict[str, Plain]:
    return {"key": choice.key, "names": choice.names, "parent": choice.parent, "synonyms": choice.synonyms}


def field_faults(faults: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with places of an attribute -> with fields of its form; the first of each."""
    found: dict[str, str] = {}
    for place, sentence in faults.items():
        parts = place.partition("].")[2].split(".") if place.startswith("attributes[") else place.split(".")
        name = parts[0].partition("[")[0]
        if name == "similarity" and len(parts) > 1:
            name = parts[1]
        if name in ("names", "questions", "helps") and len(parts) > 1:
            name = f"{name}_{parts[1]}"
        found.setdefault("values" if name == "choices" else name, sentence)
    return found


def attribute_form(
    languages: tuple[str, ...], attribute: Attribute | None, version: str, sent: Mapping[str, str]
) -> AttributeForm:
    """The form as it was sent, or of what is stored.

    Args:
        languages: in which it is called and asked for.
        attribute: None for a new one.
        version: of the case type.
        sent: the form as it came, empty if none did.
    """
    made = per_language(
        AttributeForm, languages, names=short(200), questions=short(TEXT_LIMIT), helps=short(TEXT_LIMIT)
    )
    form = made(data=_stored(attribute) | {"version": version})
    form.measure.choices = [(USUAL, _l("As is usual"))] + [
        (name, words) for name, (words, _) in type_words.MEASURES.items()
    ]
    if attribute is not None:
        form.keep_key()
    form.table = _table(attribute, sent)
    return form


def _stored(attribute: Attribute | None) -> dict[str, Any]:
    if attribute is None:
        fresh = Attribute("new", Kind.BOOLEAN)
        return _stored(fresh) | {"measure": USUAL}
    written = write_measure(attribute.similarity)
    settings = {
        name: _written(value) for name, value in written.items() if name not in ("measure", "entries")
    }
    entries = lines_of(written["entries"]) if "entries" in written else ""
    return {
        "kind": attribute.kind.value,
        "unit": attribute.unit,
        "values": write_choices(attribute.choices),
        "answerers": [one.value for one in attribute.answerers],
        "cost": f"{attribute.cost:g}",
        "weight": f"{attribute.weight:g}",
        "missing": attribute.missing.value,
        "measure": attribute.similarity.name,
        "entries": entries,
        **settings,
        **spread("names", attribute.names),
        **spread("questions", attribute.questions),
        **spread("helps", attribute.helps),
    }


def _written(value: object) -> object:
    return f"{value:.12g}" if isinstance(value, float) else value


def _table(attribute: Attribute | None, sent: Mapping[str, str]) -> TypedTable:
    if sent:
        return read_cells(sent) or read_lines(sent.get("entries", ""))
    if attribute is None or not isinstance(attribute.similarity, Table):
        return TypedTable()
    entries = attribute.similarity.entries
    return TypedTable({asked: dict(row) for asked, row in entries.items()}, cells_of(entries))


def squares(form: AttributeForm) -> list[str]:
    """The values of a table that is edited as squares; none where it is edited as lines."""
    if form.kind.data == Kind.BOOLEAN:
        return ["true", "false"]
    if form.kind.data not in WITH_VALUES - {Kind.SET}:
        return []
    keys = [choice.key for choice in read_choices(form.values.data or "", tree=True)[0]]
    return keys if is_small(keys) else []

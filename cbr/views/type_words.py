"""Words for what case types are made of."""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from cbr.case_type import Answerer, Attribute, Kind, Missing
from cbr.measures import SETTINGS

KINDS: dict[Kind, LazyString] = {
    Kind.BOOLEAN: _l("Yes or no"),
    Kind.CATEGORY: _l("One of several"),
    Kind.ORDINAL: _l("Levels in order"),
    Kind.NUMBER: _l("Number"),
    Kind.DATE: _l("Date"),
    Kind.TAXONOMY: _l("Tree of values"),
    Kind.SET: _l("Several at once"),
    Kind.TEXT: _l("Free text"),
}

MISSING: dict[Missing, LazyString] = {
    Missing.NEUTRAL: _l("counts as half alike"),
    Missing.DIFFERENT: _l("counts as not alike"),
    Missing.SAME: _l("counts as alike"),
    Missing.SKIP: _l("is left out; the others count more"),
}
"""What holds for a case without a value."""

ANSWERERS: dict[Answerer, LazyString] = {
    Answerer.SYSTEM: _l("Systems"),
    Answerer.AGENT: _l("Agents"),
    Answerer.CUSTOMER: _l("Customers"),
}

MEASURES: dict[str, tuple[LazyString, LazyString]] = {
    "exact": (_l("The same or not"), _l("1 for the same value, 0 for any other")),
    "table": (_l("Table"), _l("what you write down for each pair")),
    "linear": (_l("In a line"), _l("falls evenly until nothing is left")),
    "exponential": (_l("By halves"), _l("halves again and again with the distance")),
    "step": (_l("Step"), _l("the same up to a distance, then not alike")),
    "interval": (_l("Interval"), _l("the same up to one distance, nothing from another on")),
    "cyclic": (_l("In a circle"), _l("the last is beside the first, as with hours")),
    "taxonomy": (_l("In the tree"), _l("the lower two branches meet, the more alike")),
    "overlap": (_l("What they share"), _l("the part that both have")),
}
"""Measure -> its name, and what it does."""

OVERLAPS: dict[str, LazyString] = {
    "either": _l("of all that is in either"),
    "mean": _l("of the mean size"),
    "asked": _l("of what is asked for"),
    "smaller": _l("of the smaller one"),
}


def comparing(attribute: Attribute) -> str:
    """How an attribute is compared, with its numbers."""
    measure = attribute.similarity
    unit = f" {attribute.unit}" if attribute.unit else _(" days") if attribute.kind == Kind.DATE else ""
    numbers = [
        f"{value:g}{unit}"
        for name in sorted(SETTINGS[measure.name])
        if isinstance(value := getattr(measure, name), float) and name != "otherwise"
    ]
    return ", ".join([str(MEASURES[measure.name][0]), *numbers])

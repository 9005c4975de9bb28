"""Measures of similarity as plain data: {"measure": "linear", "range": 5}; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast, get_args

from cbr.plain import Plain, Reader
from cbr.similarity import (
    Cyclic,
    Exact,
    Exponential,
    Interval,
    Linear,
    Measure,
    Overlap,
    SharedOver,
    Step,
    Table,
    Taxonomy,
)
from kb.errors import N_

DISTANCES = ("exact", "linear", "exponential", "step", "interval", "cyclic")

MEASURES: Mapping[str, tuple[str, ...]] = {
    "boolean": ("exact", "table"),
    "category": ("exact", "table"),
    "ordinal": ("linear", "exact", "exponential", "step", "interval", "cyclic", "table"),
    "number": DISTANCES,
    "date": DISTANCES,
    "taxonomy": ("taxonomy", "exact", "table"),
    "set": ("overlap",),
    "text": ("overlap",),
}
"""Kind -> what can compare its values; the first stands where nothing is said."""

SETTINGS: Mapping[str, frozenset[str]] = {
    "exact": frozenset(),
    "table": frozenset({"entries", "otherwise", "symmetric"}),
    "taxonomy": frozenset({"whole_branch"}),
    "linear": frozenset({"range"}),
    "exponential": frozenset({"half"}),
    "step": frozenset({"tolerance"}),
    "interval": frozenset({"full", "none"}),
    "cyclic": frozenset({"period"}),
    "overlap": frozenset({"over"}),
}
"""Measure -> what can be set beside its name."""

OVERLAPS: tuple[str, ...] = get_args(SharedOver)


def read_measure(reader: Reader, kind: str, parents: Mapping[str, str]) -> Measure:
    """The measure under "similarity" of an attribute, or the usual one of its kind.

    Args:
        reader: the attribute; it notes the faults.
        parents: choice -> the choice above it, for a taxonomy.
    """
    if "similarity" not in reader.data:
        return _usual(kind, parents)
    below = reader.below("similarity")
    name = below.one_of("measure", MEASURES[kind], MEASURES[kind][0])
    below.only(SETTINGS[name] | {"measure"})
    return _read(below, name, kind, parents)


def write_measure(measure: Measure) -> dict[str, Plain]:
    """A measure as plain data. The tree of a taxonomy stands in its choices.

    >>> write_measure(Linear(range=5.0))
    {'measure': 'linear', 'range': 5.0}
    """
    settings = {name: getattr(measure, name) for name in sorted(SETTINGS[measure.name])}
    if isinstance(measure, Table):
        settings["entries"] = {asked: dict(row) for asked, row in measure.entries.items()}
    return {"measure": measure.name} | settings


def _usual(kind: str, parents: Mapping[str, str]) -> Measure:
    if kind == "ordinal":
        return Linear(range=float(max(len(parents) - 1, 1)))
    if kind == "taxonomy":
        return Taxonomy(parents)
    return Overlap("mean" if kind == "text" else "either") if kind in ("set", "text") else Exact()


def _read(reader: Reader, name: str, kind: str, parents: Mapping[str, str]) -> Measure:
    readers: Mapping[str, Callable[[], Measure]] = {
        "exact": Exact,
        "table": lambda: _read_table(reader, kind, parents),
        "taxonomy": lambda: Taxonomy(parents, reader.flag("whole_branch", False)),
        "linear": lambda: Linear(reader.number("range", above=True)),
        "exponential": lambda: Exponential(reader.number("half", above=True)),
        "step": lambda: Step(reader.number("tolerance")),
        "interval": lambda: _read_interval(reader),
        "cyclic": lambda: Cyclic(reader.number("period", above=True)),
        "overlap": lambda: Overlap(cast(SharedOver, reader.one_of("over", OVERLAPS, "either"))),
    }
    return readers[name]()


def _read_interval(reader: Reader) -> Interval:
    full = reader.number("full")
    return Interval(full, reader.number("none", least=full, above=True))


def _read_table(reader: Reader, kind: str, choices: Mapping[str, str]) -> Table:
    allowed = {"true", "false"} if kind == "boolean" else set(choices)
    entries = reader.below("entries")
    read: dict[str, dict[str, float]] = {}
    for asked in entries.data:
        row = entries.below(str(asked))
        for held in row.data:
            if allowed and not {asked, held} <= allowed:
                row.fault(str(held), N_("There are no such choices."))
            read.setdefault(str(asked), {})[str(held)] = _share(row, str(held))
    return Table(read, _share(reader, "otherwise", 0.0), reader.flag("symmetric", True))


def _share(reader: Reader, name: str, default: float | None = None) -> float:
    share = reader.number(name, default)
    if share > 1:
        reader.fault(name, N_("A similarity is a number from 0 to 1."))
    return share

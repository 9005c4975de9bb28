"""Many cases at once: kept facts become the columns of a case base; what does not fit is named, never lost. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from cbr.case_type import Attribute, CaseType
from cbr.plain import Plain
from cbr.similarity import Span
from cbr.values import Value, read_value
from kb.errors import N_, Invalid

ValueColumns = dict[str, list[Value | None]]


class Unfit(NamedTuple):
    """A value that the case type does not take.

    Args:
        at: which case, counted from 0.
        key: of the attribute.
        sentence: what is wrong.
    """

    at: int
    key: str
    sentence: str


def read_columns(
    case_type: CaseType, cases: Sequence[Mapping[str, Plain]]
) -> tuple[ValueColumns, list[Unfit]]:
    """The values of each attribute, None where a case has none or one that does not fit; and what did not fit.

    Each different value is read once: cases repeat themselves.

    >>> from cbr.case_type import Kind
    >>> phones = CaseType("phones", (Attribute("abroad", Kind.BOOLEAN),))
    >>> read_columns(phones, [{"abroad": "yes"}, {"abroad": "maybe"}])
    ({'abroad': [True, None]}, [Unfit(at=1, key='abroad', sentence='Write yes or no, not maybe.')])
    """
    columns: ValueColumns = {}
    unfit: list[Unfit] = []
    for attribute in case_type.attributes:
        read = _Reading(attribute)
        column = columns[attribute.key] = [read.value(case.get(attribute.key)) for case in cases]
        if read.faults:
            unfit += _unfit(attribute.key, cases, column, read)
    known = case_type.by_key.keys()
    for at, case in enumerate(cases):
        for key in case.keys() - known:
            unfit.append(Unfit(at, key, N_("There is no attribute %(key)s.", key=key)))
    return columns, sorted(unfit)


def _unfit(
    key: str, cases: Sequence[Mapping[str, Plain]], column: Sequence[Value | None], read: _Reading
) -> list[Unfit]:
    found = []
    for at, case in enumerate(cases):
        if column[at] is None and (sentence := read.faults.get(_known_by(case.get(key)))):
            found.append(Unfit(at, key, sentence))
    return found


_Known = tuple[type, object]


def _known_by(raw: Plain) -> _Known:
    """True, 1 and 1.0 are the same to a dict, and not the same to a reader."""
    return type(raw), tuple(map(str, raw)) if isinstance(raw, list) else raw


class _Reading:
    """One attribute: what was read already."""

    def __init__(self, attribute: Attribute) -> None:
        self._attribute = attribute
        self._read: dict[_Known, Value | None] = {(type(None), None): None}
        self.faults: dict[_Known, str] = {}

    def value(self, raw: Plain) -> Value | None:
        if raw is None:
            return None
        known_by = (raw.__class__, raw)  # as `_known_by` makes it, for nearly all; this runs for millions
        try:
            return self._read[known_by]
        except (KeyError, TypeError):
            return self._first(raw)

    def _first(self, raw: Plain) -> Value | None:
        known_by = _known_by(raw)
        try:
            if known_by not in self._read:
                self._read[known_by] = self._fresh(raw, known_by)
            return self._read[known_by]
        except TypeError:  # a mapping where a value belongs
            return self._fresh(str(raw), known_by)

    def _fresh(self, raw: Plain, known_by: _Known) -> Value | None:
        try:
            fact = read_value(self._attribute, raw)
        except Invalid as refused:
            self.faults[known_by] = refused.fields[self._attribute.key]
            return None
        if isinstance(fact, Span):
            self.faults[known_by] = N_("A case has one value here, not a span.")
            return None
        return fact

"""What kind of attribute a column of texts is, guessed from what stands in it; people correct the guess. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from cbr import units
from cbr.case_type import Answerer, Attribute, CaseType, Choice, Kind
from cbr.ladders import ladder_of
from cbr.plain import LIST_LIMIT, TEXT_LIMIT
from cbr.readable import asked, in_words, other_words
from cbr.similarity import Cyclic, Exact, Linear, Measure, Overlap, Taxonomy
from cbr.tables import Table
from cbr.values import NO, NOTHING, YES, parse_date, read_value
from kb.errors import Invalid

ENOUGH = 0.99
"""So much of a column must be of a kind; the rest is reported when the cases are read."""

MOST_CHOICES = 50
"""More different names are no list that people choose from: the attribute then takes any word."""

SENTENCE = 8
"""A column whose texts have on average so many words is a text."""

PLAINLY_BOOLEAN = frozenset("true false yes no igen nem ja nej да нет".split())
"""Words that mean nothing else even where no other stands beside them."""

NUMBER_UNIT = re.compile(r"(?P<before>[$€£₽])?\s*[-+−]?\d[\d\s.,'’]*(?P<unit>[^\d\s].{0,20})?")
SET_SEPARATORS = re.compile(r"\s*[|;]\s*")


def guess_case_type(
    key: str, table: Table, *, exclude: Collection[str] = (), language: str = "en"
) -> CaseType:
    """A case type for a table.

    Args:
        exclude: keys of columns that are no attributes, such as the solution.
        language: of the headings.
    """
    attributes = [
        guess_attribute(column, table.columns[column], name=name, language=language)
        for column, name in table.names.items()
        if column not in exclude
    ]
    return CaseType(key, tuple(attributes), {language: key.replace("_", " ").capitalize()})


def guess_attribute(
    key: str, texts: Sequence[str], *, name: str = "", language: str = "en", kind: Kind | None = None
) -> Attribute:
    """The attribute that a column seems to be.

    Args:
        kind: what people say that it is; what it is like beside that is guessed.

    What says nothing (empty, the same everywhere) or names only the case itself counts nothing, and nobody is asked for
    it.
    """
    column = _Column.of(key, texts)
    kind, unit, choices, similarity = _guessed(column) if kind is None else _as(kind, column)
    idle = len(column.counts) < 2 or column.is_identifier(kind)
    heading = name or key
    bare = heading.rpartition("_")[0] if unit and unit == _unit_of(heading) else heading
    named = in_words(bare, language, heading=True)
    named = named[:1].upper() + named[1:]
    return Attribute(
        key=key,
        kind=kind,
        names={language: named} if named else {},
        unit=unit,
        choices=_named(choices, language),
        similarity=similarity,
        weight=0.0 if idle else 1.0,
        questions={"en": asked(named, kind, unit)} if named and language == "en" and not idle else {},
        answerers=frozenset() if idle else frozenset({Answerer.AGENT, Answerer.CUSTOMER}),
    )


@dataclass(frozen=True)
class _Column:
    """Different texts and how often each stands there; those that say nothing are left out."""

    key: str
    counts: Mapping[str, int]
    filled: int

    @classmethod
    def of(cls, key: str, texts: Sequence[str]) -> _Column:
        counts = Counter(texts)
        kept: Counter[str] = Counter()
        for text, count in counts.items():
            if text.strip().casefold() not in NOTHING:
                kept[text.strip()] += count
        return cls(key, kept, sum(kept.values()))

    def share(self, texts: Collection[str]) -> float:
        """How much of the column these texts are."""
        return sum(self.counts[text] for text in texts) / max(self.filled, 1)

    def is_identifier(self, kind: Kind) -> bool:
        """Each row has one of its own, and there are too many for chance."""
        own = len(self.counts) == self.filled > 20
        if kind == Kind.NUMBER:
            return own and all(text.isdigit() for text in self.counts)
        return own and kind == Kind.CATEGORY


def _named(choices: Sequence[Choice], language: str) -> tuple[Choice, ...]:
    """Choices with names where theirs are not for people, as long as those tell them apart, and what else is said."""
    readable = [in_words(choice.key, language) for choice in choices]
    if not all(readable) or len(set(map(str.casefold, readable))) < len(readable):
        return tuple(choices)
    return tuple(
        replace(
            choice,
            names={language: name} if name != choice.key else {},
            synonyms={language: said} if language == "en" and (said := other_words(name)) else {},
        )
        for choice, name in zip(choices, readable, strict=True)
    )


_Guess = tuple[Kind, str, tuple[Choice, ...], Measure]


def _guessed(column: _Column) -> _Guess:
    return (
        _boolean(column)
        or _date(column)
        or _number(column)
        or _ordinal(column)
        or _set(column)
        or _text(column)
        or _category(column)
    )


def _as(kind: Kind, column: _Column) -> _Guess:
    """A column as somebody wants it: as it would be guessed, or else with what is usual for the kind."""
    guesses: Mapping[Kind, Callable[[_Column], _Guess | None]] = {
        Kind.BOOLEAN: lambda _: (Kind.BOOLEAN, "", (), Exact()),
        Kind.DATE: _date,
        Kind.NUMBER: _number,
        Kind.ORDINAL: _ordinal,
        Kind.SET: _set,
        Kind.CATEGORY: _category,
    }
    found = guesses[kind](column) if kind in guesses else None
    if found is not None:
        return found
    names = tuple(Choice(name) for name in sorted(column.counts)[:LIST_LIMIT]) or (Choice("?"),)
    if kind == Kind.ORDINAL:
        return kind, "", names, Linear(float(max(len(names) - 1, 1)))
    if kind == Kind.TAXONOMY:
        return kind, "", names, Taxonomy({choice.key: "" for choice in names})
    if kind in (Kind.SET, Kind.TEXT):
        return kind, "", (), Overlap("mean" if kind == Kind.TEXT else "either")
    return kind, _unit_of(column.key) if kind == Kind.NUMBER else "", (), Exact()


def _boolean(column: _Column) -> _Guess | None:
    words = {text.casefold() for text in column.counts}
    says = bool(words & YES) and bool(words & NO)
    one_sided = len(words) == 1 and bool(words & PLAINLY_BOOLEAN)
    if words <= YES | NO and (says or one_sided):
        return Kind.BOOLEAN, "", (), Exact()
    return None


def _date(column: _Column) -> _Guess | None:
    days = {text: day for text in column.counts if (day := parse_date(text))}
    if not days or column.share(days) < ENOUGH:
        return None
    return Kind.DATE, "", (), Linear(_range(column, {text: day.toordinal() for text, day in days.items()}))


def _number(column: _Column) -> _Guess | None:
    written = {text: found for text in column.counts if (found := NUMBER_UNIT.fullmatch(text))}
    if not written or column.share(written) < ENOUGH:
        return None
    named: Counter[str] = Counter()
    for text, found in written.items():
        named[(found["unit"] or found["before"] or "").strip()] += column.counts[text]
    unit = max((one for one in named if one), key=lambda one: named[one], default="") or _unit_of(column.key)
    attribute = Attribute(column.key, Kind.NUMBER, unit=unit)
    numbers = {}
    for text in written:
        try:
            number = read_value(attribute, text)
        except Invalid:
            continue
        if isinstance(number, float):
            numbers[text] = number
    if not numbers or column.share(numbers) < ENOUGH:
        return None
    return Kind.NUMBER, unit, (), Linear(_range(column, numbers))


def _unit_of(key: str) -> str:
    """The unit that a heading ends with, such as data_used_gb."""
    word = key.rpartition("_")[2]
    usual = units.usual(word)
    known = len(word) > 1 and usual != key and any(usual in family for family in units.FAMILIES)
    return units.WRITTEN.get(usual, word) if known else ""


def _range(column: _Column, numbers: Mapping[str, float]) -> float:
    """How far apart nine of ten cases are: what is further has nothing in common."""
    values = np.array(list(numbers.values()), np.float64)
    counts = np.array([column.counts[text] for text in numbers])
    low, high = np.quantile(np.repeat(values, counts), [0.05, 0.95])
    return round(float(high - low), 6) or float(np.ptp(values)) or 1.0


def _ordinal(column: _Column) -> _Guess | None:
    ladder = ladder_of(column.counts)
    if ladder is None:
        return None
    steps = len(ladder.levels)
    measure: Measure = Cyclic(float(steps)) if ladder.cyclic else Linear(float(max(steps - 1, 1)))
    return Kind.ORDINAL, "", tuple(Choice(level) for level in ladder.levels), measure


def _text(column: _Column) -> _Guess | None:
    if not column.counts or any(text.startswith(("{", "[")) for text in column.counts):
        return None
    words = sum(len(text.split()) * count for text, count in column.counts.items()) / column.filled
    apart = len(column.counts) / column.filled
    if (
        words >= SENTENCE
        or (words > 3 and apart > 0.5 and column.filled > 20)
        or _longest(column) > TEXT_LIMIT
    ):
        return Kind.TEXT, "", (), Overlap("mean")
    return None


def _longest(column: _Column) -> int:
    return max(map(len, column.counts))


def _set(column: _Column) -> _Guess | None:
    parted = {text: SET_SEPARATORS.split(text) for text in column.counts if not text.startswith(("{", "["))}
    several = [text for text, parts in parted.items() if len(parts) > 1]
    if column.share(several) < 0.2 or len(parted) < len(column.counts):
        return None
    parts = Counter(chain.from_iterable(parted.values()))
    if len(parts) > max(len(column.counts), 5) or any(len(part) > 100 for part in parts):
        return None
    return Kind.SET, "", _choices([part for part in parts if part]), Overlap()


def _category(column: _Column) -> _Guess:
    return Kind.CATEGORY, "", _choices(list(column.counts)), Exact()


def _choices(names: Sequence[str]) -> tuple[Choice, ...]:
    return tuple(Choice(name) for name in sorted(names)) if len(names) <= MOST_CHOICES else ()

"""Numbers with their units in a sentence, and which attribute each belongs to. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cbr import units
from cbr.case_type import Attribute, Kind
from cbr.guided.ranges import LIMIT
from cbr.guided.reading import words
from cbr.guided.reading.names import Names
from cbr.guided.reading.tokens import Token
from cbr.similarity import Span
from cbr.values import LARGEST, parse_number

_NUMBER = r"\d{1,3}(?:[   ]\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)*"
_UNIT = r"[^\W\d_]+(?:/[^\W\d_]+)?|%|[€$£₽]|°[CF]?"
_QUANTITY = re.compile(
    rf"(?<![\w.,])(?P<minus>[-−](?=[\d€$£₽]))?(?P<before>[€$£₽])?\s?(?P<low>{_NUMBER})(?:\s?(?:-|–|to|\.\.)\s?(?P<high>{_NUMBER}))?"
    rf"(?:[\s-]?(?P<unit>{_UNIT}))?"
)
NEAR = 3
"""So many words may stand between the name of an attribute and a number without a unit."""


class Quantity(NamedTuple):
    """A number of an attribute in a sentence.

    Args:
        key: of the attribute.
        fact: the number in its unit, or a span of numbers.
        start, end: where it stands.
    """

    key: str
    fact: float | Span
    start: int
    end: int


def quantities(text: str, told: Sequence[Token], names: Names) -> Iterator[Quantity]:
    """The numbers of a sentence that can only be meant for one attribute."""
    for match in _QUANTITY.finditer(text):
        clause = _clause(match.start("low"), told)
        unit = match["unit"] or match["before"] or ""
        measured = bool(unit) and any(units.usual(unit) in family for family in units.FAMILIES)
        fits = [
            one
            for one in names.case_type.attributes
            if one.kind == Kind.NUMBER and (_factor(one, unit) if measured else True) is not None
        ]
        attribute = (
            _measured(match, fits, clause, names) if measured else _bare(match, fits, clause, told, names)
        )
        if attribute is None:
            continue
        factor = (_factor(attribute, unit) if measured else None) or 1.0
        low = parse_number(match["low"]) * (-factor if match["minus"] else factor)
        high = parse_number(match["high"]) * factor if match["high"] else low
        if not -LARGEST <= low <= high <= LARGEST:
            continue
        end = match.end() if measured else match.end("high" if match["high"] else "low")
        fact: float | Span = Span(low, high) if match["high"] else low
        yield _compared(Quantity(attribute.key, fact, match.start(), end), text, names.language)


def _factor(attribute: Attribute, unit: str) -> float | None:
    return units.factor(unit, attribute.unit) if attribute.unit else None


def _measured(
    match: re.Match[str], fits: Sequence[Attribute], clause: Sequence[Token], names: Names
) -> Attribute | None:
    """The attribute with such a unit; of several the one that the clause names most clearly."""
    if len(fits) < 2:
        return fits[0] if fits else None
    away = [one for one in clause if not match.start() <= one.start < match.end()]
    named = {one.key: _distance(match, away, names.own[one.key]) for one in fits}
    nearest = sorted(fits, key=lambda one: named[one.key])
    clear = named[nearest[0].key] < named[nearest[1].key]
    return nearest[0] if clear else None


def _distance(match: re.Match[str], clause: Sequence[Token], own: frozenset[str]) -> float:
    """How many words are between a number and the nearest word that names an attribute."""
    before = [one for one in reversed(clause) if one.end <= match.start()]
    behind = [one for one in clause if one.start >= match.end()]
    places = [at for side in (before, behind) for at, one in enumerate(side) if one.stem in own]
    return min(places, default=math.inf)


def _bare(
    match: re.Match[str],
    fits: Sequence[Attribute],
    clause: Sequence[Token],
    told: Sequence[Token],
    names: Names,
) -> Attribute | None:
    """The attribute that is named beside a number without a unit."""
    at = next((place for place, one in enumerate(clause) if one.end > match.start("low")), len(clause))
    after = clause[at + 1 : at + 2]
    return _clearest(fits, [*clause[max(at - NEAR, 0) : at], *after], names)


def _clearest(fits: Sequence[Attribute], near: Sequence[Token], names: Names) -> Attribute | None:
    named = sorted(((names.is_named(one.key, near), one.key) for one in fits), reverse=True)
    if not named or named[0][0] == 0 or (len(named) > 1 and named[0][0] == named[1][0]):
        return None
    return names.case_type.attribute(named[0][1])


def _clause(start: int, told: Sequence[Token]) -> list[Token]:
    number = next((one.clause for one in told if one.end > start), None)
    return [one for one in told if one.clause == number]


def _compared(found: Quantity, text: str, language: str) -> Quantity:
    """More or less than that, where the words before say so."""
    if isinstance(found.fact, Span):
        return found
    before = text[: found.start].rstrip()
    base = language.partition("-")[0]
    for which, span in (
        (words.MORE, Span(found.fact, LIMIT)),
        (words.LESS, Span(-LIMIT if found.fact < 0 else 0.0, found.fact)),
    ):
        for said in sorted(which.get(base, ()), key=len, reverse=True):
            if before_it := re.search(rf"(?<!\w){re.escape(said)}$", before, re.IGNORECASE):
                return found._replace(fact=span, start=before_it.start())
    return found

"""Values of attributes: read from what people, forms and files write, and written back; pure."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import TypeAlias

from cbr import units
from cbr.case_type import Attribute, CaseType, Kind
from cbr.plain import Plain
from cbr.similarity import Cyclic, DistanceMeasure, Span
from kb.errors import N_, Invalid

Value: TypeAlias = bool | str | float | date | frozenset[str]
Fact: TypeAlias = Value | Span
"""What can be known: a value, or of a number everything from one to another."""
Facts: TypeAlias = Mapping[str, Fact]
"""Key of an attribute -> what is known of it; what is not known is left out."""

TEXT_LIMIT = 10_000
LARGEST = 1e15
"""Of all numbers; beyond it a float no longer has every whole one."""
NUMBER_LIMIT = 100
"""Characters of a number with its unit, or of a span; what is longer is none."""
SET_LIMIT = 200

YES = frozenset("true yes y on 1 t igen i ja j да д".split())
NO = frozenset("false no n off 0 f nem nej нет н".split())
NOTHING = frozenset(["", "?", "-", "--", "n/a", "na", "nan", "null", "nil", "#n/a", "unknown"])
"""What files write where they say nothing. A choice of the attribute with such a name is a value all the same."""

_NUMBER = r"[-+−]?(?:\d[\d  .,'’]*\d|\d)(?:[eE][-+]?\d+)?"
_QUANTITY = re.compile(rf"(?P<before>[$€£₽])?\s*(?P<number>{_NUMBER})\s*(?P<unit>[^\d\s].{{0,20}})?")
_SPAN = re.compile(
    rf"(?P<low>{_NUMBER})\s*(?:\.\.\.?|…|–)\s*(?P<high>{_NUMBER})\s*(?P<unit>[^\d\s].{{0,20}})?"
)
_DAY_FIRST = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})\.?")
_YEAR_FIRST = re.compile(r"(\d{4})[./-]\s?(\d{1,2})[./-]\s?(\d{1,2})\.?")


def read_value(attribute: Attribute, raw: Plain) -> Fact | None:
    """The value that something written means, None where it says nothing. Raises `Invalid`: key -> sentence.

    >>> from cbr.case_type import Attribute, Kind
    >>> read_value(Attribute("used", Kind.NUMBER, unit="GB"), "512,5 MB")
    0.5125
    >>> read_value(Attribute("roaming", Kind.BOOLEAN), "igen"), read_value(Attribute("roaming", Kind.BOOLEAN), " ")
    (True, None)
    """
    if raw is None or (isinstance(raw, float) and math.isnan(raw)):
        return None
    if isinstance(raw, str) and _says_nothing(attribute, raw):
        return None
    try:
        return _READERS[attribute.kind](attribute, raw)
    except _NotUnderstood as fault:
        raise Invalid({attribute.key: fault.sentence}) from None


def read_facts(case_type: CaseType, raw: Mapping[str, Plain]) -> dict[str, Fact]:
    """All that is known, by key; what says nothing is left out. Raises `Invalid` with every fault."""
    facts: dict[str, Fact] = {}
    faults: dict[str, str] = {}
    for key, written in raw.items():
        attribute = case_type.by_key.get(key)
        if attribute is None:
            faults[key] = N_("There is no attribute %(key)s.", key=key)
            continue
        try:
            fact = read_value(attribute, written)
        except Invalid as refused:
            faults |= refused.fields
            continue
        if fact is not None:
            facts[key] = fact
    if faults:
        raise Invalid(faults)
    return facts


def read_case(case_type: CaseType, raw: Mapping[str, Plain]) -> dict[str, Value]:
    """The values of a case: like facts, but a case has one number and no span. Raises `Invalid` with every fault."""
    values: dict[str, Value] = {}
    faults = {}
    for key, fact in read_facts(case_type, raw).items():
        if isinstance(fact, Span):
            faults[key] = N_("A case has one value here, not a span.")
        else:
            values[key] = fact
    if faults:
        raise Invalid(faults)
    return values


def write_value(fact: Fact, kind: Kind = Kind.TEXT) -> Plain:
    """A value as plain data; `read_value` reads it back. The kind matters for a span: days or numbers.

    >>> write_value(frozenset({"b", "a"})), write_value(date(2026, 1, 3)), write_value(Span(1.0, 2.5))
    (['a', 'b'], '2026-01-03', '1.0..2.5')
    """
    if isinstance(fact, frozenset):
        return sorted(fact)
    if isinstance(fact, Span):
        ends = [date.fromordinal(int(end)).isoformat() if kind == Kind.DATE else repr(end) for end in fact]
        return "..".join(ends)
    return fact.isoformat() if isinstance(fact, date) else fact


def compare(attribute: Attribute, asked: Fact, held: Value | None) -> float | None:
    """How alike a fact and a case are in one attribute, from 0 to 1; None where the case has no value."""
    if held is None:
        return None
    measure = attribute.similarity
    if attribute.kind == Kind.TEXT:
        return measure(words(str(asked)), words(str(held)))  # type: ignore[arg-type]
    if isinstance(measure, DistanceMeasure) and not isinstance(asked, bool):
        return measure(place(attribute, asked), place(attribute, held))  # type: ignore[arg-type]
    return measure(asked, held)  # type: ignore[arg-type]


def place(attribute: Attribute, fact: Fact) -> Fact:
    """Where a fact stands on a line: a date by its day, a level by its place, all else as it is."""
    if isinstance(fact, date):
        return float(fact.toordinal())
    if attribute.kind == Kind.ORDINAL and isinstance(fact, str):
        return float(attribute.levels[fact])
    return fact


def words(text: str) -> frozenset[str]:
    """The different words of a text, without accents and capital letters.

    >>> sorted(words("Nincs térerő, NINCS!"))
    ['nincs', 'terero']
    """
    folded = unicodedata.normalize("NFKD", text.casefold())
    return frozenset(re.findall(r"\w+", "".join(char for char in folded if not unicodedata.combining(char))))


class _NotUnderstood(Exception):
    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def _says_nothing(attribute: Attribute, raw: str) -> bool:
    return raw.strip().casefold() in NOTHING and raw.strip() not in attribute.levels


def _boolean(attribute: Attribute, raw: Plain) -> bool:
    word = str(raw).strip().casefold()
    if word in YES or raw == 1:
        return True
    if word in NO or raw == 0:
        return False
    raise _NotUnderstood(N_("Write yes or no, not %(given)s.", given=_short(raw)))


def _category(attribute: Attribute, raw: Plain) -> str:
    word = _text_of(raw).strip()
    if not attribute.choices or word in attribute.levels:
        return word
    wanted = word.casefold()
    for choice in attribute.choices:
        if wanted in (choice.key.casefold(), *(name.casefold() for name in choice.names.values())):
            return choice.key
    raise _NotUnderstood(N_("There is no choice %(key)s.", key=_short(word)))


def _number(attribute: Attribute, raw: Plain) -> float | Span:
    if isinstance(raw, Span):
        return _ordered(attribute, Span(*(_finite(end, raw) for end in raw)))
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        return _finite(raw, raw)
    text = raw.strip() if isinstance(raw, str) else ""
    if len(text) > NUMBER_LIMIT:
        raise _no_number(raw)
    if found := _SPAN.fullmatch(text):
        return _span(attribute, found, raw)
    return _quantity(attribute, text, raw)


def _span(attribute: Attribute, found: re.Match[str], raw: Plain) -> Span:
    factor = _factor(attribute, found["unit"])
    low, high = (_finite(parse_number(found[side]) * factor, raw) for side in ("low", "high"))
    return _ordered(attribute, Span(low, high))


def _ordered(attribute: Attribute, span: Span) -> Span:
    if span.low > span.high and not isinstance(attribute.similarity, Cyclic):
        raise _NotUnderstood(N_("A span goes from the smaller to the larger."))
    return span


def _quantity(attribute: Attribute, text: str, raw: Plain) -> float:
    found = _QUANTITY.fullmatch(text)
    if not found:
        raise _no_number(raw)
    factor = _factor(attribute, found["unit"] or found["before"])
    return _finite(parse_number(found["number"]) * factor, raw)


def _factor(attribute: Attribute, unit: str | None) -> float:
    if not unit or not unit.strip():
        return 1.0
    found = units.factor(unit, attribute.unit) if attribute.unit else None
    if found is None:
        wanted = attribute.unit or N_("no unit")
        raise _NotUnderstood(
            N_("The unit here is %(wanted)s, and %(unit)s is none like it.", wanted=wanted, unit=_short(unit))
        )
    return found


def parse_number(text: str) -> float:
    """A number as people in many countries write it; NaN where it is none.

    The last of several different separators parts the decimals. A single comma before exactly three digits parts
    thousands, as files in English have it; a single point never does.

    >>> parse_number("3,5"), parse_number("1.234,5"), parse_number("1,234"), parse_number("12 000"), parse_number("-2")
    (3.5, 1234.5, 1234.0, 12000.0, -2.0)
    """
    plain = re.sub(r"[\s'’]", "", text).replace("−", "-")
    commas, points = plain.count(","), plain.count(".")
    if commas and points:
        decimal = max(",.", key=plain.rfind)
        thousands = "." if decimal == "," else ","
        plain = plain.replace(thousands, "").replace(decimal, ".")
    elif commas > 1 or re.fullmatch(r"[-+]?[1-9]\d{0,2},\d{3}", plain):
        plain = plain.replace(",", "")
    elif points > 1:
        plain = plain.replace(".", "")
    else:
        plain = plain.replace(",", ".")
    try:
        return float(plain)
    except ValueError:
        return math.nan


def _finite(number: float, raw: Plain) -> float:
    if not abs(number) <= LARGEST:  # nor NaN
        raise _no_number(raw)
    return float(number) + 0.0  # no -0.0, which a file would write and nobody read


def _no_number(raw: Plain) -> _NotUnderstood:
    return _NotUnderstood(N_("Write a number, not %(given)s.", given=_short(raw)))


def parse_date(text: str) -> date | None:
    """A day as ISO 8601 has it (a time is left out), or as Hungarian, Swedish, Russian and German files write it.

    >>> parse_date("2026-01-03T10:20:00Z"), parse_date("3.1.2026"), parse_date("2026. 01. 03."), parse_date("soon")
    (datetime.date(2026, 1, 3), datetime.date(2026, 1, 3), datetime.date(2026, 1, 3), None)
    """
    written = text.strip()
    try:
        if found := _DAY_FIRST.fullmatch(written):
            return date(*map(int, reversed(found.groups())))
        if found := _YEAR_FIRST.fullmatch(written):
            return date(*map(int, found.groups()))
        return datetime.fromisoformat(written).date() if "-" in written else None
    except ValueError:
        return None


def _date(attribute: Attribute, raw: Plain) -> date | Span:
    if isinstance(raw, datetime):
        return raw.date()
    if isinstance(raw, date):
        return raw
    if isinstance(raw, Span):
        return _ordered(attribute, raw)
    low, between, high = _text_of(raw).partition("..")
    days = [parse_date(part) for part in ((low, high) if between else (low,))]
    if None in days:
        raise _NotUnderstood(N_("Write a date such as 2026-01-31, not %(given)s.", given=_short(raw)))
    if not between:
        return days[0]  # type: ignore[return-value]
    return _ordered(attribute, Span(*(float(day.toordinal()) for day in days if day)))


def _set(attribute: Attribute, raw: Plain) -> frozenset[str]:
    parts = raw if isinstance(raw, list | tuple | set | frozenset) else re.split(r"[|;\n]", _text_of(raw))
    if len(parts) > SET_LIMIT:
        raise _NotUnderstood(N_("At most %(most)s can be named here.", most=SET_LIMIT))
    return frozenset(_category(attribute, part) for part in parts if _text_of(part).strip())


def _text(attribute: Attribute, raw: Plain) -> str:
    return _text_of(raw).strip()


def _text_of(raw: Plain) -> str:
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise _NotUnderstood(N_("Write a text, not %(given)s.", given=_short(raw)))
    text = raw if isinstance(raw, str) else f"{raw:g}" if isinstance(raw, float) else str(raw)
    if len(text) > TEXT_LIMIT:
        raise _NotUnderstood(N_("A text of at most %(most)s characters belongs here.", most=TEXT_LIMIT))
    return text


def _short(raw: Plain) -> str:
    text = str(raw)
    return text if len(text) <= 40 else text[:39] + "…"


_READERS: Mapping[Kind, Callable[[Attribute, Plain], Fact]] = {
    Kind.BOOLEAN: _boolean,
    Kind.CATEGORY: _category,
    Kind.ORDINAL: _category,
    Kind.NUMBER: _number,
    Kind.DATE: _date,
    Kind.TAXONOMY: _category,
    Kind.SET: _set,
    Kind.TEXT: _text,
}

"""Values and solutions as people read them in their language. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

from cbr.case_type import Attribute, CaseType, Kind
from cbr.similarity import Span
from cbr.values import Fact
from kb.languages import is_language

PLACE = re.compile(r"\{([a-z0-9][a-z0-9_-]{0,63})\}")
"""Where a solution waits for a fact: {data_used_gb}."""

_SIGNS = re.compile(r"[\\`*\[\](){}<>|!^~]|&(?=#|\w+;)|(?<![^\W_])_|_(?![^\W_])")  # snake_case stays
_LINE_START = re.compile(r"^(?:(\d{1,9})(?=[.)](?:\s|$))|(?=[#+=:-]))")

YES_NO: Mapping[str, tuple[str, str]] = {
    "en": ("yes", "no"),
    "hu": ("igen", "nem"),
    "sv": ("ja", "nej"),
    "ru": ("да", "нет"),
    "de": ("ja", "nein"),
}


def value_text(attribute: Attribute, fact: Fact, language: str) -> str:
    """A value with its unit, or the name of a choice.

    >>> from cbr.case_type import Choice
    >>> value_text(Attribute("used", Kind.NUMBER, unit="GB"), 12.5, "hu")
    '12,5 GB'
    >>> value_text(Attribute("abroad", Kind.BOOLEAN), True, "sv")
    'ja'
    >>> signal = Attribute("signal", Kind.CATEGORY, choices=(Choice("poor", {"hu": "gyenge"}),))
    >>> value_text(signal, "poor", "hu"), value_text(signal, "poor", "ru")
    ('gyenge', 'poor')
    """
    if isinstance(fact, bool):
        return YES_NO.get(language.split("-", maxsplit=1)[0], YES_NO["en"])[0 if fact else 1]
    if isinstance(fact, Span):
        ends = [date.fromordinal(int(end)) if attribute.kind == Kind.DATE else end for end in fact]
        return "–".join(_plain(end, language) for end in ends) + _unit(attribute)
    if isinstance(fact, frozenset):
        return ", ".join(sorted(_choice(attribute, key, language) for key in fact))
    if isinstance(fact, str):
        return _choice(attribute, fact, language)
    return _plain(fact, language) + _unit(attribute)


def filled_in(
    case_type: CaseType, text: str, facts: Mapping[str, Fact], language: str, *, markdown: bool = True
) -> str:
    """A solution with what is known in its places; what is not known stands there by its name.

    Args:
        markdown: whether the text is Markdown; then what customers have said is words in it, and nothing else.

    >>> refuel = CaseType("data", (Attribute("gap_gb", Kind.NUMBER, unit="GB"), Attribute("line", Kind.CATEGORY)))
    >>> filled_in(refuel, "Refuel {gap_gb} on {line}, see {page}.", {"gap_gb": 2.0}, "en")
    'Refuel 2 GB on ‹line›, see {page}.'
    >>> print(filled_in(refuel, "Line {line}", {"line": "**A** {{snippet:x}}"}, "en"))
    Line \\*\\*A\\*\\* \\{\\{snippet:x\\}\\}
    """

    def put(found: re.Match[str]) -> str:
        attribute = case_type.by_key.get(found[1])
        if attribute is None:
            return found[0]
        fact = facts.get(attribute.key)
        said = f"‹{attribute.name(language)}›" if fact is None else value_text(attribute, fact, language)
        return _as_words(said) if markdown else said

    return PLACE.sub(put, text)


def _as_words(said: str) -> str:
    """Markdown that shows these words, whatever they are, on one line."""
    line = " ".join(said.split())
    return _LINE_START.sub(r"\1\\", _SIGNS.sub(r"\\\g<0>", line))


def _choice(attribute: Attribute, key: str, language: str) -> str:
    place = attribute.levels.get(key)
    if place is None:
        return key
    names = attribute.choices[place].names
    return names.get(language) or names.get("en") or key


def _unit(attribute: Attribute) -> str:
    return f" {attribute.unit}" if attribute.unit else ""


def _plain(value: float | date, language: str) -> str:
    locale = Locale.parse(language if is_language(language) else "en", sep="-")
    if isinstance(value, date):
        return format_date(value, "medium", locale=locale)
    return format_decimal(round(value, 6), locale=locale, decimal_quantization=False)

"""What is asked of known facts by decisions, and of numbers and days by ranges; pure.

Conditions are written as people read them: ``roaming is false and data_used at-least 5``.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

from cbr.trees.lines import one_line
from cbr.values import parse_date
from kb.errors import N_, Invalid

VALUE_LIMIT = 200
NAME = re.compile(r"[^\s()<>\[\]\"|;:]{1,128}")
"""How attributes are named, and the keys of what a step is about: in one word."""


class Relation(StrEnum):
    """How a fact is looked at."""

    IS = "is"
    IS_NOT = "is-not"
    AT_LEAST = "at-least"
    BELOW = "below"
    KNOWN = "known"
    UNKNOWN = "unknown"


ALONE = frozenset({Relation.KNOWN, Relation.UNKNOWN})
COMPARING = frozenset({Relation.AT_LEAST, Relation.BELOW})


@dataclass(frozen=True)
class Condition:
    """One thing that has to hold of what is known.

    Args:
        attribute: which fact.
        relation: how it is looked at.
        values: any of these; one number or day where it is compared, none where it only has to be known.
    """

    attribute: str
    relation: Relation
    values: tuple[str, ...] = ()

    def holds(self, facts: Mapping[str, object], today: date) -> bool:
        """Whether it does. Of what is not known nothing holds, but that it is unknown.

        >>> Condition("gb", Relation.BELOW, ("5",)).holds({"gb": 2.5}, date(2026, 1, 3))
        True
        """
        fact = facts.get(self.attribute)
        if self.relation in ALONE:
            return (fact is not None) == (self.relation == Relation.KNOWN)
        if fact is None:
            return False
        if self.relation in COMPARING:
            return self._compares(fact, today)
        given = fact if isinstance(fact, list | tuple | set | frozenset) else [fact]
        is_one = any(same(one, value) for one in given for value in self.values)
        return is_one == (self.relation == Relation.IS)

    def _compares(self, fact: object, today: date) -> bool:
        here = place(str(fact), today)
        there = place(self.values[0], today) if self.values else None
        if here is None or there is None:
            return False
        return here >= there if self.relation == Relation.AT_LEAST else here < there


_AS_WORDS: Mapping[str, str] = {"true": "yes", "false": "no"}


def same(fact: object, value: str) -> bool:
    """Whether a fact is a value as it is written.

    >>> same(True, "yes"), same(5.0, "5"), same("3G", "3g"), same("3g", "4g")
    (True, True, True, False)
    """
    one, other = (_AS_WORDS.get(text, text) for text in (str(fact).casefold(), value.casefold()))
    if one == other:
        return True
    number = _number(one)
    return number is not None and number == _number(other)


_DAY = re.compile(r"today(?:([+-])(\d{1,5}))?")


@lru_cache(maxsize=4096)
def place(bound: str, today: date) -> float | None:
    """Where a number or a day stands on its line; None where it is neither.

    >>> place("2.5", date(2026, 1, 3)), place("today-1", date(1, 1, 3)), place("soon", date(2026, 1, 3))
    (2.5, 2.0, None)
    """
    if found := _DAY.fullmatch(bound):
        return float(today.toordinal() + int(f"{found[1] or '+'}{found[2] or 0}"))
    number = _number(bound)
    if number is not None:
        return number
    day = parse_date(bound)
    return float(day.toordinal()) if day else None


def read_bound(text: str, *, is_day: bool) -> str | None:
    """The end of a range as it is kept, None where it is none: a number, or a day as ``2026-01-31`` or ``today-14``.

    >>> read_bound(" 5.0", is_day=False), read_bound("today - 14", is_day=True), read_bound("5", is_day=True)
    ('5', 'today-14', None)
    """
    written = "".join(text.split())
    if not is_day:
        number = _number(written)
        return None if number is None else write_number(number)
    if _DAY.fullmatch(written):
        return written
    day = parse_date(text)
    return day.isoformat() if day else None


def write_number(number: float) -> str:
    """A number as short as it can be read back."""
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number + 0.0 if math.isfinite(number) and "_" not in text else None


# Settings and conditions as a line of text.

_TOKEN = re.compile(r'\s*(?:(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<sign>[;:|])|(?P<word>[^\s;:|"]+))')
_PLAIN = re.compile(r"[\w.+%/°€$£-]+")

Tokens = Sequence[tuple[str, bool]]
"""What stands in a line, each with whether it is a sign."""


def tokens(line: str) -> Tokens:
    """The words, quoted texts and signs of a line. Raises `Invalid` (field "") where a quotation does not end."""
    found: list[tuple[str, bool]] = []
    at = 0
    end = len(line.rstrip())
    while at < end:
        match = _TOKEN.match(line, at)
        if match is None:
            raise Invalid({"": N_("A quotation does not end.")})
        at = match.end()
        found.append(
            (_unquoted(match["quoted"]) if match["quoted"] else match[0].strip(), bool(match["sign"]))
        )
    return found


def _unquoted(quoted: str) -> str:
    try:
        return str(json.loads(quoted))
    except ValueError:
        raise Invalid({"": N_("A quotation does not end.")}) from None


def word(text: str) -> str:
    """A text as one token: as it is where that is plain, else in quotation marks; never the end of a comment."""
    if _PLAIN.fullmatch(text) and "--" not in text:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    for sign in "<>[]":
        quoted = quoted.replace(sign, f"\\u{ord(sign):04x}")
    return quoted


def write_conditions(conditions: Sequence[Condition]) -> str:
    """Conditions as people read them; `read_conditions` reads them back.

    >>> write_conditions([Condition("net", Relation.IS, ("2g", "no service")), Condition("sim", Relation.KNOWN)])
    'net is 2g | "no service" and sim known'
    """
    return " and ".join(
        " ".join([word(one.attribute), one.relation.value, " | ".join(map(word, one.values))]).rstrip()
        for one in conditions
    )


def read_conditions(given: Tokens) -> tuple[Condition, ...]:
    """Conditions from tokens. Raises `Invalid` (field "") with what is wrong."""
    found: list[Condition] = []
    at = 0
    while at < len(given):
        if found:
            if given[at] != ("and", False):
                raise Invalid({"": N_('Conditions are joined by "and".')})
            at += 1
        name, relation = (_word_at(given, place) for place in (at, at + 1))
        at += 2
        values: list[str] = []
        if relation not in ALONE:
            values.append(_word_at(given, at))
            at += 1
            while at < len(given) and given[at] == ("|", True):
                values.append(_word_at(given, at + 1))
                at += 2
        found.append(make_condition(name, relation, values))
    if not found:
        raise Invalid({"": N_("A condition belongs here.")})
    return tuple(found)


def _word_at(given: Tokens, at: int) -> str:
    if at >= len(given) or given[at][1]:
        raise Invalid({"": N_("A condition is written like this: %(example)s.", example="sim is missing")})
    return given[at][0]


def make_condition(attribute: str, relation: str, values: Sequence[str]) -> Condition:
    """A condition. Raises `Invalid` (field "") with what is wrong."""
    if relation not in tuple(Relation):
        words = ", ".join(Relation)
        raise Invalid({"": N_("It can be one of these: %(words)s.", words=words)})
    wanted = Relation(relation)
    values = [one_line(value) for value in values]
    limit = VALUE_LIMIT
    if not NAME.fullmatch(attribute):
        raise Invalid({"": N_("A key is one word, at most %(most)s characters.", most=128)})
    if any(not text or len(text) > limit for text in values):
        raise Invalid({"": N_("A text of at most %(most)s characters belongs here.", most=limit)})
    if wanted in ALONE:
        return Condition(attribute, wanted)
    if wanted in COMPARING:
        bounds = [read_bound(value, is_day=is_day) for value in values[:1] for is_day in (False, True)]
        kept = next((bound for bound in bounds if bound is not None), None)
        if kept is None or len(values) != 1:
            raise Invalid({"": N_("One number or one day belongs here.")})
        return Condition(attribute, wanted, (kept,))
    if not values:
        raise Invalid({"": N_("A value belongs here.")})
    return Condition(attribute, wanted, tuple(values))

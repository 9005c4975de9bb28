"""Days that a sentence speaks of, told by the calendar or from today. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from cbr.guided.reading import words
from cbr.guided.reading.tokens import Roots, Token, stem_of
from cbr.values import parse_date

_WRITTEN = re.compile(
    r"(?<![\w.])(?:\d{4}-\d{1,2}-\d{1,2}|\d{4}\.\s?\d{1,2}\.\s?\d{1,2}\.?|\d{1,2}\.\s?\d{1,2}\.\s?\d{4})(?!\w)"
)
MOST_YEARS = 100


class Day(NamedTuple):
    """A day in a sentence.

    Args:
        day: which.
        start, end: where it stands, with the word that says "since".
        clause: number of the clause that it is in.
        since: whether it is said that something began then.
    """

    day: date
    start: int
    end: int
    clause: int
    since: bool


def days(text: str, told: Sequence[Token], language: str, today: date, roots: Roots) -> list[Day]:
    """The days that a sentence speaks of, in their order; nothing that is yet to come.

    Args:
        told: the words of the text.
    """
    base = language.partition("-")[0]
    found = [
        *_written(text, told),
        *_near(told, base, today),
        *_counted(told, base, today),
        *_named(told, base, today, roots),
    ]
    kept: list[Day] = []
    for one in sorted(found, key=lambda one: (one.start - one.end, one.start)):
        if one.day <= today and not any(one.start < other.end and other.start < one.end for other in kept):
            kept.append(one)
    return sorted((_with_since(one, told, base) for one in kept), key=lambda one: one.start)


def _written(text: str, told: Sequence[Token]) -> Iterator[Day]:
    for match in _WRITTEN.finditer(text):
        if day := parse_date(match[0]):
            inside = [one for one in told if match.start() <= one.start < match.end()]
            yield Day(day, match.start(), match.end(), inside[0].clause if inside else 0, False)


def _near(told: Sequence[Token], language: str, today: date) -> Iterator[Day]:
    """Yesterday and its like."""
    for name, before in words.NEAR_DAYS.get(language, {}).items():
        wanted = name.split()
        for at in range(len(told) - len(wanted) + 1):
            span = told[at : at + len(wanted)]
            if [one.word for one in span] == wanted:
                yield _day(today - timedelta(before), span)


def _counted(told: Sequence[Token], language: str, today: date) -> Iterator[Day]:
    """Three days ago, and for three days."""
    for at, unit in enumerate(told):
        if unit.word not in words.UNITS_OF_DAYS or at == 0:
            continue
        number = told[at - 1]
        count = (
            int(number.word) if re.fullmatch(r"[0-9]{1,4}", number.word) else words.COUNTS.get(number.word)
        )
        behind = told[at + 1].word if at + 1 < len(told) else ""
        before = told[at - 2].word if at > 1 else ""
        since = before in words.SINCE.get(language, ())
        if count and (unit.word in words.SPEAKS_FOR_ITSELF or behind in words.AGO or since):
            span = told[at - 1 : at + 1 + (behind in words.AGO)]
            day = today - timedelta(min(count * words.UNITS_OF_DAYS[unit.word], 365 * MOST_YEARS))
            yield _day(day, span)._replace(since=True)


def _named(told: Sequence[Token], language: str, today: date, roots: Roots) -> Iterator[Day]:
    """The last Monday, and the third of January."""
    weekdays = {
        stem_of(name, language, roots): at for at, name in enumerate(words.WEEKDAYS.get(language, ()))
    }
    months = {stem_of(name, language, roots): at for at, name in enumerate(words.MONTHS.get(language, ()), 1)}
    forms = words.WEEKDAY_FORMS.get(language, {})
    for at, one in enumerate(told):
        weekday = forms.get(one.word, weekdays.get(one.stem))
        if weekday is not None:
            yield _day(today - timedelta((today.weekday() - weekday) % 7 or 7), [one])
        elif (month := months.get(one.stem)) is not None:
            yield from _of_month(told, at, month, language, today)


def _of_month(told: Sequence[Token], at: int, month: int, language: str, today: date) -> Iterator[Day]:
    """The day number stands before the month, in Hungarian behind it, in English on either side."""
    sides = {"hu": [at + 1], "en": [at - 1, at + 1]}.get(language, [at - 1])
    for side in sides:
        digits = (
            re.fullmatch(r"([0-9]{1,2})(?:st|nd|rd|th)?", told[side].word) if 0 <= side < len(told) else None
        )
        number = digits or (
            re.match(r"([0-9]{1,2})(?![0-9])", told[side].word) if 0 <= side < len(told) else None
        )
        if not number:
            continue
        last = max(at, side)
        behind = told[last + 1] if last + 1 < len(told) else None
        year = int(behind.word) if behind and re.fullmatch(r"(?:19|20)[0-9]{2}", behind.word) else None
        try:
            day = date(year or today.year, month, int(number[1]))
            if year is None and day > today:
                day = day.replace(year=today.year - 1)
        except ValueError:
            continue
        yield _day(day, told[min(at, side) : last + 1 + (year is not None)])
        return


def _day(day: date, span: Sequence[Token]) -> Day:
    return Day(day, span[0].start, span[-1].end, span[0].clause, False)


def _with_since(one: Day, told: Sequence[Token], language: str) -> Day:
    """With the word beside it that says since."""
    marks = words.SINCE.get(language, frozenset())
    before = next((other for other in reversed(told) if other.end <= one.start), None)
    behind = next((other for other in told if other.start >= one.end), None)
    if before and before.word in marks and before.clause == one.clause:
        return one._replace(start=before.start, since=True)
    if behind and language == "hu" and behind.word in marks and behind.clause == one.clause:
        return one._replace(end=behind.end, since=True)
    return one

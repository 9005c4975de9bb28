"""The values of an attribute as people type them: one a line, with names and other words; pure.

    poor | en: Poor = weak, bad | hu: Gyenge = rossz

First the value itself, then for each language its name and, behind "=", other words for it with commas between. In a
taxonomy two blanks at the beginning of a line put it below the line above. What means something here means itself
behind a backslash: \\| \\= \\\\, and \\n, \\s, \\t are a new line, a blank and a tab.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from cbr.case_type import Choice
from kb.errors import N_
from kb.languages import is_language

STEP = 2
"""Blanks that go one level down."""

_ESCAPES: Mapping[str, str] = {"\\": "\\", "|": "|", "=": "=", "n": "\n", "s": " ", "t": "\t"}
_ESCAPED = re.compile(r"\\(.?)", re.DOTALL)
_BETWEEN = re.compile(r"(?<!\\)((?:\\\\)*)\|")
_EQUALS = re.compile(r"(?<!\\)((?:\\\\)*)=")
_NAMED = re.compile(r"\s*(?P<language>[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)\s*:(?P<words>.*)", re.DOTALL)
_BLANKS = " \t"


def write_choices(choices: Sequence[Choice]) -> str:
    """The choices as lines; those below another one stand below it.

    >>> print(write_choices([Choice("phone"), Choice("a|b", {"en": "A or b"}, "phone", {"en": "ab"})]))
    phone
      a\\|b | en: A or b = ab
    """
    below: dict[str, list[Choice]] = {}
    for choice in choices:
        below.setdefault(choice.parent, []).append(choice)
    return "\n".join(_lines(below))


def _lines(below: Mapping[str, Sequence[Choice]]) -> Iterator[str]:
    waiting = [(choice, 0) for choice in reversed(below.get("", ()))]
    while waiting:
        choice, depth = waiting.pop()
        yield " " * (STEP * depth) + _line(choice)
        waiting += [(child, depth + 1) for child in reversed(below.get(choice.key, ()))]


def _line(choice: Choice) -> str:
    parts = [escaped(choice.key, "|")]
    for code in dict.fromkeys([*choice.names, *choice.synonyms]):
        name, others = choice.names.get(code, ""), choice.synonyms.get(code, "")
        words = escaped(name, "|=") + (f" = {escaped(others, '|=')}" if others else "")
        parts.append(f"{code}: {words.strip(_BLANKS)}")
    return " | ".join(parts)


def escaped(text: str, special: str) -> str:
    """A text in which the special characters, and blanks at its ends, mean themselves."""
    for char in ("\\", *special):
        text = text.replace(char, f"\\{char}")
    text = text.replace("\n", "\\n")
    inner = text.strip(_BLANKS)
    start = len(text) - len(text.lstrip(_BLANKS))
    ends = (text[:start], text[start + len(inner) :]) if inner else (text, "")
    before, after = (end.replace(" ", "\\s").replace("\t", "\\t") for end in ends)
    return f"{before}{inner}{after}"


class Typed(NamedTuple):
    """What was read so far, and what is wrong."""

    choices: dict[str, Choice]
    faults: list[str]


def read_choices(text: str, *, tree: bool = False) -> tuple[tuple[Choice, ...], list[str]]:
    """The choices that lines say, and a sentence for each line that is wrong; `write_choices` writes them back.

    Args:
        tree: blanks at the beginning of a line mean a place below another one.

    >>> read_choices("poor | en: Poor = weak, bad\\n\\ngood")[0][0].synonyms
    {'en': 'weak, bad'}
    """
    read = Typed({}, [])
    way: list[str] = []
    for number, line in enumerate(text.replace("\r", "").split("\n"), 1):
        if not line.strip(_BLANKS):
            continue
        depth = _depth(line) if tree else 0
        if depth > len(way):
            read.faults.append(
                N_("Line %(line)s is further in than one step below the line above.", line=number)
            )
            depth = len(way)
        choice = _read_line(line, number, way[depth - 1] if depth else "", read)
        if choice.key in read.choices:
            read.faults.append(N_("Line %(line)s has a value that stands above already.", line=number))
        read.choices.setdefault(choice.key, choice)
        way = [*way[:depth], choice.key]
    return tuple(read.choices.values()), read.faults


def _depth(line: str) -> int:
    indent = line[: len(line) - len(line.lstrip(_BLANKS))].expandtabs(STEP)
    return (len(indent) + STEP - 1) // STEP


def _read_line(line: str, number: int, parent: str, read: Typed) -> Choice:
    key, *rest = parted(line)
    names: dict[str, str] = {}
    synonyms: dict[str, str] = {}
    for part in rest:
        found = _NAMED.fullmatch(part)
        code = found["language"] if found else ""
        if found is None or not is_language(code):
            read.faults.append(
                N_(
                    "In line %(line)s a language is missing, such as “en: ”: %(part)s",
                    line=number,
                    part=part.strip(),
                )
            )
            continue
        if code in names or code in synonyms:
            read.faults.append(N_("Line %(line)s names %(code)s twice.", line=number, code=code))
        name, *others = (plain(one) for one in parted(found["words"], _EQUALS))
        if name:
            names[code] = name
        if any(others):
            synonyms[code] = " = ".join(others)
    value = plain(key)
    if not value:
        read.faults.append(N_("Line %(line)s has no value before its names.", line=number))
    return Choice(value, names, parent, synonyms)


def parted(text: str, sign: re.Pattern[str] = _BETWEEN) -> list[str]:
    """The text cut at a sign, "|" unless told otherwise, that stands behind no backslash."""
    parts, at = [], 0
    for found in sign.finditer(text):
        parts.append(text[at : found.end() - 1])
        at = found.end()
    return [*parts, text[at:]]


def plain(text: str) -> str:
    """A text as it was before it was `escaped`."""
    return _ESCAPED.sub(lambda found: _ESCAPES.get(found[1], found[0]), text.strip(_BLANKS))

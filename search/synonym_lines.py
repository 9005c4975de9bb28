"""Synonyms as lines of text, one group a line, as they come from and go to other systems; pure.

``PUK, personal unblocking key`` stand for each other; of ``phone => mobile, handset`` only the first means the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

ARROW = "=>"
COMMENT = "#"


class Line(NamedTuple):
    """A group as it was written, and on which line, counted from 1."""

    number: int
    words: tuple[str, ...]
    one_way: bool


def read(text: str) -> Iterator[Line]:
    """The groups of a text; empty lines and those that begin with ``#`` are passed over.

    >>> [line[1:] for line in read("# telephones\\nphone => mobile, handset\\n\\nPUK,  personal key")]
    [(('phone', 'mobile', 'handset'), True), (('PUK', 'personal key'), False)]
    """
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith(COMMENT):
            first, arrow, others = line.partition(ARROW)
            words = [first, *others.split(",")] if arrow else line.split(",")
            yield Line(number, tidied(words), bool(arrow))


def tidied(words: Iterable[str]) -> tuple[str, ...]:
    """Words with single spaces, without empty ones.

    >>> tidied([" personal  key ", ""])
    ('personal key',)
    """
    return tuple(tidy for word in words if (tidy := " ".join(word.split())))


def written(words: Sequence[str], one_way: bool) -> str:
    """One group as a line.

    >>> written(["phone", "mobile", "handset"], one_way=True)
    'phone => mobile, handset'
    """
    return f"{words[0]} {ARROW} {', '.join(words[1:])}" if one_way else ", ".join(words)

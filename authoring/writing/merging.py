"""Three-way merge: what two people made of the same text put together, or the places where they contradict each other.

Lines are compared first. Where both touched the same ones their words are: changes with an untouched word between them
both survive, all others clash. What clashes is handed to a person whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

from authoring.writing.edits import Search
from kb.errors import N_, Conflict

TEXTS = frozenset({"summary", "body"})
"""Fields that are merged by lines and words; of all others one side's value is taken."""

SETS = frozenset({"tags"})
"""Fields that are lists of which each entry stands for itself."""

_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_BEGINS, _PARTS, _ENDS = "<<<<<<<", "=======", ">>>>>>>"
_MARK = re.compile(rf"^(?:{_BEGINS}|{_ENDS})(?: |$)", re.MULTILINE)

Items = Sequence[str]
Region = tuple[bool, Items, Items, Items]


class Clash(NamedTuple):
    """What stood in one place at first, and what two people made of it."""

    base: Any
    mine: Any
    theirs: Any


@dataclass(frozen=True, slots=True)
class Merged:
    """A merged text, in parts: what is settled, and what clashes."""

    parts: tuple[str | Clash, ...]

    @property
    def clashes(self) -> tuple[Clash, ...]:
        """The places that a person has to settle; none where the merge is clean."""
        return tuple(part for part in self.parts if isinstance(part, Clash))

    @property
    def text(self) -> str:
        """The whole text, with my side where it clashes."""
        return "".join(part.mine if isinstance(part, Clash) else part for part in self.parts)

    def marked(self, mine: str, theirs: str) -> str:
        """The whole text with both sides of each clash between marks, for a person to finish.

        Args:
            mine: what to call my side.
            theirs: what to call the other.
        """
        return "".join(_marked(part, mine, theirs) for part in self.parts)


class Unmerged(Conflict):
    """Two people changed the same places.

    Args:
        values: all fields merged as far as possible, with my side where they clash.
        clashes: field -> what clashes; of a text in TEXTS, the `Merged` text.
        theirs_id: the revision that has to be merged with.
    """

    def __init__(
        self, values: Mapping[str, Any], clashes: Mapping[str, Clash | Merged], theirs_id: int
    ) -> None:
        super().__init__(
            N_(
                "Somebody else changed the same places meanwhile. Nothing of yours was saved; it is kept below."
            )
        )
        self.values, self.clashes, self.theirs_id = values, clashes, theirs_id


def merge(base: str, mine: str, theirs: str) -> Merged:
    """Both people's changes of a text in one.

    >>> merge("Call us. We are open.", "Phone us. We are open.", "Call us. We are closed.").text
    'Phone us. We are closed.'
    >>> merge("It costs 10.", "It costs 20.", "It costs 30.").clashes
    (Clash(base='It costs 10.', mine='It costs 20.', theirs='It costs 30.'),)
    """
    lines = (text.splitlines(keepends=True) for text in (base, mine, theirs))
    return Merged(tuple(_joined(_merged(*lines, stable=_any, otherwise=_by_words))))


def merge_fields(
    base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Clash | Merged]]:
    """Both people's changes of several fields in one: (values, what clashes), with my side where they clash.

    Args:
        base, mine, theirs: the same fields in each.
    """
    values: dict[str, Any] = {}
    clashes: dict[str, Clash | Merged] = {}
    for name, begun in base.items():
        own, other = mine[name], theirs[name]
        if name in SETS:
            values[name] = _merged_sets(begun, own, other)
        elif own == begun or other in (begun, own):
            values[name] = other if begun == own else own
        elif name in TEXTS and not (found := merge(begun, own, other)).clashes:
            values[name] = found.text
        else:
            values[name], clashes[name] = own, found if name in TEXTS else Clash(begun, own, other)
    return values, clashes


def has_marks(text: str) -> bool:
    """Whether a text that was to be finished still holds marks of places that clash."""
    return _MARK.search(text) is not None


def _merged(
    base: Items,
    mine: Items,
    theirs: Items,
    *,
    stable: Callable[[Items], bool],
    otherwise: Callable[[Clash], Iterable[str | Clash]],
) -> Iterator[str | Clash]:
    for same, begun, own, other in _regions(base, mine, theirs, stable):
        texts = Clash("".join(begun), "".join(own), "".join(other))
        if same or texts.theirs in (texts.base, texts.mine):
            yield texts.mine
        elif texts.base == texts.mine:
            yield texts.theirs
        else:
            yield from otherwise(texts)


def _by_words(clash: Clash) -> Iterable[str | Clash]:
    """The changed lines merged by words; as a whole where that does not settle all of it."""
    found = list(_merged(*map(_WORD.findall, clash), stable=_says_something, otherwise=lambda inner: [inner]))
    return [clash] if any(isinstance(part, Clash) for part in found) else found


def _any(_items: Items) -> bool:
    return True


def _says_something(words: Items) -> bool:
    """Blanks and commas between two changes do not make them independent of each other."""
    return any(character.isalnum() for word in words for character in word)


def _regions(base: Items, mine: Items, theirs: Items, stable: Callable[[Items], bool]) -> Iterator[Region]:
    """What both left alone, and what lies between: (both left it alone, base, mine, theirs)."""
    in_mine, in_theirs = _places(base, mine), _places(base, theirs)
    kept = [(i, in_mine[i], in_theirs[i]) for i in range(len(base)) if i in in_mine and i in in_theirs]
    runs = [
        [place for _number, place in group]
        for _gap, group in groupby(enumerate(kept), lambda one: tuple(place - one[0] for place in one[1]))
    ]
    i = j = k = 0
    for run in runs:
        start, length = run[0], len(run)
        if not stable(base[start[0] : start[0] + length]):
            continue
        yield False, base[i : start[0]], mine[j : start[1]], theirs[k : start[2]]
        i, j, k = (place + length for place in start)
        yield True, base[start[0] : i], mine[start[1] : j], theirs[start[2] : k]
    yield False, base[i:], mine[j:], theirs[k:]


def _places(base: Items, other: Items) -> dict[int, int]:
    """Where items of the base stand in the other."""
    found: dict[int, int] = {}
    i = j = 0
    for same, old, new in Search().blocks(base, other):
        if same:
            found.update((i + step, j + step) for step in range(len(old)))
        i, j = i + len(old), j + len(new)
    return found


def _joined(parts: Iterable[str | Clash]) -> Iterator[str | Clash]:
    for clashes, group in groupby(parts, lambda part: isinstance(part, Clash)):
        if clashes:
            yield from group
        elif text := "".join(str(part) for part in group):
            yield text


def _merged_sets(base: Iterable[str], mine: Sequence[str], theirs: Sequence[str]) -> list[str]:
    """What both have, and what one of them added."""
    begun = set(base)
    both = [item for item in mine if item in theirs or item not in begun]
    return list(dict.fromkeys([*both, *(item for item in theirs if item not in begun)]))


def _marked(part: str | Clash, mine: str, theirs: str) -> str:
    if isinstance(part, str):
        return part
    own, other = (f"{text}\n" if text and not text.endswith("\n") else text for text in part[1:])
    return f"{_BEGINS} {mine}\n{own}{_PARTS}\n{other}{_ENDS} {theirs}\n"

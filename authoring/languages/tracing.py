"""Tracing: what became of each passage of a text through its revisions, and so what a translation still says. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from authoring.languages.claims import Change, compare, words
from authoring.languages.passages import STEP, SUMMARY, TITLE, Passage, line_of, split

ALIKE = 0.4  # share of common words from which on two passages count as one that was rewritten
MOST_COMPARED = 10_000  # pairs of passages in one block of changes; beyond it they are paired by their order


@dataclass(frozen=True, slots=True)
class Step:
    """A revision of a text.

    Args:
        passages: title and summary first: see `passages_of`.
        wording_only: its author's word that no fact differs from the revision before it.
    """

    passages: tuple[Passage, ...]
    wording_only: bool = False


def passages_of(title: str, summary: str, body: str) -> tuple[Passage, ...]:
    """All that a revision says, as passages."""
    lines = (line_of(TITLE, title), line_of(SUMMARY, summary))
    return (*(one for one in lines if one.text.strip()), *split(body))


class Pair(NamedTuple):
    """A passage before and after: numbers in their texts, None for one that came or went."""

    before: int | None
    after: int | None
    moved: bool = False


class Fate(StrEnum):
    """What a translation made from the first revision is worth for a passage of the last."""

    CURRENT = "current"
    STALE = "stale"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Traced:
    """A passage of the newest revision, and what it was when the translation was made.

    `origin` is its number among the passages of the first revision.
    """

    passage: Passage
    before: Passage | None
    fate: Fate
    origin: int | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """The passages of the newest revision, and those of the first that are no more."""

    passages: tuple[Traced, ...]
    removed: tuple[Passage, ...] = ()

    @property
    def is_current(self) -> bool:
        """Whether a translation of the first revision still says what the newest says."""
        return not self.removed and all(one.fate == Fate.CURRENT for one in self.passages)

    @property
    def differing(self) -> int:
        """How many passages a translator has to look at."""
        return len(self.removed) + sum(one.fate != Fate.CURRENT for one in self.passages)


def trace(steps: Sequence[Step], language: str = "") -> Trace:
    """Follow the passages from the revision that a translation was made from to the newest.

    A passage that says the same as at the beginning is current, whatever it said in between. One that was only reworded
    is current if the author of each rewording gave their word for it, and one that moved likewise, but for a step,
    whose order is a fact. Everything else is stale or new.

    Args:
        steps: at least one revision, the oldest first. The mark of the first one says nothing here.
        language: in which they are written.
    """
    first, last = steps[0].passages, steps[-1].passages
    origins = {number: number for number in range(len(first))}
    doubtful: set[int] = set()
    displaced: set[int] = set()
    for before, after in pairwise(steps):
        followed: dict[int, int] = {}
        for pair in align(before.passages, after.passages):
            if pair.before is None or pair.after is None or pair.before not in origins:
                continue
            origin = followed[pair.after] = origins[pair.before]
            old, new = before.passages[pair.before], after.passages[pair.after]
            if not _vouched(compare(old, new, language), after):
                doubtful.add(origin)
            if pair.moved and (new.kind == STEP or not after.wording_only):
                displaced.add(origin)
        origins = followed
    traced = []
    for number, passage in enumerate(last):
        origin_at = origins.get(number)
        if origin_at is None:
            traced.append(Traced(passage, None, Fate.NEW))
            continue
        change = compare(first[origin_at], passage, language)
        held = change == Change.SAME or (change == Change.REWORDED and origin_at not in doubtful)
        fate = Fate.CURRENT if held and origin_at not in displaced else Fate.STALE
        traced.append(Traced(passage, first[origin_at], fate, origin_at))
    kept = set(origins.values())
    return Trace(tuple(traced), tuple(one for number, one in enumerate(first) if number not in kept))


def _vouched(change: Change, after: Step) -> bool:
    """Whether the author's word, where one is needed, stands behind a change."""
    return change == Change.SAME or (after.wording_only and change == Change.REWORDED)


def align(before: Sequence[Passage], after: Sequence[Passage]) -> list[Pair]:
    """Pair the passages of two versions: equal ones first, then similar ones in their order, then those that moved."""
    old, new = [_key(one) for one in before], [_key(one) for one in after]
    pairs: list[Pair] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            pairs += [Pair(i, j) for i, j in zip(range(i1, i2), range(j1, j2), strict=True)]
        else:
            pairs += _similar(old, new, range(i1, i2), range(j1, j2))
    return sorted(_moved(pairs, old, new), key=lambda pair: (pair.after is None, pair.after or 0))


Key = tuple[str, ...]


def _key(passage: Passage) -> Key:
    """What makes two passages the same one: title and summary are themselves whatever they say."""
    return (passage.kind if passage.kind in {TITLE, SUMMARY} else "", *words(passage))


def _similar(old: Sequence[Key], new: Sequence[Key], rows: range, columns: range) -> Iterator[Pair]:
    """The best pairing in order of the passages in a block of changes (the heaviest common path)."""
    if len(rows) * len(columns) > MOST_COMPARED:
        yield from _by_order(rows, columns)
        return
    likeness = [[_likeness(old[i], new[j]) for j in columns] for i in rows]
    best = [[0.0] * (len(columns) + 1) for _ in range(len(rows) + 1)]
    for i in reversed(range(len(rows))):
        for j in reversed(range(len(columns))):
            joined = best[i + 1][j + 1] + likeness[i][j] if likeness[i][j] >= ALIKE else 0.0
            best[i][j] = max(joined, best[i + 1][j], best[i][j + 1])
    i = j = 0
    while i < len(rows) and j < len(columns):
        if likeness[i][j] >= ALIKE and best[i][j] == best[i + 1][j + 1] + likeness[i][j]:
            yield Pair(rows[i], columns[j])
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            yield Pair(rows[i], None)
            i += 1
        else:
            yield Pair(None, columns[j])
            j += 1
    yield from (Pair(one, None) for one in rows[i:])
    yield from (Pair(None, one) for one in columns[j:])


def _by_order(rows: range, columns: range) -> Iterator[Pair]:
    common = min(len(rows), len(columns))
    yield from (Pair(i, j) for i, j in zip(rows, columns, strict=False))
    yield from (Pair(i, None) for i in rows[common:])
    yield from (Pair(None, j) for j in columns[common:])


def _likeness(one: Key, other: Key) -> float:
    """The share of words that two passages have in common."""
    if one[0] or other[0]:
        return 1.0 if one[0] == other[0] else 0.0
    common = (Counter(one[1:]) & Counter(other[1:])).total()
    return 2 * common / (len(one) + len(other) - 2) if common else 0.0


def _moved(pairs: Sequence[Pair], old: Sequence[Key], new: Sequence[Key]) -> Iterator[Pair]:
    """The pairs, with passages that went from one place and came at another put together."""
    gone: dict[Key, list[int]] = {}
    for pair in pairs:
        if pair.after is None and pair.before is not None:
            gone.setdefault(old[pair.before], []).append(pair.before)
    found: set[int] = set()
    for pair in pairs:
        if pair.before is None and pair.after is not None and gone.get(new[pair.after]):
            origin = gone[new[pair.after]].pop(0)
            found.add(origin)
            yield Pair(origin, pair.after, moved=True)
        elif pair.after is not None:
            yield pair
    yield from (pair for pair in pairs if pair.after is None and pair.before not in found)

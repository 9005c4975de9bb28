"""What two sequences have in common, in order: of lines, of words, of anything that can be compared.

Items that stand once on both sides anchor the comparison (patience diff); what lies between two anchors is matched by
the shortest edit (E. W. Myers, An O(ND) Difference Algorithm, 1986), as long as that is cheap.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

Pair = tuple[int, int]
Block = tuple[bool, Sequence[str], Sequence[str]]

MOST_STEPS = 1_000_000  # of looking for the shortest edits; about a quarter of a second


class Search:
    """Finds what two sequences have in common, in order, with a bound on all its work together.

    Where the bound is reached, what is left counts as different.
    """

    def __init__(self) -> None:
        self._steps_left = MOST_STEPS

    def blocks(self, old: Sequence[str], new: Sequence[str]) -> Iterator[Block]:
        """Stretches that are the same, and what lies between them on either side."""
        i = j = 0
        for start, other, length in _stretches(self._pairs(old, new)):
            if i < start or j < other:
                yield False, old[i:start], new[j:other]
            yield True, old[start : start + length], new[other : other + length]
            i, j = start + length, other + length
        if i < len(old) or j < len(new):
            yield False, old[i:], new[j:]

    def _pairs(self, old: Sequence[str], new: Sequence[str]) -> list[Pair]:
        """Places in both that belong together, in order."""
        found: list[Pair] = []
        waiting: list[tuple[int, int, int, int]] = [(0, len(old), 0, len(new))]
        while waiting:
            start, stop, other, end = waiting.pop()
            while start < stop and other < end and old[start] == new[other]:
                found.append((start, other))
                start, other = start + 1, other + 1
            while start < stop and other < end and old[stop - 1] == new[end - 1]:
                stop, end = stop - 1, end - 1
                found.append((stop, end))
            if start == stop or other == end or self._steps_left < 0:
                continue
            self._steps_left -= (stop - start + end - other) // 8
            anchors = _anchors(old[start:stop], new[other:end])
            if anchors:
                found.extend((start + i, other + j) for i, j in anchors)
                waiting.extend(_between(start, stop, other, end, anchors))
            else:
                found.extend((start + i, other + j) for i, j in self._myers(old[start:stop], new[other:end]))
        return sorted(found)

    def _myers(self, old: Sequence[str], new: Sequence[str]) -> list[Pair]:
        """The longest common subsequence; nothing when finding it would take too long."""
        furthest = {1: 0}
        trail: list[dict[int, int]] = []
        for edits in range(len(old) + len(new) + 1):
            self._steps_left -= 2 * edits + 1
            if self._steps_left < 0:
                return []
            trail.append(dict(furthest))
            for k in range(-edits, edits + 1, 2):
                i = _step(furthest, k, edits)
                while i < len(old) and i - k < len(new) and old[i] == new[i - k]:
                    i += 1
                    self._steps_left -= 1
                furthest[k] = i
                if i >= len(old) and i - k >= len(new):
                    return _walked_back(trail, len(old), len(new))
        raise AssertionError("two sequences always have an edit between them")


def _step(furthest: dict[int, int], k: int, edits: int) -> int:
    down = k == -edits or (k != edits and furthest[k - 1] < furthest[k + 1])
    return furthest[k + 1] if down else furthest[k - 1] + 1


def _walked_back(trail: Sequence[dict[int, int]], i: int, j: int) -> list[Pair]:
    pairs: list[Pair] = []
    for edits in range(len(trail) - 1, -1, -1):
        furthest, k = trail[edits], i - j
        begun = _step(furthest, k, edits)
        while i > max(begun, 0) and j > 0:
            i, j = i - 1, j - 1
            pairs.append((i, j))
        down = k == -edits or (k != edits and furthest[k - 1] < furthest[k + 1])
        i, j = (i, j - 1) if down else (i - 1, j)
    return pairs


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[Pair]:
    """What stands exactly once on both sides, as much of it as keeps its order."""
    once_new = {item: j for j, item in enumerate(new)}
    counts_old, counts_new = Counter(old), Counter(new)
    shared = [
        (i, once_new[item])
        for i, item in enumerate(old)
        if counts_old[item] == 1 and counts_new.get(item) == 1 and not item.isspace()
    ]
    return _longest_rising(shared)


def _longest_rising(pairs: Sequence[Pair]) -> list[Pair]:
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for place, (_i, j) in enumerate(pairs):
        at = bisect_left(tails, j)
        before.append(ends[at - 1] if at else -1)
        tails[at : at + 1], ends[at : at + 1] = [j], [place]
    found: list[Pair] = []
    place = ends[-1] if ends else -1
    while place >= 0:
        found.append(pairs[place])
        place = before[place]
    return found[::-1]


def _between(
    start: int, stop: int, other: int, end: int, anchors: Sequence[Pair]
) -> Iterator[tuple[int, int, int, int]]:
    edges = [(-1, -1), *anchors, (stop - start, end - other)]
    for (i, j), (next_i, next_j) in pairwise(edges):
        if next_i > i + 1 and next_j > j + 1:
            yield start + i + 1, start + next_i, other + j + 1, other + next_j


def _stretches(pairs: Sequence[Pair]) -> Iterator[tuple[int, int, int]]:
    """Neighbouring pairs together: where they begin on both sides, and how many they are."""
    for _gap, group in groupby(enumerate(pairs), lambda numbered: _gap_of(*numbered)):
        held = [pair for _place, pair in group]
        yield held[0][0], held[0][1], len(held)


def _gap_of(place: int, pair: Pair) -> Pair:
    return pair[0] - place, pair[1] - place

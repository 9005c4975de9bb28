"""A question to a segment: compiled to tables of one float for each code, then scanned block by block; exact.

The score of a case is the sum over what is known, in the order of the case type's attributes, of share x similarity,
where share = weight / sum of the weights of all that is known. A case without a value counts by the rule of the
attribute; where that is "skip", and only then, the sum is divided by the sum of the shares that are left. More is
better; of two with the same score the one with the smaller id is better. All of it in 64-bit floats, in this order, so
that ties are ties.

A block's bound is the same sum of the most that any of its values reaches. As adding and multiplying floats never turns
the order of what goes in, no case of the block is above it. Blocks are scanned from the best bound on, until the bound
is below what has been found. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np

from cbr.case_type import MISSING_SIMILARITY, Attribute, CaseType, Missing
from cbr.index.baseline import best_of
from cbr.index.segment import Ids, Segment
from cbr.index.zones import BLOCK, GROUPS, Places, most_of_groups
from cbr.similarity import DistanceMeasure, Floats
from cbr.values import Fact, Facts, place

SLACK = 1e-12
"""By how much a bound is raised where it is not computed in the very order of the scores."""


class Laid(NamedTuple):
    """Cases as they lie.

    Args:
        one, two, four: (rows, places) codes of one, two and four bytes.
        ids, live: (places,)
        firsts: (blocks,) the smallest id of each.
    """

    one: Any
    two: Any
    four: Any
    ids: Any
    live: Any
    firsts: Any


class Tables(NamedTuple):
    """What is known as tables of floats, one behind the other.

    Args:
        widths, rows: (columns,) in which of the stacks, and where, what is known lies.
        starts: (columns + 1,) where the table of each column starts in the next three.
        most, least: what each code reaches.
        shares: what each code counts.
        full: the sum of all shares.
        skips: the sum is divided by the shares that are left.
        exact: least and most are the same.
    """

    widths: Any
    rows: Any
    starts: Any
    most: Any
    least: Any
    shares: Any
    full: float
    skips: bool
    exact: bool


class Scan(Protocol):
    """What scans: numba's kernels, or the same in numpy."""

    def bounds(self, masks: Any, rows: Any, most_of_groups: Any) -> Any:
        """(blocks,) the most that a case of each block can reach.

        Args:
            masks: (attributes, blocks) which groups of values occur.
            rows: (columns,) the rows of what is known.
            most_of_groups: (columns, GROUPS) the most that each group reaches.
        """

    def scan(self, order: Any, reached: Any, laid: Laid, tables: Tables, k: int) -> Any:
        """The best k by the least that they can have, in any order, and who could be better than the last of them.

        Args:
            order: blocks, from the best bound down.
            reached: (blocks,) the bounds.
            k: so many; at least 1.

        Returns:
            (k,) scores, -inf where there is nobody; (k,) ids; (k,) places; (others,) places of all that could be among
            the best k where the tables are not exact, those k included.
        """


class Best(NamedTuple):
    """The best of a segment, best first.

    Args:
        scores, ids, places: (found,)
    """

    scores: Floats
    ids: Ids
    places: Places


class Known(NamedTuple):
    """One fact, and what it counts.

    Args:
        share: of the weights of all that is known.
        scores: id -> similarity, where it was found elsewhere; 0 for who is not named. The fact is not looked at then.
    """

    attribute: Attribute
    fact: Fact | None
    share: float
    scores: Mapping[int, float] | None = None


def known(
    case_type: CaseType, facts: Facts, scores: Mapping[str, Mapping[int, float]] | None = None
) -> list[Known]:
    """What counts, in the order of the case type."""
    scores = scores or {}
    counting = [
        one for one in case_type.attributes if one.weight > 0 and (one.key in facts or one.key in scores)
    ]
    total = sum(one.weight for one in counting)
    return [Known(one, facts.get(one.key), one.weight / total, scores.get(one.key)) for one in counting]


class _Table(NamedTuple):
    """One fact compiled for one segment.

    Args:
        width, row: where the codes lie.
        least, most: (codes,) share x similarity; the same array where they are exact.
        counts: (codes,) what each code counts, where that differs between cases.
    """

    width: int
    row: int
    least: Floats
    most: Floats
    counts: Floats


class Question:
    """Facts compiled for one segment.

    `tables` has one for each fact, `four` the columns of four bytes with those made for this question. What bounds the
    blocks is in `groups` for the rows of the masks that `bounded` names, and in `found` for what was found elsewhere.
    """

    def __init__(self, segment: Segment, facts: list[Known]) -> None:
        self.segment, self.facts = segment, facts
        self.four = segment.stacks[4]
        self.found: Floats | None = None
        self.groups = np.full((len(facts), GROUPS), -np.inf)
        self.bounded: list[int] = []
        self.full = 0.0
        for fact in facts:  # one by one, as the scores are summed up
            self.full += fact.share
        self.skips = any(fact.attribute.missing == Missing.SKIP for fact in facts)
        self.tables = [self._compiled(fact) for fact in facts]
        self.exact = all(table.least is table.most for table in self.tables)
        self.slack = self.skips or any(fact.scores is not None for fact in facts)

    def _compiled(self, fact: Known) -> _Table:
        if fact.scores is not None:
            return self._found_elsewhere(fact, fact.scores)
        stored = self.segment.stored[fact.attribute.key]
        least, most = stored.book.similarities(fact.attribute, fact.fact)  # type: ignore[arg-type]
        skips = fact.attribute.missing == Missing.SKIP
        missing = 0.0 if skips else MISSING_SIMILARITY[fact.attribute.missing] * fact.share
        table = low = _behind(missing, most, fact.share)
        if least is not most:
            low = _behind(missing, least, fact.share)
        bounding = table
        if skips:
            bounding = table.copy()
            bounding[0] = fact.share  # who is skipped can be as good as the others are
        counts = np.full(len(table), fact.share) if self.skips else table
        if skips:
            counts[0] = 0.0
        most_of_groups(bounding, self.groups[len(self.bounded)])
        self.bounded.append(self.segment.mask_rows[fact.attribute.key])
        return _Table(stored.width, stored.row, low, table, counts)

    def _found_elsewhere(self, fact: Known, scores: Mapping[int, float]) -> _Table:
        """A column made for this question: code 0 for who was not found, another for each who was."""
        segment = self.segment
        places = segment.places_of(np.fromiter(scores, np.int64, len(scores)))
        reached = np.fromiter(scores.values(), np.float64, len(scores))[places >= 0] * fact.share
        places = places[places >= 0]
        codes = np.zeros(len(segment.ids), np.uint32)
        codes[places] = np.arange(1, len(places) + 1)
        self.four = np.concatenate([self.four, codes[np.newaxis]])
        most = np.zeros(len(segment.firsts))
        np.maximum.at(most, places // BLOCK, reached)
        self.found = most if self.found is None else self.found + most
        table = np.concatenate([[0.0], reached])
        counts = np.full(len(table), fact.share)
        return _Table(4, len(self.four) - 1, table, table, counts)

    def best(self, k: int, scan: Scan) -> Best:
        """The best k of the segment; fewer where it has fewer."""
        if not self.tables:
            return self._first(k)
        segment, tables = self.segment, self.tables
        reached = self._bounds(scan)
        most = np.concatenate([table.most for table in tables])
        laid = Laid(
            segment.stacks[1], segment.stacks[2], self.four, segment.ids, segment.live, segment.firsts
        )
        compiled = Tables(
            np.array([table.width for table in tables]),
            np.array([table.row for table in tables]),
            np.cumsum([0, *(len(table.most) for table in tables)]),
            most,
            most if self.exact else np.concatenate([table.least for table in tables]),
            np.concatenate([table.counts for table in tables]) if self.skips else most,
            self.full,
            self.skips,
            self.exact,
        )
        scores, ids, places, could_be = scan.scan(np.argsort(-reached), reached, laid, compiled, k)
        if not self.exact:
            places = could_be
            scores, ids = self.scores(places), segment.ids[places]
        best = best_of(scores, ids, k)
        best = best[scores[best] >= 0.0]
        return Best(scores[best], ids[best], places[best])

    def _first(self, k: int) -> Best:
        """Nothing is known, so nobody is better than who came first."""
        live = np.flatnonzero(self.segment.live)
        ids = self.segment.ids[live]
        first = np.argsort(ids)[:k] if len(ids) <= k else np.argpartition(ids, k - 1)[:k]
        first = first[np.argsort(ids[first])]
        return Best(np.zeros(len(first)), ids[first], live[first])

    def _bounds(self, scan: Scan) -> Floats:
        rows = np.array(self.bounded, np.int64)
        reached = scan.bounds(self.segment.masks, rows, self.groups[: len(rows)])
        if self.found is not None:
            reached = reached + self.found
        # Nobody is above the sum of all shares, or above 1 where what is left of it is divided by.
        highest = max(self.full, 1.0) if self.skips else self.full
        bounded: Floats = np.minimum(reached * (1 + SLACK) if self.slack else reached, highest)
        return bounded

    def similarities(self, places: Places) -> tuple[Floats, Floats]:
        """(columns, cases) share x similarity, and the shares, of cases at some places; exact."""
        reached, shares = np.empty((2, len(self.tables), len(places)))
        for at, (fact, table) in enumerate(zip(self.facts, self.tables, strict=True)):
            stack = self.four if table.width == 4 else self.segment.stacks[table.width]
            codes = stack[table.row].take(places)
            reached[at] = table.most.take(codes)
            shares[at] = table.counts.take(codes) if self.skips else fact.share
            if table.least is not table.most:
                self._exactly(reached[at], fact, places)
        return reached, shares

    def _exactly(self, reached: Floats, fact: Known, places: Places) -> None:
        """Replace what is the most that a code reaches by what its number does."""
        numbers = self.segment.stored[fact.attribute.key].numbers
        measure = fact.attribute.similarity
        if numbers is None or fact.fact is None or not isinstance(measure, DistanceMeasure):
            return
        held = numbers[places]
        there = ~np.isnan(held)
        wanted = place(fact.attribute, fact.fact)
        reached[there] = fact.share * measure.many(wanted, held[there])  # type: ignore[arg-type]

    def scores(self, places: Places) -> Floats:
        """(cases,) the exact scores of cases at some places."""
        reached, shares = self.similarities(places)
        scores = np.zeros(len(places))
        for row in reached:
            scores += row
        if not self.skips:
            return scores
        left = np.zeros(len(places))
        for row in shares:
            left += row
        some = (left != self.full) & (left > 0.0)
        scores[some] /= left[some]
        scores[left == 0.0] = 0.0
        return scores


def _behind(first: float, table: Floats, share: float) -> Floats:
    """A table times a share, behind the entry for no value."""
    longer = np.empty(len(table) + 1)
    longer[0] = first
    np.multiply(table, share, out=longer[1:])
    return longer

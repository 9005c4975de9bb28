"""How likely an answer is, given what a case holds: from the similarity of the two, and from how people err. Pure.

Of one attribute, the chance that a case of solution s, holding h, is described by the answer x:

    (1 - noise) * ((1 - backoff) * like(x, h) + backoff * mean of like(x, .) over the cases of s) + noise * level

with like(x, h) = similarity(x, h) ** sharpness. It backs off from the case to its solution to all cases, as language
models do (Jelinek and Mercer, "Interpolated estimation of Markov source parameters from sparse data", 1980). Chances
are told as ratios to that of all cases together: above 1 speaks for a case, below 1 against it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cbr.case_type import MISSING_SIMILARITY, Kind, Missing
from cbr.guided.library import Codes, Column
from cbr.similarity import Exact, Floats, Span, SymbolMeasure
from cbr.values import Fact, Value, compare, place

NUMERIC = frozenset({Kind.NUMBER, Kind.DATE})
MOST_GROUPS = 16
"""So many different answers are told apart when a question is weighed; the rarer ones are one."""

RANGES = 8
"""Of numbers with more different values than that, so many ranges of about the same number of cases."""

SHRINK = 0.5
"""So many cases of all kinds are believed beside those of a solution."""


@dataclass(frozen=True)
class Smoothing:
    """How much an answer is believed.

    Args:
        noise: the chance that an answer says nothing of the case: a slip, or a case unlike those known; above 0, so
            that no answer rules out anything.
        backoff: how much the other cases with the same solution count beside the case itself.
        sharpness: the power to which similarity is raised; 1 leaves numbers that are far apart alike.
        temper: the power to which the ratio is raised: below 1 where answers repeat each other.
    """

    noise: float = 0.1
    backoff: float = 0.5
    sharpness: float = 8.0
    temper: float = 1.0

    def __post_init__(self) -> None:
        if not (0 < self.noise < 1 and 0 <= self.backoff <= 1 and self.sharpness > 0 and self.temper > 0):
            raise ValueError(self)


@dataclass(frozen=True)
class Likelihood:
    """How likely answers to one attribute are.

    Args:
        column: what the cases hold.
        solved_by, solutions: (cases,) the place of each case's solution, of so many.
        counts: (cases,) how often each came.
        smoothing: how much an answer is believed.
        trust: how much this attribute is, beside the others: at most 1.
    """

    column: Column
    solved_by: Codes
    solutions: int
    counts: Floats
    smoothing: Smoothing
    trust: float = 1.0

    @cached_property
    def held(self) -> Floats:
        """(values + 1,) how many cases hold each value, and none."""
        return np.asarray(
            np.bincount(self.column.codes, self.counts, len(self.column.values) + 1), np.float64
        )

    def alike(self, fact: Fact) -> Floats:
        """(values,) how alike each is to what is known, from 0 to 1."""
        return alike(self.column, fact) ** self.smoothing.sharpness

    def ratios(self, fact: Fact, counts: Floats | None = None) -> Floats:
        """(cases,) how much more likely the answer is from each case than from all together.

        Args:
            counts: (cases,) in place of the usual ones, to leave cases out.
        """
        smoothing, codes = self.smoothing, self.column.codes
        weights = self.counts if counts is None else counts
        held = self.held if counts is None else np.bincount(codes, counts, len(self.column.values) + 1)
        like = self.alike(fact)
        known = float(held[:-1].sum())
        usual = float(held[:-1] @ like) / known if known else 0.0
        usual = (known * usual + SHRINK * self.level) / (known + SHRINK)
        table = np.append(like, self._of_none(usual, like))
        chances = table[codes]
        if smoothing.backoff:
            present = np.append(np.ones(len(like)), 0.0)
            seen = np.bincount(self.solved_by, weights * present[codes], self.solutions)
            sums = np.bincount(self.solved_by, weights * np.append(like, 0.0)[codes], self.solutions)
            of_solution = (sums + SHRINK * usual) / (seen + SHRINK)
            own = (1 - smoothing.backoff) * chances
            chances = own + smoothing.backoff * of_solution[self.solved_by]
        noise = smoothing.noise * self.level
        believed = ((1 - smoothing.noise) * chances + noise) / ((1 - smoothing.noise) * usual + noise)
        return np.asarray(self.trust * believed + (1 - self.trust), np.float64)

    def _of_none(self, usual: float, like: Floats) -> float:
        """What holds for a case without a value."""
        rule = self.column.attribute.missing
        if rule in (Missing.SKIP, Missing.NEUTRAL):
            return usual
        return MISSING_SIMILARITY[rule] * float(like.max(initial=usual))

    @cached_property
    def level(self) -> float:
        """How likely any answer is from somebody who says just anything."""
        return float((self.groups.like @ self.groups.shares).mean()) if len(self.groups.shares) else 1.0

    @cached_property
    def groups(self) -> Groups:
        """The answers that are told apart when the question is weighed."""
        return grouped(self.column, self.held[:-1], self.smoothing.sharpness)

    @cached_property
    def rows(self) -> Floats:
        """(groups + 1, groups) the chance of each answer from cases of each group, and from those without a value."""
        like, shares = self.groups.like, self.groups.shares
        if not len(shares):
            return np.ones((1, 0))
        each = like.T / np.maximum(like.sum(axis=0)[:, None], 1e-12)
        usual = shares @ each
        rows = np.vstack([each, usual])
        noise = 1 - (1 - self.smoothing.noise) * self.trust
        rows = (1 - noise) * rows + noise / len(shares)
        rows **= self.smoothing.temper
        return np.asarray(rows / rows.sum(axis=1, keepdims=True), np.float64)


@dataclass(frozen=True)
class Groups:
    """Answers to one attribute, those that are hardly different taken together.

    Args:
        of_values: (values + 1,) the group of each value; the last is of none.
        facts: what each group stands for; None for all that is rare.
        shares: (groups,) of the cases that have a value.
        like: (asked, held) how alike the groups are, sharpened.
    """

    of_values: Codes
    facts: Sequence[Fact | None]
    shares: Floats
    like: Floats


def grouped(column: Column, held: Floats, sharpness: float) -> Groups:
    """The groups of a column.

    Args:
        held: (values,) how many cases hold each.
    """
    values = column.values
    numeric = column.attribute.kind in NUMERIC
    if len(values) <= MOST_GROUPS:
        groups, facts = np.arange(len(values)), list[Fact | None](values)
    elif numeric:
        middles = np.cumsum(held) - held / 2
        groups = np.minimum((middles / max(held.sum(), 1e-12) * RANGES).astype(np.intp), RANGES - 1)
        groups = np.unique(groups, return_inverse=True)[1]
        facts = [_middle(values, held, groups == group) for group in range(int(groups.max()) + 1)]
    else:
        often = np.argsort(-held, kind="stable")[: MOST_GROUPS - 1]
        groups = np.full(len(values), MOST_GROUPS - 1)
        groups[often] = np.arange(len(often))
        facts = [*(values[at] for at in often.tolist()), None]
    count = len(facts)
    sums = np.bincount(groups, held, count)
    like = np.array([[_pair(column, asked, other) for other in facts] for asked in facts]).reshape(
        count, count
    )
    shares = sums / max(float(sums.sum()), 1e-12)
    return Groups(np.append(groups, count).astype(np.int32), facts, shares, like**sharpness)


def _middle(values: Sequence[Value], held: Floats, chosen: NDArray[np.bool_]) -> Value:
    """The value in the middle of those chosen."""
    at = np.searchsorted(np.cumsum(held[chosen]), held[chosen].sum() / 2)
    return values[int(np.flatnonzero(chosen)[at])]


def _pair(column: Column, asked: Fact | None, held: Fact | None) -> float:
    if asked is None or held is None:
        return float(asked is held)
    return compare(column.attribute, asked, held) or 0.0  # type: ignore[arg-type]


def alike(column: Column, fact: Fact) -> Floats:
    """(values,) how alike each value of a column is to what is known."""
    measure, values = column.attribute.similarity, column.values
    kind = column.attribute.kind
    if kind in (Kind.TEXT, Kind.SET) or isinstance(fact, frozenset):
        return np.array([compare(column.attribute, fact, value) or 0.0 for value in values], np.float64)
    if isinstance(measure, SymbolMeasure) and not (isinstance(measure, Exact) and _on_line(fact)):
        row = measure.row(fact)  # type: ignore[arg-type]
        found = np.full(len(values), row.otherwise)
        for value, similarity in row.values.items():
            if (at := column.places.get(value)) is not None:
                found[at] = similarity
        return found
    return measure.many(place(column.attribute, fact), column.on_line)  # type: ignore[union-attr, arg-type]


def _on_line(fact: Fact) -> bool:
    return isinstance(fact, float | int | date | Span) and not isinstance(fact, bool)

"""What is believed after some answers: a chance for each solved case, and for something that nobody has seen. Pure.

Every case stays alive: an answer that speaks against it makes it less likely, and the next may bring it back. "Don't
know" says nothing and changes nothing; the order of answers does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from cbr.case_type import Kind
from cbr.guided.library import Library
from cbr.guided.likelihood import Likelihood, Smoothing
from cbr.similarity import Floats
from cbr.values import Fact

DEFAULT_SMOOTHING = Smoothing()

MOST_UNSEEN = 0.5
"""Before anything is known, what somebody has seen is at least as likely as all that nobody has: a young case base, in
which every solution came once, would otherwise never be asked."""

MOST_REMEMBERED = 5_000_000
"""Figures of earlier answers: 40 megabytes."""

SILENCE = 0.2
"""The chance that a line of a checklist is not ticked because nobody knows, or looked."""


@dataclass(frozen=True)
class Belief:
    """How likely what is.

    Args:
        cases: (cases,) the chance that this one is like each.
        solutions: (solutions,) the chance that each solves it.
        unseen: the chance that nothing known does.
        counts: (cases,) how often each came, by which this is believed.
    """

    cases: Floats
    solutions: Floats
    unseen: float
    counts: Floats

    def best(self, count: int) -> list[int]:
        """The places of the likeliest solutions, those of no chance at all left out; of equals the earlier."""
        return [
            int(at) for at in np.argsort(-self.solutions, kind="stable")[:count] if self.solutions[at] > 0
        ]

    @property
    def uncertain(self) -> float:
        """How much is unknown of the solution, in bits."""
        chances = np.append(self.solutions, self.unseen)
        return float(-chances @ np.log2(np.maximum(chances, 1e-300)))


class Posterior:
    """Beliefs over the cases of a library.

    Args:
        library: solved cases.
        smoothing: how much an answer is believed.
    """

    def __init__(self, library: Library, smoothing: Smoothing = DEFAULT_SMOOTHING) -> None:
        self.library = library
        self.smoothing = smoothing

    @cached_property
    def likelihoods(self) -> Mapping[str, Likelihood]:
        """Key -> how likely its answers are; of attributes that count and of which something is held."""
        library = self.library
        weights = [one.weight for one in library.case_type.attributes if one.weight > 0]
        usual = float(np.median(weights)) if weights else 1.0
        return {
            key: Likelihood(
                column,
                library.solved_by,
                len(library.solutions),
                library.counts,
                self.smoothing,
                min(column.attribute.weight / usual, 1.0),
            )
            for key, column in library.columns.items()
            if column.attribute.weight > 0 and column.values and column.attribute.kind != Kind.TEXT
        }

    def believe(
        self,
        facts: Mapping[str, Fact],
        counts: Floats | None = None,
        doubted: Collection[str] = frozenset(),
    ) -> Belief:
        """What is believed when so much is known.

        Args:
            doubted: keys of facts that may be nothing but silence.
            counts: (cases,) how often each came, in place of the usual, to leave some out.
        """
        library = self.library
        weights = library.counts if counts is None else counts
        if not len(library) or not weights.any():
            return Belief(np.zeros(len(library)), np.zeros(len(library.solutions)), 1.0, weights)
        prior, unseen = self._prior if counts is None else self._prior_of(weights)
        logs = prior.copy()
        for key in self.likelihoods:
            if key in facts:
                logs += self.weight(key, facts[key], key in doubted, counts)
        most = max(float(logs.max()), np.log(unseen))
        chances = np.exp(logs - most)
        nothing = float(np.exp(np.log(unseen) - most))
        whole = float(chances.sum()) + nothing
        cases = chances / whole
        solutions = np.asarray(np.bincount(library.solved_by, cases, len(library.solutions)), np.float64)
        return Belief(cases, solutions, nothing / whole, weights)

    def weight(self, key: str, fact: Fact, doubted: bool = False, counts: Floats | None = None) -> Floats:
        """(cases,) by how much an answer moves the logarithm of each chance, beside that of something unseen.

        Args:
            doubted: it may be nothing but silence.
            counts: as in `believe`.
        """
        if counts is None:
            return self._remembered(key, fact, doubted)
        return self._weighed(key, fact, doubted, counts)

    def _weighed(self, key: str, fact: Fact, doubted: bool, counts: Floats | None = None) -> Floats:
        ratios = self.likelihoods[key].ratios(fact, counts)
        if doubted:
            ratios = SILENCE + (1 - SILENCE) * ratios
        return np.asarray(self.smoothing.temper * np.log(ratios), np.float64)

    @cached_property
    def _remembered(self) -> Callable[..., Floats]:
        """The same, remembered: a run tells all its answers again with each one that is new."""
        most = min(MOST_REMEMBERED // max(len(self.library), 1), 2048)
        return lru_cache(max(most, 8))(self._weighed)

    @cached_property
    def _prior(self) -> tuple[Floats, float]:
        return self._prior_of(self.library.counts)

    def _prior_of(self, weights: Floats) -> tuple[Floats, float]:
        """(cases,) the logarithm of each chance before anything is known, and the chance of something unseen."""
        unseen = self._unseen(weights)
        with np.errstate(divide="ignore"):
            return np.log(weights / weights.sum() * (1 - unseen)), unseen

    def _unseen(self, weights: Floats) -> float:
        """The chance that the next case has a solution nobody has seen: the share of those seen once, up to a half.

        (Good, "The population frequencies of species and the estimation of population parameters", Biometrika 40,
        1953.)
        """
        seen = np.bincount(self.library.solved_by, weights, len(self.library.solutions))
        once = float(np.count_nonzero((seen > 0) & (seen < 2)))
        return min((once + 0.5) / (float(seen.sum()) + 1.0), MOST_UNSEEN)

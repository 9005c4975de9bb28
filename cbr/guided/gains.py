"""What an answer would tell of the solution, before it is given: for all questions at once. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cbr.guided.likelihood import Likelihood
from cbr.guided.posterior import Belief, Posterior
from cbr.similarity import Floats

LOOK = 2048
"""Of more cases only the likeliest are looked at when questions are weighed; beliefs are over all."""

MOST_LOOKED_AT = 300_000
"""Chances of answers that are looked at: of fewer cases where there are very many questions."""

PLAIN = 0.99
"""An answer that is so likely among what is believed is implied."""

MOST_KEPT = 4_000_000
"""Chances of answers that are laid out beforehand; those of more are looked up for the cases at hand."""

Small = NDArray[np.float32]


class Gain(NamedTuple):
    """What a question promises.

    Args:
        bits: how much less is unknown of the solution after an answer, on average.
        share: of what is believed, that in which the thing is known at all.
        implied: whether the answer is as good as known.
    """

    bits: float
    share: float
    implied: bool


class Gains:
    """Weighs questions.

    Args:
        posterior: the beliefs and how answers change them.
    """

    def __init__(self, posterior: Posterior) -> None:
        self._posterior = posterior
        self._library = posterior.library
        nothing = np.zeros(0, np.intp)
        self._last: tuple[Floats | None, tuple[NDArray[np.intp], NDArray[np.intp]]] = None, (nothing, nothing)

    def of(self, belief: Belief, keys: Sequence[str]) -> Mapping[str, Gain]:
        """Key of an attribute -> what asking for it promises. Those without a likelihood tell nothing."""
        likelihoods = {key: one for key in keys if (one := self._posterior.likelihoods.get(key))}
        if not likelihoods or not belief.cases.any():
            return {}
        chosen, starts = self.looked_at(belief)
        shares = belief.cases[chosen].astype(np.float32)
        whole = float(shares.sum()) + belief.unseen
        chances, filled = self._laid_out(likelihoods, chosen)
        joint = np.add.reduceat(shares[:, None] * chances, starts, axis=0)
        own = np.add.reduceat(shares, starts)
        if backoff := self._posterior.smoothing.backoff:
            counts = belief.counts[chosen].astype(np.float32)
            alike = np.add.reduceat(counts[:, None] * chances, starts, axis=0)
            alike *= (backoff * own / np.add.reduceat(counts, starts))[:, None]
            joint = (1 - backoff) * joint + alike
        known = joint.sum(axis=0)
        usual = np.concatenate([one.rows[-1] for one in likelihoods.values()])
        sizes = [len(one.rows[-1]) for one in likelihoods.values()]
        firsts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        answers = known + belief.unseen * usual
        inner = _entropies(joint).sum(axis=0) + _entropies(belief.unseen * usual)
        solutions = float(_entropies(np.append(own, belief.unseen)).sum())
        bits = np.add.reduceat(_entropies(answers) - inner, firsts) + solutions + whole * np.log2(whole)
        most = np.concatenate([one.rows[:-1].diagonal() for one in likelihoods.values()])
        plain = np.maximum.reduceat(known / most, firsts) >= PLAIN * float(own.sum())
        known_shares = shares @ filled / float(shares.sum())
        return {
            key: Gain(max(float(bit) / whole, 0.0), float(share), bool(one))
            for key, bit, share, one in zip(likelihoods, bits, known_shares, plain, strict=True)
        }

    def looked_at(self, belief: Belief) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The likeliest cases by their solutions, and where each solution begins among them."""
        last, found = self._last
        if last is not belief.cases:
            found = self._looked_at(belief)
            self._last = belief.cases, found
        return found

    def _looked_at(self, belief: Belief) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        cases = belief.cases
        alive = np.flatnonzero(cases > 0)
        if len(alive) > self._most:
            alive = np.sort(alive[np.argpartition(-cases[alive], self._most)[: self._most]])
        solved_by = self._library.solved_by[alive]
        order = np.argsort(solved_by, kind="stable")
        starts = np.flatnonzero(np.diff(solved_by[order], prepend=-1))
        return alive[order], starts

    @cached_property
    def _most(self) -> int:
        """So many cases are looked at."""
        answers = sum(len(one.rows[-1]) for one in self._posterior.likelihoods.values())
        return min(LOOK, max(MOST_LOOKED_AT // max(answers, 1), LOOK // 8))

    def _laid_out(
        self, likelihoods: Mapping[str, Likelihood], chosen: NDArray[np.intp]
    ) -> tuple[Small, Small]:
        """(cases, answers) the chance of each answer, question by question; (cases, questions) 1 where it is known."""
        kept = self._kept
        if kept is not None:
            places = np.concatenate([np.arange(*self._stretches[key]) for key in likelihoods])
            order = {key: at for at, key in enumerate(self._posterior.likelihoods)}
            columns = [order[key] for key in likelihoods]
            return kept[0][chosen][:, places], kept[1][chosen][:, columns]
        return self._rows(list(likelihoods), chosen)

    @cached_property
    def _kept(self) -> tuple[Small, Small] | None:
        every = self._posterior.likelihoods
        if len(self._library) * sum(len(one.rows[-1]) for one in every.values()) > MOST_KEPT:
            return None
        return self._rows(list(every), np.arange(len(self._library)))

    def _rows(self, keys: Sequence[str], chosen: NDArray[np.intp]) -> tuple[Small, Small]:
        groups, tables, places = self._tables
        of_chosen = groups[chosen]
        columns = [places[key] for key in keys]
        chances = [tables[at][of_chosen[:, at]] for at in columns]
        nothing = np.array([len(tables[at]) - 1 for at in columns], groups.dtype)
        filled = (of_chosen[:, columns] < nothing).astype(np.float32)
        return np.concatenate(chances, axis=1), filled

    @cached_property
    def _tables(self) -> tuple[NDArray[np.uint8], Sequence[Small], Mapping[str, int]]:
        """(cases, questions) the group of each case's value, case by case so that those of a few lie together; the
        chances of answers from each group, question by question; the place of each question."""
        every = self._posterior.likelihoods
        groups = np.empty((len(self._library), len(every)), np.uint8)
        for at, one in enumerate(every.values()):
            groups[:, at] = one.groups.of_values[one.column.codes]
        tables = [one.rows.astype(np.float32) for one in every.values()]
        return groups, tables, {key: at for at, key in enumerate(every)}

    @cached_property
    def _stretches(self) -> Mapping[str, tuple[int, int]]:
        """Key -> first and last place of its answers."""
        sizes = [len(one.rows[-1]) for one in self._posterior.likelihoods.values()]
        ends = np.cumsum(sizes).tolist()
        return {
            key: (end - size, end)
            for key, end, size in zip(self._posterior.likelihoods, ends, sizes, strict=True)
        }


def _entropies(chances: Floats | Small) -> Floats | Small:
    """-p log2 p of each."""
    return -chances * np.log2(np.maximum(chances, 1e-30))

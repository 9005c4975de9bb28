"""Weights of attributes learned from what solved the cases, measured on cases that they were not learned from. Pure.

Each case is asked for among the others, and the weights move so that cases with the same solution come nearer: gradient
ascent on the expected number of right neighbours, as in Goldberger, Roweis, Hinton and Salakhutdinov, "Neighbourhood
components analysis", NIPS 2004, with one weight for each attribute and its own local similarity. An attribute that a
person has given the weight 0 stays out. Nobody's weights change by this: a person takes them over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cbr.case_type import MISSING_SIMILARITY, Attribute
from cbr.index.books import encode
from cbr.others import Places, Solved, Tell, evenly, untold
from cbr.similarity import Floats
from kb.errors import N_, Invalid

FEWEST = 20
MOST = 2500
"""Of more cases so many, evenly spread, are learned from."""

FOLDS = 5
STEPS = 60
BATCH = 64
RATE = 0.12
"""How far the logarithm of a weight moves in one step at first."""

SHARPNESS = 40.0
"""How fast a neighbour fades with the distance: exp(40 x score)."""

PULL = 0.002
"""How strongly weights are held to what a person has set, where the cases say little."""

MOST_TIMES = 20.0
"""So many times as much, or as little, as was set by hand an attribute can count."""

Small = NDArray[np.float32]


@dataclass(frozen=True)
class Learned:
    """What was learned.

    Args:
        cases: from how many.
        all_cases: how many there are; of many a part, evenly spread, is learned from.
        by_hand, learned: key of an attribute -> weight. Both add up to the same.
        accuracy_by_hand, accuracy_learned: how often the nearest case had the right solution, of 1, over cases that
            the weights had not seen.
        folds: (by hand, learned) in each part.
        better: whether it was so in all, and in more parts than not.
    """

    cases: int
    all_cases: int
    by_hand: Mapping[str, float]
    learned: Mapping[str, float]
    accuracy_by_hand: float
    accuracy_learned: float
    folds: Sequence[tuple[float, float]]
    better: bool

    def to_plain(self) -> dict[str, Any]:
        """As plain data, to be kept."""
        return asdict(self)


def learn_weights(solved: Solved, *, seed: int = 0, tell: Tell = untold) -> Learned:
    """Learn on four fifths and measure on the fifth, five times; then learn on all.

    Args:
        seed: of the order of the cases.
        tell: told how much is done, of 1.

    Raises:
        Invalid: "cases": too few, no solution twice, or nothing that counts.
    """
    cases = solved if len(solved) <= MOST else solved.taken(evenly(len(solved), MOST))
    alike = [_Alike.of(one, cases) for one in cases.case_type.attributes if one.weight > 0]
    labels = cases.labels
    if len(cases) < FEWEST or len(np.unique(labels)) == len(labels) or not alike:
        raise Invalid({"cases": N_("There are too few cases with the same solution to learn from.")})
    by_hand = np.array([one.attribute.weight for one in alike])
    random = np.random.default_rng(seed)
    fold_of = random.permutation(len(cases)) % FOLDS
    folds = []
    for fold in range(FOLDS):
        seen, out = np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)
        learned = _learned(alike, by_hand, labels, seen, np.random.default_rng([seed, fold]))
        folds.append(
            (
                _accuracy(alike, by_hand, labels, out, seen),
                _accuracy(alike, learned, labels, out, seen),
            )
        )
        tell((fold + 1) / (FOLDS + 1))
    learned = _learned(alike, by_hand, labels, np.arange(len(cases)), np.random.default_rng([seed, FOLDS]))
    hand, other = (float(mean) for mean in np.mean(folds, axis=0))
    keys = [one.attribute.key for one in alike]
    return Learned(
        len(cases),
        len(solved),
        dict(zip(keys, by_hand.tolist(), strict=True)),
        {key: round(weight, 4) for key, weight in zip(keys, learned.tolist(), strict=True)},
        hand,
        other,
        folds,
        other > hand and sum(theirs > ours for ours, theirs in folds) > FOLDS / 2,
    )


class _Alike(NamedTuple):
    """How alike all cases are in one attribute.

    Args:
        codes: (cases,) the value of each, 0 for none.
        table: (codes, codes) asked, held -> similarity; nothing is asked where there is no value.
    """

    attribute: Attribute
    codes: Places
    table: Small

    @classmethod
    def of(cls, attribute: Attribute, solved: Solved) -> _Alike:
        column = encode(attribute, solved.columns[attribute.key])
        table = np.zeros((len(column.book) + 1, len(column.book) + 1), np.float32)
        table[1:, 0] = MISSING_SIMILARITY.get(attribute.missing, 0.5)
        for at in range(len(column.book)):
            least, most = column.book.similarities(attribute, column.book.decode(at))
            table[at + 1, 1:] = (
                least + most
            ) / 2  # many different numbers share a code; this is near enough to learn
        return cls(attribute, column.codes.astype(np.intp), table)

    def between(self, asked: Places, held: Places) -> Small:
        """(asked, held) how alike these are."""
        return self.table[self.codes[asked]][:, self.codes[held]]


def _learned(
    alike: Sequence[_Alike], by_hand: Floats, labels: Places, seen: Places, random: np.random.Generator
) -> Floats:
    """Weights that bring cases with the same solution together. Adam (Kingma and Ba 2015) on their logarithms."""
    counts = np.bincount(labels[seen], minlength=int(labels.max()) + 1)
    twice = seen[counts[labels[seen]] > 1]
    if not len(twice):
        return by_hand
    moved, first, second = np.zeros(len(alike)), np.zeros(len(alike)), np.zeros(len(alike))
    limit = np.log(MOST_TIMES)
    for step in range(1, STEPS + 1):
        asked = random.choice(twice, min(BATCH, len(twice)), replace=False)
        slope = _slope(alike, by_hand * np.exp(moved), labels, asked, seen) - PULL * moved
        first, second = 0.9 * first + 0.1 * slope, 0.99 * second + 0.01 * slope**2
        pace = RATE * (1 - step / (STEPS + 1))
        moved += pace * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.99**step)) + 1e-8)
        moved = np.clip(moved, -limit, limit)
    weights = by_hand * np.exp(moved)
    return np.asarray(weights * by_hand.sum() / weights.sum(), np.float64)


def _slope(alike: Sequence[_Alike], weights: Floats, labels: Places, asked: Places, held: Places) -> Floats:
    """(attributes,) how the expected number of right neighbours rises with the logarithm of each weight."""
    between = np.stack([one.between(asked, held) for one in alike])
    shares = _shares(alike, weights, asked)
    scores = np.einsum("ai,aij->ij", shares, between)
    scores[asked[:, np.newaxis] == held[np.newaxis, :]] = -np.inf
    chances = np.exp(SHARPNESS * (scores - scores.max(axis=1, keepdims=True)))
    chances /= chances.sum(axis=1, keepdims=True)
    right = chances * (labels[held][np.newaxis, :] == labels[asked][:, np.newaxis])
    chance = right.sum(axis=1)
    # The logarithm of the chance: cases that are far from right count as much as those that nearly are.
    pull = right / np.maximum(chance, 1e-6)[:, np.newaxis] - chances
    rise = SHARPNESS * np.einsum("ij,aij->ai", pull, between) * shares
    return np.asarray(rise.mean(axis=1), np.float64)


def _shares(alike: Sequence[_Alike], weights: Floats, asked: Places) -> NDArray[np.float32]:
    """(attributes, asked) what each attribute counts, where it is known, of 1 altogether."""
    known = np.stack([one.codes[asked] > 0 for one in alike])
    shares = known * weights[:, np.newaxis]
    return np.asarray(shares / np.maximum(shares.sum(axis=0), 1e-12), np.float32)


def _accuracy(alike: Sequence[_Alike], weights: Floats, labels: Places, asked: Places, held: Places) -> float:
    """How often the nearest of `held` has the solution of the case that is asked for."""
    shares = _shares(alike, weights, asked)
    scores = np.zeros((len(asked), len(held)), np.float32)
    for one, share in zip(alike, shares, strict=True):
        scores += share[:, np.newaxis] * one.between(asked, held)
    return float((labels[held[scores.argmax(axis=1)]] == labels[asked]).mean())

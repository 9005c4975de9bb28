"""How well the cases of a type solve one another, each left out in turn; beside what is simpler. Pure."""

from __future__ import annotations

import importlib
import importlib.util
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cbr.case_type import Attribute, Kind
from cbr.guided.dialogs import Dialogs, left_out_in_turn
from cbr.guided.library import Library
from cbr.others import Others, Places, Solved, Tell, evenly, nearest_others, untold
from cbr.similarity import Floats, Overlap
from cbr.values import Value, place, words
from kb.errors import N_, Invalid

FEWEST = 2
LOOK = 20
"""So many of the nearest others are looked at."""

VOTERS = 10
SHARPNESS = 30.0
"""How fast a vote fades with the distance behind the nearest: exp(-30 x difference of scores)."""

BINS = 10
FOLDS = 10
MOST_NAMES = 200
"""So many of the commonest words of an attribute are columns for a tree."""

MOST_CELLS = 2**25
"""A tree is learned from so many cases that neither its table nor the votes in its nodes, about two for each case, have
more entries: half a gigabyte."""

MOST_DIALOGS = 200
"""So many cases are asked for by guided help: a dialog takes many times as long as a look."""

SHARED = Overlap("mean")


@dataclass(frozen=True)
class Accuracy:
    """How right what was proposed was; each of 1.

    Args:
        at_1, at_3: how often the right solution was the first, and among the first three.
        shared: of the words of the first and of the right one how many both have, on average (Dice 1945): a long
            solution of which a part is right is not simply wrong.
    """

    at_1: float
    at_3: float
    shared: float


@dataclass(frozen=True)
class Bin:
    """Predictions with about the same confidence.

    Args:
        low, high: from which confidence to which.
        count: how many.
        confidence, accuracy: on average; of 1.
    """

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Evaluation:
    """What was measured.

    Args:
        cases, solutions: how many there are.
        left_out: how many were left out in turn.
        alone: the share of cases whose solution no other case has: nobody could be right there.
        case_base: the nearest cases.
        majority: always the commonest solutions.
        tree: a decision tree of scikit-learn in ten folds; None where it is not installed.
        tree_cases: from how many it was learned, evenly spread where there are more than fit into the memory.
        brier: mean squared difference of confidence and being right; less is better.
        bins: reliability.
        dialogs: guided help, asked for some of the cases; None where nothing could be asked.
    """

    cases: int
    solutions: int
    left_out: int
    alone: float
    case_base: Accuracy
    majority: Accuracy
    tree: Accuracy | None
    tree_cases: int
    brier: float
    bins: Sequence[Bin]
    dialogs: Dialogs | None

    def to_plain(self) -> dict[str, Any]:
        """As plain data, to be kept."""
        return asdict(self) | {"dialogs": self.dialogs._asdict() if self.dialogs else None}


def evaluate(
    solved: Solved, *, most: int = 5000, others: Others | None = None, tell: Tell = untold
) -> Evaluation:
    """Leave each case out in turn and ask for it.

    Args:
        most: of more cases so many are left out.
        others: the nearest others, where they are known already.
        tell: told how much is done, of 1.

    Raises:
        Invalid: "cases": there are fewer than two.
    """
    if len(solved) < FEWEST:
        raise Invalid({"cases": N_("At least two solved cases are needed to measure anything.")})
    found = others or nearest_others(solved, LOOK, most=most, tell=lambda share: tell(0.4 * share))
    labels = solved.labels
    counts = np.bincount(labels)
    ranked = _ranked(labels, found)
    right = ranked[:, 0] == labels[found.asked]
    confidence = _confidence(labels, found, ranked[:, 0])
    for_tree = _fitting(solved)
    return Evaluation(
        cases=len(solved),
        solutions=len(counts),
        left_out=len(found.asked),
        alone=float((counts[labels[found.asked]] == 1).mean()),
        case_base=_accuracy(solved, ranked, labels[found.asked]),
        majority=_accuracy(solved, _majority(counts, labels[found.asked]), labels[found.asked]),
        tree=_tree(for_tree, lambda share: tell(0.4 + 0.3 * share)),
        tree_cases=len(for_tree),
        brier=float(((confidence - right) ** 2).mean()),
        bins=_bins(confidence, right),
        dialogs=_dialogs(solved, lambda share: tell(0.7 + 0.3 * share)),
    )


def _ranked(labels: Places, others: Others) -> Places:
    """(asked, 3) the first different solutions of the nearest; -1 where there are fewer."""
    ranked = np.full((len(others.asked), 3), -1, np.intp)
    for row, places in enumerate(others.places):
        different = dict.fromkeys(labels[places[places >= 0]].tolist())
        first = list(different)[:3]
        ranked[row, : len(first)] = first
    return ranked


def _accuracy(solved: Solved, ranked: Places, wanted: Places) -> Accuracy:
    right = ranked == wanted[:, np.newaxis]
    said: dict[int, frozenset[str]] = {-1: frozenset()}
    for label, text in zip(solved.labels.tolist(), solved.texts, strict=True):
        if label not in said:
            said[label] = words(text)
    pairs = zip(ranked[:, 0].tolist(), wanted.tolist(), strict=True)
    shared = [SHARED(said[first], said[right_one]) for first, right_one in pairs]
    return Accuracy(float(right[:, 0].mean()), float(right.any(axis=1).mean()), float(np.mean(shared)))


def _majority(counts: NDArray[np.intp], wanted: Places) -> Places:
    """(asked, 3) the commonest solutions when the case itself does not count."""
    order = np.argsort(-counts, kind="stable")[:4]
    ranked = np.full((len(wanted), 3), -1, np.intp)
    for row, own in enumerate(wanted.tolist()):
        left = sorted(order.tolist(), key=lambda label: -(counts[label] - (label == own)))
        first = [label for label in left if counts[label] - (label == own) > 0][:3]
        ranked[row, : len(first)] = first
    return ranked


def _confidence(labels: Places, others: Others, first: Places) -> Floats:
    """(asked,) the share of the votes of the nearest for the first solution."""
    places, scores = others.places[:, :VOTERS], others.scores[:, :VOTERS]
    votes = np.where(places >= 0, np.exp(SHARPNESS * (scores - scores[:, :1])), 0.0)
    agree = (labels[places] == first[:, np.newaxis]) & (places >= 0)
    return np.asarray((votes * agree).sum(axis=1) / np.maximum(votes.sum(axis=1), 1e-12), np.float64)


def _bins(confidence: Floats, right: NDArray[np.bool_]) -> list[Bin]:
    of_bin = np.minimum((confidence * BINS).astype(np.intp), BINS - 1)
    return [
        Bin(
            at / BINS,
            (at + 1) / BINS,
            int(within.sum()),
            float(confidence[within].mean()),
            float(right[within].mean()),
        )
        for at in range(BINS)
        if (within := of_bin == at).any()
    ]


def _dialogs(solved: Solved, tell: Tell) -> Dialogs | None:
    library = Library.of(solved.case_type, solved.columns, solved.solutions)
    found = left_out_in_turn(library, MOST_DIALOGS, tell)
    return found if found.script else None


def _fitting(solved: Solved) -> Solved:
    """As many of the cases as a tree has room for."""
    width = max(
        sum(_width(solved, one) for one in solved.case_type.attributes), 2 * int(solved.labels.max() + 1)
    )
    most = max(MOST_CELLS // width, FOLDS)
    return solved if len(solved) <= most else solved.taken(evenly(len(solved), most))


def _tree(solved: Solved, tell: Tell) -> Accuracy | None:
    """A decision tree learned on nine tenths of the cases, for each tenth; it cannot be learned anew for each case."""
    if importlib.util.find_spec("sklearn") is None:
        return None
    trees = importlib.import_module("sklearn.tree")  # large, and need not be there

    table, labels = _table(solved), solved.labels
    fold_of = np.random.default_rng(0).permutation(len(solved)) % min(FOLDS, len(solved))
    ranked = np.full((len(solved), 3), -1, np.intp)
    for fold in range(fold_of.max() + 1):
        out = fold_of == fold
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # that most solutions came once is known
            tree = trees.DecisionTreeClassifier(random_state=0).fit(table[~out], labels[~out])
        leaves = tree.apply(table)  # chances of thousands of solutions for each case would fill the memory
        ranked[out] = commonest(leaves[~out], labels[~out], int(leaves.max()) + 1)[leaves[out]]
        tell((fold + 1) / (fold_of.max() + 1))
    return _accuracy(solved, ranked, labels)


def commonest(leaves: Places, labels: Places, count: int) -> Places:
    """(leaves, 3) the commonest solutions of the cases in each leaf; -1 where there are fewer."""
    solutions = int(labels.max()) + 1
    pairs, counts = np.unique(leaves.astype(np.intp) * solutions + labels, return_counts=True)
    leaf, label = np.divmod(pairs, solutions)
    order = np.lexsort((label, -counts, leaf))
    leaf, label = leaf[order], label[order]
    rank = np.arange(len(leaf)) - np.searchsorted(leaf, leaf)
    first = rank < 3
    ranked = np.full((count, 3), -1, np.intp)
    ranked[leaf[first], rank[first]] = label[first]
    return ranked


def _on_a_line(attribute: Attribute) -> bool:
    return attribute.kind in (Kind.NUMBER, Kind.DATE, Kind.ORDINAL, Kind.BOOLEAN)


def _width(solved: Solved, attribute: Attribute) -> int:
    """How many columns of a table an attribute takes."""
    if _on_a_line(attribute):
        return 1
    return min(len(set(chain.from_iterable(map(_names, solved.columns[attribute.key])))), MOST_NAMES)


def _table(solved: Solved) -> NDArray[np.float32]:
    """(cases, columns) numbers for a tree: what stands on a line as it is, each other value as a column of its own."""
    columns = [np.zeros((len(solved), 1), np.float32)]  # so that there is one
    for attribute in solved.case_type.attributes:
        column = solved.columns[attribute.key]
        if _on_a_line(attribute):
            numbers = [np.nan if value is None else float(place(attribute, value)) for value in column]  # type: ignore[arg-type]
            columns.append(np.array(numbers, np.float32)[:, np.newaxis])
            continue
        held = [_names(value) for value in column]
        common = Counter(chain.from_iterable(held)).most_common(MOST_NAMES)
        places = {name: at for at, (name, _) in enumerate(sorted(common))}
        there = np.zeros((len(solved), len(places)), np.float32)
        for row, names in enumerate(held):
            there[row, [places[name] for name in names if name in places]] = 1.0
        columns.append(there)
    return np.concatenate(columns, axis=1)


def _names(value: Value | None) -> frozenset[str]:
    if value is None:
        return frozenset()
    return value if isinstance(value, frozenset) else frozenset([str(value)])

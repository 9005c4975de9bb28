"""A decision tree of scikit-learn, asked along its path: the peer of guided help."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeClassifier  # type: ignore[import-untyped]

from cbr.case_type import Kind
from cbr.guided.library import Column, Library
from cbr.values import Value

FOLDS = 10
NOTHING = -1e6  # what the tree sees where a case has no value
ON_LINE = frozenset({Kind.NUMBER, Kind.DATE, Kind.ORDINAL, Kind.BOOLEAN})
MOST_COLUMNS = 50

Answers = Mapping[str, Value | None]


class AskedTree:
    """Trees over cases, each grown without the part of them that it is asked for.

    Args:
        library: the cases.
        left_out: whether a case is kept from the tree that is asked for it.
    """

    def __init__(self, library: Library, *, left_out: bool = True) -> None:
        self._columns = {key: column for key, column in library.columns.items() if column.values}
        blocks = [seen(column) for column in self._columns.values()]
        self._keys = [
            key for key, block in zip(self._columns, blocks, strict=True) for _ in range(block.shape[1])
        ]
        rows = np.hstack(
            [block[column.codes] for block, column in zip(blocks, self._columns.values(), strict=True)]
        )
        self._blocks = dict(zip(self._columns, blocks, strict=True))
        self._folds = np.arange(len(library)) % (FOLDS if left_out else 1)
        self._trees = []
        for fold in np.unique(self._folds):
            kept = self._folds != fold if left_out else np.ones(len(library), bool)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # it warns of many classes
                self._trees.append(
                    DecisionTreeClassifier(random_state=0).fit(rows[kept], library.solved_by[kept])
                )

    def ask(self, case: int, answers: Answers) -> tuple[int, Sequence[int]]:
        """How many questions the tree asks, and the solutions where it ends, best first; without an answer it goes
        where most cases went."""
        grown = self._trees[int(self._folds[case])]
        tree: Any = grown.tree_
        asked: dict[str, NDArray[np.float64] | None] = {}
        node = 0
        while tree.children_left[node] >= 0:
            feature = int(tree.feature[node])
            key = self._keys[feature]
            if key not in asked:
                value = answers.get(key)
                asked[key] = None if value is None else self._blocks[key][self._columns[key].places[value]]
            left, right = int(tree.children_left[node]), int(tree.children_right[node])
            row = asked[key]
            if row is None:
                node = left if tree.n_node_samples[left] >= tree.n_node_samples[right] else right
            else:
                node = left if row[feature - self._keys.index(key)] <= tree.threshold[node] else right
        shares = tree.value[node][0]
        best = [int(at) for at in np.argsort(-shares, kind="stable")[:3] if shares[at] > 0]
        return len(asked), [int(grown.classes_[at]) for at in best]


def seen(column: Column, nothing: float = NOTHING) -> NDArray[np.float64]:
    """(values + 1, columns) what a classifier sees of each value, and of none.

    Args:
        nothing: a number that stands for none.
    """
    count = len(column.values)
    if column.attribute.kind in ON_LINE:
        on_line = [float(value) for value in column.on_line]
        return np.array([*on_line, nothing])[:, None]
    wide = min(count, MOST_COLUMNS)
    return np.vstack([np.eye(count, wide), np.zeros(wide)])

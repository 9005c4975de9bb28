"""How often classifiers of scikit-learn are right that hear every answer: about the most that asking can reach.

They learn from the cases as the same people would answer about them, not knowing some things and erring in some, so
that they know what an answer is worth; the answers that they are tried with are others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import (  # type: ignore[import-untyped]
    ExtraTreesClassifier,
    RandomForestClassifier,
)
from sklearn.impute import SimpleImputer  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from sklearn.naive_bayes import BernoulliNB  # type: ignore[import-untyped]
from sklearn.neighbors import KNeighborsClassifier  # type: ignore[import-untyped]
from sklearn.pipeline import make_pipeline  # type: ignore[import-untyped]
from sklearn.preprocessing import StandardScaler  # type: ignore[import-untyped]

from bench.asked_tree import FOLDS, seen
from cbr.guided.dialogs import Answers, People, answers_of
from cbr.guided.library import Library

HEARD = 2  # times that each case is told, each time with other slips
FEW = 100  # solutions up to which a forest fits into memory

Rows = NDArray[np.float64]

MODELS: Mapping[str, Callable[[], Any]] = {
    "random forest": lambda: RandomForestClassifier(100, min_samples_leaf=2, random_state=0),
    "extra trees": lambda: ExtraTreesClassifier(100, random_state=0),
    "logistic regression": lambda: make_pipeline(
        StandardScaler(), LogisticRegression(C=0.3, max_iter=300, random_state=0)
    ),
}
OF_MANY: Mapping[str, Callable[[], Any]] = {
    "nearest neighbour": lambda: make_pipeline(StandardScaler(), KNeighborsClassifier(1)),
    "naive Bayes": lambda: BernoulliNB(alpha=0.1, binarize=0.5),
}


def best(library: Library, people: People, cases: Sequence[int], *, left_out: bool) -> tuple[str, float]:
    """The classifier that is right most often, and how often: of 100.

    Args:
        cases: those that it is tried with.
        left_out: whether a case is kept from what is learned for it.
    """
    columns = {key: column for key, column in library.columns.items() if column.values}
    tables = {key: seen(column, np.nan) for key, column in columns.items()}

    def rows(told: Sequence[Answers]) -> Rows:
        places = {
            key: [len(column.values) if (value := one[key]) is None else column.places[value] for one in told]
            for key, column in columns.items()
        }
        return np.hstack([tables[key][places[key]] for key in columns])

    everyone = range(len(library))
    learned = np.vstack(
        [rows([answers_of(library, case, people, time) for case in everyone]) for time in range(1, HEARD + 1)]
    )
    tried = rows([answers_of(library, case, people) for case in cases])
    solved = library.solved_by
    folds = np.arange(len(library)) % (FOLDS if left_out else 1)
    found = {}
    for name, make in (MODELS if len(library.solutions) <= FEW else OF_MANY).items():
        right = 0
        for fold in np.unique(folds[list(cases)]):
            kept = np.tile(folds != fold if left_out else folds == fold, HEARD)
            chosen = np.flatnonzero(folds[list(cases)] == fold)
            model = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), make())
            model.fit(learned[kept], np.tile(solved, HEARD)[kept])
            right += int((model.predict(tried[chosen]) == solved[np.array(cases)[chosen]]).sum())
        found[name] = 100 * right / len(cases)
    name = max(found, key=lambda one: found[one])
    return name, found[name]

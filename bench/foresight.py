"""How often escalation is foreseen: cases held out in turn, beside the majority and a logistic regression.

Both learn from the same four fifths of the cases and are asked for the same fifth, five times; of what is known of a
case, both hear the same. The weights are the engine's own, learned on the four fifths (`cbr.learning`).
"""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction import DictVectorizer  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from sklearn.metrics import average_precision_score  # type: ignore[import-untyped]
from sklearn.pipeline import make_pipeline  # type: ignore[import-untyped]
from sklearn.preprocessing import MaxAbsScaler  # type: ignore[import-untyped]

from bench.case_libraries import NEVER_ASKED, TELECOM
from bench.tables import Cell, percentile, table
from bench.texts import Texts
from cbr.casebase import CaseBase
from cbr.guessing import guess_case_type
from cbr.learning import learn_weights
from cbr.others import Solved
from cbr.tables import read_table
from cbr.values import read_case
from routing.foresight import LOOK, Precedent, foreseen

ESCALATED = "escalate"
FOLDS = 5
KNOWN = (1.0, 0.5, 0.25)
"""The chance that each fact of a case is known when it comes."""

SPECIALIST = 3
HEADINGS = ["", "precision, %", "recall, %", "average precision, %", "right, %", "p50 ms", "p95 ms"]

Chances = NDArray[np.float64]


@dataclass(frozen=True)
class Cases:
    """Solved cases of which it is known whether they were escalated.

    Args:
        solved: the "solution" of each is whether it was.
        escalated: (cases,)
    """

    solved: Solved
    escalated: NDArray[np.bool_]

    def facts(self, at: int, known: float) -> dict[str, object]:
        """What is known of one when it comes: drawn, and the same whoever asks."""
        drawn = np.random.default_rng([at, round(1000 * known)])
        return {key: value for key, value in self.solved.facts(at).items() if drawn.random() < known}


@dataclass(frozen=True)
class Told:
    """What was said of each case: (cases,) the chance, and what saying it took, in milliseconds."""

    chances: Chances
    took: Sequence[float]


def measure(_: Texts | None) -> str:
    """A Markdown table for each share of facts that is known."""
    if not TELECOM.is_file():
        return "The telecom cases are not beside the project: foresight was not measured."
    cases = read(TELECOM.read_text(encoding="utf-8"))
    return "\n\n".join(_table(cases, known) for known in KNOWN)


def read(text: str) -> Cases:
    """Cases from a table as an import takes it; a column says which of them were escalated."""
    given = read_table(text.encode())
    rows = [row[ESCALATED] for row in csv.DictReader(io.StringIO(text))]
    outcomes = {"solution_actions", *NEVER_ASKED}
    case_type = guess_case_type("measured", given, exclude=outcomes)
    keys = [one.key for one in case_type.attributes]
    held = [
        read_case(case_type, dict(zip(keys, texts, strict=True)))
        for texts in zip(*(given.columns[key] for key in keys), strict=True)
    ]
    columns = {key: [case.get(key) for case in held] for key in keys}
    nothing = np.zeros((len(rows), 2), np.int64)
    solved = Solved(case_type, columns, rows, rows, range(len(rows)), nothing)
    return Cases(solved, np.array([row == "True" for row in rows]))


def _table(cases: Cases, known: float) -> str:
    ways = {
        "majority": _majority(cases),
        "logistic regression (scikit-learn)": _regression(cases, known),
        "Kalauz, weights of the import": _own(cases, known, learns=False),
        "Kalauz, learned weights": _own(cases, known, learns=True),
    }
    title = (
        f"Escalation foreseen: {len(cases.solved)} telecom cases, {int(cases.escalated.sum())} escalated, "
        f"{known:.0%} of the facts known, {FOLDS} folds"
    )
    return table(title, HEADINGS, [_cells(name, told, cases.escalated) for name, told in ways.items()])


def _cells(name: str, told: Told, escalated: NDArray[np.bool_]) -> list[Cell]:
    said = told.chances >= 0.5
    right = 100 * float((said & escalated).sum())
    figures: list[Cell] = [
        right / said.sum() if said.any() else "–",
        right / escalated.sum(),
        100 * float(average_precision_score(escalated, told.chances)),
        100 * float((said == escalated).mean()),
    ]
    times: list[Cell] = [percentile(told.took, share) for share in (0.5, 0.95)] if told.took else ["–", "–"]
    return [name, *figures, *times]


def _folds(cases: Cases) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    fold_of = np.random.default_rng(7).permutation(len(cases.solved)) % FOLDS
    for fold in range(FOLDS):
        yield np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)


def _majority(cases: Cases) -> Told:
    chances = np.zeros(len(cases.solved))
    for seen, out in _folds(cases):
        chances[out] = float(cases.escalated[seen].mean() >= 0.5)
    return Told(chances, [])


def _own(cases: Cases, known: float, *, learns: bool) -> Told:
    chances, took = np.zeros(len(cases.solved)), []
    for seen, out in _folds(cases):
        part = cases.solved.taken(seen)
        weights = learn_weights(part).learned if learns else None
        base = CaseBase(part.case_type).fit(part.columns)
        level = np.where(cases.escalated[seen], SPECIALIST, 1)
        for at in out.tolist():
            facts = cases.facts(at, known)
            start = time.perf_counter()
            chances[at] = _chance(base, facts, weights, level)
            took.append(1000 * (time.perf_counter() - start))
    return Told(chances, took)


def _chance(
    base: CaseBase, facts: Mapping[str, object], weights: Mapping[str, float] | None, level: NDArray[Any]
) -> float:
    found = base.candidates(facts, LOOK, keys=(), weights=weights)
    pairs = zip(found.ids.tolist(), found.scores.tolist(), strict=True)
    told = foreseen([Precedent(id_, score, int(level[id_])) for id_, score in pairs])
    return told.escalated or 0.0


def _regression(cases: Cases, known: float) -> Told:
    """It learns from cases of which as little is known as of those it is asked for."""
    chances, took = np.zeros(len(cases.solved)), []
    for seen, out in _folds(cases):
        learner = make_pipeline(DictVectorizer(), MaxAbsScaler(), LogisticRegression(max_iter=2000))
        learner.fit([_features(cases.facts(at, known)) for at in seen.tolist()], cases.escalated[seen])
        for at in out.tolist():
            features = _features(cases.facts(at, known))
            start = time.perf_counter()
            chances[at] = learner.predict_proba([features])[0, 1]
            took.append(1000 * (time.perf_counter() - start))
    return Told(chances, took)


def _features(facts: Mapping[str, object]) -> dict[str, float | str]:
    """Numbers as they are, and that they are known; each other value as a column of its own."""
    features: dict[str, float | str] = {}
    for key, value in facts.items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            features |= {key: float(value), f"{key} known": 1.0}
        else:
            features[key] = str(value)
    return features

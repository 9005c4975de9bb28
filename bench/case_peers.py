"""What else finds the nearest of many cases: cbrkit, scikit-learn, and numpy reading the same bytes."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any

import numpy as np
from sklearn.neighbors import NearestNeighbors  # type: ignore[import-untyped]  # comes without type annotations

from bench.case_tables import LIKE_FUELS, NAMES, NUMBERS, Cases
from cbr.casebase import CaseBase

Ask = Callable[[Mapping[str, Any]], object]
"""Finds the ten nearest to some facts."""

WEIGHTS: Mapping[str, float] = dict.fromkeys(NUMBERS, 2.0) | dict(NAMES)


def cbrkit(cases: Cases) -> Mapping[str, Ask]:
    """cbrkit with the same measures and weights: name -> how it is asked, in each way that it can be.

    Its sum of similarities is its quickest way to put them together; one process or both cores.
    """
    kit: Any = importlib.import_module("cbrkit")  # takes seconds, and only this needs it
    measures = {key: kit.sim.numbers.linear(max=range_) for key, range_ in NUMBERS.items()}
    measures |= dict.fromkeys(NAMES, kit.sim.generic.equality())
    fuels = [(asked, held, share) for asked, row in LIKE_FUELS.items() for held, share in row.items()]
    fuels += [(name, name, 1.0) for name in ("gas", "hybrid", "electric", "diesel")]
    measures["fuel"] = kit.sim.generic.table(fuels)
    together = kit.sim.aggregator(pooling="sum", pooling_weights=WEIGHTS)
    retriever = kit.retrieval.build(
        kit.sim.attribute_value(attributes=measures, aggregator=together), limit=10
    )
    held = {at: cases.case(at) for at in range(len(cases))}
    named = f"cbrkit {version('cbrkit')}"
    return {
        named: lambda facts: kit.retrieval.apply(held, facts, retriever),
        f"{named}, 2 processes": lambda facts: kit.retrieval.apply(held, facts, retriever, processes=2),
    }


def sklearn_brute(cases: Cases) -> tuple[str, Ask]:
    """scikit-learn's exhaustive search over ten 32-bit floats a case: names as numbers, and all ten facts needed."""
    codes = {key: {name: code for code, name in enumerate(sorted(set(cases.columns[key])))} for key in NAMES}

    def coded(key: str, values: Any) -> Any:
        if key in NUMBERS:
            return np.asarray(values, np.float32) / NUMBERS[key] * WEIGHTS[key]
        return np.fromiter(map(codes[key].__getitem__, values), np.float32) * WEIGHTS[key]

    keys = [*NUMBERS, *NAMES]
    matrix = np.stack([coded(key, cases.columns[key]) for key in keys], axis=1)
    index = NearestNeighbors(n_neighbors=min(10, len(cases)), algorithm="brute", metric="euclidean").fit(
        matrix
    )

    def ask(facts: Mapping[str, Any]) -> object:
        return index.kneighbors(np.stack([coded(key, [facts[key]]) for key in keys], axis=1))

    return f"scikit-learn {version('scikit-learn')}, brute force", ask


def bytes_of(base: CaseBase) -> np.ndarray[Any, np.dtype[np.uint64]]:
    """As many bytes as the codes of a case base have, to read once."""
    return np.ones(base.bytes_of_codes // 8, np.uint64)

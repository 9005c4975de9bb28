"""Cases to measure with: used cars, made more by small changes, so that no two sets of them are alike; pure."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.programs import ROOT
from cbr.case_type import CaseType, read_case_type
from cbr.plain import Plain

CARS = ROOT.parent / "shared" / "data" / "cars" / "cars-1k.csv"

NUMBERS: Mapping[str, float] = {"price": 40_000.0, "year": 30.0, "miles": 200_000.0}
"""Column -> the range of its linear measure."""

NAMES: Mapping[str, float] = {
    "manufacturer": 2.0,
    "make": 3.0,
    "fuel": 1.0,
    "title_status": 0.5,
    "paint_color": 1.0,
    "drive": 1.0,
    "type": 1.5,
}
"""Column -> weight."""

LIKE_FUELS: Plain = {"gas": {"hybrid": 0.5}, "hybrid": {"electric": 0.5}, "diesel": {"gas": 0.3}}


@dataclass(frozen=True)
class Cases:
    """Columns of the same length, ten of them."""

    columns: Mapping[str, Sequence[Any] | NDArray[np.float64]]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def case(self, at: int) -> dict[str, Any]:
        """One of them, as plain values."""
        return {key: _plain(column[at]) for key, column in self.columns.items()}


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, np.floating) else value


def case_type() -> CaseType:
    """Ten attributes: three numbers, seven categories, one of them with a table."""
    attributes: list[Plain] = [
        {"key": key, "kind": "number", "weight": 2.0, "similarity": {"measure": "linear", "range": range_}}
        for key, range_ in NUMBERS.items()
    ]
    for key, weight in NAMES.items():
        measure: Plain = (
            {"measure": "table", "entries": LIKE_FUELS} if key == "fuel" else {"measure": "exact"}
        )
        attributes.append({"key": key, "kind": "category", "weight": weight, "similarity": measure})
    return read_case_type({"key": "cars", "attributes": attributes})


def expanded(count: int, seed: int = 5) -> Cases:
    """So many cars: each a real one with its price, year and miles moved and now and then another category.

    Prices keep hundreds of thousands of different values, so that they do not fit into codes of one byte.
    """
    with CARS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    generator = np.random.default_rng(seed)
    base = generator.integers(0, len(rows), count)
    columns: dict[str, Any] = {}
    for key in NUMBERS:
        numbers = np.array([float(row[key]) for row in rows])[base]
        moved = (
            numbers + generator.integers(-3, 4, count)
            if key == "year"
            else numbers * generator.normal(1, 0.15, count)
        )
        columns[key] = np.round(np.abs(moved))
    for key in NAMES:
        names = np.array([row[key] for row in rows], dtype=object)[base]
        others = np.array(sorted({row[key] for row in rows}), dtype=object)
        changed = generator.random(count) < 0.1
        names[changed] = others[generator.integers(0, len(others), int(changed.sum()))]
        columns[key] = names.tolist()
    return Cases(columns)


def independent(count: int, seed: int = 6) -> Cases:
    """So many cases of which no attribute says anything of another: no order brings like ones together."""
    generator = np.random.default_rng(seed)
    columns: dict[str, Any] = {
        key: np.round(generator.uniform(0, range_, count)) for key, range_ in NUMBERS.items()
    }
    for key in NAMES:
        names = np.array([f"{key} {at}" for at in range(20)], dtype=object)
        columns[key] = names[generator.integers(0, len(names), count)].tolist()
    return Cases(columns)

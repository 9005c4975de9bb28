"""Solved cases to measure guided help with: of this house's data and of packages that ship some; pure but for reading.

Nothing is set by hand: kinds of attributes are guessed from the values, as an import does it.
"""

from __future__ import annotations

import csv
import gzip
import io
import random
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn import datasets  # type: ignore[import-untyped]

from bench.programs import ROOT
from cbr.guessing import guess_case_type
from cbr.guided.library import Library
from cbr.tables import read_table
from cbr.values import read_case

TELECOM = ROOT.parent / "shared" / "data" / "telecom" / "cases.csv"
NEVER_ASKED = ("case_id", "persona", "root_causes", "n_actions", "escalate", "ticket")
SHIPPED = ("iris", "wine", "breast_cancer", "digits")
WIN95 = Path("utils") / "example_models" / "win95pts.bif.gz"
SAMPLED = 1500

Rows = Sequence[Mapping[str, str]]


class Named(NamedTuple):
    """Solved cases with their name."""

    name: str
    library: Library


def libraries() -> Iterator[Named]:
    """All that are at hand."""
    if TELECOM.exists():
        with TELECOM.open(encoding="utf-8", newline="") as file:
            solved = list(csv.DictReader(file))
        yield Named("telecom", library(solved, "solution_actions", NEVER_ASKED))
    for name in SHIPPED:
        yield Named(name, library(_of_scikit_learn(name), "solution"))
    if rows := _win95():
        yield Named("win95pts", library(rows, "solution"))


def missing() -> list[str]:
    """What is not at hand, and why."""
    left_out = []
    if not TELECOM.exists():
        left_out.append("telecom: its file is not here")
    if not _win95_path():
        left_out.append("win95pts: pgmpy, which ships it, is not installed (pip install --no-deps pgmpy)")
    return left_out


def library(rows: Rows, solution: str, exclude: Collection[str] = ()) -> Library:
    """Cases from rows of texts, as an import takes them."""
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    table = read_table(file.getvalue().encode())
    case_type = guess_case_type("measured", table, exclude=[solution, *exclude])
    keys = [one.key for one in case_type.attributes]
    cases = [
        read_case(case_type, dict(zip(keys, texts, strict=True)))
        for texts in zip(*(table.columns[key] for key in keys), strict=True)
    ]
    columns = {key: [case.get(key) for case in cases] for key in keys}
    return Library.of(case_type, columns, table.columns[solution])


def expanded(source: Library, count: int, seed: int = 5) -> Library:
    """So many cases: each a real one, with one value in ten from another."""
    generator = np.random.default_rng(seed)
    base = generator.integers(0, len(source), count)
    columns = {}
    for key, column in source.columns.items():
        changed = np.where(generator.random(count) < 0.1, generator.permutation(base), base)
        values = np.array([*column.values, None], dtype=object)
        columns[key] = values[column.codes[changed]].tolist()
    solutions = [source.solutions[place].id for place in source.solved_by[base].tolist()]
    return Library.of(source.case_type, columns, solutions)


def _of_scikit_learn(name: str) -> Rows:
    data = getattr(datasets, f"load_{name}")()
    names = [re.sub(r"\W+", "_", str(one)) for one in data.feature_names]
    return [
        {**dict(zip(names, map(str, row), strict=True)), "solution": str(data.target_names[target])}
        for row, target in zip(data.data, data.target, strict=True)
    ]


def _win95_path() -> Path | None:
    found = find_spec("pgmpy")
    places = found.submodule_search_locations if found else None
    paths = [path for place in places or () if (path := Path(place) / WIN95).exists()]
    return paths[0] if paths else None


def _win95(seed: int = 1) -> Rows:
    """Printing problems drawn from the network: one cause is made to fail, and what can be seen is told.

    Breese and Heckerman, "Decision-theoretic troubleshooting", 1996, is where the network comes from.
    """
    path = _win95_path()
    if path is None:
        return []
    with gzip.open(path, "rt", encoding="utf-8") as file:
        network = _network(file.read())
    causes = [name for name, node in network.items() if not node.parents]
    generator = random.Random(seed)
    rows = []
    for _ in range(SAMPLED):
        failing = generator.choice(causes)
        state: dict[str, str] = {}
        for name, node in network.items():
            chances = node.chances[tuple(state[parent] for parent in node.parents)]
            rarest = node.values[chances.index(min(chances))]
            state[name] = rarest if name == failing else generator.choices(node.values, chances)[0]
        seen = {name: value for name, value in state.items() if network[name].parents}
        rows.append({**seen, "solution": failing})
    return rows


class _Node(NamedTuple):
    values: Sequence[str]
    parents: Sequence[str]
    chances: Mapping[tuple[str, ...], Sequence[float]]


def _network(text: str) -> dict[str, _Node]:
    """A Bayesian network in the interchange format BIF; causes stand before what they cause."""
    values = {
        name: [one.strip() for one in listed.split(",")]
        for name, listed in re.findall(r"variable (\w+) \{\s*type discrete \[ \d+ \] \{ ([^}]*)\}", text)
    }
    open_: dict[str, _Node] = {}
    for heading, body in re.findall(r"probability \( ([^)]*)\) \{(.*?)\n\}", text, re.DOTALL):
        name, _, given = (part.strip() for part in heading.partition("|"))
        parents = [one.strip() for one in given.split(",")] if given else []
        lines = re.findall(r"\(([^)]*)\) ([^;]*);", body) or [("", body.partition("table")[2].strip(" ;\n"))]
        chances = {
            tuple(one.strip() for one in states.split(",")) if states else (): list(
                map(float, row.split(","))
            )
            for states, row in lines
        }
        open_[name] = _Node(values[name], parents, chances)
    ordered: dict[str, _Node] = {}
    while len(ordered) < len(open_):
        ready = [
            name
            for name, node in open_.items()
            if name not in ordered and ordered.keys() >= set(node.parents)
        ]
        ordered |= {name: open_[name] for name in ready}
    return ordered

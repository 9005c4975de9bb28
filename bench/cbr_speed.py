"""The nearest cases: how fast they are found among a thousand to a million, beside what else can find them.

`python -m bench.cbr_speed --cases 1000 100000` measures what is asked for; `--help` says more.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import psutil  # type: ignore[import-untyped]  # comes without type annotations

from bench import case_tables, machine
from bench.case_peers import Ask, bytes_of, cbrkit, sklearn_brute
from bench.case_tables import NUMBERS, Cases, case_type, expanded, independent
from bench.tables import Cell, percentile, table
from bench.texts import Texts
from cbr.casebase import CaseBase
from cbr.index import compiled

K = 10


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured.

    Args:
        cases: so many.
        questions: different ones of each kind, each asked once after one round without measuring.
        cbrkit: seconds after which it is asked no more, for each way of asking.
    """

    cases: tuple[int, ...] = (1_000, 10_000, 100_000, 1_000_000)
    questions: int = 200
    cbrkit: float = 30.0


@dataclass(frozen=True, slots=True)
class Took:
    """What answering cost, in milliseconds."""

    p50: float
    p95: float
    processor: float
    asked: int


def measure(_: Texts | None, sizes: Sizes | None = None) -> str:
    """Markdown tables: one for each number of cases, then the largest in detail. No texts are needed."""
    if not case_tables.CARS.is_file():
        return "The cars are not beside the project: the nearest cases were not measured."
    sizes = sizes or Sizes()
    tables = [_compared(expanded(count), sizes) for count in sizes.cases]
    return "\n\n".join([*tables, _in_detail(max(sizes.cases), sizes.questions)])


HEADINGS = ["engine", "p50 ms", "p95 ms", "processor ms", "questions", "times as long as Kalauz, p50"]


def _compared(cases: Cases, sizes: Sizes) -> str:
    asked = list(questions(cases, sizes.questions))
    whole = list(questions(cases, sizes.questions, known=(10, 10)))
    base = CaseBase(case_type()).fit(cases.columns)
    plain = CaseBase(case_type(), scan=compiled.BASELINE).fit(cases.columns)
    own = took(base.nearest, asked)
    rows = [
        ("Kalauz, any facts", own),
        ("Kalauz, any facts, with the reasons", took(lambda facts: reasons(base, facts), asked)),
        ("Kalauz, numpy only, any facts", took(plain.nearest, asked)),
    ]
    name, ask = sklearn_brute(cases)
    rows.append((f"{name}, all facts", took(ask, whole[: 20 if len(cases) > 100_000 else 50])))
    rows += [
        (f"{name}, any facts", took(ask, asked, for_s=sizes.cbrkit)) for name, ask in cbrkit(cases).items()
    ]
    read = bytes_of(base)
    rows.append(("numpy, sum of as many bytes", took(lambda _: read.sum(), asked)))
    title = f"The {K} nearest of {len(cases):,} cases with 10 attributes, {_scan_name()}"
    return table(title, HEADINGS, (_cells(name, one, own) for name, one in rows))


def _cells(name: str, one: Took, own: Took) -> list[Cell]:
    return [name, one.p50, one.p95, one.processor, one.asked, one.p50 / own.p50]


def _in_detail(count: int, asked: int) -> str:
    """Cost by how much is known and how well an order helps, what building takes, and the floor."""
    cases = expanded(count)
    start, busy, before = time.perf_counter(), time.process_time(), _resident()
    base = CaseBase(case_type()).fit(cases.columns)
    built, processor, held = time.perf_counter() - start, time.process_time() - busy, _resident() - before
    read = bytes_of(base)
    floor = took(lambda _: read.sum(), list(questions(cases, asked)))
    kinds: dict[str, Took] = {
        f"{known} known": took(base.nearest, list(questions(cases, asked, known=(known, known))))
        for known in range(1, 11)
    }
    kinds["any number known"] = took(base.nearest, list(questions(cases, asked)))
    kinds["facts of different cases"] = took(base.nearest, list(mixed(cases, asked)))
    unordered = independent(count)
    without = CaseBase(case_type()).fit(unordered.columns)
    kinds["cases and facts without any order"] = took(without.nearest, list(mixed(unordered, asked)))
    rows: list[list[Cell]] = [
        [name, one.p50, one.p95, one.processor, one.p50 / floor.p50] for name, one in kinds.items()
    ]
    rows.append(["reading the bytes of all codes once", floor.p50, floor.p95, floor.processor, 1.0])
    headings = ["facts", "p50 ms", "p95 ms", "processor ms", "times the floor, p50"]
    speed = table(f"Kalauz, {count:,} cases, in detail", headings, rows)
    snapshot = _snapshot(base)
    other = table(
        f"Kalauz, {count:,} cases, beside answering",
        ["what", "figure"],
        [
            ["built, seconds", built],
            ["built, processor seconds", processor],
            ["MB of arrays", base.nbytes / 1e6],
            ["MB more in the process after building", held / 1e6],
            *snapshot,
        ],
    )
    return f"{speed}\n\n{other}"


def _snapshot(base: CaseBase) -> list[list[Cell]]:
    with TemporaryDirectory(prefix="kalauz-bench-") as folder:
        path = Path(folder) / "cases"
        start = time.perf_counter()
        base.save(path)
        saved = time.perf_counter() - start
        opened = []
        for _ in range(10):
            start = time.perf_counter()
            CaseBase.open(path)
            opened.append((time.perf_counter() - start) * 1000)
        size = path.stat().st_size / 1e6
    return [
        ["snapshot, MB", size],
        ["snapshot written, seconds", saved],
        ["snapshot opened, p50 ms", percentile(opened, 0.5)],
    ]


def questions(cases: Cases, count: int, known: tuple[int, int] = (1, 10)) -> Iterator[dict[str, Any]]:
    """What is known of customers like those of the cases: any attributes, the numbers not quite the same."""
    random = Random(7)
    for _ in range(count):
        facts = cases.case(random.randrange(len(cases)))
        for key in NUMBERS:
            facts[key] = round(facts[key] * random.uniform(0.9, 1.1))
        keys = random.sample(list(facts), random.randint(*known))
        yield {key: facts[key] for key in keys}


def mixed(cases: Cases, count: int) -> Iterator[dict[str, Any]]:
    """Ten facts from ten cases: like nobody."""
    random = Random(8)
    for _ in range(count):
        yield {key: cases.case(random.randrange(len(cases)))[key] for key in cases.columns}


def reasons(base: CaseBase, facts: Mapping[str, Any]) -> object:
    """The nearest, with what each fact did for each of them."""
    return [match.parts for match in base.nearest(facts)]


def took(ask: Ask, asked: Sequence[Mapping[str, Any]], for_s: float | None = None) -> Took:
    """Ask everything; with a limit only until it has passed, and nothing beforehand to get warm."""
    if for_s is None:
        for facts in asked:
            ask(facts)
    took_ms, busy, since = [], time.process_time(), time.perf_counter()
    for facts in asked:
        start = time.perf_counter()
        ask(facts)
        took_ms.append((time.perf_counter() - start) * 1000)
        if for_s is not None and time.perf_counter() - since > for_s:
            break
    processor = (time.process_time() - busy) * 1000 / len(took_ms)
    return Took(percentile(took_ms, 0.5), percentile(took_ms, 0.95), processor, len(took_ms))


def _resident() -> int:
    return int(psutil.Process().memory_info().rss)


def _scan_name() -> str:
    if compiled.fastest() is compiled.BASELINE:
        return "numpy only: numba does not work here"
    return f"numba {version('numba')}"


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.cbr_speed", description=__doc__)
    usual = Sizes()
    parser.add_argument("--cases", type=int, nargs="+", default=usual.cases)
    parser.add_argument("--questions", type=int, default=usual.questions)
    parser.add_argument(
        "--cbrkit", type=float, default=usual.cbrkit, help="seconds for each way of asking it"
    )
    given = parser.parse_args()
    print(table("Measured on", ["what", "which"], machine.facts()), end="\n\n", flush=True)
    print(measure(None, Sizes(tuple(given.cases), given.questions, given.cbrkit)))


if __name__ == "__main__":
    main()

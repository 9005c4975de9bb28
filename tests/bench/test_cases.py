"""The benchmark of the nearest cases runs and measures what it says; here with a few cars."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import case_tables, cbr_speed
from bench.case_tables import NAMES, NUMBERS, case_type, expanded, independent
from bench.cbr_speed import Sizes


@pytest.fixture
def _cars(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heading = ",".join([*NUMBERS, *NAMES])
    rows = [
        ",".join([str(at * 1000 + 1) for _ in NUMBERS] + [f"{key} {at % 3}" for key in NAMES])
        for at in range(9)
    ]
    path = tmp_path / "cars.csv"
    path.write_text("\n".join([heading, *rows]), encoding="utf-8")
    monkeypatch.setattr(case_tables, "CARS", path)


@pytest.mark.usefixtures("_cars")
def test_every_engine_is_asked_and_everything_is_measured() -> None:
    report = cbr_speed.measure(None, Sizes(cases=(60,), questions=3, cbrkit=0.01))
    for engine in (
        "| Kalauz, any facts |",
        "| Kalauz, numpy only",
        "| scikit-learn ",
        "| cbrkit ",
        "| numpy, sum",
    ):
        assert engine in report
    for figure in ("| 10 known |", "| reading the bytes of all codes once |", "| snapshot opened, p50 ms |"):
        assert figure in report


@pytest.mark.usefixtures("_cars")
def test_made_up_cases_have_all_attributes_and_are_the_same_each_time() -> None:
    for made in (expanded, independent):
        assert made(20).case(7) == made(20).case(7)
        assert list(made(20).case(0)) == list(case_type().by_key)


def test_without_the_cars_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_tables, "CARS", Path("nowhere"))
    assert "not measured" in cbr_speed.measure(None)

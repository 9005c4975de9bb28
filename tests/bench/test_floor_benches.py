"""The benchmarks of foresight and of matching measure what they say; here with little."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import foresight, matching
from bench.matching import Sizes
from routing.matching import match


def rows(count: int) -> str:
    """Cases that were escalated where the SIM is locked, whatever the weather."""
    lines = ["sim,weather,used,solution_actions,escalate"]
    for at in range(count):
        locked = at % 3 == 0
        lines.append(f"{'locked' if locked else 'fine'},w{at % 4},{at % 7},do {at},{locked}")
    return "\n".join(lines)


def test_foresight_is_measured_beside_the_majority_and_a_regression(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "cases.csv"
    path.write_text(rows(60), encoding="utf-8")
    monkeypatch.setattr(foresight, "TELECOM", path)
    monkeypatch.setattr(foresight, "KNOWN", (1.0,))
    report = foresight.measure(None)
    assert "60 telecom cases, 20 escalated, 100% of the facts known" in report
    assert "| majority | – | 0 |" in report
    assert "| logistic regression (scikit-learn) | 100 | 100 | 100 | 100 |" in report
    assert "| Kalauz, learned weights | 100 | 100 | 100 | 100 |" in report


def test_what_is_known_of_a_case_is_the_same_whoever_asks() -> None:
    cases = foresight.read(rows(20))
    assert cases.facts(3, 0.5) == cases.facts(3, 0.5)
    assert cases.facts(3, 1.0) == {"sim": "locked", "weather": "w3", "used": 3.0}
    assert "escalate" not in cases.solved.columns


def test_without_the_cases_foresight_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foresight, "TELECOM", Path("nowhere"))
    assert "not measured" in foresight.measure(None)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_plain_loop_finds_what_a_round_finds(seed: int) -> None:
    made = matching.made_up(Sizes(agents=30, waiting=80, skills=8, queues=4), seed)
    found = match(made.waiting, made.agents, seed)
    assert found == matching.plainly(made.waiting, made.agents, seed)
    assert 10 < len(found) <= 30

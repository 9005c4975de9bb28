"""The commands of cases, as an operator uses them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from cbr.models import Case, CaseReport
from kb.errors import NotFound

TABLE = "no,abroad,signal,What to do\n" + "".join(
    f"c{number},{('no', 'yes')[number % 2]},{'poor' if number % 3 else 'good'},{('Pay.', 'Roam.')[number % 2]}\n"
    for number in range(12)
)
OPTIONS = ["--solution", "What to do", "--exclude", "no"]


@pytest.fixture
def table(tmp_path: Path) -> str:
    path = tmp_path / "phones.csv"
    path.write_text(TABLE)
    return str(path)


def said(app: Flask, *arguments: str, fails: bool = False) -> str:
    """What a command says."""
    result = app.test_cli_runner().invoke(args=["cases", *arguments])
    assert bool(result.exit_code) == fails, result.output
    return result.output


def test_a_table_comes_in_is_listed_and_goes_out_again(
    app: Flask, session: Session, table: str, data: Path
) -> None:
    assert "would be made" in said(app, "import", "phones", table, *OPTIONS, "--dry-run")
    assert said(app, "types") == ""
    told = said(app, "import", "phones", table, *OPTIONS)
    assert "signal: ordinal, 2 choices, linear" in told
    assert "4 cases created, 0 updated, 0 unchanged, 8 rows repeated others, 0 refused; 0 faults" in told
    assert list((data / "cases").glob("*.cases"))
    assert "0 cases created" in said(app, "import", "phones", table, *OPTIONS)
    assert said(app, "types") == "phones: 2 attributes, 4 solved; for agent\n"
    rows = list(csv.DictReader(io.StringIO(said(app, "export", "phones"))))
    assert sum(int(row["times_count"]) for row in rows) == 12
    assert {row["case_solution"] for row in rows} == {"Roam.", "Pay."}
    assert session.scalars(select(Case.source).distinct()).all() == ["import"]


def test_faults_are_shown_by_line_and_fail_the_command(app: Flask, table: str) -> None:
    with Path(table).open("a") as file:
        file.write("c99,yes,poor,Roam.,more\n")
    told = said(app, "import", "phones", table, *OPTIONS, fails=True)
    assert "line 14: This row has more columns than the heading; it was left out. (left out)" in told


def test_an_evaluation_is_shown_and_kept(app: Flask, session: Session, table: str) -> None:
    said(app, "import", "phones", table, "--solution", "what_to_do", "--key", "no", "--state", "confirmed")
    told = said(app, "evaluate", "phones")
    assert "12 cases with 2 solutions; 12 left out in turn." in told
    for name in ("case base", "majority", "decision tree"):
        assert name in told
    assert session.scalars(select(CaseReport.kind)).all() == ["evaluation"]


def test_what_is_not_there_is_told(app: Flask) -> None:
    for command in ("evaluate", "export"):
        result = app.test_cli_runner().invoke(args=["cases", command, "routers"])
        assert isinstance(result.exception, NotFound)
    assert app.test_cli_runner().invoke(args=["cases", "import", "phones", "nowhere.csv"]).exit_code == 2

"""Staffing: counts out of a table, agents for each interval, and a played day beside the formulas."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.errors import Invalid
from routing.erlang import Unmeasurable
from routing.staffing.counts import Slot, read_counts
from routing.staffing.needs import Terms, needs, total
from routing.staffing.simulation import Split, simulate

TWO_DAYS = b"""day,time,calls
2026-11-23,8:00,10
2026-11-23,8:30,20
2026-11-24,08:00:00,30
2026-11-24,8:30,"40,0"
"""
BUSY = Slot(480, 600.0)


def test_the_typical_day_is_the_mean_of_the_chosen_days() -> None:
    counts = read_counts(TWO_DAYS).counts
    assert (counts.step_min, counts.weekdays) == (30, [0, 1])
    assert counts.typical(30) == [Slot(480, 20), Slot(510, 30)]
    assert counts.typical(60, "1") == [Slot(480, 70)]
    assert counts.typical(30, "2026-11-23") == [Slot(480, 10), Slot(510, 20)]
    assert counts.typical(30, "6") == []


def test_counts_by_the_hour_are_spread_over_shorter_intervals() -> None:
    counts = read_counts(b"Zeit;Anrufe\n8:00;10\n9:00;0\n10:00;6\n").counts
    assert counts.typical(30) == [
        Slot(480, 5),
        Slot(510, 5),
        Slot(540, 0),
        Slot(570, 0),
        Slot(600, 3),
        Slot(630, 3),
    ]


def test_a_day_and_its_time_may_stand_together() -> None:
    counts = read_counts(b"when,how many\n2026-11-23T08:00,1\n2026-11-23 08:05,2\n").counts
    assert counts.days == {"2026-11-23": {480: 1, 485: 2}}


def test_lines_that_cannot_be_taken_are_named_and_the_others_count() -> None:
    lines = ["time,calls", "8:00,5", "25:10,5", "9:00,-1", "9:30,many", "8:00,7", "10:00,6"]
    read = read_counts("\n".join(lines).encode())
    assert [fault.line for fault in read.faults] == [3, 4, 5, 6]
    assert read.counts.days == {"": {480: 5, 600: 6}}


@pytest.mark.parametrize("data", [b"", b"\0\1", b"a,b\nx,y\n", b"time\n8:00\n"])
def test_what_is_no_such_table_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        read_counts(data)
    assert {*refused.value.fields} == {"file"}


def test_the_agents_of_an_interval_keep_the_promise_and_one_less_does_not() -> None:
    terms = Terms(busiest=1.0, patience_s=180, shrinkage=0.3)
    need = needs([BUSY], terms)[0]
    assert need.load == pytest.approx(80)
    assert need.given.level >= 0.85
    assert need.agents < need.patient_agents  # who hangs up does not have to be served
    assert need.rostered == pytest.approx(need.agents / 0.7, abs=1)
    assert 0 < need.blocked < 1


def test_nobody_is_needed_where_nobody_comes_and_nobody_is_busier_than_allowed() -> None:
    terms = Terms(busiest=0.7)
    nobody, busy = needs([Slot(0, 0), BUSY], terms)
    assert (nobody.agents, nobody.rostered) == (0, 0)
    assert busy.given.occupancy <= 0.7
    day = total([nobody, busy], terms)
    assert (day.arrivals, day.most, day.hours) == (600, busy.agents, busy.agents / 2)
    assert total([], terms).level is None


@settings(max_examples=25, deadline=None)
@given(st.floats(0, 500), st.floats(0, 0.9), st.floats(0.5, 1))
def test_who_is_paid_covers_who_is_needed(arrivals: float, shrinkage: float, busiest: float) -> None:
    need = needs([Slot(0, arrivals)], Terms(shrinkage=shrinkage, busiest=busiest))[0]
    assert need.rostered * (1 - shrinkage) >= need.agents - 1e-5
    assert need.agents >= need.load * (1 - 1e-9) or need.agents == 0


def test_more_than_all_the_time_cannot_be_away() -> None:
    with pytest.raises(Unmeasurable):
        needs([BUSY], Terms(shrinkage=0.95))


# Played


def test_the_play_agrees_with_erlang_where_its_assumptions_hold() -> None:
    terms = Terms(length_min=480, patience_s=180, level=0.7, busiest=1.0)
    (line,) = simulate([Slot(0, 480.0)], terms, runs=6)
    assert line.agrees
    assert abs(line.formula.abandons - line.played.abandons) <= line.within.abandons
    assert abs(line.formula.wait_s - line.played.wait_s) <= line.within.wait_s
    assert line.within.level < 0.1


def test_overflow_between_groups_serves_better_than_the_formula_knows() -> None:
    terms = Terms(length_min=480, patience_s=180, level=0.7, busiest=1.0)
    apart = simulate([Slot(0, 480.0)], terms, Split((1, 1)), runs=3)[-1]
    helping = simulate([Slot(0, 480.0)], terms, Split((1, 1), overflow_s=10), runs=3)[-1]
    assert apart.formula == helping.formula
    assert not helping.agrees
    assert helping.played.level > apart.played.level + 0.05


def test_the_same_seed_plays_the_same_day_and_intervals_change_who_is_there() -> None:
    slots = [Slot(480, 40.0), Slot(510, 4.0), Slot(540, 0.0), Slot(570, 20.0)]
    terms, told = Terms(patience_s=60), list[float]()
    first = simulate(slots, terms, runs=2, seed=3, tell=told.append)
    assert first == simulate(slots, terms, runs=2, seed=3)
    assert first != simulate(slots, terms, runs=2, seed=4)
    assert told == [0.5, 1.0]


# Commands


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "calls.csv"
    path.write_bytes(TWO_DAYS + b"2026-11-24,9:00,lots\n")
    return path


def test_the_command_says_what_each_interval_needs(app: Flask, file: Path) -> None:
    runner = app.test_cli_runner()
    answer = runner.invoke(args=["staffing", "needs", str(file), "--csv", "--patience", "2:00"])
    rows = list(csv.DictReader(io.StringIO(answer.stdout)))
    assert [row["time"] for row in rows] == ["08:00", "08:30"]
    assert float(rows[0]["in_time"]) >= 0.85
    assert "line 6, calls" in answer.stderr
    assert "contacts" in runner.invoke(args=["staffing", "needs", str(file)]).stdout


def test_the_command_plays_the_day_beside_the_formula(app: Flask, file: Path) -> None:
    runner = app.test_cli_runner()
    told = ["staffing", "simulate", str(file), "--runs", "2"]
    assert "Erlang" in runner.invoke(args=[*told, "--groups", "70,30", "--overflow", "30"]).stdout
    assert runner.invoke(args=[*told, "--groups", "70,-1"]).exit_code == 2
    assert runner.invoke(args=[*told, "--handling", "soon"]).exit_code == 2
    assert "Nobody came" in runner.invoke(args=[*told, "--day", "6"]).stderr

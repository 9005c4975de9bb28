"""Commands of staffing: how many agents a day needs, and how that day goes when it is played."""

from __future__ import annotations

import csv
import math
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click
from flask import Flask

from kb.errors import Invalid
from routing.erlang import Unmeasurable
from routing.staffing.counts import Counts, read_counts
from routing.staffing.needs import Terms, needs, total
from routing.staffing.rows import HEADINGS, clock, row
from routing.staffing.simulation import FEWEST_RUNS, MOST_RUNS, Line, Split, simulate
from routing.typed import Mistyped, seconds

MOST_SHOWN = 20
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


class Duration(click.ParamType[float]):
    """Seconds, minutes:seconds or hours:minutes:seconds."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """In seconds."""
        if isinstance(value, float):
            return value
        try:
            return float(seconds(value))
        except Mistyped:
            self.fail("Type seconds, minutes:seconds or hours:minutes:seconds.", param, ctx)


def init_app(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(staffing)


@click.group()
def staffing() -> None:
    """Staffing: agents needed for the contacts that come."""


DURATION, SHARE, AWAY = Duration(), click.FloatRange(10, 100), click.FloatRange(0, 90)
LEVEL = click.FloatRange(0, 99.9)
_TERMS = (
    click.argument("file", type=FILE),
    click.option(
        "--handling", type=DURATION, default="4:00", show_default=True, help="Mean for one contact."
    ),
    click.option("--patience", type=DURATION, default="0", help="Mean until people hang up; 0: nobody does."),
    click.option("--level", type=LEVEL, default=85, show_default=True, help="Share in time, %."),
    click.option("--within", type=DURATION, default="1:00", show_default=True, help="What is in time."),
    click.option("--busiest", type=SHARE, default=90, show_default=True, help="Highest occupancy, %."),
    click.option("--shrinkage", type=AWAY, default=30, show_default=True, help="Paid time away, %."),
    click.option(
        "--interval", type=click.IntRange(5, 480), default=30, show_default=True, help="In minutes."
    ),
    click.option("--day", default="", help="A day, or 0 for the mean of all Mondays to 6 for Sundays."),
)


def _with_terms(command: Callable[..., None]) -> Callable[..., None]:
    """Adds what both commands are told."""

    @wraps(command)
    def told(file: Path, interval: int, day: str, **named: Any) -> None:
        terms = Terms(
            handling_s=named.pop("handling"),
            patience_s=named.pop("patience") or math.inf,
            level=named.pop("level") / 100,
            within_s=named.pop("within"),
            busiest=named.pop("busiest") / 100,
            shrinkage=named.pop("shrinkage") / 100,
            length_min=interval,
        )
        counts = _read(file)
        slots = counts.typical(interval, day)
        if not slots:
            raise click.ClickException("Nobody came on such a day.")
        try:
            command(slots=slots, terms=terms, **named)
        except Unmeasurable as refused:
            raise click.ClickException(f"This makes no sense: {refused}.") from None

    for option in reversed(_TERMS):
        told = option(told)
    return told


@staffing.command("needs")
@_with_terms
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated, all figures.")
def needs_(slots: Any, terms: Terms, as_csv: bool) -> None:
    """How many agents each interval of the day in FILE needs: a table (CSV) with times and counts, and perhaps days."""
    found = needs(slots, terms)
    if as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerows([HEADINGS, *(row(one) for one in found)])
        return
    click.echo("time  contacts   load  agents  paid  in time  busy")
    for one in found:
        click.echo(
            f"{clock(one.slot.start_min):5} {one.slot.arrivals:8.1f} {one.load:6.1f} {one.agents:7} {one.rostered:5} "
            f"{one.given.level:7.1%} {one.given.occupancy:5.0%}"
        )
    day = total(found, terms)
    click.echo(
        f"{day.arrivals:,.0f} contacts, {day.hours:,.1f} hours of agents who are there, {day.paid_hours:,.1f} paid, "
        f"{day.level or 0:.1%} in time"
    )


@staffing.command("simulate")
@_with_terms
@click.option("--groups", default="100", help="Shares of separate groups of agents, such as 70,30.")
@click.option(
    "--overflow", type=Duration(), default=None, help="After so long the other groups are asked as well."
)
@click.option("--runs", type=click.IntRange(FEWEST_RUNS, MOST_RUNS), default=5, show_default=True)
@click.option("--seed", default=0)
def simulate_(slots: Any, terms: Terms, groups: str, overflow: float | None, runs: int, seed: int) -> None:
    """Play the day in FILE through the matching of the floor, and set beside it what Erlang's formulas say."""
    try:
        shares = tuple(float(share) for share in groups.split(","))
    except ValueError:
        shares = ()
    if not shares or min(shares) <= 0 or not all(map(math.isfinite, shares)):
        raise click.BadParameter("Type shares with commas between them, such as 70,30.")
    with click.progressbar(length=runs, label="Playing", file=sys.stderr) as bar:
        lines = simulate(
            slots, terms, Split(shares, overflow), runs=runs, seed=seed, tell=lambda _share: bar.update(1)
        )
    click.echo("group  contacts             in time        waited      hung up       busy")
    for line in lines:
        _show(line)


def _show(line: Line) -> None:
    name = line.name or "all"
    formula, played, within = line.formula, line.played, line.within
    click.echo(
        f"{name:6} {line.arrivals:8.0f}  Erlang {formula.level:9.1%} {formula.wait_s:12.1f}s {formula.abandons:11.1%} "
        f"{formula.occupancy:9.0%}"
    )
    click.echo(
        f"{'':15}  played {played.level:9.1%}±{within.level:4.1%} {played.wait_s:6.1f}s±{within.wait_s:4.1f} "
        f"{played.abandons:5.1%}±{within.abandons:4.1%} {played.occupancy:5.0%}  "
        f"{'agrees' if line.agrees else 'differs'}"
    )


def _read(file: Path) -> Counts:
    try:
        read = read_counts(file.read_bytes())
    except Invalid as refused:
        raise click.ClickException("; ".join(refused.fields.values())) from None
    for fault in read.faults[:MOST_SHOWN]:
        column = f", {fault.column}" if fault.column else ""
        click.echo(f"line {fault.line}{column}: {fault.sentence}", err=True)
    if len(read.faults) > MOST_SHOWN:
        click.echo(f"and {len(read.faults) - MOST_SHOWN} more lines", err=True)
    return read.counts

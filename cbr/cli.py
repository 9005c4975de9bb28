"""Commands of cases: import, export, evaluation."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TextIO

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy import func, select

from cbr import background, case_types, evaluating, reporting
from cbr.followers import case_bases
from cbr.import_rows import Plan, Report
from cbr.importing import STATES, import_cases
from cbr.models import Case, CaseTypeRow
from cbr.tables import Table, read_table
from kb.cli import prepare
from kb.context import Services
from kb.errors import Invalid
from kb.permissions import SYSTEM

MOST_SHOWN = 20
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


def init_app(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(cases)


@click.group()
def cases() -> None:
    """Solved cases: bring them in, take them out, measure them."""


def _services() -> Services:
    found: Services = current_app.extensions["kalauz"]
    prepare(found)
    return found


@cases.command("import")
@click.argument("key")
@click.argument("file", type=FILE)
@click.option("--solution", default="", help="Columns that say what to do, with commas between them.")
@click.option("--problem", default="", help="Columns that say in words what was the matter.")
@click.option("--title", default="", help="Columns that make the title of the solution.")
@click.option("--article", default="", help="The column with the key of an article.")
@click.option(
    "--key", "row_key", default="", help="The column that names a row; its content does if not given."
)
@click.option("--exclude", default="", help="Columns that are left out.")
@click.option("--language", default="en", show_default=True, help="Of the texts and headings.")
@click.option("--audience", default="", help="Who may read the cases; agents if not given.")
@click.option(
    "--state",
    type=click.Choice([state.value for state in STATES]),
    default=STATES[0].value,
    show_default=True,
)
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@with_appcontext
def import_(key: str, file: Path, dry_run: bool, **named: str) -> None:
    """Import the cases of a table (CSV) as cases of the type KEY, which is made if there is none.

    Run it again at any time: what is in already is left alone.
    """
    services = _services()
    table = read_table(file.read_bytes())
    plan = Plan(
        key,
        solution=_columns(table, named["solution"]),
        problem=_columns(table, named["problem"]),
        title=_columns(table, named["title"]),
        exclude=_columns(table, named["exclude"]),
        article="".join(_columns(table, named["article"])[:1]),
        row_key="".join(_columns(table, named["row_key"])[:1]),
        language=named["language"],
        audience=named["audience"],
        state=named["state"],
    )
    now = services.clock()
    with click.progressbar(length=2 * len(table), label="Importing") as bar:
        report = import_cases(
            services.database, table, plan, by=SYSTEM, now=now, dry_run=dry_run, progress=bar.update
        )
    if not dry_run:
        services.drain()
        with services.database.session() as session:
            case_bases().keep(session)
    _show(report, dry_run)
    sys.exit(1 if report.refused else 0)


def _columns(table: Table, named: str) -> tuple[str, ...]:
    """Columns by their headings or keys, as somebody wrote them."""
    keys = {heading: key for key, heading in table.names.items()}
    wanted = [name.strip() for name in named.split(",") if name.strip()]
    return tuple(name if name in table.names else keys.get(name, name) for name in wanted)


def _show(report: Report, dry_run: bool) -> None:
    would = "would be " if dry_run else ""
    if report.is_new:
        click.echo(f"A new case type, {report.case_type.key}, {would}made. Guessed of its attributes:")
        for one in report.case_type.attributes:
            choices = f", {len(one.choices)} choices" if one.choices else ""
            unit = f" in {one.unit}" if one.unit else ""
            idle = "" if one.weight else ", counts nothing"
            click.echo(f"  {one.key}: {one.kind.value}{unit}{choices}, {one.similarity.name}{idle}")
    click.echo(
        f"{report.created} cases {would}created, {report.updated} {would}updated, {report.unchanged} unchanged, "
        f"{report.repeated} rows repeated others, {report.refused} refused; {len(report.faults)} faults; "
        f"{report.seconds:.1f} s."
    )
    for fault in report.faults[:MOST_SHOWN]:
        column = f"{fault.column}: " if fault.column else ""
        left_out = "" if fault.kept else " (left out)"
        click.echo(f"  line {fault.line}: {column}{fault.sentence}{left_out}", err=True)
    if len(report.faults) > MOST_SHOWN:
        click.echo(f"  and {len(report.faults) - MOST_SHOWN} more", err=True)


@cases.command()
@with_appcontext
def types() -> None:
    """List the case types with the number of their cases by state."""
    services = _services()
    with services.database.session() as session:
        query = select(Case.case_type_id, Case.state, func.count())
        query = query.where(Case.is_there()).group_by(Case.case_type_id, Case.state)
        counts: dict[int, list[str]] = {}
        for type_id, state, number in session.execute(query.order_by(Case.state)):
            counts.setdefault(type_id, []).append(f"{number} {state}")
        for row in session.scalars(select(CaseTypeRow).order_by(CaseTypeRow.key)):
            shown = ", ".join(counts.get(row.id, ["no cases"]))
            away = "" if row.is_active else ", put away"
            attributes = len(row.schema["attributes"])
            click.echo(f"{row.key}: {attributes} attributes, {shown}; for {row.audience}{away}")


@cases.command()
@click.argument("key")
@click.option(
    "--output", type=click.File("w", encoding="utf-8"), default="-", help="A file; else it is shown."
)
@with_appcontext
def export(key: str, output: TextIO) -> None:
    """Write the cases of a type as CSV."""
    services = _services()
    with services.database.session() as session:
        row = case_types.by_key(session, key)
        attributes = [one.key for one in case_types.schema_of(row).attributes]
        own = ("key", "state", "audience", "language", "problem", "title", "solution", "article")
        counts = ("count", "worked", "adapted", "failed")
        writer = csv.writer(output)
        writer.writerow(
            [*(f"case_{name}" for name in own), *attributes, *(f"times_{name}" for name in counts)]
        )
        query = select(Case).where(Case.case_type_id == row.id, Case.is_there()).order_by(Case.id)
        for case in session.scalars(query.execution_options(yield_per=1000)):
            values = [_cell(case.facts.get(attribute)) for attribute in attributes]
            stored = [getattr(case, name) for name in own]
            writer.writerow([*stored, *values, *(getattr(case, name) for name in counts)])


def _cell(value: object) -> object:
    return "|".join(map(str, value)) if isinstance(value, list) else "" if value is None else value


@cases.command()
@click.argument("key")
@click.option("--most", default=5000, show_default=True, help="Cases that are left out in turn.")
@with_appcontext
def evaluate(key: str, most: int) -> None:
    """Measure how well the cases of a type solve one another, each left out in turn."""
    services = _services()
    try:
        report = reporting.measure(
            services.database,
            key,
            "evaluation",
            by=SYSTEM,
            now=services.clock(),
            how=partial(evaluating.evaluate, most=most),
        )
    except Invalid as refused:
        raise click.ClickException("; ".join(refused.fields.values())) from refused
    for line in evaluation_lines(report.result):
        click.echo(line)


def evaluation_lines(result: Mapping[str, Any]) -> Iterator[str]:
    """An evaluation as a command shows it."""
    yield f"{result['cases']} cases with {result['solutions']} solutions; {result['left_out']} left out in turn."
    yield f"{result['alone']:.1%} have a solution that no other case has: nobody could be right there."
    yield f"{'':<16}{'right@1':>9}{'right@3':>9}{'shared':>9}"
    for name, key in (("case base", "case_base"), ("majority", "majority"), ("decision tree", "tree")):
        if told := result.get(key):
            yield f"{name:<16}{told['at_1']:>9.1%}{told['at_3']:>9.1%}{told['shared']:>9.1%}"
        else:
            yield f"{name:<16}not measured: scikit-learn is not installed"
    if 0 < result["tree_cases"] < result["cases"]:
        yield f"The decision tree is learned from {result['tree_cases']} cases, evenly spread: more do not fit."
    if dialogs := result["dialogs"]:
        yield (
            f"Guided help, {dialogs['tried']} dialogs: {dialogs['asked']:.1f} of {dialogs['script']} things asked in "
            f"{dialogs['steps']:.1f} questions; right@1 {dialogs['at_1']:.1%}, right@3 {dialogs['at_3']:.1%}"
        )
    yield f"Brier score of the confidence: {result['brier']:.4f}"
    for one in result["bins"]:
        yield (
            f"  said {one['low']:.1f} to {one['high']:.1f}: {one['count']:>6} times, "
            f"on average {one['confidence']:.2f}, right {one['accuracy']:.2f}"
        )


@cases.command(hidden=True)
@click.argument("id_", metavar="ID", type=int)
@with_appcontext
def work(id_: int) -> None:
    """Do work that a server has taken from its list; servers call this themselves."""
    services: Services = current_app.extensions["kalauz"]
    background.do(services, id_)

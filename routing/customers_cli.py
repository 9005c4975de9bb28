"""Commands of customers: taking them in."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from cbr.tables import read_table
from kb.cli import prepare
from kb.context import Services
from kb.errors import Invalid
from kb.permissions import SYSTEM
from routing.customer_tables import take_in

MOST_SHOWN = 20


def init_app(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(customers)


@click.group()
def customers() -> None:
    """Customers: what another system knows of them."""


@customers.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@with_appcontext
def import_(file: Path) -> None:
    """Take in the customers of a table (CSV) with the columns key, name, language, phone, mail; others are facts.

    Run it again at any time: only what is new changes.
    """
    services: Services = current_app.extensions["kalauz"]
    prepare(services)
    try:
        table = read_table(file.read_bytes())
        with click.progressbar(length=len(table), label="Taking in", show_pos=True, file=sys.stderr) as bar:
            report = take_in(services.database, table, by=SYSTEM, now=services.clock(), progress=bar.update)
    except Invalid as refused:
        raise click.ClickException("; ".join(refused.fields.values())) from None
    click.echo(f"{report.taken} new or changed, {report.same} as they were, {report.left_out} left out")
    for fault in report.faults[:MOST_SHOWN]:
        column = f", {fault.column}" if fault.column else ""
        click.echo(f"line {fault.line}{column}: {fault.sentence}", err=True)
    if report.left_out:
        sys.exit(1)

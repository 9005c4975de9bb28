"""Commands of authoring: import."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from authoring import maps, readers
from authoring.importers import Report, import_items
from authoring.maps import ImportMap
from authoring.toml_table import MapError
from kb.cli import prepare
from kb.permissions import SYSTEM

MOST_SHOWN = 20


def init_app(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(import_)


@click.group("import")
def import_() -> None:
    """Bring knowledge in from other systems."""


@import_.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--map", "map_file", type=click.Path(path_type=Path, exists=True), help="What is where in the source."
)
@click.option(
    "--state", type=click.Choice(["published", "in_review", "draft"]), help="Overrides the source's state."
)
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@with_appcontext
def articles(paths: tuple[Path, ...], map_file: Path | None, state: str | None, dry_run: bool) -> None:
    """Import articles from files or folders: JSON Lines, CSV, Markdown, HTML, DOCX.

    Run it again at any time: what is in already is left alone, what changed becomes a new revision.
    """
    services = current_app.extensions["kalauz"]
    prepare(services)
    try:
        rules = maps.load(map_file) if map_file else ImportMap()
    except MapError as error:
        raise click.ClickException(f"{map_file}: {error}") from error
    now = services.clock()
    with click.progressbar(length=readers.count(paths, rules), label="Importing", show_pos=True) as bar:
        report = import_items(
            services.database,
            readers.read(paths, rules, now=now, state=state),
            by=SYSTEM,
            now=now,
            limit=services.config.upload_limit,
            dry_run=dry_run,
            progress=lambda: bar.update(1),
        )
    if not dry_run:
        services.drain()
    _show(report, dry_run)
    sys.exit(1 if report.refused else 0)


def _show(report: Report, dry_run: bool) -> None:
    would = "would be " if dry_run else ""
    click.echo(
        f"{report.articles} articles in {report.read} texts, {report.seconds:.1f} s: {report.created} {would}created, "
        f"{report.updated} {would}updated, {report.unchanged} unchanged; {report.topics} new topics; "
        f"links: {report.links_resolved} resolved, {len(report.links_broken)} broken; {len(report.faults)} faults."
    )
    for key, target in report.links_broken[:MOST_SHOWN]:
        click.echo(f"  broken link: {key} -> {target}")
    for fault in report.faults:
        click.echo(f"  {fault}", err=True)

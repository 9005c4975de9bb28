"""Commands of authoring: import and export."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from authoring.archive import cli as archive_cli
from authoring.importing import guides_cli, maps, readers
from authoring.importing.importers import Report, import_items
from authoring.importing.maps import ImportMap
from authoring.importing.toml_table import MapError
from authoring.languages import xliff_cli
from kb.cli import prepare
from kb.permissions import SYSTEM

MOST_SHOWN = 20


def init_app(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(import_)
    app.cli.add_command(archive_cli.export)
    app.cli.add_command(xliff_cli.command)
    app.cli.add_command(guides_cli.command)


@click.group("import", invoke_without_command=True)
@click.option("--archive", type=archive_cli.FILE, help="The same as the command `archive`.")
@click.pass_context
def import_(context: click.Context, archive: Path | None) -> None:
    """Bring knowledge in: from other systems, or from an archive of Kalauz."""
    if context.invoked_subcommand is None:
        if archive is None:
            raise click.UsageError(context.get_help())
        context.invoke(archive_cli.restore, file=archive)
    elif archive is not None:
        raise click.UsageError("Give either --archive or a command.")


import_.add_command(archive_cli.restore)


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

"""The commands `kalauz export` and `kalauz import archive`."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from authoring import archive
from kb import migrate
from kb.context import Services
from kb.errors import N_, StorageFull

MB = 1024 * 1024
MOST_MB = archive.Limits().total // MB
FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("export")
@click.argument("file", type=FILE)
@click.option("--replace", is_flag=True, help="Replace a file of this name.")
@with_appcontext
def export(file: Path, replace: bool) -> None:
    """Write everything into one archive: articles, files, people without passwords, workflows, portals.

    It is one moment's state of the base, and it can be made while the base is used.
    """
    services: Services = current_app.extensions["kalauz"]
    if file.exists() and not replace:
        raise click.ClickException(f"{file} is there already; choose another name, or say --replace.")
    if not migrate.is_current(services.database):
        raise click.ClickException(
            "The database has not the schema of this version: run `kalauz upgrade` first."
        )
    try:
        manifest = archive.write(services.database, file, now=services.clock())
    except OSError as error:
        raise StorageFull(
            N_(
                "%(file)s cannot be written (%(reason)s). Nothing was left behind.",
                file=file,
                reason=error.strerror or error,
            )
        ) from error
    click.echo(f"{file}: {file.stat().st_size / MB:.1f} MB, {_summary(manifest)}.")


@click.command("archive")
@click.argument("file", type=FILE)
@click.option(
    "--most-mb",
    type=click.IntRange(min=1),
    default=MOST_MB,
    show_default=True,
    help="How large it may be unpacked.",
)
@with_appcontext
def restore(file: Path, most_mb: int) -> None:
    """Bring an archive of `kalauz export` into an empty base, with everything as it was.

    A base that holds anything is left alone, and so is one for which the archive is not sound.
    """
    services: Services = current_app.extensions["kalauz"]
    migrate.upgrade(services.database, services.config.data)
    limits = archive.Limits(total=most_mb * MB)
    try:
        manifest = archive.restore(services.database, file, now=services.clock(), limits=limits)
    except archive.BadArchive as error:
        raise click.ClickException(f"{file}: {error} Nothing was changed.") from error
    except OSError as error:
        raise click.ClickException(f"{file} cannot be read ({error.strerror or error}).") from error
    with services.database.session() as session:  # an index of another base may lie in this folder
        current_app.extensions["search"].follower.restart(session)
    click.echo(f"Restored: {_summary(manifest)}, as they were on {manifest.made_at}.")
    click.echo("Nobody has a password yet: kalauz user password EMAIL gives somebody a new one.")


def _summary(manifest: archive.Manifest) -> str:
    counts = manifest.counts
    return f"{counts['article']} articles, {counts['attachment']} files, {counts['person']} people"

"""The command `kalauz xliff`: texts out to translators, and back as drafts."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from authoring.languages import matrix, returned_files, translation_files, xliff, xliff_reading
from authoring.languages.matrix import TO_DO, Filters
from authoring.languages.xliff_reading import Refused
from kb.cli import prepare
from kb.errors import KalauzError
from kb.permissions import SYSTEM


@click.group("xliff")
def command() -> None:
    """Texts for translators outside, as XLIFF 2.1."""


@command.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--from", "source", default="en", show_default=True, help="The language of the sources.")
@click.option("--to", "language", required=True, help="The language to translate into.")
@click.option(
    "--article", "keys", multiple=True, help="The key of an article; all that need it when none is given."
)
@with_appcontext
def export(file: Path, source: str, language: str, keys: tuple[str, ...]) -> None:
    """Write what is missing or out of step in a language into a file."""
    services = current_app.extensions["kalauz"]
    prepare(services)
    now = services.clock()
    with services.database.session() as session:
        wanted = Filters(languages=(language,), state=TO_DO)
        chosen = keys or matrix.keys(session, wanted, now, translation_files.MOST_ARTICLES)
        try:
            found = translation_files.articles_by_key(session, chosen)
            document = translation_files.export(session, found, source, language, now)
        except KalauzError as error:
            raise click.ClickException(str(error)) from error
    file.write_bytes(xliff.write(document))
    click.echo(f"{len(document.files)} articles from {source} into {language}: {file}")


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@with_appcontext
def import_(file: Path) -> None:
    """Make drafts of a file that was translated: all of it, or nothing where something is wrong with it."""
    services = current_app.extensions["kalauz"]
    prepare(services)
    note = f"From a translator's file: {file.name}"
    try:
        with file.open("rb") as stream:
            document = xliff_reading.read(stream.read(xliff_reading.MOST_BYTES + 1))
        with services.database.transaction(actor=SYSTEM.name) as session:
            outcome = returned_files.bring_back(session, document, note=note, by=SYSTEM, now=services.clock())
            told = [_told(draft) for draft in outcome.drafts]
    except Refused as error:
        for fault in error.faults:
            click.echo(f"{file}:{fault}", err=True)
        raise click.ClickException("Nothing was imported.") from error
    services.drain()
    for line in told:
        click.echo(line)
    click.echo(f"{len(told)} drafts, {len(outcome.untouched)} articles without any translation")


def _told(draft: returned_files.Imported) -> str:
    behind = "; its source has changed since the export" if draft.is_behind else ""
    aside = f"; revision {draft.set_aside} gave way to it" if draft.set_aside is not None else ""
    return f"{draft.article.key}: a draft in {draft.language}{behind}{aside}"

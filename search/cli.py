"""Commands of search."""

from __future__ import annotations

import time

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy import func, select

from kb.models import Article


def init_app(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(reindex)


@click.command()
@with_appcontext
def reindex() -> None:
    """Build this node's index anew from the database; the old one answers until the new one is ready.

    After an upgrade, run it before the restart: the processes that still serve go on with the index of their version,
    and the new version finds its own filled. Without it, the new version fills its index before it serves.
    """
    services = current_app.extensions["kalauz"]
    follower = current_app.extensions["search"].follower
    started = time.perf_counter()
    with services.database.session() as session:
        total = session.scalar(select(func.count(Article.id))) or 0
        done = 0
        with click.progressbar(length=total, label="Indexing articles", show_pos=True) as bar:
            for done_now in follower.rebuild(session):
                bar.update(done_now - done)
                done = done_now
    click.echo(f"{total} articles in {time.perf_counter() - started:.1f} s")

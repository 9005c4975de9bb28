"""The command `kalauz guides`: charts in as guides, and guides out as charts."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.orm import Session

from authoring.importing import guides
from authoring.writing import drafts
from cbr.guided.checking import look_at
from cbr.trees import body
from cbr.trees.checks import is_playable
from cbr.trees.forms import FORMS, form_of
from cbr.trees.tree import Tree
from kb import publication
from kb.cli import prepare
from kb.errors import Invalid, KalauzError
from kb.models import Article, Revision
from kb.permissions import SYSTEM
from kb.viewers import PUBLIC

MOST_FAULTS = 20
CHART = click.Path(path_type=Path, exists=True, dir_okay=False)
FORM = click.Choice(list(FORMS))


@click.group("guides")
def command() -> None:
    """Guides as charts: Graphviz DOT, Mermaid, JSON, Markdown."""


@command.command("import")
@click.argument("file", type=CHART)
@click.option("--form", type=FORM, help="As the file is named when not given.")
@click.option("--title", help="Of a new guide; the name of the file when not given.")
@click.option("--language", default="en", show_default=True, help="That it is written in.")
@click.option("--audience", default=PUBLIC, show_default=True, help="Who may read a new guide.")
@click.option("--topic", "topics", multiple=True, help="Key of a topic of a new guide; may be given again.")
@click.option("--into", "key", help="Key of the guide whose steps it replaces, as its next draft.")
@click.option("--publish", is_flag=True, help="Let readers be led through it at once, without a review.")
@with_appcontext
def import_(
    file: Path,
    form: str | None,
    title: str | None,
    language: str,
    audience: str,
    topics: tuple[str, ...],
    key: str | None,
    publish: bool,
) -> None:
    """Make a draft of a guide from FILE and say what is in it."""
    services = current_app.extensions["kalauz"]
    prepare(services)
    now = services.clock()
    note = f"From the file {file.name}"
    try:
        with file.open("rb") as stream:
            tree = guides.read(stream.read(guides.MOST_BYTES + 1), form or form_of(file.name))
        with services.database.transaction(actor=SYSTEM.name) as session:
            found = look_at(session, SYSTEM, now, key or "", tree)
            if publish and not is_playable(found):
                reasons = ", ".join(f"{one.code} at {one.node}" for one in found if one.is_error)
                raise click.ClickException(f"Nobody could be led through it: {reasons}")
            if key:
                article = _article(session, key)
                newest = drafts.newest(session, article, language)
                made = guides.replace(
                    session,
                    article,
                    language,
                    tree,
                    base_id=newest.id if newest else None,
                    note=note,
                    by=SYSTEM,
                    now=now,
                    fields={} if newest else {"title": title or _title(file)},
                ).revision
            else:
                made = guides.make(
                    session,
                    tree,
                    title=title or _title(file),
                    language=language,
                    audience=audience,
                    topics=topics,
                    note=note,
                    by=SYSTEM,
                    now=now,
                )
            if publish:
                publication.publish(session, made, by=SYSTEM, approved_at=now)
            said = f"{made.translation.article.key}: {len(tree.nodes)} nodes, {guides.edges(tree)} edges"
    except KalauzError as error:
        raise click.ClickException(_reasons(error)) from error
    services.drain()
    errors = sum(one.is_error for one in found)
    click.echo(
        f"{said}; {errors} errors, {len(found) - errors} warnings; {'published' if publish else 'a draft'}"
    )


@command.command()
@click.argument("key")
@click.option("--form", type=FORM, default="dot", show_default=True)
@click.option("--language", help="Its source's when not given.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="A file to write.")
@with_appcontext
def export(key: str, form: str, language: str | None, output: Path | None) -> None:
    """Write the newest revision of the guide KEY as a chart."""
    services = current_app.extensions["kalauz"]
    prepare(services)
    with services.database.session() as session:
        tree = _newest_tree(session, key, language)
    text = FORMS[form].write(tree)
    if output is None:
        click.echo(text, nl=False)
        return
    output.write_text(text, encoding="utf-8")
    click.echo(f"{key}: {len(tree.nodes)} nodes, {guides.edges(tree)} edges: {output}")


def _article(session: Session, key: str) -> Article:
    found = session.scalars(select(Article).where(Article.key == key, Article.kind == guides.GUIDE)).first()
    if found is None:
        raise click.ClickException(f"There is no guide {key}.")
    return found


def _newest_tree(session: Session, key: str, language: str | None) -> Tree:
    article = _article(session, key)
    newest: Revision | None = drafts.newest(session, article, language or article.source_language)
    if newest is None:
        raise click.ClickException(f"The guide {key} is not written in {language}.")
    try:
        return body.read(newest.body)
    except Invalid as refused:
        raise click.ClickException(_reasons(refused)) from refused


def _title(file: Path) -> str:
    words = " ".join(file.stem.replace("_", " ").replace("-", " ").split())
    return words[:1].upper() + words[1:]


def _reasons(error: KalauzError) -> str:
    if not isinstance(error, Invalid):
        return str(error)
    return "\n".join(
        f"{place}: {sentence}" if place else str(sentence)
        for place, sentence in list(error.fields.items())[:MOST_FAULTS]
    )

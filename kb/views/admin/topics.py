"""The topic tree: grown, renamed, moved, put in order, cut back."""

from __future__ import annotations

from collections.abc import Iterator

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kb import admin_queries
from kb import topics as verbs
from kb.access import needs
from kb.concurrency import version_of
from kb.context import session, structure, viewer
from kb.languages import named
from kb.models import Role, Topic
from kb.portals import LONGEST_NAME
from kb.structure import TopicNode
from kb.views.admin.blueprint import Answer, blueprint, languages_in_use, reading_order, row
from kb.views.admin.confirmation import deletion
from kb.views.admin.forms import TopicDeletionForm, TopicForm, per_language, short, spread


def in_order(nodes: tuple[TopicNode, ...] | list[TopicNode]) -> Iterator[TopicNode]:
    """These topics and all below them, as they stand in the tree."""
    for node in nodes:
        yield node
        yield from in_order(node.children)


def choices() -> list[tuple[int, str]]:
    """All topics by id, each with the way that leads to it."""
    languages = reading_order()
    return [
        (node.id, " › ".join(step.name(languages) for step in node.path))
        for node in in_order(structure().roots)
    ]


def topic_choices() -> list[tuple[str, str]]:
    """All topics by key, each with the way that leads to it."""
    languages = reading_order()
    return [
        (node.key, " › ".join(step.name(languages) for step in node.path))
        for node in in_order(structure().roots)
    ]


@blueprint.get("/topics/")
@needs(Role.ADMIN)
def topics() -> str:
    """The tree, with how many articles are placed in each topic, and how many in all below it."""
    placed = admin_queries.placed_articles(session())
    return render_template(
        "kb/admin_topics.html", roots=structure().roots, placed=placed, languages=reading_order()
    )


@blueprint.route("/topics/new", methods=["GET", "POST"])
@needs(Role.ADMIN)
def topic_new() -> Answer:
    """A new topic, below the one that the address names."""
    form = _form(None, below=request.args.get("below", 0, type=int))
    if form.submitted():
        with form.problems():
            made = verbs.create(
                session(), key=form.new_key, names=form.texts("names"), parent=_parent(form), by=viewer()
            )
            flash(_("%(name)s is added.", name=named(made.names, reading_order(), made.key)), "ok")
            return redirect(url_for("admin.topics"), 303)
    return render_template("kb/admin_topic.html", form=form, topic=None, placed=0), form.status


@blueprint.route("/topics/<int:topic_id>", methods=["GET", "POST"])
@needs(Role.ADMIN)
def topic(topic_id: int) -> Answer:
    """One topic: its names and its place."""
    found = row(Topic, topic_id)
    form = _form(found)
    if form.submitted():
        with form.problems():
            verbs.change(
                session(),
                found,
                names=form.texts("names"),
                parent=_parent(form),
                by=viewer(),
                seen=form.version.data,
            )
            flash(_("%(name)s is saved.", name=named(found.names, reading_order(), found.key)), "ok")
            return redirect(url_for("admin.topics"), 303)
        form.renew(found)
    placed = admin_queries.placed_articles(session()).get(found.id, 0)
    return render_template(
        "kb/admin_topic.html", form=form, topic=found, placed=placed, languages=reading_order()
    ), form.status


def _form(found: Topic | None, below: int = 0) -> TopicForm:
    made = per_language(TopicForm, languages_in_use(), names=short(LONGEST_NAME))
    stored = {"parent": below} if found is None else _stored(found)
    form = made(data=stored)
    if found:
        form.keep_key()
    node = structure().topics_by_id.get(found.id) if found else None
    itself = node.below if node else frozenset()
    form.parent.choices = [
        (0, _("(top of the tree)")),
        *((key, path) for key, path in choices() if key not in itself),
    ]
    return form


def _stored(found: Topic) -> dict[str, object]:
    return {"parent": found.parent_id or 0, "version": version_of(found)} | spread("names", found.names)


def _parent(form: TopicForm) -> Topic | None:
    return row(Topic, form.parent.data) if form.parent.data else None


@blueprint.post("/topics/<int:topic_id>/shift")
@needs(Role.ADMIN)
def topic_shift(topic_id: int) -> Response:
    """One place up or down."""
    verbs.shift(session(), row(Topic, topic_id), -1 if request.form.get("to") == "up" else 1, by=viewer())
    return redirect(url_for("admin.topics", _anchor=f"topic-{topic_id}"), 303)


@blueprint.route("/topics/<int:topic_id>/delete", methods=["GET", "POST"])
@needs(Role.ADMIN)
def topic_delete(topic_id: int) -> Answer:
    """Ask what becomes of its articles, then delete."""
    found = row(Topic, topic_id)
    form = TopicDeletionForm()
    if found.parent_id is None:
        del form.articles_to_parent
    return deletion(
        named(found.names, reading_order(), found.key),
        lambda: verbs.delete(
            session(),
            found,
            articles_to_parent=form.articles_to_parent is not None and form.articles_to_parent.data,
            by=viewer(),
        ),
        back=url_for("admin.topic", topic_id=found.id),
        after=url_for("admin.topics"),
        loss=_("Only a topic without topics below it can be deleted. Its articles stay."),
        form=form,
    )

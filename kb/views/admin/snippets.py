"""Snippets: passages that many articles share."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from kb import admin_queries, passages
from kb.access import needs
from kb.concurrency import version_of
from kb.context import session, viewer
from kb.mentions import mentions
from kb.models import Role, Snippet
from kb.views.admin.blueprint import Answer, blueprint, languages_in_use, reading_order, row
from kb.views.admin.confirmation import deletion
from kb.views.admin.forms import SnippetForm, passage, per_language, spread


@blueprint.get("/snippets/")
@needs(Role.ADMIN)
def snippets() -> str:
    """All snippets with the beginning of their text."""
    return render_template(
        "kb/admin_snippets.html", snippets=admin_queries.snippets(session()), languages=reading_order()
    )


@blueprint.route("/snippets/new", methods=["GET", "POST"])
@needs(Role.ADMIN)
def snippet_new() -> Answer:
    """A new snippet."""
    return _form_page(None)


@blueprint.route("/snippets/<int:snippet_id>", methods=["GET", "POST"])
@needs(Role.ADMIN)
def snippet(snippet_id: int) -> Answer:
    """One snippet, and where it is taken in."""
    return _form_page(row(Snippet, snippet_id))


def _form_page(found: Snippet | None) -> Answer:
    made = per_language(SnippetForm, languages_in_use(), bodies=passage)
    form = made(data={"version": version_of(found)} | spread("bodies", found.bodies) if found else {})
    if found:
        form.keep_key()
    if form.submitted():
        with form.problems():
            saved = passages.save(
                session(),
                found,
                key=form.new_key,
                bodies=form.texts("bodies"),
                by=viewer(),
                seen=form.version.data,
            )
            flash(_("The snippet %(key)s is saved.", key=saved.key), "ok")
            return redirect(url_for("admin.snippets"), 303)
        form.renew(found)
    return render_template(
        "kb/admin_snippet.html",
        form=form,
        snippet=found,
        uses=mentions(session(), "{{snippet:", passages.pattern(found)) if found else [],
        containing=passages.containing(session(), found) if found else [],
    ), form.status


@blueprint.route("/snippets/<int:snippet_id>/delete", methods=["GET", "POST"])
@needs(Role.ADMIN)
def snippet_delete(snippet_id: int) -> Answer:
    """Ask, then delete."""
    found = row(Snippet, snippet_id)
    return deletion(
        found.key,
        lambda: passages.delete(session(), found, by=viewer()),
        back=url_for("admin.snippet", snippet_id=found.id),
        after=url_for("admin.snippets"),
        loss=_("Only a snippet that nothing takes in can be deleted."),
    )

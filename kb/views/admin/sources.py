"""Outside values: which systems they come from, and what these said last."""

from __future__ import annotations

import json

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from kb import admin_queries, external
from kb import sources as verbs
from kb.access import needs
from kb.concurrency import version_of
from kb.context import now, services, session, viewer
from kb.mentions import mentions
from kb.models import ExternalSource, Role
from kb.views.admin.blueprint import Answer, blueprint, row
from kb.views.admin.confirmation import deletion
from kb.views.admin.forms import SourceForm

LONGEST_ANSWER = 4000


@blueprint.get("/sources/")
@needs(Role.ADMIN)
def sources() -> str:
    """All sources with whether they answer."""
    hosts = sorted(services().config.external_hosts)
    return render_template("kb/admin_sources.html", sources=admin_queries.sources(session()), hosts=hosts)


@blueprint.route("/sources/new", methods=["GET", "POST"])
@needs(Role.ADMIN)
def source_new() -> Answer:
    """A new source."""
    return _form_page(None)


@blueprint.route("/sources/<int:source_id>", methods=["GET", "POST"])
@needs(Role.ADMIN)
def source(source_id: int) -> Answer:
    """One source, what it said last, and where its values are shown."""
    return _form_page(row(ExternalSource, source_id))


def _form_page(found: ExternalSource | None) -> Answer:
    form = SourceForm(data=_stored(found) if found else {})
    if found:
        form.keep_key()
    if form.submitted():
        with form.problems():
            saved = verbs.save(
                session(),
                services().config,
                found,
                key=form.new_key,
                url=form.url.data,
                ttl_s=form.ttl_s.data,
                by=viewer(),
                seen=form.version.data,
            )
            flash(_("The source %(key)s is saved.", key=saved.key), "ok")
            return redirect(url_for("admin.source", source_id=saved.id), 303)
        form.renew(found)
    return render_template(
        "kb/admin_source.html",
        form=form,
        source=found,
        answer=_answer(found) if found else "",
        uses=mentions(session(), "ext:", verbs.pattern(found)) if found else [],
        hosts=sorted(services().config.external_hosts),
    ), form.status


def _stored(found: ExternalSource) -> dict[str, object]:
    return {"url": found.url, "ttl_s": found.ttl_s, "version": version_of(found)}


def _answer(found: ExternalSource) -> str:
    text = json.dumps(found.value, ensure_ascii=False, indent=2) if found.fetched_at else ""
    return text if len(text) <= LONGEST_ANSWER else text[:LONGEST_ANSWER] + "\n…"


@blueprint.post("/sources/<int:source_id>/ask")
@needs(Role.ADMIN)
def source_ask(source_id: int) -> Response:
    """Ask the system now; its page then shows what it said, or why it did not answer."""
    found = row(ExternalSource, source_id)
    session().commit()  # a slow system must not hold the database: the answer is kept in a transaction of its own
    asked = external.refresh(services().database, services().config, found, now())
    if asked.error:
        flash(_("%(key)s did not answer: %(error)s", key=asked.key, error=asked.error), "bad")
    else:
        flash(_("%(key)s answered.", key=asked.key), "ok")
    return redirect(url_for("admin.source", source_id=source_id), 303)


@blueprint.route("/sources/<int:source_id>/delete", methods=["GET", "POST"])
@needs(Role.ADMIN)
def source_delete(source_id: int) -> Answer:
    """Ask, then delete."""
    found = row(ExternalSource, source_id)
    return deletion(
        found.key,
        lambda: verbs.delete(session(), found, by=viewer()),
        back=url_for("admin.source", source_id=found.id),
        after=url_for("admin.sources"),
        loss=_("Only a source whose values no article shows can be deleted."),
    )

"""The page that shows how far the encoding of this node has come."""

from __future__ import annotations

from flask import current_app, render_template
from flask_babel import format_decimal, format_timedelta

from kb.access import needs
from kb.models import Role
from search.meaning.background import progress
from search.views.blueprint import blueprint


@blueprint.get("/meaning")
@needs(Role.SUPERVISOR)
def meaning() -> str:
    """Which encoder finds by meaning here, and what of the base it knows already."""
    found = current_app.extensions["meaning"]
    if found is None:
        return render_template("search/meaning.html", encoder=None)
    now = progress(found, current_app.extensions["search"].engine)
    return render_template(
        "search/meaning.html",
        encoder=found.encoder.name,
        done=format_decimal(now.done),
        total=format_decimal(now.total),
        is_complete=now.done == now.total,
        left=format_timedelta(now.left_s) if now.left_s else "",
        languages=[
            (language, format_decimal(texts), format_decimal(passages))
            for language, (texts, passages) in sorted(now.languages.items())
        ],
    )

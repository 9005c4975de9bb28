"""Files of articles: added, and taken off again."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge

from kb import attachments, http
from kb.access import needs
from kb.context import now, services, session, viewer
from kb.models import Article, Attachment
from kb.views.admin.articles import article_page, in_text
from kb.views.admin.blueprint import CARETAKERS, Answer, blueprint, row
from kb.views.admin.confirmation import deletion
from kb.views.admin.forms import UploadForm

MOST_DRAINED = 64 * 1024 * 1024
CHUNK = 64 * 1024


@blueprint.post("/articles/<int:article_id>/files")
@needs(*CARETAKERS)
def article_upload(article_id: int) -> Answer:
    """Add a file; the page then says how to put it into the text."""
    found = row(Article, article_id)
    form = UploadForm()
    if form.submitted():
        with form.problems(), form.file.data.stream as stream:
            made = attachments.attach(
                session(),
                found,
                filename=form.file.data.filename or "",
                data=stream.read(),
                limit=services().config.upload_limit,
                by=viewer(),
                now=now(),
            )
            flash(
                _("%(name)s is added; in the text: %(markdown)s", name=made.filename, markdown=in_text(made)),
                "ok",
            )
            return redirect(url_for("admin.article", article_id=found.id), 303)
    return article_page(found, upload=form)


@blueprint.route("/files/<int:attachment_id>/remove", methods=["GET", "POST"])
@needs(*CARETAKERS)
def article_file_remove(attachment_id: int) -> Answer:
    """Ask, then take a file off its article."""
    found = row(Attachment, attachment_id)
    back = url_for("admin.article", article_id=found.article_id)
    return deletion(
        found.filename,
        lambda: attachments.remove(session(), found, by=viewer()),
        back=back,
        after=back,
        loss=_("Where the text shows it, readers will see its description only."),
    )


@blueprint.errorhandler(RequestEntityTooLarge)
def _too_large(_error: RequestEntityTooLarge) -> Any:
    """So large that it was not even read."""
    limit = services().config.upload_limit // 1024 // 1024
    _drain()
    if request.endpoint != "admin.article_upload":
        return http.answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _("This is more than can be saved at once."))
    flash(_("This file is larger than %(limit)s MB.", limit=limit), "bad")
    return redirect(url_for("admin.article", **(request.view_args or {})), 303)


def _drain() -> None:
    """Take in what the browser is still sending: one that is cut off shows its own error instead of our answer."""
    left = min(request.content_length or 0, MOST_DRAINED)
    while left > 0 and (chunk := request.environ["wsgi.input"].read(min(left, CHUNK))):
        left -= len(chunk)

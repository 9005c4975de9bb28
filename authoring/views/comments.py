"""Comments on a revision: a page of their own, and what the forms beside a text do."""

from __future__ import annotations

from collections.abc import Sequence

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from authoring.views.blueprint import DESK, blueprint
from authoring.views.forms import CommentForm
from authoring.views.ways import back
from authoring.writing import comments as verbs
from kb.access import needs
from kb.context import now, session, viewer
from kb.models import Revision
from kb.standing import state_of
from kb.templating import here
from kb.views.admin.blueprint import Answer, row


@blueprint.app_template_global("comments_on")
def comments_on(revision: Revision) -> Sequence[verbs.Remark]:
    """For templates that show the comments beside a text."""
    return verbs.on(session(), revision)


@blueprint.app_template_global("may_comment")
def may_comment(revision: Revision) -> bool:
    """For the same templates: whether there is a form."""
    return verbs.may_comment(viewer(), revision)


@blueprint.app_template_global("comment_form")
def comment_form() -> CommentForm:
    """An empty form for a new comment."""
    return CommentForm(formdata=None, data={"next": here()})


@blueprint.route("/revisions/<int:revision_id>/comments", methods=["GET", "POST"])
@needs(*DESK)
def comments(revision_id: int) -> Answer:
    """The comments on a revision and its text; the form adds one, from here or from another page."""
    revision = row(Revision, revision_id)
    form = CommentForm()
    if form.submitted():
        with form.problems():
            made = verbs.add(
                session(), revision, form.body.data or "", quote=form.quote.data or "", by=viewer(), now=now()
            )
            return redirect(f"{_here_or(revision)}#comment-{made.id}", 303)
    translation = revision.translation
    page = render_template(
        "authoring/comments.html",
        revision=revision,
        article=translation.article,
        own=translation.language,
        state=state_of(revision, now()),
        form=form,
    )
    return page, form.status


def _here_or(revision: Revision) -> str:
    return back(url_for("authoring.comments", revision_id=revision.id)).partition("#")[0]


@blueprint.post("/comments/<int:comment_id>/resolve")
@needs(*DESK)
def comments_resolve(comment_id: int) -> Response:
    """It is dealt with."""
    return _settled(comment_id, resolved=True)


@blueprint.post("/comments/<int:comment_id>/reopen")
@needs(*DESK)
def comments_reopen(comment_id: int) -> Response:
    """It is not dealt with after all."""
    return _settled(comment_id, resolved=False)


def _settled(comment_id: int, *, resolved: bool) -> Response:
    revision = verbs.settle(session(), comment_id, resolved=resolved, by=viewer(), now=now())
    return redirect(f"{_here_or(revision)}#comment-{comment_id}", 303)

"""The editing page of a translation: what was typed is kept, saved as a revision, and handed to its reviewers."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from authoring.approval import reviews
from authoring.languages import translations
from authoring.views.blueprint import WRITERS, blueprint
from authoring.views.edit_form import form_of, is_changed, opened_here, settling_form, typed_fields
from authoring.views.edit_words import edit_words
from authoring.views.previewing import shown
from authoring.writing import drafts
from authoring.writing.edit_forms import EditForm
from authoring.writing.merging import Unmerged, has_marks
from authoring.writing.opening import Opened, article_for
from kb import queries
from kb.access import needs
from kb.context import now, session, viewer
from kb.errors import N_, Conflict, Invalid, KalauzError, NotAllowed
from kb.http import told
from kb.models import Article, Person, Revision, State
from kb.standing import state_of
from kb.views.admin.articles import in_text
from kb.views.admin.blueprint import Answer


@dataclass(frozen=True)
class Desk:
    """A page on which a text is written.

    Args:
        endpoint: its address.
        show: makes the page of a form.
    """

    endpoint: str
    show: Callable[[Opened, EditForm], str]


@blueprint.route("/articles/<int:article_id>/<language>", methods=["GET", "POST"])
@needs(*WRITERS)
def edit(article_id: int, language: str) -> Answer:
    """The text of a translation and all that belongs to it."""
    article = article_for(session(), article_id, language, viewer())
    if request.method == "POST":
        return posted(article, language, request.form, Desk("authoring.edit", _page))
    return _page(*begun(article, language)), 200


def begun(article: Article, language: str) -> tuple[Opened, EditForm]:
    """What a person goes on from, with what they typed over it."""
    opened = opened_here(article, language)
    form = form_of(opened, typed=opened.draft)
    if opened.draft is not None and not is_changed(form, opened):
        opened = replace(opened, base=opened.last, draft=None)
        form = form_of(opened)
    return opened, form


def posted(article: Article, language: str, sent: MultiDict[str, str], desk: Desk) -> Answer:
    """Do what a button of the form says: save, submit, discard, preview.

    Args:
        sent: the fields of the form.
        desk: where the person goes on.
    """
    base_id = EditForm(formdata=sent).base_id
    opened = opened_here(article, language, began=(base_id,))
    action = sent.get("action", "save")
    if action == "discard":
        drafts.discard(session(), article, language, by=viewer())
        flash(_("Your changes are discarded."), "ok")
        return redirect(_here(opened, desk), 303)
    form = form_of(opened, typed=sent)
    if action == "preview":
        _keep(form, opened, sent)
        return _page(opened, form, preview=shown(article, language, form.body.data or "")), 200
    if form.submitted():
        with form.problems():
            try:
                saved = _save(form, opened, base_id)
            except Unmerged as clash:
                _keep(form, opened, sent)
                return _conflict_page(
                    opened,
                    settling_form(
                        opened, form, clash, author=_author(session().get(Revision, clash.theirs_id))
                    ),
                    sent,
                ), 409
            return _after(opened, saved, desk, submit=action == "submit")
    if form.settling.data:
        return _conflict_page(opened, form, sent), form.status
    return desk.show(opened, form), form.status


def _save(form: EditForm, opened: Opened, base_id: int | None) -> drafts.Saved:
    fields = form.given(opened.copy(now()))
    if form.settling.data and (marked := [name for name in ("summary", "body") if has_marks(fields[name])]):
        reason = N_(
            "Finish the marked places first: keep what is right, and take the lines with the marks away."
        )
        raise Invalid(dict.fromkeys(marked, reason))
    article, language = opened.article, opened.language
    made_from = translations.made_from(session(), article, language, form.made_from_id.data)
    if made_from is not None:
        fields["made_from_id"] = made_from.id
    with session().begin_nested():
        saved = drafts.save(session(), article, language, fields, base_id=base_id, by=viewer(), now=now())
    drafts.discard(session(), article, language, by=viewer())
    return saved


def _after(opened: Opened, saved: drafts.Saved, desk: Desk, *, submit: bool) -> Response:
    """Say what became of it, in one message where it went on to its reviewers."""
    submit = submit and not saved.merged and saved.revision.state == State.DRAFT
    told_of, tone = _submit(saved.revision) if submit else ("", "")
    if tone == "ok":
        flash(told_of, tone)
        article_id, language = opened.article.id, opened.language
        return redirect(url_for("admin.article", article_id=article_id, language=language), 303)
    flash(*_said(saved))
    if told_of:
        flash(told_of, tone)
    return redirect(_here(opened, desk), 303)


def _said(saved: drafts.Saved) -> tuple[str, str]:
    number = saved.revision.number
    if not saved.changed:
        return _("There was nothing to save: revision %(number)s says the same.", number=number), "info"
    if saved.merged:
        words = _(
            "Saved as revision %(number)s, together with what somebody else saved meanwhile. "
            "Read it once more before you submit it.",
            number=number,
        )
        return words, "ok"
    return _("Saved as revision %(number)s.", number=number), "ok"


def _submit(revision: Revision) -> tuple[str, str]:
    """Hand it to its reviewers and say how that went; where it is refused, it stays saved."""
    try:
        with session().begin_nested():
            handed_in = reviews.submit(session(), revision, by=viewer(), now=now())
    except Invalid as error:
        return _("It was not submitted: %(why)s", why=" ".join(map(told, error.fields.values()))), "bad"
    except (Conflict, NotAllowed) as error:
        return _("It was not submitted: %(why)s", why=told(error.sentence)), "bad"
    if handed_in.state == State.PUBLISHED:
        return _("It is published, and will be reviewed after."), "ok"
    return _("It is with its reviewers now."), "ok"


def _keep(form: EditForm, opened: Opened, sent: MultiDict[str, str]) -> None:
    """What was typed outlives the browser; where it comes too late to be kept, it is still in the form."""
    with suppress(KalauzError):
        drafts.keep(
            session(),
            opened.article,
            opened.language,
            typed_fields(sent.to_dict(flat=False)),
            base_id=form.base_id,
            by=viewer(),
            now=now(),
        )


def _page(opened: Opened, form: EditForm, *, preview: str = "") -> str:
    article, language = opened.article, opened.language
    return render_template(
        "authoring/edit.html",
        article=article,
        own=language,
        opened=opened,
        form=form,
        side=_side(opened, form),
        preview=preview,
        title=form.title.data or (opened.base.title if opened.base else "") or article.key,
        state=state_of(opened.last, now()) if opened.last else "",
        newer_author=_author(opened.last) if opened.is_behind else "",
        kept=opened.draft is not None and request.method == "GET",
        files=queries.attachments_of(session(), article.id),
        in_text=in_text,
        words=edit_words(),
        now=now(),
    )


def _side(opened: Opened, form: EditForm) -> translations.Side | None:
    """What stands beside the form: the source of a translation, or the language that is asked for."""
    asked, chosen = request.args.get("from"), form.made_from_id.data or None
    if opened.is_source and not asked:
        return None
    return translations.source_side(session(), opened.article, opened.language, asked, now(), chosen=chosen)


def _conflict_page(opened: Opened, form: EditForm, sent: MultiDict[str, str]) -> str:
    """Both texts, and the form to finish them in."""
    theirs = session().get(Revision, form.base_id) if form.base_id else opened.last
    held = opened_here(opened.article, opened.language).draft
    return render_template(
        "authoring/conflict.html",
        article=opened.article,
        own=opened.language,
        form=form,
        theirs=theirs,
        author=_author(theirs),
        mine=held.fields if held is not None else sent,
        now=now(),
    )


def _author(revision: Revision | None) -> str:
    person = session().get(Person, revision.author_id) if revision and revision.author_id else None
    return person.name if person else ""


def _here(opened: Opened, desk: Desk) -> str:
    beside: dict[str, Any] = {"from": request.args.get("from") or None}
    return url_for(desk.endpoint, article_id=opened.article.id, language=opened.language, **beside)

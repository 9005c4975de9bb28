"""The history of a translation: its revisions, what differs between any two, and bringing one back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from flask import render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup, escape

from authoring.views.blueprint import DESK, blueprint
from authoring.views.differing import difference as marked
from authoring.views.differing import said
from authoring.writing import differences
from authoring.writing import history as verbs
from authoring.writing.drafts import require_writer
from kb import articles
from kb.access import needs
from kb.context import now, session, viewer
from kb.errors import N_, Invalid
from kb.models import Article, Person, Revision, Translation
from kb.standing import state_of
from kb.templating import day, moment
from kb.views.admin.blueprint import Answer, row
from kb.views.admin.confirmation import confirmation

CONTEXT = 3  # unchanged lines before and after a change


@blueprint.get("/articles/<int:article_id>/<language>/history")
@needs(*DESK)
def history(article_id: int, language: str) -> str:
    """All revisions of a translation: who, when, why."""
    translation = verbs.translation_of(session(), article_id, language)
    found = verbs.revisions(session(), translation, request.args.get("page", 1, type=int))
    return render_template(
        "authoring/history.html",
        article=translation.article,
        own=language,
        found=found,
        title=found.rows[0].revision.title if found.rows else translation.article.key,
        state_of=state_of,
        may_write=_may_write(translation.article, language),
        now=now(),
    )


def _may_write(article: Article, language: str) -> bool:
    return viewer().may(articles.may_revise(article, language), articles.ground_of(article, language))


@blueprint.get("/difference")
@needs(*DESK)
def difference() -> str:
    """What differs between two revisions of a translation; the earlier one comes first."""
    a, b = sorted((_asked("a"), _asked("b")), key=lambda one: one.number)
    if a.translation_id != b.translation_id:
        raise Invalid({"b": N_("Choose two revisions of the same article in the same language.")})
    translation = b.translation
    side = request.args.get("view") == "side"
    return render_template(
        "authoring/diff.html",
        article=translation.article,
        own=translation.language,
        a=a,
        b=b,
        names={one.id: _name(one) for one in (a, b)},
        revisions=verbs.all_revisions(session(), translation),
        view="side" if side else "inline",
        parts=list(_parts(a, b)),
        rows=list(_rows(a.body, b.body)) if side else [],
        body="" if side else marked(a.body, b.body, context=CONTEXT),
        same_body=a.body == b.body,
        state_of=state_of,
        may_write=_may_write(translation.article, translation.language),
        now=now(),
    )


def _asked(name: str) -> Revision:
    return row(Revision, request.args.get(name, 0, type=int))


def _name(revision: Revision) -> str:
    person = session().get(Person, revision.author_id) if revision.author_id else None
    return person.name if person else ""


def _parts(a: Revision, b: Revision) -> Iterator[tuple[str, Markup, bool]]:
    """What differs beside the body: (what it is called, how, whether in the language of the text)."""
    for words, old, new in (
        (_("Title"), a.title, b.title),
        (_("Summary"), a.summary, b.summary),
        (_("Tags"), ", ".join(a.tags), ", ".join(b.tags)),
    ):
        if old != new:
            yield words, marked(old, new), True
    for words, then, since in (
        (_("Shows from"), a.publish_at, b.publish_at),
        (_("Expires"), a.expires_at, b.expires_at),
        (_("Review by"), a.review_by, b.review_by),
    ):
        if then != since:
            yield words, _replaced(_time(then), _time(since)), False
    if a.proposed != b.proposed:
        how = _replaced(_proposal(a.proposed), _proposal(b.proposed))
        yield _("For the article in all languages"), how, False


def _replaced(old: str, new: str) -> Markup:
    """The one instead of the other, not word by word."""
    line = [differences.Run("removed", old), differences.Run("added", new)]
    return Markup('<div class="diff">{} {}</div>').format(
        *(differences.marked([run], said()) if run.text else "" for run in line)
    )


def _time(value: datetime | None) -> str:
    return moment(value) if value else _("never")


def _proposal(proposed: Mapping[str, object] | None) -> str:
    values = (
        (", ".join(map(str, value)) if isinstance(value, list) else value)
        for value in (proposed or {}).values()
    )
    return "; ".join(map(str, values))


class SideRow(NamedTuple):
    """A line as it was and as it is; `folded` says that unchanged ones stand for themselves instead."""

    old: Markup
    new: Markup
    changed: bool = False
    folded: bool = False


def _rows(before: str, after: str) -> Iterator[SideRow]:
    say = said()
    for line in differences.folded(differences.lines(before, after), CONTEXT):
        if isinstance(line, int):
            yield SideRow(escape(say.unchanged(line)), Markup(), folded=True)
        else:
            old = differences.marked(line, say, without="added")
            yield SideRow(old, differences.marked(line, say, without="removed"), differences.is_changed(line))


@blueprint.route("/revisions/<int:revision_id>/restore", methods=["GET", "POST"])
@needs(*DESK)
def history_restore(revision_id: int) -> Answer:
    """Ask, then bring an earlier revision back as a new draft."""
    old = row(Revision, revision_id)
    translation = old.translation
    require_writer(viewer(), translation.article, translation.language)
    note = _("Restored revision %(number)s of %(day)s", number=old.number, day=day(old.created_at))
    back = url_for("authoring.history", article_id=translation.article_id, language=translation.language)
    return confirmation(
        _("Restore revision %(number)s of “%(title)s”?", number=old.number, title=old.title),
        lambda: _restore(old, note),
        loss=_loss(translation),
        button=_("Restore as a draft"),
        done=_("It is restored as a new draft."),
        back=back,
        after=back,
    )


def _loss(translation: Translation) -> str:
    """What happens to the text, and to what others have on its way to readers."""
    sentence = str(_("Its text becomes a new draft; readers see no change until it is approved."))
    waiting = ", ".join(str(one.number) for one in verbs.gives_way(session(), translation))
    if not waiting:
        return sentence
    more = _("What is on its way to readers gives way to it: revision %(numbers)s.", numbers=waiting)
    return f"{sentence} {more}"


def _restore(old: Revision, note: str) -> None:
    verbs.restore(session(), old, note=note, by=viewer(), now=now())

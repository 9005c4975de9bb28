"""Making the form of the editing page: what it shows of what is stored or typed, for this person."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from authoring.lifetimes.kinds import rule_of
from authoring.models import Draft
from authoring.writing.copies import Copy
from authoring.writing.edit_forms import ARTICLE_FIELDS, EditForm, data_of
from authoring.writing.merging import Merged, Unmerged
from authoring.writing.opening import Opened, open_for, with_lifetimes
from kb import context
from kb.context import now, session, structure, viewer
from kb.errors import N_
from kb.languages import named
from kb.models import KINDS, Article
from kb.permissions import WRITE_ARTICLES
from kb.templating import KIND_NAMES
from kb.viewers import Ground
from kb.views.admin.blueprint import reading_order
from kb.views.admin.topics import topic_choices


def typed_fields(sent: Mapping[str, Any]) -> dict[str, str | list[str]]:
    """Those fields of the form that were sent, as strings; anything else is left out."""
    known = {field.name for field in EditForm(formdata=None)} - {"csrf_token"}
    fields: dict[str, str | list[str]] = {}
    for name, value in sent.items():
        values = [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]
        if name in known and values:
            fields[name] = values[0] if len(values) == 1 else values
    return fields


def opened_here(article: Article, language: str, *, began: tuple[int | None] | None = None) -> Opened:
    """The translation on this person's desk.

    Args:
        began: as for `opening.open_for`.
    """
    known = structure().topics_by_id
    topics = [known[place.topic_id].key for place in article.topics if place.topic_id in known]
    return open_for(session(), article, language, by=viewer(), now=now(), topics=topics, began=began)


def form_of(opened: Opened, *, typed: Draft | MultiDict[str, str] | None = None) -> EditForm:
    """The form of what the person goes on from.

    Args:
        typed: what was typed over it.
    """
    stored = stored_in(opened)
    data = data_of(
        stored,
        base_id=opened.base.id if opened.base else None,
        replaced_by=opened.article.replaced_by,
    )
    formdata = MultiDict(typed.fields) if isinstance(typed, Draft) else typed
    form = EditForm(formdata=formdata, data=data)
    return _fitted(form, opened)


def stored_in(opened: Opened) -> Copy:
    """What the person goes on from; lifetimes that are over, or were never set, begin anew."""
    kind = opened.article.kind
    copy, since = opened.copy(now()), today()
    over = any(at is not None and at <= now() for at in (copy.expires_at, copy.review_by))
    if opened.base is not None and not over:
        return copy
    return with_lifetimes(copy, rule_of(session(), kind), since=since, now=now(), fresh=opened.base is None)


def today() -> datetime:
    """The first moment of the day where the person is; days that are added to it are theirs."""
    return now().astimezone(ZoneInfo(context.zone())).replace(hour=0, minute=0, second=0)


def _fitted(form: EditForm, opened: Opened) -> EditForm:
    """The form with the choices that there are, and without what is not this person's to change."""
    if opened.may_change_article(viewer()):
        choices = open_topics(opened.article.source_language, opened.topics)
        form.kind.choices = [(kind, KIND_NAMES[kind]) for kind in KINDS]
        form.audience.choices = audience_choices()
        form.topic.choices = [("", _("(none)")), *choices]
        form.more_topics.choices = choices
    else:
        form.without(*ARTICLE_FIELDS)
    if not opened.may_settle(viewer()):
        form.without("replaced_by")
    if not (opened.is_source and opened.was_published):
        form.without("wording_only")
    for field in (form.title, form.summary, form.body):
        field.render_kw = {**(field.render_kw or {}), "lang": opened.language, "dir": "auto"}
    return form


def audience_choices() -> list[tuple[str, str]]:
    """All audiences with their names."""
    return [(key, named(names, reading_order(), key)) for key, names in structure().audiences.items()]


def open_topics(language: str, held: Collection[str] = ()) -> list[tuple[str, str]]:
    """The topics in which this person may write, and those that the article is in already."""
    return [
        (key, path)
        for key, path in topic_choices()
        if key in held
        or viewer().may(WRITE_ARTICLES, Ground(frozenset([structure().topics[key].id]), language))
    ]


def is_changed(form: EditForm, opened: Opened) -> bool:
    """Whether a working copy differs from what it was made from."""
    if any(field.process_errors for field in form):
        return True
    stored = stored_in(opened)
    given = form.given(stored)
    replaced_by = given.pop("replaced_by", opened.article.replaced_by)
    return replaced_by != opened.article.replaced_by or stored.with_fields(given) != stored


def settling_form(opened: Opened, typed: EditForm, clash: Unmerged, *, author: str) -> EditForm:
    """The form with everything merged as far as it goes, and marks where a person has to settle it.

    Args:
        author: who wrote the other side.
    """
    theirs = opened_here(opened.article, opened.language, began=(clash.theirs_id,))
    own = {"change_note": typed.change_note.data or "", "wording_only": False}
    if "wording_only" in typed:
        own["wording_only"] = typed.wording_only.data
    merged = theirs.copy(now()).with_fields({**clash.values, **own})
    marked = {
        name: found.marked(_("Yours"), author or _("Theirs"))
        for name, found in clash.clashes.items()
        if isinstance(found, Merged)
    }
    data = data_of(
        merged.with_fields(marked), base_id=clash.theirs_id, replaced_by=opened.article.replaced_by
    )
    began = data_of(theirs.copy(now()), base_id=None, replaced_by=opened.article.replaced_by)["began"]
    extra = {"began": began, "settling": "1", "made_from_id": typed.made_from_id.data}
    form = _fitted(EditForm(formdata=None, data=data | extra), theirs)
    for name in clash.clashes:
        form.show(name, N_("Both of you changed this."))
    return form

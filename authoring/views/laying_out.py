"""Laying a text out for somebody to write: their working copy, begun for them."""

from __future__ import annotations

from wtforms import BooleanField, Field, SelectField, SelectMultipleField

from authoring.views.edit_form import form_of, typed_fields
from authoring.writing import drafts
from authoring.writing.opening import article_for, open_for
from kb.articles import LONGEST_NOTE
from kb.context import now, session, viewer


def lay_out(article_id: int, language: str, note: str) -> None:
    """Begin the viewer's working copy with a change note; where they have one already, it stays as it is.

    Raises:
        NotAllowed: the viewer may not write this.
    """
    article = article_for(session(), article_id, language, viewer())
    opened = open_for(session(), article, language, by=viewer(), now=now())
    if opened.draft is not None:
        return
    form = form_of(opened)
    typed = {field.name: _typed(field) for field in form}
    typed["change_note"] = " ".join(note.split())[:LONGEST_NOTE]
    base_id = opened.base.id if opened.base else None
    drafts.keep(session(), article, language, typed_fields(typed), base_id=base_id, by=viewer(), now=now())


def _typed(field: Field) -> str | list[str] | None:
    """What a browser would send of a field; None for a box that is not ticked."""
    if isinstance(field, BooleanField):
        return "y" if field.data else None
    if isinstance(field, SelectMultipleField):
        return [str(value) for value in field.data or []]
    return str(field.data or "") if isinstance(field, SelectField) else str(field._value())  # noqa: SLF001

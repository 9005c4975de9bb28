"""One attribute of a case type: everything of it on one page."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from cbr import case_types as verbs
from cbr.case_type import Attribute, CaseType
from cbr.measures import MEASURES
from cbr.models import CaseTypeRow
from cbr.views import type_pictures, type_words
from cbr.views.blueprint import SHAPERS, blueprint
from cbr.views.type_forms import AttributeForm, attribute_form, field_faults, squares
from cbr.views.types import of_viewer, save, type_name
from cbr.wording import value_text
from kb.access import needs
from kb.concurrency import version_of
from kb.errors import N_, Invalid
from kb.views.admin.blueprint import Answer, languages_in_use, reading_order
from kb.views.admin.confirmation import deletion

UNTYPED = "0"
"""Stands for the key of a new attribute that has none yet, where only its picture is wanted."""


@blueprint.route("/types/<key>/new-attribute", methods=["GET", "POST"])
@needs(*SHAPERS)
def type_attribute_new(key: str) -> Answer | Response:
    """One more attribute, behind all others."""
    return _edited(of_viewer(key), None)


@blueprint.route("/types/<key>/attributes/<attribute>", methods=["GET", "POST"])
@needs(*SHAPERS)
def type_attribute(key: str, attribute: str) -> Answer | Response:
    """One attribute."""
    row = of_viewer(key)
    return _edited(row, verbs.schema_of(row).attribute(attribute))


@blueprint.route("/types/<key>/attributes/<attribute>/delete", methods=["GET", "POST"])
@needs(*SHAPERS)
def type_attribute_delete(key: str, attribute: str) -> Answer:
    """Ask, then take an attribute out."""
    row = of_viewer(key)
    schema = verbs.schema_of(row)
    found = schema.attribute(attribute)
    return deletion(
        found.name(reading_order()[0]),
        lambda: _deleted(row, schema.without(attribute)),
        loss=_("Nobody is asked for it any more, and it does not count. Cases keep their values of it."),
        back=url_for("case_desk.type_attribute", key=key, attribute=attribute),
        after=url_for("case_desk.type", key=key),
    )


def _edited(row: CaseTypeRow, attribute: Attribute | None) -> Answer | Response:
    form = attribute_form(languages_in_use(), attribute, version_of(row), request.form)
    shown = attribute
    if request.form.get("act") == "show":
        shown = _looked_at(form, attribute)
    elif form.submitted():
        with form.problems():
            return _saved(form, row, attribute)
        if form.status == 409:
            form.renew(row)
    elif form.is_submitted():
        shown = None
    language = reading_order()[0]
    return render_template(
        "cbr/type_attribute.html",
        form=form,
        row=row,
        type_name=type_name(row),
        attribute=attribute,
        name=attribute.name(language) if attribute else _("New attribute"),
        picture=type_pictures.picture(shown) if shown else None,
        shown=shown,
        pictured_names=_names(shown, language) if shown else {},
        place=type_pictures,
        fitting={
            name: [kind for kind, fit in MEASURES.items() if name in fit] for name in type_words.MEASURES
        },
        words=type_words,
        squares=squares(form),
        language=language,
    ), form.status


def _deleted(row: CaseTypeRow, schema: CaseType) -> None:
    save(row, schema, seen=None)


def _looked_at(form: AttributeForm, attribute: Attribute | None) -> Attribute | None:
    """What was typed, to be drawn; nothing is saved, and what cannot be read is named."""
    with form.problems():
        return form.read(attribute.key if attribute else form.new_key.strip() or UNTYPED)
    return None


def _saved(form: AttributeForm, row: CaseTypeRow, attribute: Attribute | None) -> Response:
    key = attribute.key if attribute else form.new_key.strip()
    schema = verbs.schema_of(row)
    if attribute is None and key in schema.by_key:
        raise Invalid({"key": N_("Another attribute has this key already.")})
    typed = form.read(key)
    try:
        changed = save(row, schema.with_attribute(typed), seen=form.version.data)
    except Invalid as refused:
        raise Invalid(field_faults(refused.fields)) from None
    flash(_("%(name)s is saved.", name=typed.name(reading_order()[0])), "ok")
    if changed.cases:
        words = ngettext(
            "%(num)s case has values that do not fit any more. They are kept, and count again as soon as they fit.",
            "%(num)s cases have values that do not fit any more. They are kept, and count again as soon as they fit.",
            changed.cases,
        )
        flash(words, "warn")
        return redirect(url_for("case_desk.type_misfits", key=row.key), 303)
    return redirect(url_for("case_desk.type", key=row.key, _anchor=f"a-{key}"), 303)


def _names(attribute: Attribute, language: str) -> dict[str, str]:
    return {choice.key: value_text(attribute, choice.key, language) for choice in attribute.choices}

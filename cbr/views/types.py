"""Case types: all of them, one with its attributes in order, what it is called and whom it is for."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import pgettext
from werkzeug.wrappers import Response

from cbr import case_types as verbs
from cbr import type_queries as queries
from cbr.case_type import CaseType
from cbr.models import CaseTypeRow
from cbr.views import type_words
from cbr.views.blueprint import SHAPERS, blueprint
from cbr.views.case_words import STATE_NAMES
from cbr.views.type_forms import TypeForm
from kb.access import needs
from kb.concurrency import version_of
from kb.context import now, session, structure, viewer
from kb.errors import Invalid
from kb.http import told
from kb.languages import named
from kb.views.admin.blueprint import Answer, languages_in_use, reading_order
from kb.views.admin.confirmation import confirmation
from kb.views.admin.forms import per_language, short, spread

LONGEST_NAME = 200


@blueprint.get("/types/")
@needs(*SHAPERS)
def types() -> str:
    """All case types, with what is in them and how well it answers."""
    return render_template(
        "cbr/types.html",
        rows=queries.shaped_by(session(), viewer()),
        counts=queries.counts(session(), viewer()),
        measured=queries.evaluations(session()),
        states=STATE_NAMES,
        named=type_name,
        audiences=dict(audience_choices()),
    )


@blueprint.get("/types/<key>", endpoint="type")
@needs(*SHAPERS)
def one_type(key: str) -> str:
    """One case type: its attributes in their order."""
    row = of_viewer(key)
    counts = queries.counts(session(), viewer()).get(row.id, {})
    return render_template(
        "cbr/type.html",
        row=row,
        name=type_name(row),
        case_type=verbs.schema_of(row),
        words=type_words,
        counts=counts,
        state_names=STATE_NAMES,
        audience=dict(audience_choices()).get(row.audience, row.audience),
        version=version_of(row),
        language=reading_order()[0],
        moved=request.args.get("moved", ""),
        to=request.args.get("to", ""),
    )


@blueprint.route("/new-type", methods=["GET", "POST"])
@needs(*SHAPERS)
def type_new() -> Answer:
    """A case type without attributes; they come one by one, or with a table."""
    form = _form(None)
    if form.submitted():
        with form.problems():
            made = CaseType(form.new_key.strip(), (), form.texts("names"))
            try:
                row = verbs.create(session(), made, audience=form.audience.data, by=viewer(), now=now())
            except Invalid as refused:
                raise Invalid(
                    {place.partition(".")[0]: why for place, why in refused.fields.items()}
                ) from None
            flash(_("%(name)s is there. What is known of its cases?", name=type_name(row)), "ok")
            return redirect(url_for("case_desk.type", key=row.key), 303)
    return render_template("cbr/type_edit.html", form=form, row=None, name=_("New case type")), form.status


@blueprint.route("/types/<key>/names", methods=["GET", "POST"])
@needs(*SHAPERS)
def type_edit(key: str) -> Answer:
    """What a case type is called, and whom it is for."""
    row = of_viewer(key)
    form = _form(row)
    if form.submitted():
        with form.problems():
            schema = verbs.schema_of(row)
            wanted = CaseType(schema.key, schema.attributes, form.texts("names"))
            save(row, wanted, seen=form.version.data, audience=form.audience.data)
            flash(_("%(name)s is saved.", name=type_name(row)), "ok")
            return redirect(url_for("case_desk.type", key=key), 303)
        form.renew(row)
    return render_template("cbr/type_edit.html", form=form, row=row, name=type_name(row)), form.status


@blueprint.post("/types/<key>/move")
@needs(*SHAPERS)
def type_move(key: str) -> Response:
    """An attribute one place earlier or later: what people see and are asked first."""
    row = of_viewer(key)
    to, _sign, attribute = request.form.get("move", "").partition(":")
    moved = verbs.schema_of(row).moved(attribute, up=to == "up")
    save(row, moved, seen=request.form.get("version"))
    return redirect(url_for("case_desk.type", key=key, moved=attribute, to=to), 303)


@blueprint.route("/types/<key>/away", methods=["GET", "POST"])
@needs(*SHAPERS)
def type_away(key: str) -> Answer:
    """Ask, then put a case type away."""
    row = of_viewer(key)
    name = type_name(row)
    return confirmation(
        _("Put %(name)s away?", name=name),
        lambda: verbs.deactivate(session(), row, by=viewer(), now=now()),
        loss=_(
            "Nobody finds its cases any more, and nobody is asked for it. All is kept until you bring it back."
        ),
        button=pgettext("button", "Put away"),
        done=_("%(name)s is put away.", name=name),
        back=url_for("case_desk.type", key=key),
        after=url_for("case_desk.types"),
    )


@blueprint.post("/types/<key>/back")
@needs(*SHAPERS)
def type_back(key: str) -> Response:
    """Bring back what was put away."""
    row = of_viewer(key)
    verbs.bring_back(session(), row, by=viewer(), now=now())
    flash(_("%(name)s is in use again.", name=type_name(row)), "ok")
    return redirect(url_for("case_desk.type", key=key), 303)


@blueprint.get("/types/<key>/misfits")
@needs(*SHAPERS)
def type_misfits(key: str) -> str:
    """The values of cases that the case type does not take as it is now."""
    row = of_viewer(key)
    found = verbs.what_does_not_fit(session(), row, viewer())
    shown = [
        (case, {name: told(sentence) for name, sentence in unfit.items()})
        for case, unfit in found.unfit.items()
    ]
    return render_template(
        "cbr/type_misfits.html",
        row=row,
        name=type_name(row),
        shown=shown,
        cases=found.cases,
        attributes=verbs.schema_of(row).by_key,
        language=reading_order()[0],
    )


def of_viewer(key: str) -> CaseTypeRow:
    """The case type of a key, in use or not. Raises `NotFound`."""
    return queries.one_shaped_by(session(), viewer(), key)


def type_name(row: CaseTypeRow) -> str:
    """What a case type is called in the viewer's language."""
    return named(row.schema.get("names", {}), reading_order(), row.key)


def save(
    row: CaseTypeRow, wanted: CaseType, *, seen: str | None, audience: str | None = None
) -> verbs.Changed:
    """Change a case type that stays in use or put away as it is."""
    return verbs.change(
        session(),
        row,
        wanted,
        by=viewer(),
        now=now(),
        audience=audience,
        is_active=row.is_active,
        seen=seen,
    )


def audience_choices() -> list[tuple[str, str]]:
    """The audiences that the viewer belongs to."""
    names = structure().audiences
    return [(key, named(names[key], reading_order(), key)) for key in names if key in viewer().audiences]


def _form(row: CaseTypeRow | None) -> TypeForm:
    made = per_language(TypeForm, languages_in_use(), names=short(LONGEST_NAME))
    data: dict[str, Any] = {}
    if row is not None:
        data = {"audience": row.audience, "version": version_of(row)} | spread("names", row.schema["names"])
    form = made(data=data)
    form.audience.choices = audience_choices()
    if row is not None:
        form.keep_key()
    return form

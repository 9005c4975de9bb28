"""Tables become cases: upload, say what the columns are, look at what would come of it, take in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from cbr import arranging, background, case_types, import_work, importing
from cbr import type_queries as queries
from cbr.arranging import Arrangement, read_arrangement
from cbr.case_type import CaseType
from cbr.import_rows import Row
from cbr.models import CaseTypeRow
from cbr.tables import Fault, Table, read_table
from cbr.values import read_case
from cbr.views import import_words, type_words, work
from cbr.views.blueprint import SHAPERS, blueprint
from cbr.views.case_words import STATE_NAMES
from cbr.views.import_columns import described, sent_uses
from cbr.views.import_files import Waiting, WaitingFiles
from cbr.views.import_forms import NEW, UploadForm
from cbr.views.types import audience_choices, type_name
from cbr.wording import value_text
from kb.access import needs
from kb.context import now, services, session, viewer
from kb.errors import N_, Conflict, Invalid, NotFound
from kb.http import told
from kb.languages import native_name
from kb.views.admin.blueprint import Answer, languages_in_use, reading_order

FIRST_ROWS = 10
MOST_SHOWN = 100
"""So many faults are listed."""


def files() -> WaitingFiles:
    """The tables that wait on this node."""
    found: WaitingFiles = current_app.extensions["waiting tables"]
    return found


@blueprint.route("/import", methods=["GET", "POST"])
@needs(*SHAPERS)
def type_import() -> Answer | Response:
    """A table from somewhere else."""
    rows = queries.shaped_by(session(), viewer())
    form = UploadForm(data={"type": request.args.get("key", NEW), "language": reading_order()[0]})
    form.type.choices = [(NEW, _("A new case type")), *((row.key, type_name(row)) for row in rows)]
    form.language.choices = [(code, native_name(code)) for code in languages_in_use()]
    form.audience.choices = [("", _("As the case type")), *audience_choices()]
    if form.submitted():
        with form.problems(), form.file.data.stream as stream:
            token = _uploaded(form, rows, stream.read())
            return redirect(url_for("case_desk.type_import_columns", token=token), 303)
    return render_template(
        "cbr/import_upload.html", form=form, most_mb=services().config.upload_limit // 2**20
    ), form.status


def _uploaded(form: UploadForm, rows: Sequence[CaseTypeRow], data: bytes) -> str:
    """The name under which the table waits, with what its columns seem to be for."""
    row = next((one for one in rows if one.key == form.type.data), None)
    key = row.key if row else form.made_key()
    if row is None and queries.is_taken(session(), key):
        raise Invalid({"name": N_("There is a case type %(key)s already.", key=key)})
    table = read_table(data)
    if not len(table):
        raise Invalid({"file": N_("There are headings in it, and no rows below them.")})
    guess = arranging.guess_arrangement(
        table,
        key,
        name="" if row else form.new_name(),
        language=form.language.data,
        case_type=case_types.schema_of(row) if row else None,
    )
    about = {"file": form.file.data.filename[:200], "arrangement": _for(form, guess).to_plain()}
    return files().keep(data, about, viewer().person_id, now())


def _for(form: UploadForm, guess: Arrangement) -> Arrangement:
    return replace(guess, audience=form.audience.data or "", state=form.state.data)


@blueprint.route("/import/<token>/columns", methods=["GET", "POST"])
@needs(*SHAPERS)
def type_import_columns(token: str) -> Answer | Response:
    """What each column is for, as it was guessed, to be corrected."""
    waiting, table, arrangement, row = _found(token)
    faults: dict[str, str] = {}
    if request.method == "POST":
        arrangement = replace(arrangement, uses=sent_uses(table, arrangement, request.form))
        faults = arrangement.problems()
        if not faults:
            about = dict(waiting.told) | {"arrangement": arrangement.to_plain()}
            files().tell(token, about, viewer().person_id, now())
            return redirect(url_for("case_desk.type_import_look", token=token), 303)
    language = reading_order()[0]
    page = render_template(
        "cbr/import_columns.html",
        waiting=waiting,
        table=table,
        arrangement=arrangement,
        name=type_name(row) if row else arrangement.name,
        columns=described(table, arrangement),
        faults={column: told(sentence) for column, sentence in faults.items()},
        words=import_words,
        kinds=type_words.KINDS,
        attributes=_attributes(row, language),
        read_as=_read_as(table),
    )
    return page, 422 if faults else 200


@blueprint.route("/import/<token>", methods=["GET", "POST"])
@needs(*SHAPERS)
def type_import_look(token: str) -> Answer | Response:
    """What would come of it: the first rows as they would be kept, and the lines that would not be."""
    waiting, table, arrangement, row = _found(token)
    if request.method == "POST":
        asked = arrangement.to_plain()
        background.ask(
            session(),
            import_work.IMPORT,
            arrangement.key,
            by=viewer(),
            now=now(),
            asked=asked,
            file=waiting.data,
        )
        files().drop(token)
        return redirect(url_for("case_desk.type_imported", key=arrangement.key), 303)
    try:
        arranged, plan, made = arrangement.of(table)
        report, rows = importing.look(session(), arranged, plan, by=viewer(), case_type=made)
    except Invalid as refused:
        for sentence in refused.fields.values():
            flash(told(sentence), "bad")
        return redirect(url_for("case_desk.type_import_columns", token=token), 303)
    return render_template(
        "cbr/import_look.html",
        waiting=waiting,
        arrangement=arrangement,
        name=type_name(row) if row else arrangement.name,
        report=report,
        rows=[_shown(one, report.case_type) for one in rows[:FIRST_ROWS]],
        attributes=[one for one in report.case_type.attributes if one.key in arranged.columns],
        language=reading_order()[0],
        kept=len(rows),
        faults=_told(report.faults),
        most=MOST_SHOWN,
        says_what_to_do=bool(plan.solution or plan.article),
        state=STATE_NAMES[arrangement.state],
    )


@blueprint.post("/import/<token>/drop")
@needs(*SHAPERS)
def type_import_drop(token: str) -> Response:
    """Nothing of it."""
    files().of(token, viewer().person_id)
    files().drop(token)
    flash(_("Nothing was imported."), "info")
    return redirect(url_for("case_desk.types"), 303)


@blueprint.get("/types/<key>/imported")
@needs(*SHAPERS)
def type_imported(key: str) -> str:
    """What became of the newest import into a case type."""
    row, shown = _newest(key)
    result = shown.work.result if shown.state == "done" else None
    return render_template(
        "cbr/import_report.html",
        row=row,
        key=key,
        name=type_name(row) if row else shown.work.asked["name"],
        work=shown,
        result=result,
        faults=_told(import_work.faults_of(result)) if result else [],
        most=MOST_SHOWN,
    )


@blueprint.post("/types/<key>/imported/cancel")
@needs(*SHAPERS)
def type_import_cancel(key: str) -> Response:
    """End an import before it has landed."""
    _row, shown = _newest(key)
    try:
        background.cancel(session(), shown.work, by=viewer(), now=now())
    except Conflict as refused:
        flash(told(refused.sentence), "info")
    return redirect(url_for("case_desk.type_imported", key=key), 303)


def _newest(key: str) -> tuple[CaseTypeRow | None, work.WorkShown]:
    """The case type, where it is there, and the newest import into it; `NotFound` where this viewer may not know."""
    row = next((one for one in queries.shaped_by(session(), viewer()) if one.key == key), None)
    shown = work.shown(import_work.IMPORT, key)
    if shown is None or (row is None and shown.work.person_id != viewer().person_id):
        raise NotFound(N_("There was no import of these."))
    return row, shown


def _found(token: str) -> tuple[Waiting, Table, Arrangement, CaseTypeRow | None]:
    """What waits under a name, and its case type where there is one. Raises `NotFound`, `Conflict`."""
    waiting = files().of(token, viewer().person_id)
    arrangement = read_arrangement(waiting.told["arrangement"])
    row = next((one for one in queries.shaped_by(session(), viewer()) if one.key == arrangement.key), None)
    if arrangement.name and row is not None:
        raise Conflict(N_("There is a case type %(key)s already.", key=arrangement.key))
    if not arrangement.name and row is None:
        raise NotFound(N_("There is no case type %(key)s.", key=arrangement.key))
    return waiting, read_table(waiting.data), arrangement, row


def _attributes(row: CaseTypeRow | None, language: str) -> list[tuple[str, str]]:
    """The attributes that columns can be facts of; none where they are yet to be made."""
    return [(one.key, one.name(language)) for one in case_types.schema_of(row).attributes] if row else []


def _shown(row: Row, case_type: CaseType) -> dict[str, Any]:
    """A row in words: the values of its facts, and its texts."""
    language = reading_order()[0]
    facts = read_case(case_type, row.content.facts)
    return {
        "row": row,
        "facts": {key: value_text(case_type.by_key[key], value, language) for key, value in facts.items()},
    }


def _told(faults: list[Fault]) -> list[Fault]:
    return [one._replace(sentence=told(one.sentence)) for one in faults]


def _read_as(table: Table) -> tuple[str, str]:
    """Encoding and separator of a table, as people call them."""
    return table.encoding.upper(), str(import_words.SEPARATORS.get(table.separator, table.separator))

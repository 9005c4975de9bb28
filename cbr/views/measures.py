"""How well the cases of a type answer, which weights they suggest, and which of them say nothing new: measured beside
the pages, taken over by people only.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from babel.numbers import format_decimal, format_percent
from flask import flash, redirect, render_template, request, url_for
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from cbr import background, queries, reporting, type_queries
from cbr.case_types import schema_of
from cbr.models import CaseReport, CaseTypeRow
from cbr.views import measure_pictures, work
from cbr.views.blueprint import MEASURERS, SHAPERS, blueprint
from cbr.views.type_tabs import TABS, Tab
from cbr.views.types import type_name
from kb.access import needs
from kb.concurrency import version_of
from kb.context import now, session, viewer
from kb.errors import N_, Conflict, NotFound
from kb.http import told
from kb.views.admin.blueprint import Answer, reading_order

MOST_IN_COURSE = 12
ON_A_PAGE = 50
REASONS = {"misleading": _l("Leads others astray"), "redundant": _l("Others say the same")}
PAGES = {
    "evaluation": "case_desk.measure_evaluation",
    "weights": "case_desk.measure_weights",
    "maintenance": "case_desk.measure_maintenance",
}
BEGUN = {
    "evaluation": _l("The cases are being measured."),
    "weights": _l("Weights are being learned."),
    "maintenance": _l("The cases are being looked through."),
}
TABS.extend(
    [
        Tab(_l("Evaluation"), PAGES["evaluation"], MEASURERS),
        Tab(_l("Weights"), PAGES["weights"], MEASURERS),
        Tab(_l("Maintenance"), PAGES["maintenance"], MEASURERS),
    ]
)


@blueprint.get("/measures/")
@needs(*MEASURERS)
def measures() -> str:
    """All case types with what was measured of them last."""
    rows = queries.case_types(session(), viewer())
    return render_template(
        "cbr/measures.html",
        rows=rows,
        counts=queries.counts(session(), viewer(), now()),
        measured=type_queries.evaluations(session()),
        named=type_name,
        share=_share,
        number=_number,
    )


@blueprint.post("/types/<key>/measure/<any(evaluation, weights, maintenance):report>")
@needs(*MEASURERS)
def measure_ask(key: str, report: str) -> Response:
    """Ask for a measurement."""
    row = _row(key)
    try:
        background.ask(session(), report, row.key, by=viewer(), now=now())
    except Conflict as refused:
        flash(told(refused.sentence), "info")
    return redirect(url_for(PAGES[report], key=key), 303)


@blueprint.post("/types/<key>/measure/<any(evaluation, weights, maintenance):report>/cancel")
@needs(*MEASURERS)
def measure_cancel(key: str, report: str) -> Response:
    """End a measurement before it is done."""
    row = _row(key)
    asked = background.newest(session(), report, row.key)
    if asked is None:
        raise NotFound(N_("There is nothing to cancel."))
    try:
        background.cancel(session(), asked, by=viewer(), now=now())
    except Conflict as refused:
        flash(told(refused.sentence), "info")
    return redirect(url_for(PAGES[report], key=key), 303)


@blueprint.get("/types/<key>/evaluation")
@needs(*MEASURERS)
def measure_evaluation(key: str) -> str:
    """How well the cases answer, beside what is simpler, and how it came to be."""
    row = _row(key)
    reports = queries.reports(session(), row, "evaluation")
    shown = list(reversed(reports[:MOST_IN_COURSE]))
    right = [one.result["case_base"]["at_1"] for one in shown]
    asked = [(one.result["dialogs"] or {}).get("asked") for one in shown]
    return _page(
        "evaluation",
        row,
        reports[0] if reports else None,
        spots=measure_pictures.calibration(reports[0].result["bins"]) if reports else [],
        first=measure_pictures.course([(one, _share(one)) for one in right], 1.0),
        asked=measure_pictures.course(
            [(one, _number(one)) for one in asked], max([one for one in asked if one], default=1.0)
        ),
    )


@blueprint.get("/types/<key>/weights")
@needs(*MEASURERS)
def measure_weights(key: str) -> str:
    """What the cases say each attribute should count."""
    return _weights(_row(key))


@blueprint.post("/types/<key>/weights")
@needs(*SHAPERS)
def measure_weights_take(key: str) -> Answer:
    """Take all weights over, or those that were chosen; or put back what was there before."""
    row = _row(key)
    chosen, seen = request.form.getlist("weight"), request.form.get("seen")
    try:
        with session().begin_nested():
            report = _report(row, "weights")
            if "back" in request.form:
                reporting.put_back(session(), row, report, by=viewer(), now=now(), seen=seen)
                done = _("The weights are as they were before.")
            else:
                keys = None if "all" in request.form else chosen
                reporting.take_over(session(), row, report, by=viewer(), now=now(), keys=keys, seen=seen)
                done = _("The weights are taken over.")
    except Conflict as refused:
        return _weights(row, told(refused.sentence), chosen), 409
    flash(done, "ok")
    return redirect(url_for(PAGES["weights"], key=key), 303)


@blueprint.get("/types/<key>/maintenance")
@needs(*MEASURERS)
def measure_maintenance(key: str) -> str:
    """Which cases say nothing new, and which lead astray."""
    return _maintenance(_row(key))


@blueprint.post("/types/<key>/maintenance")
@needs(*MEASURERS)
def measure_maintenance_retire(key: str) -> Answer:
    """Retire those that were chosen, or all that are listed."""
    row = _row(key)
    chosen = request.form.getlist("case", type=int)
    notes = {reason: str(words) for reason, words in REASONS.items()}
    try:
        with session().begin_nested():
            report = _report(row, "maintenance")
            ids = [one["id"] for one in _listed(report)] if "all" in request.form else chosen
            gone = reporting.retire(session(), report, ids, notes, by=viewer(), now=now())
    except Conflict as refused:
        return _maintenance(row, told(refused.sentence), chosen), 409
    flash(ngettext("%(num)s case is retired.", "%(num)s cases are retired.", gone), "ok")
    return redirect(url_for(PAGES["maintenance"], key=key, reason=request.args.get("reason") or None), 303)


def _row(key: str) -> CaseTypeRow:
    return queries.case_type(session(), viewer(), key)


def _report(row: CaseTypeRow, kind: str) -> CaseReport:
    """The report that the form was made of. Raises `NotFound` and `Conflict`."""
    wanted = request.form.get("report", type=int)
    found = queries.newest_report(session(), row, kind)
    if found is None:
        raise NotFound(N_("It does not exist any more."))
    if found.id != wanted:
        raise Conflict(N_("It was measured again meanwhile. Look at what is proposed now."))
    return found


def _weights(row: CaseTypeRow, refused: str = "", chosen: Collection[str] = ()) -> str:
    report = queries.newest_report(session(), row, "weights")
    result = report.result if report else {}
    return _page(
        "weights",
        row,
        report,
        refused=refused,
        chosen=chosen,
        weighed=measure_pictures.weighed(result["by_hand"], result["learned"]) if result else [],
        attributes=schema_of(row).by_key,
        may_take=viewer().has(*SHAPERS),
        seen=version_of(row),
        language=reading_order()[0],
    )


def _maintenance(row: CaseTypeRow, refused: str = "", chosen: Collection[int] = ()) -> str:
    report = queries.newest_report(session(), row, "maintenance")
    proposed = _listed(report) if report else []
    pages = max(-(-len(proposed) // ON_A_PAGE), 1)
    page = min(max(request.args.get("page", 1, type=int), 1), pages)
    listed = proposed[(page - 1) * ON_A_PAGE : page * ON_A_PAGE]
    return _page(
        "maintenance",
        row,
        report,
        refused=refused,
        chosen=chosen,
        listed=listed,
        cases=queries.by_ids(session(), viewer(), now(), [one["id"] for one in listed]),
        reasons=REASONS,
        reason=request.args.get("reason", ""),
        count=len(proposed),
        page=page,
        pages=pages,
    )


def _listed(report: CaseReport) -> list[Mapping[str, Any]]:
    """What is proposed, of the reason that was asked for."""
    reason = request.args.get("reason", "")
    return [one for one in report.result["proposals"] if reason not in REASONS or one["reason"] == reason]


def _page(kind: str, row: CaseTypeRow, report: CaseReport | None, **more: Any) -> str:
    return render_template(
        f"cbr/measure_{kind}.html",
        kind=kind,
        row=row,
        name=type_name(row),
        report=report,
        result=report.result if report else None,
        is_old=report is not None and report.version != row.version,
        work=work.shown(kind, row.key),
        going=BEGUN[kind],
        share=_share,
        number=_number,
        points=_points,
        **more,
    )


def _share(part: float | None) -> str:
    """A share of 1 in per cent, to a tenth; "–" for none."""
    if part is None:
        return "–"
    return format_percent(round(part, 3), locale=get_locale(), decimal_quantization=False)


def _number(value: float | None, digits: int = 1) -> str:
    return "–" if value is None else format_decimal(round(value, digits), locale=get_locale())


def _points(change: float) -> str:
    """A change of a share in points of per cent, with its sign."""
    return ("+" if change > 0 else "") + format_decimal(round(100 * change, 2), locale=get_locale())

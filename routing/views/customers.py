"""Customers out of a table, taken in on a page."""

from __future__ import annotations

from flask import Blueprint, flash, render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired

from cbr.tables import read_table
from kb.access import needs
from kb.context import now, services, session, viewer
from kb.http import told
from kb.models import Role
from kb.views.admin.blueprint import Answer
from kb.views.admin.forms import AdminForm
from kb.views.staff import for_staff
from routing.customer_tables import Report, take_in

ARRANGERS = (Role.SUPERVISOR, Role.ADMIN)
MOST_SHOWN = 100

blueprint = for_staff(Blueprint("customers_desk", __name__, url_prefix="/routing/customers"))


class TableForm(AdminForm):
    """A table of customers."""

    file = FileField(_l("File"), [FileRequired()], render_kw={"accept": ".csv,.tsv,.txt,text/csv"})


@blueprint.route("/import", methods=["GET", "POST"])
@needs(*ARRANGERS)
def take() -> Answer:
    """Customers out of a table; what could not be taken is named by its line."""
    form, report = TableForm(), None
    if form.submitted():
        with form.problems():
            report = _taken(form)
    return render_template(
        "routing/customers_import.html",
        form=form,
        report=report,
        faults=[
            fault._replace(sentence=told(fault.sentence))
            for fault in (report.faults[:MOST_SHOWN] if report else ())
        ],
        most_mb=services().config.upload_limit // 2**20,
    ), form.status


def _taken(form: TableForm) -> Report:
    by = viewer()
    with form.file.data.stream as stream:
        table = read_table(stream.read())
    session().commit()  # the rows are written in transactions of their own, which wait for no other of ours
    report = take_in(services().database, table, by=by, now=now())
    flash(_("%(taken)s customers are new or changed.", taken=report.taken), "ok")
    return report

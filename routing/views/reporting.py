"""The report of the day: what became of the contacts that came, as figures, bars and tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from flask import Response, render_template, request

from authoring.reading.csv_table import csv_table
from kb import context
from kb.access import needs
from kb.clouds import cloud
from kb.context import now, session, structure, viewer
from kb.languages import named
from kb.views.admin.blueprint import reading_order
from routing import queues, reports
from routing.models import Queue
from routing.reports import Report
from routing.typed import seconds_text
from routing.views.blueprint import DIRECTORS, blueprint
from routing.views.day_pictures import bars
from routing.views.floor_words import LEVELS

WIDE, HIGH = 640.0, 160.0


@dataclass(frozen=True)
class Asked:
    """Which day, and of which queue."""

    day: date
    queue: Queue | None
    zone: ZoneInfo


@blueprint.get("/report")
@needs(*DIRECTORS)
def report() -> str:
    """A day; day and queue stay in the address."""
    asked = _asked()
    found = _found(asked)
    names = {queue.id: named(queue.names, reading_order(), queue.key) for queue in queues.every(session())}
    return render_template(
        "routing/report.html",
        report=found,
        asked=asked,
        today=now().astimezone(asked.zone).date(),
        before=asked.day - timedelta(days=1),
        after=asked.day + timedelta(days=1),
        bars=bars([counts for _, counts in found.hours], WIDE, HIGH),
        wide=WIDE,
        high=HIGH,
        most=max((counts.came for _, counts in found.hours), default=1),
        names=names,
        choices=[(queue.key, names[queue.id]) for queue in queues.every(session())],
        levels=LEVELS,
        cloud=cloud(found.about),
        topics={key: node.name(reading_order()) for key, node in structure().topics.items()},
        lasts=seconds_text,
    )


@blueprint.get("/report.csv")
@needs(*DIRECTORS)
def report_csv() -> Response:
    """The same by quarters of an hour, for other programs."""
    asked = _asked()
    keys = {queue.id: queue.key for queue in queues.every(session())}
    table = csv_table([reports.HEADINGS, *reports.rows(_found(asked), asked.zone, keys)])
    headers = {"Content-Disposition": f"attachment; filename=report-{asked.day.isoformat()}.csv"}
    return Response(table, mimetype="text/csv", headers=headers)


def _asked() -> Asked:
    """What the address says; the present day of all queues where that cannot be read."""
    zone = ZoneInfo(context.zone())
    today = now().astimezone(zone).date()
    try:
        day = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        day = today
    day = day if date(2000, 1, 1) <= day <= today else today
    key = request.args.get("queue", "")
    return Asked(day, next((queue for queue in queues.every(session()) if queue.key == key), None), zone)


def _found(asked: Asked) -> Report:
    queue_id = asked.queue.id if asked.queue else None
    return reports.of_day(session(), asked.day, asked.zone, viewer=viewer(), now=now(), queue_id=queue_id)

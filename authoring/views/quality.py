"""The quality index of the articles' authors, for those who lead them."""

from __future__ import annotations

from datetime import date

from flask import render_template, request

from authoring.approval import quality as queries
from authoring.lifetimes import kinds
from authoring.views.blueprint import blueprint
from kb.access import needs
from kb.context import now, session
from kb.languages import named
from kb.models import KINDS, Role
from kb.views.admin.blueprint import reading_order


@blueprint.get("/quality/")
@needs(Role.SUPERVISOR)
def quality() -> str:
    """By author, by kind, by point of the checklist, and over the last twelve months."""
    kind = request.args.get("kind", "")
    kind = kind if kind in KINDS else ""
    every, lines = queries.index(session(), now(), kind=kind)
    return render_template(
        "authoring/quality.html",
        every=every,
        lines=lines,
        kind=kind,
        kinds=[one for one in KINDS if one in every.kinds],
        points=_points(every),
        months=[date.fromisoformat(f"{month}-01") for month in queries.months_until(now())],
    )


def _points(every: queries.Line) -> list[tuple[str, queries.Score]]:
    """The names of the points with what was found, the lowest first."""
    names = {
        point.key: named(point.names, reading_order(), point.key)
        for kind in every.kinds
        for point in kinds.rule_of(session(), kind).checklist
    }
    found = [(names.get(key, key), score) for key, score in every.points.items()]
    return sorted(found, key=lambda pair: (pair[1].percent or 0, pair[0]))

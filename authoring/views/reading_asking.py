"""Asking a group to read, and who of it has not: for those who ask, for supervisors and for administrators."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from itertools import groupby
from operator import attrgetter

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Redirect

from authoring.models import ReadingRequest
from authoring.reading import reading_progress, reading_queries, readings
from authoring.reading.csv_table import csv_table
from authoring.reading.reading_forms import AskForm, stored
from authoring.reading.reading_progress import Progress, Standing
from authoring.reading.reading_questions import Question
from authoring.views.blueprint import DESK, blueprint
from kb import admin_queries, articles
from kb.access import needs
from kb.context import now, session, structure, viewer
from kb.errors import N_, NotFound
from kb.models import Article, Group
from kb.permissions import require
from kb.views.admin.blueprint import Answer, reading_order, row

GIVEN_TIME = timedelta(days=7)
LARGEST_ID = 2**31 - 1  # what PostgreSQL's integer holds


@blueprint.app_template_global("may_ask_to_read")
def may_ask_to_read(article: Article) -> bool:
    """Whether this person may ask groups to read an article, for the links on its pages."""
    return viewer().may(readings.ASK, articles.ground_of(article))


@blueprint.get("/readings/asked")
@needs(*DESK)
def reading_groups() -> str:
    """What groups were asked and how far they are, per team."""
    found = _progress()
    teams = sorted(
        {one.group.id: one.group for one in found}.values(), key=lambda group: group.name.casefold()
    )
    of_team = {
        group_id: list(of_one)
        for group_id, of_one in groupby(sorted(found, key=attrgetter("group.id")), attrgetter("group.id"))
    }
    teams.sort(key=lambda group: -sum(one.count(Standing.OVERDUE) for one in of_team[group.id]))
    return render_template(
        "authoring/reading_groups.html", teams=[(group, of_team[group.id]) for group in teams], now=now()
    )


@blueprint.get("/readings/asked.csv")
@needs(*DESK)
def reading_groups_csv() -> Response:
    """Everybody who was asked and how they stand, for a spreadsheet."""
    return _csv(_progress())


@blueprint.get("/readings/<int:request_id>/people")
@needs(*DESK)
def reading_people(request_id: int) -> str:
    """Who of a group has read it, and who has not."""
    return render_template("authoring/reading_people.html", one=_one(request_id), now=now())


@blueprint.get("/readings/<int:request_id>/people.csv")
@needs(*DESK)
def reading_csv(request_id: int) -> Response:
    """The same for a spreadsheet."""
    return _csv([_one(request_id)])


@blueprint.post("/readings/<int:request_id>/close")
@needs(*DESK)
def reading_close(request_id: int) -> Redirect:
    """Nobody is asked any more."""
    readings.close(session(), row(ReadingRequest, request_id), by=viewer(), now=now())
    flash(_("Nobody is asked any more. Who confirmed stays on record."), "ok")
    return redirect(url_for("authoring.reading_people", request_id=request_id), 303)


@blueprint.get("/readings/new")
@needs(*DESK)
def reading_new() -> str:
    """Which article?"""
    text = request.args.get("q", "").replace("\0", "").strip()[:200]
    return render_template(
        "authoring/reading_new.html",
        q=text,
        found=reading_queries.offered(session(), viewer(), now(), text, reading_order()),
    )


@blueprint.route("/articles/<int:article_id>/readings/new", methods=["GET", "POST"])
@needs(*DESK)
def reading_ask(article_id: int) -> Answer:
    """Ask a group; with `again` in the address, ask once more with the settings of an earlier request."""
    article = row(Article, article_id)
    require(viewer(), readings.ASK, articles.ground_of(article))
    card = reading_queries.titles(session(), viewer(), now(), [article.id], reading_order()).get(article.id)
    before = _before(article)
    form = AskForm(data=_stored(before))
    form.group.choices = [(group.id, group.name) for group in admin_queries.groups(session())]
    if form.submitted():
        with form.problems():
            made = readings.ask(
                session(),
                article,
                row(Group, form.group.data),
                due_at=form.due_at.data or now(),
                note=form.note.data or "",
                questions=form.questions(),
                by=viewer(),
                now=now(),
                again=before is not None,
            )
            flash(_("They are asked now. Here you see who has read it."), "ok")
            return redirect(url_for("authoring.reading_people", request_id=made.id), 303)
    page = render_template(
        "authoring/reading_ask.html",
        form=form,
        article=article,
        card=card,
        before=before,
        back=_back(article),
    )
    return page, form.status


def _before(article: Article) -> ReadingRequest | None:
    """The request whose settings are carried over."""
    asked = request.args.get("again", 0, type=int)
    found = session().get(ReadingRequest, asked) if 0 < asked <= LARGEST_ID else None
    if found is None or found.article_id != article.id:
        return None
    readings.require_sight(session(), found, viewer())
    return found


def _stored(before: ReadingRequest | None) -> dict[str, object]:
    due = (now() + GIVEN_TIME).replace(minute=0, second=0)
    if before is None:
        return {"due_at": due}
    questions = [Question.from_json(one) for one in before.questions]
    return {"due_at": due, "group": before.group_id, "note": before.note, **stored(questions)}


def _back(article: Article) -> str:
    return url_for("admin.article", article_id=article.id)


def _progress(only: int | None = None) -> list[Progress]:
    return reading_progress.progress(session(), viewer(), structure(), now(), reading_order(), only=only)


def _one(request_id: int) -> Progress:
    """How far a group is with one request.

    Raises:
        NotFound: there is no such request.
        NotAllowed: this viewer may not know it.
    """
    asked = row(ReadingRequest, request_id)
    readings.require_sight(session(), asked, viewer())
    found = _progress(only=asked.id)
    if not found:
        raise NotFound(N_("It does not exist any more."))
    return found[0]


def _csv(found: Iterable[Progress]) -> Response:
    words = {
        Standing.OVERDUE: _("overdue"),
        Standing.OPEN: _("not yet"),
        Standing.CONFIRMED: _("confirmed"),
        Standing.BARRED: _("cannot open it"),
    }
    head = [
        _("Group"),
        _("Article"),
        _("Person"),
        _("E-mail"),
        _("Due"),
        _("State"),
        _("Confirmed"),
        _("Tries"),
    ]
    rows = [
        [
            one.group.name,
            one.title,
            line.person.name,
            line.person.email,
            one.request.due_at.isoformat(),
            words[line.standing],
            line.confirmed_at.isoformat() if line.confirmed_at else "",
            line.tries,
        ]
        for one in found
        for line in one.lines
    ]
    headers = {"Content-Disposition": "attachment; filename=readings.csv"}
    return Response(csv_table([head, *rows]), mimetype="text/csv", headers=headers)

"""What a person should know: the list of it, how many wait, and how they want to be told."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from werkzeug.wrappers import Response
from wtforms import RadioField
from wtforms.fields import SelectChoice

from authoring.telling import notice_words, notices, preferences
from authoring.views.blueprint import blueprint
from kb.access import needs_login
from kb.context import locale, now, services, session, viewer, zone
from kb.http import LARGEST_ID
from kb.views.admin.blueprint import Answer
from kb.views.admin.forms import AdminForm


class PreferenceForm(AdminForm):
    """How somebody wants to be told."""

    mail = RadioField(
        _l("Mail"),
        choices=[
            SelectChoice(preferences.AT_ONCE, _l("At once")),
            SelectChoice(preferences.DAILY, _l("Once a day, at seven in the morning")),
            SelectChoice(preferences.OFF, _l("No mails")),
        ],
    )


def unseen() -> int:
    """How many notices wait for the viewer, for the navigation."""
    person_id = viewer().person_id
    return notices.unseen(session(), person_id) if person_id else 0


@blueprint.get("/notices/", endpoint="notices")
@needs_login
def all_notices() -> str:
    """What this person was told, the unseen first."""
    found = notices.of(session(), _me(), request.args.get("page", 1, type=int))
    told = [
        notice_words.told(notice.kind, notice.params, language=locale(), zone=zone()) for notice in found.rows
    ]
    return render_template(
        "authoring/notices.html",
        listing=found,
        lines=list(zip(found.rows, told, strict=True)),
        unseen=any(notice.seen_at is None for notice in found.rows),
        newest=max((notice.id for notice in found.rows), default=0),
    )


@blueprint.get("/notices/<int:notice_id>")
@needs_login
def notice(notice_id: int) -> Response:
    """On to what a notice is about; it counts as seen."""
    if request.method == "HEAD":
        return Response()
    with services().database.transaction() as writing:
        return redirect(notices.see(writing, notice_id, by=_me(), now=now()))


@blueprint.post("/notices/seen")
@needs_login
def notices_seen() -> Response:
    """All that was in the list is seen; what came since then is not."""
    up_to = max(0, min(request.form.get("up_to", 0, type=int), LARGEST_ID))
    notices.see_all(session(), by=_me(), up_to=up_to, now=now())
    return redirect(url_for("authoring.notices"), 303)


@blueprint.route("/notices/preferences", methods=["GET", "POST"])
@needs_login
def notice_preferences() -> Answer:
    """Mails at once, once a day, or none."""
    form = PreferenceForm(data={"mail": preferences.of(session(), _me())})
    if form.submitted():
        with form.problems():
            preferences.choose(session(), _me(), form.mail.data, now())
            flash(_("Saved."), "ok")
            return redirect(url_for("authoring.notice_preferences"), 303)
    page = render_template(
        "authoring/notice_preferences.html",
        form=form,
        person=current_user.person,
        mail_is_off=bool(services().config.missing_for_mail),
    )
    return page, form.status


def _me() -> int:
    return int(current_user.person.id)

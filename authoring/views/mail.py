"""The outbox as administrators see it, and the page that every mail leads to for those who want no more."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from authoring.models import Mail
from authoring.telling import mail, mail_queries, notice_words, preferences
from authoring.views.blueprint import blueprint
from kb.access import csrf, needs, public
from kb.context import now, services, session, viewer
from kb.errors import N_, Conflict
from kb.models import Role
from kb.views.admin.blueprint import row

open_blueprint = Blueprint("mail", __name__, url_prefix="/mail")


@open_blueprint.before_request
def _keep_private() -> None:
    """Nothing of these pages stays in a cache."""
    g.private = True


@open_blueprint.route("/off/<token>", methods=["GET", "POST"])
@public
def off(token: str) -> str:
    """Switch mails off, without a login: mail programs send the form by themselves (RFC 8058), with no page before."""
    person = preferences.person_of_token(session(), services().config.secret_key, token)
    g.language = notice_words.language_of(person)
    if request.method == "POST":
        preferences.choose(session(), person.id, preferences.OFF, now())
    is_off = preferences.of(session(), person.id) == preferences.OFF
    return render_template("authoring/mail_off.html", person=person, is_off=is_off)


csrf.exempt(off)  # who has the link may do it, and needs no page of ours before


def given_up() -> int:
    """How many mails wait for an administrator, for the navigation."""
    return mail_queries.given_up(session())


@blueprint.get("/mail/")
@needs(Role.ADMIN)
def mails() -> str:
    """What could not be sent, and why."""
    return render_template(
        "authoring/mails.html",
        listing=mail_queries.troubled(session(), request.args.get("page", 1, type=int)),
        figures=mail_queries.figures(session(), now()),
        missing=services().config.missing_for_mail,
        never=mail.NEVER,
    )


@blueprint.post("/mail/<int:mail_id>/again")
@needs(Role.ADMIN)
def mail_again(mail_id: int) -> Response:
    """Try it again at once."""
    mail.again(session(), row(Mail, mail_id), by=viewer(), now=now())
    flash(_("The mail will be tried again in a moment."), "ok")
    return redirect(url_for("authoring.mails"), 303)


@blueprint.post("/mail/trial")
@needs(Role.ADMIN)
def mail_trial() -> Response:
    """A mail to oneself, to see whether mails arrive."""
    if services().config.missing_for_mail:
        raise Conflict(N_("Mail is not set up."))
    mail.try_out(session(), current_user.person, services().config, by=viewer(), now=now())
    flash(_("A mail to %(address)s is on its way.", address=current_user.person.email), "ok")
    return redirect(url_for("authoring.mails"), 303)

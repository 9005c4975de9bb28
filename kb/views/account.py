"""Log in, log out, one's own account."""

from __future__ import annotations

import re

import structlog
from flask import Blueprint, current_app, flash, g, redirect, render_template, request
from flask import session as cookie
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user
from werkzeug.wrappers import Response

from kb import auth, people
from kb.access import needs_login, public
from kb.context import now, services, session
from kb.errors import Invalid, TooMany
from kb.forms import LoginForm, PasswordForm, PreferencesForm, show_problems
from kb.http import told
from kb.limits import LOGIN, limiter
from kb.models import Person

log = structlog.get_logger(__name__)

_LOCAL = re.compile(r"/(?:[^/\\\x00-\x20\x7f][^\\\x00-\x1f\x7f]*)?")

blueprint = Blueprint("account", __name__)


@blueprint.before_request
def _keep_private() -> None:
    """Nothing of these pages stays in a cache."""
    g.private = True


@blueprint.route("/login", methods=["GET", "POST"])
@public
@limiter.limit(LOGIN, methods=["POST"])
def login() -> str | Response | tuple[str, int]:
    """Ask for address and password; the address stays typed when something was wrong."""
    g.frames = services().config.panel_frames  # a browser keeps what it knows inside of a frame apart
    form = LoginForm()
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            person = auth.log_in(
                session(), services().passwords, services().config, form.email.data, form.password.data, now()
            )
        except TooMany as error:
            log.warning("login locked")
            form.email.errors, status = [told(error.sentence)], 429
        else:
            if person is not None:
                return _welcome(person)
            log.info("login failed")
            form.password.errors, status = [_("E-mail or password is wrong.")], 401
    return render_template("kb/login.html", form=form, next=request.values.get("next", "")), status


def _welcome(person: Person) -> Response:
    cookie.clear()
    cookie.permanent = True
    login_user(auth.LoggedIn(person))
    session().info.update(actor_id=person.id, actor=person.name)
    log.info("login", person=person.id)
    return redirect(_local(request.values.get("next", "")) or "/")


def _local(address: str) -> str:
    """An address on this site, or nothing: nobody is sent elsewhere after a login."""
    return address if _LOCAL.fullmatch(address) else ""


@blueprint.post("/logout")
@public
def logout() -> Response:
    """End this session."""
    logout_user()
    cookie.clear()
    return redirect("/")


@blueprint.route("/account", methods=["GET", "POST"])
@needs_login
def account() -> str | Response | tuple[str, int]:
    """Name, languages and time zone."""
    person = current_user.person
    form = PreferencesForm(obj=person)
    if form.validate_on_submit():
        try:
            people.set_preferences(
                session(), person, name=form.name.data, languages=form.languages.data, zone=form.zone.data
            )
        except Invalid as error:
            show_problems(form, error.fields)
        else:
            flash(_("Saved."), "ok")
            return redirect("/account", 303)
    page = render_template(
        "kb/account.html", form=form, password_form=PasswordForm(formdata=None), person=person
    )
    return page, 422 if form.is_submitted() else 200


@blueprint.post("/account/password")
@needs_login
@limiter.limit(LOGIN)
def change_password() -> Response | tuple[str, int]:
    """A new password; other sessions end, this one goes on."""
    person, form = current_user.person, PasswordForm()
    if form.validate_on_submit():
        try:
            people.set_own_password(services().passwords, person, old=form.old.data, new=form.new.data)
        except Invalid as error:
            show_problems(form, error.fields)
        else:
            session().flush()
            login_user(auth.LoggedIn(person))
            flash(_("Your password is changed. Other sessions were ended."), "ok")
            return redirect("/account", 303)
    preferences = PreferencesForm(formdata=None, obj=person)
    return render_template("kb/account.html", form=preferences, password_form=form, person=person), 422


@blueprint.before_app_request
def _must_change_password() -> Response | None:
    """After a reset, nothing opens before the person has chosen a password of their own."""
    free = {"account.account", "account.change_password", "account.logout", "account.login", "static", None}
    if request.endpoint in free or not _is_session() or not current_user.is_authenticated:
        return None
    if current_user.person.must_change_password:
        flash(_("Choose a password of your own first."), "warn")
        return redirect("/account")
    return None


def _is_session() -> bool:
    return current_app.config["SESSION_COOKIE_NAME"] in request.cookies

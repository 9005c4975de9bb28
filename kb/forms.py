"""Forms that people fill in about themselves, and what all forms share."""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import EmailField, Form, PasswordField, SelectField, SelectMultipleField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length

from kb.http import told
from kb.languages import INTERFACE_LANGUAGES, native_name

ZONES = sorted(
    zone
    for zone in zoneinfo.available_timezones()
    if "/" in zone and not zone.startswith(("Etc/", "posix", "right"))
)
LANGUAGE_CHOICES = [SelectChoice(code, native_name(code)) for code in INTERFACE_LANGUAGES]


def show_problems(form: Form, fields: Mapping[str, str]) -> None:
    """Put what the domain refused beside the fields, so that nothing typed is lost."""
    for name, reason in fields.items():
        field = form[name] if name in form else next(iter(form))
        field.errors = [*field.errors, told(reason)]


class LoginForm(FlaskForm):
    """Who are you."""

    email = EmailField(
        _l("E-mail"), [InputRequired(), Length(max=254)], render_kw={"autocomplete": "username"}
    )
    password = PasswordField(
        _l("Password"), [InputRequired(), Length(max=200)], render_kw={"autocomplete": "current-password"}
    )


class PasswordForm(FlaskForm):
    """A new password."""

    old = PasswordField(
        _l("Present password"), [InputRequired()], render_kw={"autocomplete": "current-password"}
    )
    new = PasswordField(
        _l("New password"),
        [InputRequired(), Length(max=200)],
        description=_l("At least 10 characters; a sentence is easy to remember."),
        render_kw={"autocomplete": "new-password"},
    )


class PreferencesForm(FlaskForm):
    """What people set for themselves."""

    name = StringField(_l("Name"), [InputRequired(), Length(max=200)], render_kw={"autocomplete": "name"})
    languages = SelectMultipleField(
        _l("Languages"), choices=LANGUAGE_CHOICES, description=_l("Pages open in the first of these.")
    )
    zone = SelectField(_l("Time zone"), choices=[SelectChoice(zone) for zone in ("UTC", *ZONES)])

"""The form of a request, wherever it stands: on a portal, and in the widget."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    EmailField,
    HiddenField,
    MultipleFileField,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from kb.views.admin.forms import AdminForm
from routing.arrivals import LONGEST_QUESTION
from widgets.requests import asking

MESSAGE, CALL = "message", "call"
SOON = "soon"


class RequestForm(AdminForm):
    """What a customer asks of people."""

    question = TextAreaField(
        _l("What is it about?"),
        [InputRequired(), Length(max=LONGEST_QUESTION)],
        description=_l("Say what you tried, and what happened. Please leave out passwords."),
        render_kw={"rows": 5, "dir": "auto"},
    )
    kind = SelectField(
        _l("How shall we answer?"),
        choices=[SelectChoice(MESSAGE, _l("By mail")), SelectChoice(CALL, _l("Call me"))],
        default=MESSAGE,
    )
    email = EmailField(
        _l("Mail address"),
        [Length(max=asking.LONGEST_EMAIL)],
        render_kw={"autocomplete": "email"},
    )
    phone = TelField(
        _l("Telephone number"),
        [Length(max=asking.LONGEST_PHONE)],
        description=_l("Where you want to be called."),
        render_kw={"autocomplete": "tel"},
    )
    call_at = SelectField(_l("When?"), default=SOON)
    name = StringField(
        _l("Your name"), [Optional(), Length(max=asking.LONGEST_NAME)], render_kw={"autocomplete": "name"}
    )
    files = MultipleFileField(
        _l("Files"),
        description=_l("Up to three images, PDF or text files of 5 MB each."),
        render_kw={"accept": ",".join(sorted(asking.ACCEPTED))},
    )
    agreed = BooleanField(
        _l("I agree that what I send here is kept until it is dealt with, and for some time after.")
    )
    stamp = HiddenField()
    run = HiddenField()
    read = HiddenField()

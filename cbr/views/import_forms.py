"""The form with which a table is uploaded."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from slugify import slugify
from wtforms import SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import Length, Optional

from cbr.importing import STATES
from cbr.models import CaseState
from kb.errors import N_, Invalid
from kb.views.admin.forms import AdminForm

NEW = ""
"""The case type that is yet to be made."""


STATE_WORDS = {
    CaseState.SOLVED: _l("Wait until somebody else confirms them"),
    CaseState.CONFIRMED: _l("Are confirmed at once: nobody else looks at them"),
}
"""What becomes of the cases of a table; the first is usual."""


class UploadForm(AdminForm):
    """A table, and what its rows are cases of."""

    file = FileField(
        _l("Table"),
        [FileRequired(_l("Choose a file first."))],
        render_kw={"accept": ".csv,.tsv,.txt,text/csv,text/tab-separated-values"},
    )
    type = SelectField(_l("Cases of"), default=NEW)
    name = StringField(
        _l("Name of the new case type"),
        [Optional(), Length(max=200)],
        description=_l("For example “Mobile data problems”."),
        render_kw={"autocomplete": "off"},
    )
    language = SelectField(_l("Language of the texts"))
    audience = SelectField(_l("For"))
    state = SelectField(
        _l("The cases"),
        choices=[SelectChoice(state.value, STATE_WORDS[state]) for state in STATES],
        description=_l(
            "Those that are confirmed at once are looked at by nobody else, and customers are shown them if they are"
            " for customers."
        ),
    )

    def new_name(self) -> str:
        """What the new case type is called."""
        return (self.name.data or "").strip()

    def made_key(self) -> str:
        """A key made of the name. Raises `Invalid`."""
        key = slugify(self.new_name(), separator="_")[:64].strip("_")
        if not key:
            raise Invalid({"name": N_("Give the new case type a name.")})
        return key

"""The forms of the page of synonyms."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField, TextAreaField
from wtforms.validators import InputRequired

from kb.views.admin.forms import AdminForm


class SynonymForm(AdminForm):
    """One group, a word or a short phrase a line."""

    language = SelectField(_l("Language"))
    words = TextAreaField(
        _l("Words"),
        [InputRequired()],
        description=_l("One a line: a word, an acronym or a short phrase; 2 to 20 of them."),
        render_kw={"rows": 6, "spellcheck": "true"},
    )
    one_way = BooleanField(
        _l("Only the first finds the others"),
        description=_l(
            "For a general word: whoever asks for “phone” also finds “handset”, but not the other way round."
        ),
    )


class ImportForm(AdminForm):
    """Many groups at once."""

    language = SelectField(_l("Language"))
    lines = TextAreaField(
        _l("Lines"),
        [InputRequired()],
        description=_l(
            "One group a line: “PUK, personal unblocking key”, or “phone => handset, mobile” for one way."
        ),
        render_kw={"rows": 14, "spellcheck": "false"},
    )

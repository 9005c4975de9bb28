"""The forms of the expiry page: its filters, a renewal, and what replaces an article."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.validators import Length, Optional

from authoring.lifetimes.local_moments import LocalMomentField
from kb.articles import LONGEST_KEY, LONGEST_NOTE
from kb.views.admin.forms import AdminForm, MultiCheckboxField


class RenewalForm(AdminForm):
    """Until when it holds; times are those of the person's zone."""

    expires_at = LocalMomentField(
        _l("Expires"), [Optional()], description=_l("Readers do not get it from then on. Empty: never.")
    )
    review_by = LocalMomentField(
        _l("Look at it again by"), [Optional()], description=_l("It goes on showing. Empty: never.")
    )
    others = MultiCheckboxField(_l("Renew too"), coerce=int)
    note = TextAreaField(
        _l("Why it still holds"),
        [Optional(), Length(max=LONGEST_NOTE)],
        description=_l("For those who approve it."),
        render_kw={"rows": 3},
    )


class ReplacementForm(AdminForm):
    """What readers of an old link are offered."""

    replaced_by = StringField(
        _l("Article to read instead"),
        [Optional(), Length(max=LONGEST_KEY)],
        description=_l("Its key. Readers who come by an old link are led there. Empty: none."),
        render_kw={"class": "code", "autocomplete": "off", "spellcheck": "false"},
    )

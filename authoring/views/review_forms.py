"""The forms of reviews: a decision with its checklist, and a reason for what is done past the reviewers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from authoring.approval.reviews import LONGEST_COMMENT
from authoring.lifetimes.kinds import Point
from kb.languages import named
from kb.views.admin.forms import AdminForm

F = TypeVar("F", bound="DecisionForm")
YES, NO = "yes", "no"


class DecisionForm(AdminForm):
    """Approve or return; which of the two says the button that was pressed."""

    seen = HiddenField()
    comment = TextAreaField(
        _l("Comment"),
        [Optional(), Length(max=LONGEST_COMMENT)],
        description=_l("Needed to return it: what has to be mended?"),
        render_kw={"rows": 4, "maxlength": LONGEST_COMMENT},
    )
    withdraw = BooleanField(_l("Take it away from readers at once, if I return it"))
    verdict = StringField(_l("Decision"))

    def points(self) -> list[RadioField]:
        """The fields of the checklist."""
        return self.family("mark")

    def marks(self) -> dict[str, bool]:
        """Point -> whether it is met, of those that something was said about."""
        return {
            field.name.partition("_")[2]: field.data == YES
            for field in self.points()
            if field.data in {YES, NO}
        }


def with_points(form: type[F], points: Sequence[Point], languages: Sequence[str]) -> type[F]:
    """The form with a field for each point of a checklist.

    Args:
        languages: of the names, best first.
    """
    fields = {
        f"mark_{point.key}": RadioField(
            named(point.names, languages, point.key),
            [Optional()],
            choices=[SelectChoice(YES, _l("Met")), SelectChoice(NO, _l("Not met"))],
            validate_choice=False,
        )
        for point in points
    }
    return type(form.__name__, (form,), fields)


class ReasonForm(AdminForm):
    """Why something is done past the reviewers."""

    why = TextAreaField(
        _l("Why?"),
        [InputRequired(), Length(max=LONGEST_COMMENT)],
        description=_l("It is kept with the text, and told to those who have to know."),
        render_kw={"rows": 3, "maxlength": LONGEST_COMMENT},
    )

"""The forms of comments and suggestions."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from authoring.writing.comments import LONGEST_COMMENT, LONGEST_QUOTE
from authoring.writing.suggestions import LONGEST_ANSWER, LONGEST_SUGGESTION
from kb.views.admin.forms import AdminForm


class CommentForm(AdminForm):
    """A remark on a text."""

    quote = TextAreaField(
        _l("Passage"),
        [Optional(), Length(max=LONGEST_QUOTE)],
        id="comment-quote",
        description=_l("The words of the text that you mean."),
        render_kw={"rows": 2, "maxlength": LONGEST_QUOTE},
    )
    body = TextAreaField(
        _l("Comment"),
        [InputRequired(), Length(max=LONGEST_COMMENT)],
        id="comment-body",
        render_kw={"rows": 3, "maxlength": LONGEST_COMMENT},
    )
    next = HiddenField()


class SuggestionForm(AdminForm):
    """What an article should say."""

    body = TextAreaField(
        _l("What should be better, and how?"),
        [InputRequired(), Length(max=LONGEST_SUGGESTION)],
        description=_l("Please leave out names and numbers of customers."),
        render_kw={"rows": 6, "maxlength": LONGEST_SUGGESTION},
    )
    next = HiddenField()


class AnswerForm(AdminForm):
    """Why a suggestion is not taken."""

    answer = TextAreaField(
        _l("Reason"),
        [InputRequired(), Length(max=LONGEST_ANSWER)],
        description=_l("Whoever suggested it reads this."),
        render_kw={"rows": 3, "maxlength": LONGEST_ANSWER},
    )

"""The forms of readings: asking a group, and answering the check questions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import Field, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from authoring.lifetimes.local_moments import LocalMomentField
from authoring.reading.reading_questions import LONGEST, MOST_CHOICES, MOST_QUESTIONS, Question, without_gaps
from authoring.reading.readings import LONGEST_NOTE
from kb.views.admin.forms import AdminForm

NUMBERS = range(1, MOST_QUESTIONS + 1)
CHOICES = range(1, MOST_CHOICES + 1)
_PLAIN = {"autocomplete": "off", "maxlength": LONGEST}


class AskForm(AdminForm):
    """Whom to ask, until when, and what they should be able to answer.

    The n-th question is question_n with choice_n_1 and so on, of which right_n is marked.
    """

    group = SelectField(_l("Group"), coerce=int)
    due_at = LocalMomentField(_l("Due"), [InputRequired()])
    note = TextAreaField(
        _l("Note"),
        [Optional(), Length(max=LONGEST_NOTE)],
        description=_l("What is new, or why it matters."),
        render_kw={"rows": 3, "maxlength": LONGEST_NOTE},
    )

    def questions(self) -> list[Question]:
        """What was typed, without the questions that are empty; those after a gap move up."""
        typed = (
            without_gaps(
                self[f"question_{number}"].data or "",
                [self[f"choice_{number}_{place}"].data or "" for place in CHOICES],
                self[f"right_{number}"].data,
            )
            for number in NUMBERS
        )
        return [question for question in typed if question is not None]

    @property
    def blocks(self) -> list[tuple[int, Field, list[tuple[Any, Field]], bool]]:
        """For the page: number, the question's field, (mark, field) of each choice, and whether there is anything."""
        return [
            (
                number,
                self[f"question_{number}"],
                [
                    (mark, self[f"choice_{number}_{place}"])
                    for place, mark in zip(CHOICES, self[f"right_{number}"], strict=True)
                ],
                any(self[f"choice_{number}_{place}"].data for place in CHOICES)
                or bool(self[f"question_{number}"].data),
            )
            for number in NUMBERS
        ]


for _number in NUMBERS:
    setattr(
        AskForm, f"question_{_number}", StringField(_l("Question"), [Length(max=LONGEST)], render_kw=_PLAIN)
    )
    for _place in CHOICES:
        setattr(
            AskForm,
            f"choice_{_number}_{_place}",
            StringField(_l("Choice"), [Length(max=LONGEST)], render_kw=_PLAIN),
        )
    setattr(
        AskForm,
        f"right_{_number}",
        RadioField(
            _l("Right"),
            [Optional()],
            coerce=int,
            choices=[SelectChoice(place, "") for place in range(MOST_CHOICES)],
        ),
    )


def stored(questions: Sequence[Question]) -> dict[str, Any]:
    """Questions as the data of the form."""
    found: dict[str, Any] = {}
    for number, question in enumerate(questions, 1):
        found[f"question_{number}"], found[f"right_{number}"] = question.text, question.right
        for place, choice in enumerate(question.choices, 1):
            found[f"choice_{number}_{place}"] = choice
    return found


def answer_form(questions: Sequence[Question], data: Sequence[int] = ()) -> AdminForm:
    """The form with which somebody confirms: a field answer_n for each question, from 0.

    Args:
        data: what they chose before.
    """
    fields = {
        f"answer_{place}": RadioField(
            question.text,
            coerce=int,
            choices=[SelectChoice(*choice) for choice in enumerate(question.choices)],
            validate_choice=False,
        )
        for place, question in enumerate(questions)
    }
    before = {f"answer_{place}": answer for place, answer in enumerate(data)}
    form: AdminForm = type("AnswerForm", (AdminForm,), fields)(data=before)
    return form

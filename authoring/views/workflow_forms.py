"""The form of a workflow: its steps are rows of fields, as many as are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, IntegerField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange

from authoring.approval.workflows import LONGEST_NAME
from authoring.workflow import LONGEST_H, MOST_PEOPLE, Step
from kb.errors import Invalid
from kb.views.admin.forms import AdminForm, MultiCheckboxField

NOBODY, BY_NAME = "", "people"
DEFAULTS = {"who": NOBODY, "people": [], "quorum": 1, "due_hours": 72}
Row = Mapping[str, Any]


class WorkflowForm(AdminForm):
    """Who has to approve what. The steps' fields are added by `with_rows`."""

    rows = HiddenField()
    name = StringField(
        _l("Name"), [InputRequired(), Length(max=LONGEST_NAME)], render_kw={"autocomplete": "off"}
    )
    kinds = MultiCheckboxField(_l("Kinds"), description=_l("None chosen: all."))
    audiences = MultiCheckboxField(_l("Audiences"), description=_l("None chosen: all."))
    topics = MultiCheckboxField(_l("Topics"), description=_l("With everything below them. None chosen: all."))
    publishes_first = BooleanField(_l("Readers see the text at once; it is reviewed after"))
    is_active = BooleanField(_l("In use"), default=True)

    def count(self) -> int:
        """How many rows the form has."""
        return sum(name.endswith("_who") for name in self._fields)

    def row(self, number: int) -> dict[str, Any]:
        """What stands in a row."""
        return {name: self[f"step{number}_{name}"].data for name in DEFAULTS}

    def steps(self) -> list[Step]:
        """The steps of the rows that ask anybody.

        Raises:
            Invalid: under the name of the field in its row, what is wrong with a step.
        """
        made: list[Step] = []
        problems: dict[str, str] = {}
        for number in range(self.count()):
            row = self.row(number)
            if row["who"] == NOBODY:
                continue
            try:
                made.append(_step(row))
            except Invalid as error:
                fields = {"role": "who"}
                problems |= {
                    f"step{number}_{fields.get(name, name)}": reason for name, reason in error.fields.items()
                }
        if problems:
            raise Invalid(problems)
        return made

    def of_rows(self, problems: Mapping[str, str]) -> dict[str, str]:
        """What is wrong with steps, under the rows that they were typed in: empty rows are no steps."""
        filled = [number for number in range(self.count()) if self.row(number)["who"] != NOBODY]
        names = {f"step{place}_": f"step{number}_" for place, number in enumerate(filled)}
        moved = {}
        for name, reason in problems.items():
            start = name.partition("_")[0] + "_"
            moved[names[start] + name.removeprefix(start) if start in names else name] = reason
        return moved


def _step(row: Row) -> Step:
    kind, _, key = row["who"].partition(":")
    return Step(
        role=key if kind == "role" else "",
        group=key if kind == "group" else "",
        people=tuple(row["people"]) if kind == BY_NAME else (),
        quorum=row["quorum"] or 0,
        due_hours=row["due_hours"] or 0,
    )


def row_of(step: Step) -> dict[str, Any]:
    """The fields of a step."""
    who = f"role:{step.role}" if step.role else f"group:{step.group}" if step.group else BY_NAME
    return {"who": who, "people": list(step.people), "quorum": step.quorum, "due_hours": step.due_hours}


def with_rows(
    count: int, whom: Sequence[tuple[str, str]], people: Sequence[tuple[int, str]]
) -> type[WorkflowForm]:
    """The form with so many rows.

    Args:
        whom: (value, words) of roles and groups.
        people: (id, name) of those who can be named.
    """
    fields: dict[str, Any] = {}
    asked = [SelectChoice(value, words) for value, words in whom]
    named = [SelectChoice(person_id, name) for person_id, name in people]
    for number in range(count):
        fields[f"step{number}_who"] = SelectField(_l("Who approves"), choices=asked, default=NOBODY)
        fields[f"step{number}_people"] = MultiCheckboxField(
            _l("People"), coerce=int, choices=named, default=[]
        )
        fields[f"step{number}_quorum"] = IntegerField(
            _l("Approvals"),
            [InputRequired(), NumberRange(1, MOST_PEOPLE)],
            default=1,
            render_kw={"min": 1, "max": MOST_PEOPLE},
        )
        fields[f"step{number}_due_hours"] = IntegerField(
            _l("Due after (hours)"),
            [InputRequired(), NumberRange(1, LONGEST_H)],
            default=72,
            render_kw={"min": 1, "max": LONGEST_H},
        )
    return type("WorkflowForm", (WorkflowForm,), fields)

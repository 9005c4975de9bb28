"""What the API of guided help takes and says."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from cbr.guided.runs import ANSWERERS, VERDICTS
from kb.api import language_code

REQUEST = {
    "description": "Names this request: when it is repeated, it changes nothing and gets the same answer"
}
HTML = {"description": "HTML"}
STEP = {"description": "The id of the step that is answered"}
VALUE = {
    "description": "The key of an option, a list of them, a number, a date as 2026-01-31, a text, true or false for "
    "what was done or could not be; null for “don't know”"
}
ANY: list[str] = ["string", "number", "boolean", "array", "null"]


class Named(Schema):
    """What may be repeated."""

    request = fields.String(metadata=REQUEST)


class NewRun(Named):
    """What to follow, and what is known."""

    guide = fields.String(metadata={"description": "Key of a guide"})
    case_type = fields.String(metadata={"description": "Key of a case type"})
    facts = fields.Dict(
        keys=fields.String(),
        values=fields.Raw(allow_none=True, metadata={"type": ANY}),
        load_default=dict,
        metadata={"description": "Attribute -> what is known of it"},
    )
    text = fields.String(load_default="", metadata={"description": "What the matter is, in a sentence"})
    language = fields.String(validate=language_code)
    portal = fields.String(metadata={"description": "Key of a portal; the run is limited to what it shows"})
    answerer = fields.String(
        validate=validate.OneOf(ANSWERERS), metadata={"description": "Who answers the questions"}
    )

    @validates_schema
    def _one_of_both(self, data: dict[str, Any], **_rest: Any) -> None:
        if ("guide" in data) == ("case_type" in data):
            raise ValidationError("Name a guide or a case type.", "guide")


class GivenAnswer(Named):
    """An answer: to the present step, or in the place of an earlier one."""

    step = fields.String(metadata=STEP)
    value = fields.Raw(required=True, allow_none=True, metadata={**VALUE, "type": ANY})
    at = fields.Integer(metadata={"description": "Which answer to change, counted from 0"})

    @validates_schema
    def _step_or_place(self, data: dict[str, Any], **_rest: Any) -> None:
        if "step" not in data and "at" not in data:
            raise ValidationError("Name the step that is answered.", "step")


class Verdict(Named):
    """How it went."""

    verdict = fields.String(required=True, validate=validate.OneOf(VERDICTS))
    proposal = fields.String(load_default="", metadata={"description": "The id of the one that was tried"})


class StepReason(Schema):
    """Why."""

    code = fields.String(required=True)
    values = fields.Dict(
        keys=fields.String(), values=fields.Raw(allow_none=True, metadata={"type": ANY}), required=True
    )
    text = fields.String(required=True, metadata={"description": "In the run's language"})
    share = fields.Float(
        required=True, allow_none=True, metadata={"description": "What it did for the score, of 1 altogether"}
    )


class OptionSchema(Schema):
    """One of the answers to choose from. Not to know (null) is always one more."""

    key = fields.String(required=True)
    text = fields.String(required=True)


class ArticleLink(Schema):
    """The article that says it."""

    key = fields.String(required=True)
    title = fields.String(required=True)
    language = fields.String(required=True)
    url = fields.String(required=True)


class ProposalSchema(Schema):
    """Something that may help."""

    id = fields.String(required=True)
    title = fields.String(required=True)
    html = fields.String(required=True, metadata=HTML)
    article = fields.Nested(ArticleLink, required=True, allow_none=True)
    chance = fields.Float(required=True, allow_none=True)
    why = fields.List(fields.Nested(StepReason), required=True)


class StepSchema(Schema):
    """What comes next."""

    type = fields.String(required=True, metadata={"description": "question, instruction, or outcome"})
    id = fields.String(required=True)
    kind = fields.String(
        required=True,
        metadata={
            "description": "Of a question: choice, several, number, date, text; of an outcome: solution, article, "
            "handover; empty for an instruction"
        },
    )
    text = fields.String(required=True, metadata={"description": "Without markup, to be read out"})
    html = fields.String(required=True, metadata=HTML)
    options = fields.List(fields.Nested(OptionSchema), required=True)
    dont_know = fields.Boolean(
        required=True, metadata={"description": "Whether null is an answer; it always is to a question"}
    )
    dont_know_text = fields.String(
        required=True,
        metadata={"description": "How it is said here that one does not know; empty for the usual words"},
    )
    unit = fields.String(required=True)
    proposals = fields.List(fields.Nested(ProposalSchema), required=True)
    why = fields.List(fields.Nested(StepReason), required=True)


class KnownFact(Schema):
    """A fact that was known at the start."""

    attribute = fields.String(required=True)
    name = fields.String(required=True)
    value = fields.Raw(required=True, metadata={"type": ANY})
    text = fields.String(required=True)
    words = fields.String(
        required=True, metadata={"description": "Of the opening sentence that say it; empty if it was given"}
    )


class EarlierAnswer(Schema):
    """An answer so far."""

    step = fields.String(required=True)
    question = fields.String(required=True)
    value = fields.Raw(required=True, allow_none=True, metadata={"type": ANY})
    text = fields.String(required=True)


class RunSchema(Schema):
    """A run."""

    id = fields.String(required=True)
    guide = fields.String(required=True, allow_none=True)
    case_type = fields.String(required=True, allow_none=True)
    title = fields.String(required=True)
    language = fields.String(required=True)
    portal = fields.String(required=True, allow_none=True)
    answerer = fields.String(required=True)
    text = fields.String(required=True)
    facts = fields.List(fields.Nested(KnownFact), required=True)
    answers = fields.List(fields.Nested(EarlierAnswer), required=True)
    lost = fields.Integer(
        required=True, metadata={"description": "Answers that do not fit any more, and were left out"}
    )
    wants_best = fields.Boolean(required=True)
    proposal = fields.String(required=True)
    verdict = fields.String(required=True)
    expires_at = fields.DateTime(required=True)
    url = fields.String(required=True, metadata={"description": "Its page in the portal; empty without one"})


class RunAndStep(Schema):
    """A run and the step it is at."""

    run = fields.Nested(RunSchema, required=True)
    step = fields.Nested(StepSchema, required=True)

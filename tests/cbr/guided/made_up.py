"""Solved cases of all kinds, made up by hypothesis, and small ones that tests can reckon with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from cbr.case_type import CaseType, Kind, read_case_type
from cbr.guided.adaptive import Adaptive
from cbr.guided.library import Library
from cbr.guided.steps import Answer, Outcome, Question, Step, Told
from cbr.values import write_value
from tests.cbr import strategies

SOLUTIONS = ("restart", "new sim", "pay the bill", "roaming on")
DIALOG = 60  # steps: more than any run may have


@st.composite
def libraries(draw: st.DrawFn) -> Library:
    """Up to 25 cases of up to 6 attributes, now and then none."""
    case_type = draw(strategies.case_types())
    cases = draw(st.lists(strategies.cases(case_type), max_size=25))
    solved_by = [draw(st.sampled_from(SOLUTIONS)) for _ in cases]
    return library(case_type, cases, solved_by)


def library(case_type: CaseType, cases: Sequence[Mapping[str, Any]], solutions: Sequence[Any]) -> Library:
    """Cases as columns."""
    keys = [one.key for one in case_type.attributes]
    return Library.of(case_type, {key: [case.get(key) for case in cases] for key in keys}, solutions)


def phone() -> CaseType:
    """What can be known of a telephone that does not work."""
    return read_case_type(
        {
            "key": "phone",
            "attributes": [
                {"key": "abroad", "kind": "boolean", "names": {"en": "Abroad"}},
                {"key": "sim", "kind": "category", "choices": [{"key": "fine"}, {"key": "missing"}]},
                {
                    "key": "used",
                    "kind": "number",
                    "unit": "GB",
                    "similarity": {"measure": "linear", "range": 10},
                },
                {"key": "line", "kind": "category", "answerers": ["agent"]},
                {"key": "told", "kind": "text"},
            ],
        }
    )


def phones() -> Library:
    """Forty solved cases: who is abroad needs roaming, who has no SIM a new one, who has used much more data."""
    cases, solutions = [], []
    for at in range(40):
        abroad, missing, much = at % 4 == 1, at % 4 == 2, at % 4 == 3
        cases.append(
            {
                "abroad": abroad,
                "sim": "missing" if missing else "fine",
                "used": 17.5 + at / 10 if much else 3.0 + at / 10,
                "line": "suspended" if at % 4 == 0 else "active",
            }
        )
        solutions.append(("pay the bill", "roaming on", "new sim", "more data")[at % 4])
    return library(phone(), cases, solutions)


def reply(question: Question, case: Mapping[str, Any]) -> object:
    """What somebody with this case answers; None where the case has nothing."""
    if "+" in question.id:
        return [key for key in question.id.split("+") if case.get(key) is True]
    return write_value(case[question.id]) if question.id in case else None


def played(guide: Adaptive, case: Mapping[str, Any], told: Told) -> tuple[list[Question], Outcome, Told]:
    """A run to its end."""
    asked: list[Question] = []
    step: Step = guide.step(told)
    while isinstance(step, Question):
        assert len(asked) < DIALOG, "it does not end"
        asked.append(step)
        answers = (*told.answers, Answer(step.id, reply(step, case)))
        told = Told(told.facts, answers, told.text, told.language, told.answerer, told.wants_best)
        step = guide.step(told)
    assert isinstance(step, Outcome)
    return asked, step, told


def facts(source: Library) -> st.SearchStrategy[dict[str, Any]]:
    """Facts about attributes that can be asked."""
    asked = [one for one in source.case_type.attributes if one.kind != Kind.TEXT]
    return st.fixed_dictionaries({}, optional={one.key: strategies.VALUES[one.kind] for one in asked})

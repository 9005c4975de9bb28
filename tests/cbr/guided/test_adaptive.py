"""Guided help that is asked from the cases: it never asks twice, always ends, and order does not matter."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cbr.case_type import CaseType, Kind, read_case_type
from cbr.guided.adaptive import Adaptive, Stopping
from cbr.guided.library import Library, Solution
from cbr.guided.posterior import Belief
from cbr.guided.steps import Answer, Outcome, Question, Told
from cbr.values import write_value
from kb.errors import Invalid
from tests.cbr.guided.made_up import facts, libraries, library, phone, phones, played

ABROAD = {"abroad": True, "sim": "fine", "used": 3.0, "line": "active"}


def guide_of(source: Library) -> Adaptive:
    return Adaptive(source.case_type, source)


def plain(case_type: CaseType, known: dict[str, Any]) -> dict[str, Any]:
    return {key: write_value(value, case_type.attribute(key).kind) for key, value in known.items()}


@given(st.data(), libraries())
@settings(max_examples=60, deadline=None)
def test_no_step_asks_what_is_known_or_was_asked_and_it_ends(data: st.DataObject, source: Library) -> None:
    known = data.draw(facts(source))
    case = data.draw(facts(source))
    begun = Told(
        facts=plain(source.case_type, known), answerer=data.draw(st.sampled_from(["agent", "customer"]))
    )
    asked, outcome, _ = played(guide_of(source), case, begun)
    keys = [key for question in asked for key in question.id.split("+")]
    assert len(keys) == len(set(keys))
    assert not set(keys) & set(known)
    assert outcome.kind in {"solution", "handover"}
    assert sum(one.chance or 0 for one in outcome.proposals) <= 1 + 1e-9


@given(st.data(), libraries())
@settings(max_examples=40, deadline=None)
def test_the_order_of_answers_does_not_matter(data: st.DataObject, source: Library) -> None:
    known = data.draw(facts(source))
    answers = tuple(Answer(key, write_value(value)) for key, value in known.items())
    turned = tuple(data.draw(st.permutations(answers)))
    guide = guide_of(source)
    step = guide.step(Told(answers=answers, answerer="agent"))
    assert step == guide.step(Told(answers=turned, answerer="agent"))


@given(st.data(), libraries())
@settings(max_examples=40, deadline=None)
def test_an_answer_that_is_changed_is_as_good_as_the_first(data: st.DataObject, source: Library) -> None:
    case, other = data.draw(facts(source)), data.draw(facts(source))
    guide = guide_of(source)
    _, _, told = played(guide, case, Told(answerer="agent"))
    single = [at for at, one in enumerate(told.answers) if one.step in other]
    if not single:
        return
    at = data.draw(st.sampled_from(single))
    changed = Answer(told.answers[at].step, write_value(other[told.answers[at].step]))
    instead = replace(told, answers=(*told.answers[:at], changed, *told.answers[at + 1 :]))
    again = replace(told, answers=(*told.answers, changed))
    fresh = Adaptive(source.case_type, source)
    assert guide.step(instead) == fresh.step(instead)
    stopped = Stopping(most=DISTANT)
    patient = Adaptive(source.case_type, source, stopping=stopped)
    assert patient.step(instead) == patient.step(again)


DISTANT = 1000


@given(st.data(), libraries())
@settings(max_examples=40, deadline=None)
def test_not_to_know_changes_no_belief(data: st.DataObject, source: Library) -> None:
    known = plain(source.case_type, data.draw(facts(source)))
    guide = guide_of(source)
    wanted = Told(facts=known, answerer="agent", wants_best=True)
    unknown = [
        one.key for one in source.case_type.attributes if one.key not in known and one.kind != Kind.TEXT
    ]
    silent = replace(wanted, answers=tuple(Answer(key, None) for key in unknown))
    assert guide.step(wanted) == guide.step(silent)


@given(st.data(), libraries())
@settings(max_examples=20, deadline=None)
def test_the_same_words_lead_the_same_way(data: st.DataObject, source: Library) -> None:
    case = data.draw(facts(source))
    again = Library.of(
        source.case_type,
        {key: [source.case(at).get(key) for at in _by_id(source)] for key in source.columns},
        [source.solutions[source.solved_by[at]] for at in _by_id(source)],
    )
    told = Told(answerer="agent")
    assert played(guide_of(source), case, told) == played(guide_of(again), case, told)


def _by_id(source: Library) -> list[int]:
    return [int(at) for at in source.ids.argsort()]


def test_it_finds_the_solution_with_few_questions_and_says_why() -> None:
    asked, outcome, _ = played(guide_of(phones()), ABROAD, Told(answerer="agent"))
    assert len(asked) <= 4
    assert asked[0].why[0].code == "narrows"
    best = outcome.proposals[0]
    assert (best.id, outcome.kind) == ("roaming on", "solution")
    assert best.chance is not None
    assert best.chance >= 0.9
    assert "abroad" in [why.values["attribute"] for why in best.why if why.code == "same"]
    assert best.why[-1].code == "cases"
    assert best.why[-1].values["count"] == 10


def test_the_dearer_a_question_the_fewer_are_asked() -> None:
    asked = []
    for price in (0.0, 0.02, 0.1, 1.0):
        guide = Adaptive(phone(), phones(), stopping=Stopping(confident=1.0, price=price, dearer=0.0))
        asked.append(len(played(guide, ABROAD, Told(answerer="agent"))[0]))
    assert asked == sorted(asked, reverse=True)
    assert asked[0] > asked[-1] == 0


@pytest.mark.parametrize(
    ("chances", "unseen", "promise", "worth"),
    [
        ([0.5, 0.5], 0.0, 0.5, True),  # two questions to be right where it would be a coin's toss
        ([0.5, 0.5], 0.0, 0.03, False),  # thirty of them
        ([0.95, 0.05], 0.0, 0.05, False),  # one in twenty, but by six questions
        ([0.95, 0.05], 0.0, 0.2, True),
        ([0.1, 0.01], 0.89, 0.2, False),  # answers cannot tell what nobody has seen
        ([0.5, 0.5], 0.0, 0.0, False),
        ([1.0], 0.0, 0.0, False),
    ],
)
def test_a_question_is_worth_what_it_puts_right(
    chances: list[float], unseen: float, promise: float, worth: bool
) -> None:
    belief = Belief(np.array(chances), np.array(chances), unseen, np.ones(len(chances)))
    assert Stopping(price=0.02).is_worth(belief, promise, asked=0.0) is worth


def test_the_more_was_asked_the_more_the_next_question_has_to_bring() -> None:
    belief = Belief(np.array([0.5, 0.5]), np.array([0.5, 0.5]), 0.0, np.ones(2))
    worth = [Stopping().is_worth(belief, 0.02, asked=share) for share in (0.0, 0.2, 0.5, 1.0)]
    assert worth == [True, True, False, False]


def test_what_cannot_be_told_apart_is_not_asked_about_for_long() -> None:
    case_type = read_case_type(
        {"key": "t", "attributes": [{"key": f"s{at}", "kind": "category"} for at in range(20)]}
    )
    cases = [{f"s{at}": f"v{(case * (at + 3) ** 2) % 7}" for at in range(20)} for case in range(98)]
    solutions = [f"cure {case * case % 5}" for case in range(98)]  # nothing of it shows
    asked, _, _ = played(guide_of(library(case_type, cases, solutions)), cases[0], Told(answerer="agent"))
    assert len(asked) <= 10


def test_one_wrong_answer_leaves_the_right_solution_among_the_first_three() -> None:
    known = {"abroad": True, "sim": "missing", "used": 3.0, "line": "active"}
    outcome = guide_of(phones()).step(Told(facts=known, wants_best=True))
    assert isinstance(outcome, Outcome)
    assert {"new sim", "roaming on"} <= {one.id for one in outcome.proposals}


def test_customers_are_not_asked_what_only_agents_know() -> None:
    asked, _, _ = played(guide_of(phones()), ABROAD, Told(answerer="customer"))
    assert "line" not in {question.id for question in asked}
    with pytest.raises(Invalid) as refused:
        guide_of(phones()).step(Told(answers=(Answer("line", "active"),), answerer="customer"))
    assert set(refused.value.fields) == {"line"}


@pytest.mark.parametrize(
    ("step", "value"),
    [
        ("nothing", "x"),
        ("told", "x"),
        ("abroad+sim", ["abroad"]),
        ("sim", "golden"),
        ("used", "much"),
        ("abroad", 7),
    ],
)
def test_an_answer_to_no_question_or_not_of_its_kind_is_refused(step: str, value: object) -> None:
    with pytest.raises(Invalid) as refused:
        guide_of(phones()).step(Told(answers=(Answer(step, value),), answerer="agent"))
    assert set(refused.value.fields) == {step}


def test_an_answerer_whom_nobody_knows_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        guide_of(phones()).step(Told(answerer="robot"))
    assert "answerer" in refused.value.fields


def test_without_cases_somebody_has_to_take_over() -> None:
    outcome = guide_of(library(phone(), [], [])).step(Told())
    assert outcome == Outcome("outcome", "handover", why=outcome.why)
    assert outcome.why[0].code == "empty"


def test_one_case_is_proposed_when_it_is_asked_for() -> None:
    guide = guide_of(library(phone(), [ABROAD], ["roaming on"]))
    outcome = guide.step(Told(facts={"abroad": True}, wants_best=True))
    assert isinstance(outcome, Outcome)
    assert [one.id for one in outcome.proposals] == ["roaming on"]
    assert isinstance(guide.step(Told()), Outcome)


def test_cases_without_values_leave_nothing_to_ask() -> None:
    outcome = guide_of(library(phone(), [{}, {}, {}], ["a", "a", "b"])).step(Told())
    assert isinstance(outcome, Outcome)
    assert [one.id for one in outcome.proposals] == ["a", "b"]
    assert outcome.why[0].code == "no_gain"


def test_cases_without_a_solution_are_left_out() -> None:
    source = library(phone(), [ABROAD, ABROAD, ABROAD], ["a", None, ""])
    assert (len(source), [one.id for one in source.solutions]) == (1, ["a"])


def test_of_10_000_categories_the_likeliest_are_offered_and_any_is_taken() -> None:
    case_type = read_case_type({"key": "devices", "attributes": [{"key": "model", "kind": "category"}]})
    models = [*range(10_000), *(at % 10 for at in range(2_000))]
    guide = guide_of(
        library(case_type, [{"model": f"m{at}"} for at in models], [f"s{at % 5}" for at in models])
    )
    question = guide.step(Told())
    assert isinstance(question, Question)
    assert len(question.options) == 20
    assert {f"m{at}" for at in range(10)} < {option.key for option in question.options}
    outcome = guide.step(Told(answers=(Answer("model", "m7777"),)))
    assert isinstance(outcome, Outcome)
    assert outcome.proposals[0].id == "s2"


def test_what_fits_no_case_is_handed_over() -> None:
    case_type = read_case_type(
        {"key": "t", "attributes": [{"key": f"a{at}", "kind": "category"} for at in range(6)]}
    )
    cases = [{f"a{at}": f"v{case}" for at in range(6)} for case in range(12)]
    guide = guide_of(library(case_type, cases, [f"s{case}" for case in range(12)]))
    strange = tuple(Answer(f"a{at}", f"v{at * 2}") for at in range(6))
    outcome = guide.step(Told(answers=strange))
    assert isinstance(outcome, Outcome)
    assert (outcome.kind, outcome.why[0].code) == ("handover", "nothing")


def test_things_that_seldom_hold_make_one_checklist() -> None:
    case_type = read_case_type(
        {"key": "t", "attributes": [{"key": f"s{at}", "kind": "boolean"} for at in range(6)]}
    )
    cases = [{f"s{at}": at == case % 6 for at in range(6)} for case in range(30)]
    guide = guide_of(library(case_type, cases, [f"cure {case % 6}" for case in range(30)]))
    question = guide.step(Told())
    assert isinstance(question, Question)
    assert (question.kind, len(question.options)) == ("several", 5)
    assert question.id == "+".join(option.key for option in question.options)
    ticked = Told(answers=(Answer(question.id, [question.options[2].key]),))
    outcome = guide.step(replace(ticked, wants_best=True))
    assert isinstance(outcome, Outcome)
    assert outcome.proposals[0].id == f"cure {question.options[2].key[1:]}"
    silent = guide.step(Told(answers=(Answer(question.id, None),), wants_best=True))
    assert isinstance(silent, Outcome)
    assert len({one.chance for one in silent.proposals}) == 1


def test_a_line_that_is_not_ticked_says_less_than_a_no() -> None:
    case_type = read_case_type(
        {"key": "t", "attributes": [{"key": "s_a", "kind": "boolean"}, {"key": "s_b", "kind": "boolean"}]}
    )
    cases = [{"s_a": True, "s_b": False}, {"s_a": False, "s_b": True}] * 10
    guide = guide_of(library(case_type, cases, ["a", "b"] * 10))
    plainly = guide.step(Told(answers=(Answer("s_a", False),), wants_best=True))
    silently = guide.step(Told(answers=(Answer("s_a+s_b", []), Answer("s_b", None)), wants_best=True))
    assert isinstance(plainly, Outcome)
    assert isinstance(silently, Outcome)
    chances = [
        next(one.chance or 0 for one in step.proposals if one.id == "b") for step in (plainly, silently)
    ]
    assert chances[0] > chances[1] > 0.5


def test_a_plain_no_takes_the_place_of_a_line_that_was_not_ticked() -> None:
    case_type = read_case_type(
        {"key": "t", "attributes": [{"key": "s_a", "kind": "boolean"}, {"key": "s_b", "kind": "boolean"}]}
    )
    cases = [{"s_a": True, "s_b": False}, {"s_a": False, "s_b": True}] * 10
    guide = guide_of(library(case_type, cases, ["a", "b"] * 10))
    plainly = Told(answers=(Answer("s_a", False), Answer("s_b", None)), wants_best=True)
    corrected = replace(plainly, answers=(Answer("s_a+s_b", []), *plainly.answers))
    assert guide.step(plainly) == guide.step(corrected)


def test_a_customer_chooses_from_ranges_where_an_agent_types_a_number() -> None:
    guide = guide_of(phones())
    seen = Told(facts={"abroad": False, "sim": "fine"})
    question = guide.step(seen)
    assert isinstance(question, Question)
    assert (question.id, question.kind) == ("used", "choice")
    assert question.options[-1].text.startswith("≥")
    assert all(option.text.endswith("GB") for option in question.options)
    outcome = guide.step(replace(seen, answers=(Answer("used", question.options[-1].key),), wants_best=True))
    assert isinstance(outcome, Outcome)
    assert outcome.proposals[0].id == "more data"


def test_a_case_left_out_does_not_vote_for_itself() -> None:
    source = library(phone(), [ABROAD, {**ABROAD, "abroad": False}], ["alone", "other"])
    guide = guide_of(source).without(0)
    outcome = guide.step(Told(facts={"abroad": True}, wants_best=True))
    assert isinstance(outcome, Outcome)
    assert [one.id for one in outcome.proposals] == ["other"]


def test_a_solution_with_an_article_leads_to_it() -> None:
    solution = Solution("s", "Switch roaming on", "Open the settings.", "roaming")
    guide = guide_of(library(phone(), [ABROAD] * 3, [solution] * 3))
    outcome = guide.step(Told(wants_best=True))
    assert isinstance(outcome, Outcome)
    assert (outcome.kind, outcome.proposals[0].article) == ("article", "roaming")
    assert (outcome.proposals[0].title, outcome.proposals[0].text) == (
        "Switch roaming on",
        "Open the settings.",
    )

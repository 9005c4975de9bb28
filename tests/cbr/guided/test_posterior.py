"""Beliefs: every case stays alive, answers move them as far as they tell, and figures are chances."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cbr.candidates import Candidates, Held
from cbr.case_type import Kind, read_case_type
from cbr.guided.adaptive import Adaptive
from cbr.guided.gains import Gains
from cbr.guided.library import Library, Solution
from cbr.guided.likelihood import MOST_GROUPS, Smoothing, alike, grouped
from cbr.guided.posterior import Posterior
from cbr.guided.ranges import ranges, roundest
from cbr.guided.steps import Question, Told
from cbr.values import compare
from kb.errors import Invalid
from tests.cbr.guided.made_up import facts, libraries, library, phone, phones


@given(st.data(), libraries())
@settings(max_examples=80, deadline=None)
def test_chances_are_chances_and_no_case_dies(data: st.DataObject, source: Library) -> None:
    belief = Posterior(source).believe(data.draw(facts(source)))
    assert float(belief.cases.sum()) + belief.unseen == pytest.approx(1)
    assert float(belief.solutions.sum()) + belief.unseen == pytest.approx(1)
    assert (belief.cases > 0).all()


@given(st.data(), libraries())
@settings(max_examples=80, deadline=None)
def test_alike_is_what_two_values_compared_are(data: st.DataObject, source: Library) -> None:
    known = data.draw(facts(source))
    for key, fact in known.items():
        column = source.columns[key]
        expected = [compare(column.attribute, fact, value) for value in column.values]
        assert alike(column, fact) == pytest.approx(expected)


@given(libraries())
@settings(max_examples=80, deadline=None)
def test_gains_are_never_more_than_what_is_unknown(source: Library) -> None:
    posterior = Posterior(source)
    belief = posterior.believe({})
    for gain in Gains(posterior).of(belief, list(posterior.likelihoods)).values():
        assert 0 <= gain.bits <= belief.uncertain + 1e-4
        assert 0 <= gain.share <= 1 + 1e-6


def test_a_gain_is_what_the_answers_bring_on_average() -> None:
    posterior = Posterior(phones(), Smoothing(noise=0.1, backoff=0.0))
    belief = posterior.believe({})
    gain = Gains(posterior).of(belief, ["abroad"])["abroad"]
    after = {said: posterior.believe({"abroad": said}) for said in (True, False)}
    yes = 0.9 * 0.25 + 0.05
    brought = belief.uncertain - yes * after[True].uncertain - (1 - yes) * after[False].uncertain
    assert gain.bits == pytest.approx(brought, abs=0.05)


def test_who_is_merged_counts_as_often_as_it_came() -> None:
    cases = {"abroad": [True, True]}
    twice = Library.of(phone(), cases, ["a", "b"], counts=[3.0, 1.0])
    belief = Posterior(twice).believe({})
    chances = {one.id: chance for one, chance in zip(twice.solutions, belief.solutions, strict=True)}
    assert chances["a"] == pytest.approx(3 * chances["b"])


def test_more_that_nobody_has_seen_is_expected_where_all_solutions_differ() -> None:
    cases: list[dict[str, Any]] = [{"abroad": True}] * 10
    same = Posterior(library(phone(), cases, ["a"] * 10)).believe({})
    other = Posterior(library(phone(), cases, list("abcdefghij"))).believe({})
    assert same.unseen < 0.1
    assert other.unseen == 0.5


def test_an_attribute_of_less_weight_moves_less() -> None:
    moved = []
    for weight in (1.0, 0.2, 0.0):
        case_type = phone().weighted({"abroad": weight})
        cases: list[dict[str, Any]] = [{"abroad": True, "sim": "fine"}, {"abroad": False, "sim": "fine"}]
        posterior = Posterior(library(case_type, cases * 5, ["a", "b"] * 5))
        moved.append(float(posterior.believe({"abroad": True}).solutions.max()))
    assert moved[0] > moved[1] > moved[2]


@pytest.mark.parametrize(("rule", "before"), [("different", False), ("neutral", False), ("same", True)])
def test_a_case_without_a_value_follows_the_rule(rule: str, before: bool) -> None:
    case_type = read_case_type({"key": "t", "attributes": [{"key": "a", "kind": "boolean", "missing": rule}]})
    source = library(case_type, [{"a": True}, {"a": False}, {}], ["yes", "no", "none"])
    chances = dict(
        zip(
            [one.id for one in source.solutions],
            Posterior(source, Smoothing(backoff=0)).believe({"a": True}).solutions,
            strict=True,
        )
    )
    assert bool(chances["none"] >= chances["yes"] - 1e-12) is before
    assert chances["none"] >= chances["no"] - 1e-12


def test_numbers_of_many_values_are_grouped_evenly() -> None:
    case_type = phone()
    source = library(case_type, [{"used": float(at)} for at in range(1000)], ["a"] * 1000)
    column = source.columns["used"]
    groups = grouped(column, np.ones(1000), 8.0)
    assert len(groups.facts) <= MOST_GROUPS
    assert groups.shares.sum() == pytest.approx(1)
    assert groups.shares.max() < 0.2
    assert (np.diff(groups.of_values[:-1]) >= 0).all()


def test_the_nearest_of_a_case_base_become_a_library() -> None:
    held = Held(np.array([1, 0, -1], np.int32), ["fine", "missing"])
    found = Candidates(np.array([7, 8, 9]), np.ones(3), {"sim": held})
    source = Library.of_candidates(phone(), found, {7: Solution("a"), 9: Solution("b")}, {7: 4.0})
    cases = {int(id_): source.case(at) for at, id_ in enumerate(source.ids)}
    assert cases == {7: {"sim": "missing"}, 9: {}}
    assert sorted(source.counts.tolist()) == [1.0, 4.0]


def test_columns_that_do_not_fit_are_refused() -> None:
    with pytest.raises(Invalid):
        Library.of(phone(), {"abroad": [True]}, ["a", "b"])
    with pytest.raises(Invalid):
        Library.of(phone(), {"nothing": [True]}, ["a"])


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_the_roundest_number_lies_between(low: float, width: float) -> None:
    high = low + width
    if high > low:
        assert low < roundest(low, high) <= high


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50, unique=True))
@example(values=[0.0, 5e-324])
def test_every_number_lies_in_one_range(values: list[float]) -> None:
    found = ranges(sorted(values), [1.0] * len(values))
    for value in values:
        assert sum(one.low <= value <= one.high for one in found) in (1, 2)
    assert all(one.low < one.high for one in found)


def test_texts_and_what_counts_nothing_are_not_believed() -> None:
    case_type = phone().weighted({"sim": 0.0})
    posterior = Posterior(library(case_type, [{"told": "x", "sim": "fine", "abroad": True}], ["a"]))
    assert list(posterior.likelihoods) == ["abroad"]
    assert posterior.likelihoods["abroad"].column.attribute.kind == Kind.BOOLEAN


def test_no_answer_may_rule_out_anything() -> None:
    with pytest.raises(ValueError, match="noise=0"):
        Smoothing(noise=0)


def test_a_young_case_base_in_which_every_solution_came_once_is_asked() -> None:
    young = library(
        phone(), [{"abroad": True}, {"abroad": False}, {"sim": "missing"}], ["one", "two", "three"]
    )
    assert Posterior(young).believe({}).unseen == pytest.approx(0.5)
    assert isinstance(Adaptive(phone(), young).step(Told()), Question)

"""Evaluation, learned weights and upkeep: right on cases whose truth is known, kept, and taken over by people only."""

from __future__ import annotations

import importlib.util
import random
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from cbr import case_types, evaluating, learning, queries, reporting
from cbr.case_type import Attribute, CaseType, Kind
from cbr.cli import evaluation_lines
from cbr.evaluating import FOLDS, commonest, evaluate
from cbr.learning import learn_weights
from cbr.maintenance import maintain
from cbr.models import CaseReport
from cbr.others import Solved, hits, nearest_others
from cbr.similarity import Linear
from kb.db import Database
from kb.errors import Conflict, Invalid, NotAllowed
from kb.models import Person
from kb.permissions import SYSTEM
from tests.cbr.stage import phones, solved, staff
from tests.conftest import START

LETTERS = CaseType(
    "letters",
    (
        Attribute("telling", Kind.CATEGORY),
        Attribute("size", Kind.NUMBER, similarity=Linear(10.0)),
        *(Attribute(f"noise{number}", Kind.CATEGORY) for number in range(4)),
    ),
)


def made(
    columns: dict[str, list[Any]], solutions: list[str], tried: list[tuple[int, int]] | None = None
) -> Solved:
    """Cases of letters; what is not named has no value."""
    cases = len(solutions)
    nothing: dict[str, list[Any]] = {one.key: [None] * cases for one in LETTERS.attributes}
    counts = np.array(tried or [(0, 0)] * cases)
    return Solved(LETTERS, nothing | columns, solutions, solutions, list(range(100, 100 + cases)), counts)


def noisy(cases: int, seed: int = 1) -> Solved:
    """One attribute says which solution it is, four others say nothing."""
    chance = random.Random(seed)
    solutions = [chance.choice("abcd") for _ in range(cases)]
    noise = {f"noise{number}": [chance.choice("xyz") for _ in range(cases)] for number in range(4)}
    return made({"telling": [f"is {one}" for one in solutions], **noise}, solutions)


def test_each_case_is_left_out_and_found_by_the_others() -> None:
    cases = made({"telling": ["x", "x", "y", "y", "z"]}, ["a", "a", "b", "c", "d"])
    found = evaluate(cases)
    assert (found.cases, found.solutions, found.left_out, found.alone) == (5, 4, 5, 0.6)
    assert found.case_base.at_1 == 0.4
    assert sum(one.count for one in found.bins) == 5
    assert 0 <= found.brier <= 1


def test_what_is_always_the_same_is_always_right_and_sure() -> None:
    found = evaluate(made({"telling": ["x"] * 12}, ["a"] * 12))
    assert (found.case_base.at_1, found.majority.at_1, found.case_base.shared, found.brier) == (1, 1, 1, 0)
    assert [(one.count, one.confidence, one.accuracy) for one in found.bins] == [(12, 1.0, 1.0)]


def test_the_first_three_are_different_solutions() -> None:
    cases = made({"telling": ["x"] * 6}, ["a", "a", "a", "b", "c", "c"])
    assert evaluate(cases).case_base.at_3 == 1 - 1 / 6  # the only b is not there when it is left out


def test_a_long_solution_of_which_a_part_is_right_is_not_simply_wrong() -> None:
    cases = made({"telling": ["x", "x"]}, ["do this then that", "do this then other"])
    found = evaluate(cases)
    assert (found.case_base.at_1, found.case_base.shared) == (0.0, 0.75)


def test_more_cases_than_wanted_are_sampled() -> None:
    assert evaluate(noisy(60), most=10).left_out == 10


def test_a_decision_tree_is_measured_beside_it_where_it_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    tree = evaluate(noisy(80)).tree
    assert tree is not None
    assert tree.at_1 > 0.85
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    told = evaluate(noisy(10))
    assert told.tree is None
    assert any("scikit-learn is not installed" in line for line in evaluation_lines(told.to_plain()))


@pytest.mark.parametrize("measure", [evaluate, learn_weights, maintain])
@pytest.mark.parametrize("cases", [0, 1])
def test_too_few_cases_are_told(measure: Any, cases: int) -> None:
    with pytest.raises(Invalid) as refused:
        measure(made({}, ["a"] * cases))
    assert set(refused.value.fields) == {"cases"}


@pytest.mark.parametrize("measure", [evaluate, maintain])
def test_cases_of_which_nothing_is_known_are_no_error(measure: Any) -> None:
    measure(made({}, ["a", "a", "b"]))


def test_weights_go_to_what_tells_and_the_measure_says_so() -> None:
    learned = learn_weights(noisy(160))
    assert learned.better
    assert learned.accuracy_learned > learned.accuracy_by_hand + 0.1
    assert max(learned.learned, key=lambda key: learned.learned[key]) == "telling"
    assert sum(learned.learned.values()) == pytest.approx(sum(learned.by_hand.values()), abs=0.01)
    assert learn_weights(noisy(160)) == learned


def test_weights_are_learned_from_a_part_of_many_cases_and_it_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(learning, "MOST", 40)
    learned = learn_weights(noisy(90))
    assert (learned.cases, learned.all_cases) == (40, 90)


def test_a_tree_is_learned_from_no_more_cases_than_have_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluating, "MOST_CELLS", 1000)
    found = evaluate(noisy(120))
    assert (found.cases, found.left_out) == (120, 120)
    assert FOLDS <= found.tree_cases < 120
    assert any(
        f"learned from {found.tree_cases} cases" in line for line in evaluation_lines(found.to_plain())
    )


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), min_size=1, max_size=40))
def test_a_leaf_votes_for_its_commonest_solutions(votes: list[tuple[int, int]]) -> None:
    leaves, labels = np.array(votes).T
    ranked = commonest(leaves, labels, 4)
    for leaf in range(4):
        counts = Counter(labels[leaves == leaf].tolist())
        wanted = sorted(counts, key=lambda label: (-counts[label], label))[:3]
        assert ranked[leaf].tolist() == wanted + [-1] * (3 - len(wanted))


@pytest.mark.parametrize("measure", [evaluate, maintain, learn_weights])
def test_what_takes_long_says_how_far_it_is(measure: Any) -> None:
    told: list[float] = []
    measure(noisy(60), tell=told.append)
    assert len(set(told)) >= 5
    assert told == sorted(told)
    assert 0 < told[0] <= told[-1] <= 1


def test_where_nothing_tells_nothing_is_claimed() -> None:
    cases = noisy(120)
    shuffled = list(cases.solutions)
    random.Random(3).shuffle(shuffled)
    learned = learn_weights(made({key: list(column) for key, column in cases.columns.items()}, shuffled))
    assert abs(learned.accuracy_learned - learned.accuracy_by_hand) < 0.2


def test_an_attribute_that_counts_nothing_stays_out() -> None:
    cases = noisy(60)
    idle = Solved(
        LETTERS.weighted({"noise0": 0.0}), cases.columns, cases.solutions, cases.texts, cases.ids, cases.tried
    )
    assert "noise0" not in learn_weights(idle).learned


def test_what_others_say_as_well_is_redundant_and_two_stay_that_vouch_for_one_another() -> None:
    cases = made({"telling": ["x"] * 4 + ["y", "z"]}, ["a"] * 4 + ["b", "c"])
    found = maintain(cases)
    assert found.redundant == 2
    assert found.without_redundant == found.accuracy
    assert {proposal.reason for proposal in found.proposals} == {"redundant"}
    assert {proposal.id for proposal in found.proposals} < {100, 101, 102, 103}
    assert (found.unreachable, found.pivotal) == (2, 2)


def test_who_leads_others_astray_is_named_with_the_effect() -> None:
    cases = made(
        {"size": [1.0, 1.2, 1.1, 5.0, 5.2, 5.1]},
        ["a", "a", "wrong", "b", "b", "b"],
    )
    found = maintain(cases)
    assert [proposal.id for proposal in found.proposals if proposal.reason == "misleading"] == [102]
    worst = found.proposals[0]
    assert worst.blame == 2
    assert worst.effect == pytest.approx(2 / 6)
    assert found.without_misleading == pytest.approx(found.accuracy + 2 / 6)


def test_what_failed_more_than_it_worked_is_proposed() -> None:
    cases = made({"telling": ["x", "x", "x"]}, ["a"] * 3, [(0, 0), (1, 4), (9, 4)])
    assert [(one.id, one.failed) for one in maintain(cases).proposals if one.reason == "misleading"] == [
        (101, 3)
    ]


def test_the_effect_of_retiring_is_what_a_new_measurement_finds() -> None:
    cases = noisy(40, seed=5)
    others = nearest_others(cases, 39)
    for proposal in maintain(cases, others=others).proposals[:10]:
        at = list(cases.ids).index(proposal.id)
        stays = np.ones(len(cases), bool)
        stays[at] = False
        before, after = hits(cases, others).sum(), hits(cases, others, stays).sum()
        assert proposal.effect == pytest.approx((after - before) / len(cases))


def test_reports_are_kept_and_weights_taken_over_by_people(
    both_databases: str, database: Database, session: Session, specialist: Person
) -> None:
    row = phones(session)
    chance = random.Random(2)
    for number in range(40):
        abroad = chance.random() < 0.5
        signal = chance.choice(["none", "poor", "good"])
        solved(session, row, f"Do {abroad}", abroad=abroad, signal=signal, used=float(number))
    session.commit()
    by = staff(specialist.id, "specialist")
    reports = {
        kind: reporting.measure(database, "phones", kind, by=by, now=START) for kind in reporting.MEASURES
    }
    newest = {kind: queries.newest_report(session, row, kind) for kind in reporting.MEASURES}
    assert {kind: report.id for kind, report in newest.items() if report} == {
        kind: report.id for kind, report in reports.items()
    }
    learned = newest["weights"]
    assert learned is not None
    with pytest.raises(NotAllowed):
        reporting.take_over(session, row, learned, by=staff(4, "supervisor"), now=START)
    with pytest.raises(Conflict):
        reporting.take_over(session, row, learned, by=by, now=START, keys=())
    before = {one.key: one.weight for one in case_types.schema_of(row).attributes}
    reporting.take_over(session, row, learned, by=by, now=START, keys=["abroad", "nothing"])
    weights = {one.key: one.weight for one in case_types.schema_of(row).attributes}
    assert weights == before | {"abroad": learned.result["learned"]["abroad"]}
    assert learned.taken is not None
    assert (learned.taken["by"], learned.taken["keys"]) == ("Somebody", ["abroad"])
    with pytest.raises(Conflict):  # they were learned for the version before
        reporting.take_over(session, row, learned, by=by, now=START)
    with pytest.raises(Conflict):
        reporting.take_over(session, row, reports["evaluation"], by=SYSTEM, now=START)


def test_agents_measure_nothing_and_old_reports_go(
    database: Database, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporting, "KEPT", 2)
    row = phones(session)
    for number in range(3):
        solved(session, row, "Do", abroad=True, used=float(number))
    session.commit()
    with pytest.raises(NotAllowed):
        reporting.measure(database, "phones", "evaluation", by=staff(3, "agent"), now=START)
    made_reports = [
        reporting.measure(database, "phones", "maintenance", by=SYSTEM, now=START).id for _ in range(4)
    ]
    assert sorted(session.scalars(select(CaseReport.id))) == made_reports[-2:]


def test_cases_are_retired_only_as_proposed_and_together(
    database: Database, session: Session, reviewer: Person
) -> None:
    row = phones(session)
    made_cases = [solved(session, row, "Do", abroad=True, used=float(at)) for at in range(5)]
    session.commit()
    report = reporting.measure(database, "phones", "maintenance", by=SYSTEM, now=START)
    proposed = [one["id"] for one in report.result["proposals"]]
    kept = next(case for case in made_cases if case.id not in proposed)
    notes = {"redundant": "Others say the same.", "misleading": "It leads astray."}
    by = staff(reviewer.id, "reviewer")
    with pytest.raises(NotAllowed):
        reporting.retire(session, report, proposed, notes, by=staff(3, "agent"), now=START)
    with pytest.raises(Conflict):
        reporting.retire(session, report, [kept.id], notes, by=by, now=START)
    assert reporting.retire(session, report, [*proposed, kept.id], notes, by=by, now=START) == len(proposed)
    gone = {case.id: case.note for case in made_cases if case.state == "retired"}
    assert gone == dict.fromkeys(proposed, "Others say the same.")
    assert reporting.retire(session, report, proposed, notes, by=by, now=START) == 0


def test_guided_help_is_tried_on_the_cases_themselves() -> None:
    told: list[float] = []
    found = evaluate(noisy(40), tell=told.append).dialogs
    assert found is not None
    assert (found.tried, found.script) == (40, 5)
    assert found.at_1 > 0.8
    assert 1 <= found.steps <= found.asked < found.script
    assert told == sorted(told)
    assert told[-1] == 1.0

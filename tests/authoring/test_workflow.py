"""The rules of approval, without web or database."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authoring import workflow
from authoring.workflow import (
    Decider,
    Link,
    Matter,
    Refusal,
    Ruling,
    Step,
    contributors,
    decides_as,
    progress,
)
from kb.errors import Conflict, Invalid
from kb.models import Role, State

ACTIONS = sorted({action for _, action in workflow.TRANSITIONS})
REVIEWER = frozenset({"reviewer"})
ONE = [Step(role="reviewer")]
PEOPLE = st.integers(1, 6)


def test_the_machine_knows_the_states_and_roles_of_the_house() -> None:
    named = {state for state, _ in workflow.TRANSITIONS} | set(workflow.TRANSITIONS.values())
    assert named == set(State)
    assert set(workflow.ROLES) == set(Role) - {Role.AGENT}


@given(actions=st.lists(st.sampled_from(ACTIONS), max_size=12))
def test_no_way_leads_to_readers_but_through_approval_or_a_way_that_says_so(actions: list[str]) -> None:
    state, done = "draft", []
    for action in actions:
        if workflow.allows(state, action):
            state = workflow.after(state, action)
            done.append(action)
    if "publish" in done:
        assert done[done.index("publish") - 1] == "approve"
    if state in {"published", "withdrawn"}:
        assert {"publish", "publish_first", "publish_urgently"} & set(done)


@pytest.mark.parametrize("state", ["rejected", "superseded", "withdrawn"])
def test_what_is_over_stays_over(state: str) -> None:
    for action in ACTIONS:
        with pytest.raises(Conflict):
            workflow.after(state, action)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({}, "who"),
        ({"role": "reviewer", "group": "leads"}, "who"),
        ({"people": tuple(range(51))}, "who"),
        ({"role": "agent"}, "role"),
        ({"role": "nobody"}, "role"),
        ({"role": "reviewer", "quorum": 0}, "quorum"),
        ({"people": (1, 2), "quorum": 3}, "quorum"),
        ({"people": (1, 1), "quorum": 2}, "quorum"),
        ({"role": "reviewer", "due_hours": 0}, "due_hours"),
        ({"role": "reviewer", "due_hours": 24 * 90 + 1}, "due_hours"),
    ],
)
def test_a_step_that_makes_no_sense_is_refused(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as error:
        Step(**wrong)
    assert set(error.value.fields) == {field}


@given(
    whom=st.one_of(
        st.fixed_dictionaries({"role": st.sampled_from(workflow.ROLES), "quorum": st.integers(1, 9)}),
        st.fixed_dictionaries({"group": st.text(min_size=1), "quorum": st.integers(1, 9)}),
        st.fixed_dictionaries({"people": st.lists(PEOPLE, min_size=1, unique=True).map(tuple)}),
    ),
    due=st.integers(1, 2160),
)
def test_a_step_is_stored_whole(whom: dict[str, Any], due: int) -> None:
    step = Step(**whom, due_hours=due)
    assert Step.from_json(step.to_json()) == step


def test_a_step_asks_by_role_group_or_name() -> None:
    ann = Decider(1, REVIEWER, frozenset({"leads"}))
    assert ann.is_asked(Step(role="reviewer"))
    assert ann.is_asked(Step(group="leads"))
    assert ann.is_asked(Step(people=(1, 2)))
    assert not ann.is_asked(Step(role="supervisor"))
    assert not ann.is_asked(Step(group="experts"))
    assert not ann.is_asked(Step(people=(2,)))


def test_an_administrator_holds_every_role_but_belongs_to_no_group() -> None:
    adam = Decider(1, frozenset({"admin"}))
    assert adam.is_asked(Step(role="reviewer"))
    assert not adam.is_asked(Step(group="leads"))


def test_nobody_decides_twice_in_one_review() -> None:
    twice = Matter([*ONE, Step(role="reviewer")], [Ruling(0, "approve", 1)])
    assert decides_as(twice, Decider(1, REVIEWER)) == Refusal.DECIDED
    assert decides_as(twice, Decider(2, REVIEWER)) == 2


def test_an_absent_person_for_whom_somebody_decided_has_decided() -> None:
    matter = Matter([Step(role="reviewer", quorum=2)], [Ruling(0, "approve", 3, for_id=1)])
    assert decides_as(matter, Decider(1, REVIEWER)) == Refusal.DECIDED


def test_standing_in_gives_nothing_that_four_eyes_deny() -> None:
    ann = Decider(1, REVIEWER)
    own = Matter(ONE, contributors=frozenset({2}))
    assert decides_as(own, Decider(2, absent=(ann,))) == Refusal.CONTRIBUTED
    assert decides_as(own, Decider(3, absent=(ann,))) == 1
    assert (
        decides_as(Matter(ONE, contributors=frozenset({1})), Decider(3, absent=(ann,))) == Refusal.NOT_ASKED
    )
    once = Matter([Step(role="reviewer", quorum=2)], [Ruling(0, "approve", 1)])
    assert decides_as(once, Decider(3, absent=(ann,))) == Refusal.NOT_ASKED


def test_who_is_asked_decides_as_themselves_although_they_stand_in_for_somebody() -> None:
    assert decides_as(Matter(ONE), Decider(2, REVIEWER, absent=(Decider(1, REVIEWER),))) == 2


def test_standing_in_goes_no_further_than_one_person() -> None:
    away = Decider(1, absent=(Decider(2, REVIEWER),))
    assert decides_as(Matter(ONE), Decider(3, absent=(away,))) == Refusal.NOT_ASKED


@given(
    quorums=st.lists(st.integers(1, 3), min_size=1, max_size=3),
    tries=st.lists(st.tuples(PEOPLE, st.booleans(), st.lists(PEOPLE, max_size=2)), max_size=20),
    barred=st.frozensets(PEOPLE, max_size=3),
)
def test_an_approval_is_as_many_different_people_as_all_quorums_ask_and_none_of_the_authors(
    quorums: list[int], tries: list[tuple[int, bool, list[int]]], barred: frozenset[int]
) -> None:
    steps = [Step(role="reviewer", quorum=quorum) for quorum in quorums]
    rulings: list[Ruling] = []
    for person, holds, away in tries:
        absent = tuple(Decider(one, REVIEWER) for one in away)
        matter = Matter(steps, rulings, barred)
        answer = decides_as(matter, Decider(person, REVIEWER if holds else frozenset(), absent=absent))
        if isinstance(answer, int) and matter.progress.outcome == "open":
            for_id = None if answer == person else answer
            rulings.append(Ruling(matter.progress.step, "approve", person, for_id))
    voices = [ruling.for_id or ruling.person_id for ruling in rulings]
    assert len(set(voices)) == len(voices)
    assert len({ruling.person_id for ruling in rulings}) == len(rulings)
    assert not barred & {one for ruling in rulings for one in (ruling.person_id, ruling.for_id)}
    assert (progress(steps, rulings).outcome == "approved") == (len(rulings) == sum(quorums))


def test_a_return_ends_it_whatever_others_said() -> None:
    two = [Step(role="reviewer", quorum=2), Step(role="supervisor")]
    rulings = [Ruling(0, "approve", 1), Ruling(0, "approve", 2), Ruling(1, "return", 3)]
    assert progress(two, rulings) == workflow.Progress("returned", 1)


def test_the_urgent_publication_is_no_approval() -> None:
    assert progress(ONE, [Ruling(-1, "publish_urgently", 1)]).outcome == "open"


def test_words_are_their_authors_own_until_they_are_approved() -> None:
    chain = {1: Link(1, None, True), 2: Link(2, 1, True), 3: Link(3, 2), 4: Link(None, 3), 5: Link(5, 4)}
    assert contributors(5, chain) == {3, 5}
    assert contributors(2, chain) == {2}


def test_a_chain_that_ends_nowhere_or_bites_its_tail_is_read_once() -> None:
    assert contributors(1, {1: Link(1, 99)}) == {1}
    assert contributors(1, {1: Link(1, 2), 2: Link(2, 1)}) == {1, 2}

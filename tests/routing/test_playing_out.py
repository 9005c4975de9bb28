"""A day that is played through: nobody is lost, and nobody takes more than they can."""

from __future__ import annotations

import math
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.overflow import Overflow, Step, Way
from routing.playing_out import Coming, Outcome, Rostered, Shift, play_out

ONE_MOBILE = Rostered(1, {"mobile": 1})


def test_one_agent_takes_one_call_after_the_other() -> None:
    outcome = play_out([Coming(0, "mobile", 60), Coming(10, "mobile", 60)], [ONE_MOBILE], {})
    assert outcome.waits == [0, 50]
    assert outcome.taken == {1: 2}
    assert outcome.busy_s == {1: 120}


def test_who_waits_longer_than_they_have_patience_gives_up() -> None:
    calls = [Coming(0, "mobile", 60), Coming(10, "mobile", 60, patience_s=20)]
    outcome = play_out(calls, [ONE_MOBILE], {})
    assert (outcome.abandoned, outcome.fates[1].waited_s) == (1, 20)


def test_overflow_opens_to_the_next_order_when_its_time_has_come() -> None:
    plans = {"mobile": Overflow("mobile", (Step(120, Way("mobile", 2)),))}
    outcome = play_out([Coming(7.3, "mobile", 60)], [Rostered(2, {"mobile": 2})], plans)
    assert [(fate.waited_s, fate.agent, fate.order) for fate in outcome.fates] == [(120, 2, 2)]


def test_nobody_is_asked_outside_their_shift_and_work_begun_in_it_is_finished() -> None:
    early = Rostered(1, {"mobile": 1}, shifts=(Shift(0, 30),))
    late = Rostered(2, {"mobile": 1}, shifts=(Shift(100, 200),))
    outcome = play_out([Coming(20, "mobile", 60), Coming(40, "mobile", 10)], [early, late], {})
    assert [(fate.agent, fate.waited_s) for fate in outcome.fates] == [(1, 0), (2, 60)]


def test_what_nobody_can_take_waits_until_nothing_more_happens() -> None:
    outcome = play_out([Coming(0, "fibre", 60)], [ONE_MOBILE], {})
    assert (outcome.unserved, outcome.abandoned, outcome.waits) == (1, 0, [])


def test_several_mails_are_taken_at_once_up_to_the_capacity() -> None:
    agent = Rostered(1, {"mobile": 1}, capacity={"mail": 2})
    mails = [Coming(0, "mobile", 60, channel="mail") for _ in range(3)]
    assert play_out(mails, [agent], {}).waits == [0, 0, 60]


def test_a_day_without_contacts_has_no_figures() -> None:
    outcome = play_out([], [ONE_MOBILE], {})
    assert outcome == Outcome(())
    assert (outcome.answered_within(60), outcome.waited(0.5)) == (None, None)


arrivals = st.lists(
    st.builds(
        Coming,
        at_s=st.integers(0, 600),
        queue=st.sampled_from(["mobile", "billing"]),
        handling_s=st.integers(1, 200),
        patience_s=st.sampled_from([30.0, 120.0, math.inf]),
        channel=st.sampled_from(["phone", "chat", "mail"]),
        priority=st.integers(0, 2),
    ),
    max_size=30,
)
rosters = st.lists(
    st.builds(
        Rostered,
        id=st.integers(1, 99),
        queues=st.dictionaries(st.sampled_from(["mobile", "billing"]), st.integers(1, 3), min_size=1),
        capacity=st.just({"phone": 1, "chat": 2, "mail": 3}),
    ),
    max_size=5,
    unique_by=lambda agent: agent.id,
)


@settings(max_examples=40, deadline=None)
@given(arrivals, rosters, st.integers(0, 3))
def test_nobody_is_lost_and_no_agent_has_two_calls_at_once(
    coming: list[Coming], agents: list[Rostered], seed: int
) -> None:
    plans = {"mobile": Overflow("mobile", (Step(60, Way("mobile", 2)), Step(90, Way("billing", 3))))}
    outcome = play_out(coming, agents, plans, seed)
    assert len(outcome.fates) == len(coming)
    assert len(outcome.waits) + outcome.abandoned + outcome.unserved == len(coming)
    assert outcome == play_out(coming, agents, plans, seed)
    for agent in agents:
        calls = sorted(
            (one.at_s + fate.waited_s, one.at_s + fate.waited_s + one.handling_s)
            for one, fate in zip(coming, outcome.fates, strict=True)
            if fate.agent == agent.id and one.channel == "phone"
        )
        ends_before = all(first[1] <= then[0] for first, then in pairwise(calls))
        assert ends_before

"""Erlang's formulas, beside a queue worked out state by state and a package that does the same."""

from __future__ import annotations

from math import inf, isnan, nan

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pyworkforce.queuing import ErlangC

from routing.erlang import Demand, Service, Unmeasurable, agents_needed, blocked, service

QUARTER_S = 900.0
SHARES = ("level", "waits", "abandons", "occupancy")


def plainly(demand: Demand, agents: int) -> tuple[float, float, float, float]:
    """Waits, abandons, mean wait and occupancy of an impatient queue, from the chances of its first 3,000 states."""
    states = np.arange(3000)
    ends = np.minimum(states, agents) / demand.handling_s + np.maximum(states - agents, 0) / demand.patience_s
    logs = np.concatenate([[0.0], np.cumsum(np.log(demand.rate) - np.log(ends[1:]))])
    chances = np.exp(logs - logs.max())
    chances /= chances.sum()
    queue = float(chances @ np.maximum(states - agents, 0))
    return (
        float(chances[agents:].sum()),
        queue / demand.patience_s / demand.rate,
        queue / demand.rate,
        float(chances @ np.minimum(states, agents)) / agents,
    )


loads = st.builds(
    Demand,
    arrivals=st.floats(0.5, 400),
    interval_s=st.just(QUARTER_S),
    handling_s=st.floats(20, 900),
    patience_s=st.floats(10, 2000),
)


@given(demand=loads, agents=st.integers(1, 300))
def test_where_people_hang_up_it_says_what_the_states_of_the_queue_say(demand: Demand, agents: int) -> None:
    given_ = service(demand, agents, within_s=20)
    expected = plainly(demand, agents)
    assert (given_.waits, given_.abandons, given_.wait_s, given_.occupancy) == pytest.approx(
        expected, rel=1e-6, abs=1e-9
    )


@given(demand=loads, agents=st.integers(1, 400), within_s=st.floats(0, 600))
def test_shares_are_shares_and_one_agent_more_serves_no_worse(
    demand: Demand, agents: int, within_s: float
) -> None:
    for patience in (demand.patience_s, inf):
        same = Demand(demand.arrivals, demand.interval_s, demand.handling_s, patience)
        less, more = service(same, agents, within_s), service(same, agents + 1, within_s)
        assert all(0 <= getattr(one, share) <= 1 + 1e-9 for one in (less, more) for share in SHARES)
        assert more.level >= less.level - 1e-9
        assert more.occupancy <= less.occupancy + 1e-9


@given(demand=loads, agents=st.integers(1, 300))
def test_endless_patience_is_where_great_patience_leads(demand: Demand, agents: int) -> None:
    assume(demand.load < agents * 0.9)
    patient = service(Demand(demand.arrivals, QUARTER_S, demand.handling_s), agents, 20)
    great = service(Demand(demand.arrivals, QUARTER_S, demand.handling_s, 1e9), agents, 20)
    assert (great.level, great.waits) == pytest.approx((patient.level, patient.waits), abs=1e-4)


def test_of_those_who_wait_within_a_threshold_erlang_a_counts_whom_a_simulation_counts() -> None:
    demand, agents, within_s = Demand(100, 1800, 180, 120), 10, 20.0
    random = np.random.default_rng(7)
    free_at = np.zeros(agents)
    now, answered, count = 0.0, 0, 200_000
    for gap, handling, patience in zip(
        random.exponential(1 / demand.rate, count),
        random.exponential(demand.handling_s, count),
        random.exponential(demand.patience_s, count),
        strict=True,
    ):
        now += gap
        first = int(free_at.argmin())
        wait = max(free_at[first] - now, 0)
        if wait <= patience:
            answered += wait <= within_s
            free_at[first] = now + wait + handling
    assert answered / count == pytest.approx(service(demand, agents, within_s).level, abs=0.01)


@pytest.mark.parametrize("arrivals", [1, 40, 600])
@pytest.mark.parametrize("handling_s", [35, 240])
def test_agents_needed_are_those_of_a_package_for_it(arrivals: int, handling_s: int) -> None:
    theirs = ErlangC(
        transactions=arrivals, aht=handling_s / 60, interval=15, asa=60 / 60, shrinkage=0.0
    ).required_positions(service_level=0.85, max_occupancy=0.9)
    demand = Demand(arrivals, QUARTER_S, handling_s)
    needed = agents_needed(demand, 0.85, 60, busiest=0.9)
    assert needed == theirs["positions"]
    ours = service(demand, needed, 60)
    assert (ours.level, ours.occupancy, ours.waits) == pytest.approx(
        (theirs["service_level"], theirs["occupancy"], theirs["waiting_probability"])
    )


@given(demand=loads, level=st.floats(0, 0.99), busiest=st.floats(0.3, 1))
def test_one_agent_fewer_than_needed_is_too_few(demand: Demand, level: float, busiest: float) -> None:
    needed = agents_needed(demand, level, 60, busiest)
    enough, short = service(demand, needed, 60), service(demand, needed - 1, 60)
    assert enough.level >= level
    assert enough.occupancy <= busiest
    assert needed == 1 or short.level < level or short.occupancy > busiest


def test_a_table_of_blocked_calls_has_these_figures() -> None:
    assert blocked(10, 14) == pytest.approx(0.0568, abs=5e-5)
    assert blocked(10, 0) == 1


def test_a_queue_that_only_grows_serves_nobody_in_time() -> None:
    assert service(Demand(100, 1800, 180), 9, 20) == Service(0.0, 1.0, 0.0, inf, 1.0)


def test_an_hour_without_a_call_needs_nobody() -> None:
    nothing = Demand(0, QUARTER_S, 180)
    assert agents_needed(nothing, 0.85, 60) == 0
    assert service(nothing, 0, 60).level == 1


def test_without_agents_everybody_hangs_up_who_does() -> None:
    assert service(Demand(10, QUARTER_S, 180, 60), 0, 20).abandons == 1
    assert service(Demand(10, QUARTER_S, 180), 0, 20).wait_s == inf


def test_many_agents_for_little_and_little_patience_are_numbers_still() -> None:
    for demand, agents in (
        (Demand(1, 900, 60, 0.01), 5000),
        (Demand(1e6, 900, 60, 5), 3),
        (Demand(1, 900, 60), 9000),
    ):
        figures = service(demand, agents, 20)
        assert not any(isnan(getattr(figures, name)) for name in (*SHARES, "wait_s"))


@pytest.mark.parametrize(
    ("arrivals", "interval_s", "handling_s", "patience_s"),
    [
        (-1, 900, 60, 60),
        (nan, 900, 60, 60),
        (1, 0, 60, 60),
        (1, 900, 0, 60),
        (1, 900, inf, 60),
        (1, 900, 60, 0),
    ],
)
def test_what_is_no_demand_is_refused(
    arrivals: float, interval_s: float, handling_s: float, patience_s: float
) -> None:
    with pytest.raises(Unmeasurable):
        Demand(arrivals, interval_s, handling_s, patience_s)


@pytest.mark.parametrize(("level", "busiest"), [(1.0, 1.0), (-0.1, 1.0), (0.8, 0.0), (0.8, 1.1), (nan, 1.0)])
def test_what_no_number_of_agents_gives_is_refused(level: float, busiest: float) -> None:
    with pytest.raises(Unmeasurable):
        agents_needed(Demand(10, QUARTER_S, 60), level, 60, busiest)


def test_more_agents_than_any_centre_has_are_refused() -> None:
    with pytest.raises(Unmeasurable):
        agents_needed(Demand(1e9, QUARTER_S, 600), 0.85, 60)

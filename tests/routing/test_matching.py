"""One round of matching: whoever waited longest gets the best who is free, and nothing is lost or done twice."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from routing.matching import ANY_LANGUAGE, Free, Match, Waiting, match
from routing.overflow import Overflow, Step, Way

CHANNELS, LANGUAGES = ("phone", "chat"), ("hu", "sv")
orders = st.dictionaries(st.sampled_from("abcd"), st.integers(1, 3), max_size=3)
ways = st.lists(st.builds(Way, st.sampled_from("abcd"), st.integers(1, 3), st.booleans()), max_size=3).map(
    tuple
)
waiting = st.builds(
    Waiting,
    id=st.integers(0, 10_000),
    channel=st.sampled_from(CHANNELS),
    ways=ways,
    waited_s=st.integers(0, 900).map(float),
    priority=st.integers(0, 3),
    language=st.sampled_from(("", *LANGUAGES)),
    skills=st.frozensets(st.sampled_from("abcd"), max_size=2),
    passed=st.frozensets(st.integers(0, 9), max_size=2),
    wanted=st.one_of(st.none(), st.integers(0, 9)),
)
free = st.builds(
    Free,
    id=st.integers(0, 9),
    idle_s=st.integers(0, 3).map(float),
    channels=st.frozensets(st.sampled_from(CHANNELS)),
    queues=orders,
    skills=orders,
    languages=st.frozensets(st.sampled_from((ANY_LANGUAGE, *LANGUAGES))),
)
contacts = st.lists(waiting, max_size=12, unique_by=lambda contact: contact.id)
agents = st.lists(free, max_size=8, unique_by=lambda agent: agent.id)
HUNGARIAN = Free(1, 60, frozenset({"phone"}), {"a": 1}, {"fibre": 1}, frozenset({"hu"}))


def can(agent: Free, contact: Waiting, way: Way, order: int) -> bool:
    """Whether the agent could take the contact on this way at this order or a better one."""
    if contact.channel not in agent.channels or agent.id in contact.passed:
        return False
    if contact.wanted is not None:
        return contact.wanted == agent.id
    needed = [agent.queues.get(way.queue)]
    if way.skilled:
        needed += [agent.skills.get(skill) for skill in contact.skills]
    return bool(
        (not contact.language or agent.languages & {contact.language, ANY_LANGUAGE})
        and all(has is not None and has <= order for has in needed)
    )


def plainly(waiting: Sequence[Waiting], agents: Sequence[Free]) -> list[tuple[int, Way, int, float]]:
    """The same round with loops: contact, way, order, and how long the one who takes it has been idle."""
    left = list(agents)
    rounds: list[tuple[int, Way, int, float]] = []
    for contact in sorted(waiting, key=lambda one: (-(one.waited_s + 120 * one.priority), one.id)):
        found = next(
            (
                (way, order, able)
                for way in contact.ways
                for order in range(1, way.order + 1)
                if (able := [agent for agent in left if can(agent, contact, way, order)])
            ),
            None,
        )
        if found is not None:
            way, order, able = found
            idlest = max(agent.idle_s for agent in able)
            if sum(agent.idle_s == idlest for agent in able) > 1:
                return rounds  # from here on it depends on the seed
            rounds.append((contact.id, way, order, idlest))
            left = [agent for agent in left if not (agent in able and agent.idle_s == idlest)]
    return rounds


@given(waiting=contacts, agents=agents, seed=st.integers(0, 5))
def test_it_does_what_the_same_rule_with_plain_loops_does(
    waiting: list[Waiting], agents: list[Free], seed: int
) -> None:
    idle = {agent.id: agent.idle_s for agent in agents}
    found = [(one.contact, one.way, one.order, idle[one.agent]) for one in match(waiting, agents, seed)]
    expected = plainly(waiting, agents)
    assert found[: len(expected)] == expected


@given(waiting=contacts, agents=agents, seed=st.integers(0, 5))
def test_nobody_is_offered_twice_and_nobody_gets_what_they_cannot_take(
    waiting: list[Waiting], agents: list[Free], seed: int
) -> None:
    matches = match(waiting, agents, seed)
    by_contact, by_agent = {one.id: one for one in waiting}, {one.id: one for one in agents}
    assert len({one.contact for one in matches}) == len({one.agent for one in matches}) == len(matches)
    for one in matches:
        contact = by_contact[one.contact]
        assert one.way in contact.ways
        assert can(by_agent[one.agent], contact, one.way, one.order)


@given(waiting=contacts, agents=agents, seed=st.integers(0, 5))
def test_whoever_is_left_could_be_served_by_nobody_who_is_left(
    waiting: list[Waiting], agents: list[Free], seed: int
) -> None:
    matches = match(waiting, agents, seed)
    served, taken = {one.contact for one in matches}, {one.agent for one in matches}
    assert not any(
        can(agent, contact, way, way.order)
        for contact in waiting
        if contact.id not in served
        for agent in agents
        if agent.id not in taken
        for way in contact.ways
    )


@given(waiting=contacts, agents=agents, seed=st.integers(0, 5), order=st.randoms())
def test_the_same_seed_gives_the_same_in_whatever_order_they_are_listed(
    waiting: list[Waiting], agents: list[Free], seed: int, order: object
) -> None:
    first = match(waiting, agents, seed)
    assert match(waiting[::-1], agents[::-1], seed) == first


@given(arrivals=st.lists(st.integers(0, 3), min_size=1, max_size=40))
def test_nobody_waits_for_ever_however_much_of_what_is_urgent_keeps_coming(arrivals: list[int]) -> None:
    """One agent, every minute a contact of some priority and the agent free again: the first is served in time."""
    way = (Way("a"),)
    agent = Free(1, 0, frozenset({"phone"}), {"a": 1})
    left = {0: (0, 0)}  # contact -> when it came, priority
    for minute in range(1, 60):
        left[minute] = (minute, arrivals[minute % len(arrivals)])
        now = [
            Waiting(one, "phone", way, 60.0 * (minute - came), level) for one, (came, level) in left.items()
        ]
        for taken in match(now, [agent]):
            del left[taken.contact]
        if 0 not in left:
            return
        assert minute <= 7, "three steps of priority are six minutes of waiting"


def test_the_best_order_comes_before_the_longest_idle() -> None:
    second = Free(2, 600, frozenset({"phone"}), {"a": 2}, {"fibre": 1}, frozenset({"hu"}))
    contact = Waiting(5, "phone", (Way("a", order=2),), skills=frozenset({"fibre"}))
    assert match([contact], [second, HUNGARIAN]) == [Match(5, 1, Way("a", order=2), 1)]


def test_what_waits_longer_is_asked_of_more() -> None:
    plan = Overflow("a", (Step(120, Way("a", 2)), Step(300, Way("b")), Step(600, Way("c", skilled=False))))
    assert plan.ways(0) == (Way("a"),)
    assert plan.ways(150) == (Way("a"), Way("a", 2))
    assert plan.ways(900)[-1] == Way("c", skilled=False)


def test_a_clock_set_back_leaves_the_first_way() -> None:
    assert Overflow("a", (Step(120, Way("b")),)).ways(-500) == (Way("a"),)


def test_a_step_that_opens_nothing_new_is_no_way_of_its_own() -> None:
    assert Overflow("a", (Step(0, Way("a", 3)), Step(60, Way("a", 2)))).ways(60) == (Way("a", 3),)


def test_nobody_and_nothing_make_no_match() -> None:
    assert match([], [HUNGARIAN]) == match([Waiting(1, "phone", (Way("a"),))], []) == []

"""Leaving a broken source in peace, and remembering answers: against a clock that the tests move."""

from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from search.federation.breaker import MOST_FAILURES, PAUSE_S, Breaker
from search.federation.memory import Memory


class Seconds:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def opened(clock: Seconds) -> Breaker:
    breaker = Breaker(clock)
    for _ in range(MOST_FAILURES):
        assert breaker.admits()
        breaker.failed()
    return breaker


def test_three_failures_in_a_row_open_it_and_only_the_third_is_news() -> None:
    breaker = Breaker(Seconds())
    assert [breaker.failed() for _ in range(5)] == [False, False, True, False, False]
    assert breaker.is_open
    assert not breaker.admits()


def test_an_answer_in_between_begins_the_count_anew() -> None:
    breaker = Breaker(Seconds())
    for _ in range(5):
        breaker.failed()
        breaker.failed()
        breaker.succeeded()
    assert breaker.admits()


def test_after_the_pause_one_may_try() -> None:
    clock = Seconds()
    breaker = opened(clock)
    clock.now += PAUSE_S - 1
    assert not breaker.admits()
    clock.now += 1
    assert [breaker.admits() for _ in range(3)] == [True, False, False]


def test_a_try_that_fails_or_never_comes_back_begins_the_pause_anew() -> None:
    clock = Seconds()
    breaker = opened(clock)
    clock.now += PAUSE_S
    assert breaker.admits()
    clock.now += PAUSE_S - 1
    assert not breaker.admits()
    assert not breaker.failed()
    clock.now += PAUSE_S - 1
    assert not breaker.admits()
    clock.now += 1
    assert breaker.admits()


def test_a_try_that_succeeds_closes_it_and_is_news() -> None:
    clock = Seconds()
    breaker = opened(clock)
    clock.now += PAUSE_S
    assert breaker.admits()
    assert [breaker.succeeded(), breaker.succeeded()] == [True, False]
    assert breaker.admits()


def test_the_first_answer_of_all_is_news() -> None:
    assert Breaker(Seconds()).succeeded()


def test_of_many_threads_one_tries() -> None:
    clock = Seconds()
    breaker = opened(clock)
    clock.now += PAUSE_S
    admitted: list[bool] = []
    together = threading.Barrier(8)

    def come() -> None:
        together.wait()
        admitted.append(breaker.admits())

    threads = [threading.Thread(target=come) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert admitted.count(True) == 1


def test_an_answer_is_good_for_its_time() -> None:
    clock = Seconds()
    memory: Memory[str] = Memory(clock, 10)
    memory.put("a", "x", 5)
    clock.now += 4
    assert memory.get("a") == "x"
    clock.now += 1
    assert memory.get("a") is None


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.booleans())))
def test_no_more_is_kept_than_may_be_and_the_newest_always(deeds: list[tuple[str, bool]]) -> None:
    memory: Memory[str] = Memory(Seconds(), 3)
    for key, is_put in deeds:
        if is_put:
            memory.put(key, key, 1)
            assert memory.get(key) == key
        else:
            assert memory.get(key) in {key, None}
        assert sum(memory.get(each) is not None for each in "abcdef") <= 3

"""What many runs add up to."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from cbr.guided.steps import Answer, Told
from cbr.trees import body
from cbr.trees.running import Passed, TreeGuide
from cbr.trees.statistics import Count, Run, fitted, tally
from tests.cbr.trees.test_guides_in_guides import TREES

GUIDE = TreeGuide("mms", TREES["mms"], date(2026, 3, 15), TREES.get)


def run(verdict: str, *answers: tuple[str, object]) -> Run:
    return Run(GUIDE.walk(Told(answers=tuple(Answer(*answer) for answer in answers))).passed, verdict)


def test_each_way_is_counted_with_what_came_of_it() -> None:
    counts = tally(
        [
            run("worked", ("signal", "yes"), ("mms", "yes")),
            run("failed", ("signal", "yes"), ("mms", "yes")),
            run("left", ("signal", "yes")),
            run("adapted", ("signal", "no"), ("first/plane", "yes"), ("mms", "yes")),
        ]
    )
    assert counts == {
        ("mms", "signal", ""): Count(4, 0, 2),
        ("mms", "signal", "yes"): Count(3, 0, 1),
        ("mms", "signal", "no"): Count(1, 0, 1),
        ("mms", "mms", ""): Count(4, 1, 2),
        ("mms", "mms", "yes"): Count(3, 0, 2),
        ("mms", "fine", ""): Count(3, 0, 2),
        ("mms", "first", ""): Count(1, 0, 1),
        ("mms", "first", "back"): Count(1, 0, 1),
        ("no-service", "plane", ""): Count(1, 0, 1),
        ("no-service", "plane", "yes"): Count(1, 0, 1),
        ("no-service", "back", ""): Count(1, 0, 1),
    }


def test_who_gives_up_inside_of_a_guide_gives_up_in_the_one_around_it_too() -> None:
    counts = tally([run("left", ("signal", "no"), ("first/plane", "no"))])
    assert {place for place, count in counts.items() if count.left} == {
        ("no-service", "sim", ""),
        ("mms", "first", ""),
    }


def test_who_comes_back_from_a_guide_has_not_given_up_there() -> None:
    counts = tally([run("left", ("signal", "no"), ("first/plane", "yes"))])
    assert {place for place, count in counts.items() if count.left} == {("mms", "mms", "")}


def test_whoever_goes_around_is_counted_once() -> None:
    around = [Passed("g", "a", "yes", "answered"), Passed("g", "b", "done", "answered")] * 3
    assert set(tally([Run(around, "worked")]).values()) == {Count(1, 0, 1)}


def test_a_run_that_went_nowhere_adds_nothing() -> None:
    assert tally([Run((), "left")]) == {}


steps = st.builds(
    Passed, st.just("g"), st.sampled_from("abc"), st.sampled_from(["", "x", "y"]), st.just("answered")
)
runs = st.builds(
    Run, st.lists(steps, max_size=5), st.sampled_from(["worked", "adapted", "failed", "left", ""])
)


@given(st.lists(runs, max_size=6), st.lists(runs, max_size=6))
def test_counts_of_some_and_of_others_add_up(some: list[Run], others: list[Run]) -> None:
    both = tally([*some, *others])
    one, other = tally(some), tally(others)
    assert both == {place: one.get(place, Count()) + other.get(place, Count()) for place in {**one, **other}}
    assert all(count.left + count.solved <= count.taken <= len(some) + len(others) for count in both.values())


# A tree that was changed since.


TREE = body.read(
    "## A {#a}\n- [Yes](#b) <!-- yes -->\n- [No](#c)\n- [Maybe](#c) <!-- maybe -->\n## B {#b}\n## C {#c}\n"
)


def test_a_way_that_got_a_name_keeps_what_was_counted_under_its_step() -> None:
    counts = {("a", ""): Count(5), ("a", "b"): Count(3, 0, 1), ("a", "yes"): Count(2)}
    assert fitted(TREE, counts) == ({("a", ""): Count(5), ("a", "yes"): Count(5, 0, 1)}, {})


def test_what_could_be_two_ways_and_what_is_gone_is_told_apart() -> None:
    two = body.read("## A {#a}\n- [No](#c) <!-- no -->\n- [Maybe](#c) <!-- maybe -->\n## C {#c}\n")
    counts = {("a", "c"): Count(3), ("old", ""): Count(1), ("a", "no"): Count(2)}
    assert fitted(two, counts) == ({("a", "no"): Count(2)}, {("a", "c"): Count(3), ("old", ""): Count(1)})


@given(
    st.dictionaries(
        st.tuples(st.sampled_from("abcd"), st.sampled_from(["", "yes", "b", "c", "x"])),
        st.just(Count(1, 1, 1)),
    )
)
def test_nothing_that_was_counted_is_lost(counts: dict[tuple[str, str], Count]) -> None:
    kept, gone = fitted(TREE, counts)
    assert sum((*kept.values(), *gone.values()), Count()) == Count(*[len(counts)] * 3)

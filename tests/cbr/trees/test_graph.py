"""What can be reached, and circles: the same as by looking at every pair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import given
from hypothesis import strategies as st

from cbr.trees.graph import circles, only, reached, turned

KEYS = "abcdefg"
graphs = st.fixed_dictionaries(
    {key: st.lists(st.sampled_from(KEYS), unique=True, max_size=3).map(tuple) for key in KEYS}
)
Graph = Mapping[str, Sequence[str]]


def after(graph: Graph, key: str) -> frozenset[str]:
    """What can be reached from a node in one step or more."""
    return frozenset(reached(graph, graph[key]))


@given(graphs)
def test_circles_are_what_can_be_reached_from_each_other(graph: Graph) -> None:
    naive: dict[str, frozenset[str]] = {
        key: frozenset(other for other in after(graph, key) if key in after(graph, other)) for key in graph
    }
    found = circles(graph)
    assert [frozenset(group) for group in found] == list(dict.fromkeys(filter(None, naive.values())))
    assert all(list(group) == [key for key in graph if key in group] for group in found)


@given(graphs)
def test_a_graph_turned_twice_is_itself(graph: Graph) -> None:
    again = turned(turned(graph))
    assert {key: set(found) for key, found in again.items()} == {
        key: set(found) for key, found in graph.items()
    }
    for key in graph:
        assert set(reached(turned(graph), [key])) == {one for one in graph if key in reached(graph, [one])}


@given(graphs)
def test_a_part_of_a_graph_leads_to_nothing_else(graph: Graph) -> None:
    part = only(graph, lambda key: key in "abc")
    assert set(part) == set("abc")
    assert all(set(found) <= set("abc") for found in part.values())


def test_the_nearest_is_counted_in_steps() -> None:
    graph = {"a": ("b", "c"), "b": ("d",), "c": ("d",), "d": ("a",), "e": ()}
    assert reached(graph, ["a", "x"]) == {"a": 0, "b": 1, "c": 1, "d": 2}

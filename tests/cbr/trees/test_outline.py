"""The outline shows every step and every way; the layout gives each a place of its own."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from cbr.trees import body
from cbr.trees.layout import DOWN, RIGHT, laid_out, placed
from cbr.trees.outline import Entry, outline
from cbr.trees.tree import Tree
from tests.cbr.trees.strategies import trees

TREE = body.read("""\
## A {#a}
- [Yes](#b) <!-- yes -->
- [No](#c) <!-- no -->
## B {#b}
<!-- step: instruction -->
- [→](#c)
## C {#c}
<!-- step: instruction -->
- [→](#d)
- [→](#a)
## D {#d}
## E {#e}
- [x](#d) <!-- x -->
""")


def test_the_outline_says_what_follows_what() -> None:
    assert outline(TREE) == [
        Entry("a", 0),
        Entry("b", 1, "a", "yes", "Yes"),
        Entry("c", 1, "b", "done"),
        Entry("d", 2, "c", "done"),
        Entry("a", 2, "c", "could-not", is_again=True),
        Entry("c", 1, "a", "no", "No", is_again=True),
        Entry("e", 0, is_apart=True),
        Entry("d", 0, "e", "x", "x", is_again=True, is_apart=True),
    ]


def test_an_empty_tree_has_an_empty_outline() -> None:
    assert outline(Tree()) == []
    assert placed(Tree()) == {}


@settings(max_examples=50)
@given(trees())
def test_every_step_stands_once_and_every_way_is_a_line(tree: Tree) -> None:
    entries = outline(tree)
    assert sorted(one.node for one in entries if not one.is_again) == sorted(tree.by_id)
    ways = [
        (node.id, way.key) for node in tree.by_id.values() for way in node.ways if way.target in tree.by_id
    ]
    lines = sorted((one.come_from, one.way) for one in entries if one.way)
    begun = len([one for one in entries if not one.way])
    assert lines == sorted(ways)
    assert begun >= bool(tree.nodes)


def test_a_tree_is_laid_out_from_the_top() -> None:
    places = placed(TREE)
    rows = {key: down // DOWN for key, (_, down) in places.items()}
    assert rows == {"a": 0, "e": 0, "b": 1, "c": 2, "d": 3}


def test_ways_that_branch_stand_in_their_order() -> None:
    tree = body.read("## A {#a}\n- [x](#b)\n- [y](#c)\n- [z](#d)\n## B {#b}\n## C {#c}\n## D {#d}\n")
    places = placed(tree)
    assert [places[key] for key in "abcd"] == [(RIGHT, 0), (0, DOWN), (RIGHT, DOWN), (2 * RIGHT, DOWN)]


@settings(max_examples=50)
@given(trees())
def test_no_two_steps_stand_in_one_place(tree: Tree) -> None:
    bare = replace(tree, nodes=tuple(replace(node, at=None) for node in tree.nodes))
    places = placed(bare)
    assert set(places) == set(tree.by_id)
    rows: dict[int, list[int]] = {}
    for right, down in places.values():
        rows.setdefault(down, []).append(right)
    for row in rows.values():
        row.sort()
        assert all(after - before >= RIGHT for before, after in pairwise(row))
    assert placed(bare) == places


@settings(max_examples=50)
@given(trees(), st.data())
def test_what_somebody_placed_stays_where_it_is(tree: Tree, data: st.DataObject) -> None:
    whole = laid_out(tree)
    assert all(node.at for node in whole.nodes)
    assert laid_out(whole) == whole
    assert all(new.at == old.at for new, old in zip(whole.nodes, tree.nodes, strict=True) if old.at)
    if tree.nodes:
        at = data.draw(st.integers(0, len(tree.nodes) - 1))
        missing = replace(whole.nodes[at], at=None)
        again = laid_out(replace(whole, nodes=(*whole.nodes[:at], missing, *whole.nodes[at + 1 :])))
        assert again.nodes[at].at not in {node.at for node in whole.nodes[:at] + whole.nodes[at + 1 :]} or (
            len({node.at for node in whole.nodes}) < len(whole.nodes)
        )

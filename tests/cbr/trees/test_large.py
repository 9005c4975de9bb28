"""Whatever can be done with a tree can be done with one of thousands of steps."""

from __future__ import annotations

from datetime import date

import pytest

from cbr.guided.steps import Answer, Outcome, Told
from cbr.trees import body
from cbr.trees.checks import check, is_playable
from cbr.trees.dot import from_dot, to_dot
from cbr.trees.layout import laid_out
from cbr.trees.mermaid import from_mermaid, to_mermaid
from cbr.trees.outline import outline
from cbr.trees.plain_tree import read_json, write_json
from cbr.trees.running import TreeGuide
from cbr.trees.translation import compare, translated
from cbr.trees.tree import UNKNOWN, Kind, Node, Tree, Way

MANY = 5000
LAST = Node("last", Kind.OUTCOME, "At last")


def chain() -> Tree:
    """Each question leads on, or back a little."""
    nodes = [
        Node(
            f"n{at}",
            Kind.CHOICE,
            f"Question {at}?",
            "Look *there*.",
            (
                Way("yes", f"n{at + 1}" if at + 2 < MANY else "last", "Yes"),
                Way("no", f"n{at * 7 // 8}", "No"),
                Way(UNKNOWN, "last", "I don't know"),
            ),
        )
        for at in range(MANY - 1)
    ]
    return Tree((*nodes, LAST))


def broad() -> Tree:
    """Each question has seventy answers; the last are ends."""
    nodes = []
    for at in range(MANY):
        below = [f"n{child}" for child in range(at * 70 + 1, min(at * 70 + 71, MANY))]
        ways = tuple(Way(key, key, key) for key in below)
        nodes.append(Node(f"n{at}", Kind.CHOICE if ways else Kind.OUTCOME, f"Step {at}", ways=ways))
    return Tree(tuple(nodes))


@pytest.mark.parametrize("make", [chain, broad])
def test_a_tree_of_thousands_of_steps_can_be_worked_with(make: object) -> None:
    assert callable(make)
    tree: Tree = make()
    assert len(tree.nodes) == MANY
    assert is_playable(check(tree))
    assert compare(tree, translated(tree, tree)) == [
        one for one in compare(tree, tree) if one.code == "untranslated"
    ]
    placed = laid_out(tree)
    assert len({node.at for node in placed.nodes}) == MANY
    assert len([one for one in outline(tree) if not one.is_again]) == MANY
    for write, read in (
        (body.write, body.read),
        (write_json, read_json),
        (to_dot, from_dot),
        (to_mermaid, from_mermaid),
    ):
        assert read(write(placed)) == placed


def test_a_run_through_thousands_of_steps_ends() -> None:
    guide = TreeGuide("chain", chain(), date(2026, 1, 1))
    answers = tuple(Answer(f"n{at}", "yes") for at in range(MANY - 1))
    end = guide.step(Told(answers=answers))
    assert isinstance(end, Outcome)
    assert end.id == "last"
    assert guide.step(Told(answers=answers[:2000])).id == "n2000"


def test_thousands_of_decisions_are_gone_through_at_once() -> None:
    nodes = [
        Node(f"n{at}", Kind.DECISION, ways=(Way("on", f"n{at + 1}" if at + 2 < MANY else "last"),))
        for at in range(MANY - 1)
    ]
    tree = Tree((*nodes, LAST))
    assert check(tree) == []
    assert TreeGuide("chain", tree, date(2026, 1, 1)).step(Told()).id == "last"


def test_steps_that_are_added_to_thousands_with_places_get_theirs() -> None:
    placed = laid_out(broad())
    nodes = [
        *placed.nodes[:10],
        *(Node(node.id, node.kind, node.title, ways=node.ways) for node in placed.nodes[10:]),
    ]
    again = laid_out(Tree(tuple(nodes)))
    assert [node.at for node in again.nodes[:10]] == [node.at for node in placed.nodes[:10]]
    assert len({node.at for node in again.nodes}) == MANY

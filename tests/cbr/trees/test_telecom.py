"""Three troubleshooting graphs that others drew come in whole."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from cbr.guided.steps import Answer, Instruction, Outcome, Question, Told
from cbr.trees import body
from cbr.trees.checks import check, is_playable
from cbr.trees.dot import from_dot, to_dot
from cbr.trees.layout import laid_out
from cbr.trees.mermaid import from_mermaid, to_mermaid
from cbr.trees.running import TreeGuide
from cbr.trees.tree import Tree

DATA = Path(__file__).parents[3].parent / "shared" / "data" / "telecom"
GRAPHS = {
    "tech_support_path1_no_service.dot": (33, 42),
    "tech_support_path2_mobile_data.dot": (60, 84),
    "tech_support_path3_mms.dot": (32, 39),
}

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"the telecom graphs are not at {DATA}")


def graph(name: str) -> Tree:
    return from_dot((DATA / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", GRAPHS)
def test_every_node_and_edge_comes_in(name: str) -> None:
    tree = graph(name)
    kinds = Counter(node.kind.value for node in tree.nodes)
    edges = sum(len(node.ways) for node in tree.nodes)
    print(f"{name}: {len(tree.nodes)} nodes, {edges} edges, {dict(kinds)}")  # noqa: T201 - shown with -s
    assert (len(tree.nodes), edges) == GRAPHS[name]
    assert all(way.target in tree.by_id for node in tree.nodes for way in node.ways)
    assert tree.first is tree.by_id["Start"]
    assert is_playable(check(tree))


@pytest.mark.parametrize("name", GRAPHS)
def test_it_comes_back_from_every_form(name: str) -> None:
    tree = laid_out(graph(name))
    assert all(node.at for node in tree.nodes)
    assert body.read(body.write(tree)) == tree
    assert from_dot(to_dot(tree)) == tree
    assert from_mermaid(to_mermaid(tree)) == tree


def test_airplane_mode_is_found() -> None:
    guide = TreeGuide("no-service", graph("tech_support_path1_no_service.dot"), date(2026, 1, 1))
    said = ["done", "Yes", "done", "Yes", "done", "done", "Yes"]
    answers: list[Answer] = []
    step = guide.step(Told())
    for words in said:
        assert isinstance(step, Question | Instruction)
        chosen: object = words
        if isinstance(step, Question):
            chosen = next(option.key for option in step.options if option.text.startswith(words))
        answers.append(Answer(step.id, chosen))
        step = guide.step(Told(answers=tuple(answers)))
    assert isinstance(step, Outcome)
    assert (step.id, step.kind, step.proposals[0].title) == ("End_Resolve", "solution", "Issue Resolved")

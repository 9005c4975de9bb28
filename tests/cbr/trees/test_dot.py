"""Graphviz DOT: the grammar is read, what is made to do harm is refused."""

from __future__ import annotations

import pytest

from cbr.trees.dot import from_dot, to_dot
from cbr.trees.tree import Kind, Node, Tree, Way
from kb.errors import Invalid


def ways(tree: Tree) -> list[tuple[str, str, str]]:
    return [(node.id, way.target, way.text) for node in tree.nodes for way in node.ways]


def faults(text: str) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        from_dot(text)
    return refused.value.fields


def test_nodes_arrows_and_labels_are_read() -> None:
    tree = from_dot(
        r"""
        /* a chart */ strict digraph "Help" { // of mine
        # with all sorts of comments
        rankdir=TB; graph [nodesep=0.7]; node [shape=box, fontsize=10]
        Start [label="Start: it\nis \"off\"", shape=oval]; ask [label="Lit?" shape=diamond]
        Start -> ask; ask -> ok [label="Yes"]; ask -> ok; ask -> person [label=No, style=dashed,]
        ok [label=<All <b>fine</b>,<br/>thanks &amp; bye>]; person [label="Transfer to a " + "human"]
        }
        """
    )
    assert [(node.id, node.kind, node.title) for node in tree.nodes] == [
        ("Start", Kind.DECISION, 'Start: it is "off"'),
        ("ask", Kind.CHOICE, "Lit?"),
        ("ok", Kind.OUTCOME, "All fine , thanks & bye"),
        ("person", Kind.ESCALATE, "Transfer to a human"),
    ]
    assert ways(tree) == [("Start", "ask", ""), ("ask", "ok", "Yes"), ("ask", "person", "No")]


def test_arrows_go_from_each_to_each() -> None:
    tree = from_dot(
        "digraph { a -> {b; subgraph c {d e}} -> f:port:n [label=x]; graph g2 }".replace("graph g2", "")
    )
    assert ways(tree) == [
        *[("a", target, "x") for target in "bde"],
        *[(source, "f", "x") for source in "bde"],
    ]


def test_what_holds_for_a_group_holds_in_it_only() -> None:
    tree = from_dot("digraph { { node [shape=oval] a -> b } c -> b; node [label=later] d }")
    assert [node.kind for node in tree.nodes] == [Kind.DECISION, Kind.OUTCOME, Kind.DECISION, Kind.OUTCOME]
    assert [node.title for node in tree.nodes] == ["a", "b", "c", "later"]


def test_names_that_no_step_can_have_are_changed() -> None:
    tree = from_dot('digraph { "a b" -> "a/b"; "a-b" -> "?"; "{#x}" -> "a b" }')
    assert [node.id for node in tree.nodes] == ["a-b-2", "a-b-3", "a-b", "step", "x"]
    assert [node.title for node in tree.nodes] == ["a b", "a/b", "a-b", "?", "{#x}"]


def test_the_start_is_what_nothing_leads_to() -> None:
    tree = from_dot("digraph { end; a -> end; b -> a }")
    assert (tree.start, from_dot("digraph { b -> a; a -> b }").start) == ("b", "")


def test_an_answer_without_words_has_those_of_what_it_leads_to() -> None:
    tree = from_dot("digraph { a -> b; a -> c [label=Never]; b [label=Bee] }")
    assert ways(tree) == [("a", "b", "Bee"), ("a", "c", "Never")]


def test_a_label_that_is_too_long_for_a_title_becomes_the_text() -> None:
    tree = from_dot('digraph { a [label="' + r"word\n" * 200 + '"] }')
    assert len(tree.nodes[0].title) == 500
    assert tree.nodes[0].text == "\n".join(["word"] * 200)


def test_places_come_back_though_graphviz_counts_upwards() -> None:
    tree = Tree((Node("a", Kind.OUTCOME, "A", at=(10, 20)),))
    assert 'pos="10,-20!"' in to_dot(tree)
    assert from_dot('digraph { a [label=A, pos="10.4,-20.2"] }') == tree


def test_a_key_that_graphviz_has_a_use_for_is_not_taken_for_ours() -> None:
    tree = from_dot("digraph { a -> b [key=URL, when=never]; a -> c }")
    assert tree.nodes[0].ways[0] == Way("b", "b", "b")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("\ngraphs {}", 2),
        ("digraph {\n a -> \n}", 3),
        ("digraph {\n a [label=]\n}", 2),
        ("digraph {\n a [label\n", 3),
        ("digraph {\n a -> node\n}", 2),
        ('digraph {\n a [label="never ends]\n}', 2),
        ("digraph {\n a [label=<never <b>ends]\n}", 2),
        ("digraph {\n /* never ends }", 2),
        ("digraph {\n a @ b }", 2),
        ("digraph { a }\ndigraph { b }", 2),
        ("digraph {", 1),
    ],
)
def test_what_is_not_dot_is_refused_with_its_line(text: str, line: int) -> None:
    assert list(faults(text)) == [f"line {line}"]


@pytest.mark.parametrize(
    "text",
    [
        "digraph {" + "{" * 21 + "}" * 21 + "}",
        "digraph {" + "{" * 1_000_000,
        "digraph {" + "subgraph x {" * 100_000,
        "digraph { a [" + "b=c," * 900_000 + "] }",
        "digraph { a [label=" + "<" * 3_000_000 + "] }",
        'digraph { a [label="' + "x" * 50_001 + '"] }',
        'digraph { a [label=""' + '+"x"' * 60_000 + "] }",
        "digraph {" + " ".join(f"n{number}" for number in range(10_001)) + "}",
        "digraph { {"
        + " ".join(f"a{n}" for n in range(5000))
        + "} -> {"
        + " ".join(f"b{n}" for n in range(5000))
        + "} }",
        "digraph {" + "a -> a -> " * 100_000 + "a }",
        "digraph { a -> {" + " ".join(f"b{number}" for number in range(201)) + "} }",
        "digraph {" + "x" * 4_000_001 + "}",
        "digraph {" + '"' * 999_999 + "}",
        "digraph {" + "/*" * 1_000_000 + "}",
        "digraph { a [label=" + "+" * 1_000_000 + "] }",
    ],
    ids=lambda text: text[:24] + str(len(text)),
)
def test_what_is_made_to_do_harm_is_refused(text: str) -> None:
    assert len(faults(text)) == 1


def test_what_an_export_says_must_still_hold() -> None:
    assert "nodes[0].kind" in faults("digraph { a [kind=guess] }")
    assert "when" in faults('digraph { a [kind=decision]; a -> b [when="sim likes milk"] }')


def test_a_graph_of_ours_that_was_changed_is_read_with_its_changes() -> None:
    tree = Tree(
        (
            Node("a", Kind.NUMBER, "How many?", ways=(Way("few", "b", "Few", high="3"),), unit="GB"),
            Node("b", Kind.OUTCOME, "Fine"),
        )
    )
    changed = to_dot(tree).replace("}", "c [label=More]; a -> c [low=3, label=Many] }")
    assert from_dot(changed).nodes == (
        Node(
            "a",
            Kind.NUMBER,
            "How many?",
            ways=(Way("few", "b", "Few", high="3"), Way("c", "c", "Many", low="3")),
            unit="GB",
        ),
        Node("b", Kind.OUTCOME, "Fine"),
        Node("c", Kind.OUTCOME, "More"),
    )

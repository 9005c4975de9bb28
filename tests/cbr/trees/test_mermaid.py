"""Mermaid flowcharts: the parts of their language that say what leads where."""

from __future__ import annotations

import pytest

from cbr.trees.mermaid import from_mermaid, to_mermaid
from cbr.trees.tree import Kind, Node, Tree, Way
from kb.errors import Invalid


def ways(text: str) -> list[tuple[str, str, str]]:
    tree = from_mermaid("flowchart TD\n" + text)
    return [(node.id, way.target, way.text) for node in tree.nodes for way in node.ways]


def titles(text: str) -> dict[str, str]:
    return {node.id: node.title for node in from_mermaid("graph LR;" + text).nodes}


def faults(text: str) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        from_mermaid(text)
    return refused.value.fields


def test_a_flowchart_is_read() -> None:
    tree = from_mermaid(
        """\
---
title: Router
---
%%{init: {"theme": "dark"}}%%
flowchart TD
    %% how it begins
    start([Router is off]) --> lit{"Is the lamp<br/>#quot;lit#quot;?"}
    lit -- Yes --> net["Look at the net"]:::big
    lit -->|No| plug[Plug it in] ==> lit
    lit -. don't know .-> human((Transfer to a human))
    subgraph later [Later on]
        direction LR
        net --> done([Fine & good])
    end
    classDef big fill:#f9f,stroke:#333
    style net color:red; class net big
    click net "https://example.com"
    linkStyle 0 stroke:#ff3
"""
    )
    assert [(node.id, node.kind, node.title) for node in tree.nodes] == [
        ("start", Kind.DECISION, "Router is off"),
        ("lit", Kind.CHOICE, 'Is the lamp "lit"?'),
        ("net", Kind.INSTRUCTION, "Look at the net"),
        ("plug", Kind.INSTRUCTION, "Plug it in"),
        ("human", Kind.ESCALATE, "Transfer to a human"),
        ("done", Kind.OUTCOME, "Fine & good"),
    ]
    assert [(node.id, way.target, way.text) for node in tree.nodes for way in node.ways] == [
        ("start", "lit", ""),
        ("lit", "net", "Yes"),
        ("lit", "plug", "No"),
        ("lit", "human", "don't know"),
        ("net", "done", ""),
        ("plug", "lit", ""),
    ]


@pytest.mark.parametrize(
    "arrow",
    [
        "-->",
        "---",
        "----->",
        "-.->",
        "-..->",
        "-.-",
        "==>",
        "===",
        "--o",
        "--x",
        "<-->",
        "-->|no|",
        "-- no -->",
    ],
)
def test_every_arrow_is_one(arrow: str) -> None:
    words = "no" if "no" in arrow else ""
    assert ways(f"a {arrow} b") == [("a", "b", words)]


def test_the_head_of_an_arrow_is_no_word_on_it() -> None:
    assert ways("a --x b --> c --o d --> e") == [
        ("a", "b", ""),
        ("b", "c", ""),
        ("c", "d", ""),
        ("d", "e", ""),
    ]


def test_arrows_need_no_blanks() -> None:
    assert ways("a-->b\nb-->|yes|c-->d\nd--no-->e\nd-.maybe.->f;d==x==>g") == [
        ("a", "b", ""),
        ("b", "c", "yes"),
        ("c", "d", ""),
        ("d", "e", "no"),
        ("d", "f", "maybe"),
        ("d", "g", "x"),
    ]


def test_arrows_go_from_each_to_each() -> None:
    assert ways("a & b --> c & d") == [("a", "c", "c"), ("a", "d", "d"), ("b", "c", "c"), ("b", "d", "d")]


@pytest.mark.parametrize(
    "shape",
    """a[T] a(T) a([T]) a[[T]] a[(T)] a((T)) a(((T))) a>T] a{T} a{{T}} a[/T/] a[\\T\\] a[/T\\] a[\\T/] a["T"] a["`T`"]
    a@{shape:diamond,label:"T"}""".split(),
)
def test_every_shape_has_its_words(shape: str) -> None:
    assert titles(shape) == {"a": "T"}


def test_words_in_quotation_marks_may_hold_any_sign() -> None:
    assert titles('a["x] --> b; |y| (z)"] --> b(["Ж #35; &lt;"])') == {"a": "x] --> b; |y| (z)", "b": "Ж # <"}


def test_names_that_mermaid_keeps_for_itself_are_avoided() -> None:
    tree = Tree((Node("end", Kind.CHOICE, "?", ways=(Way("Ж", "Ж", "x"),)), Node("Ж", Kind.OUTCOME, "!")))
    written = to_mermaid(tree)
    assert 'step_1_{"?"}' in written
    assert 'step_1_ -->|"x"| step_2_' in written
    assert from_mermaid(written) == tree


def test_a_chart_of_ours_that_was_changed_is_read_with_its_changes() -> None:
    tree = Tree(
        (
            Node("a", Kind.NUMBER, "How many?", ways=(Way("few", "b", "Few", high="3"),), unit="GB"),
            Node("b", Kind.OUTCOME, "Fine"),
        )
    )
    written = to_mermaid(tree).replace("a -->", "a -->|Many| c[More]\na -->")
    assert from_mermaid(written).nodes == (
        Node(
            "a",
            Kind.NUMBER,
            "How many?",
            ways=(Way("c", "c", "Many"), Way("few", "b", "Few", high="3")),
            unit="GB",
        ),
        Node("b", Kind.OUTCOME, "Fine"),
        Node("c", Kind.OUTCOME, "More"),
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("sequenceDiagram\n", 1),
        ("flowchart TD\na -->\n", 2),
        ("flowchart TD\n--> a\n", 2),
        ("flowchart TD\na[never ends\n", 2),
        ('flowchart TD\n\na["never --> b\n', 3),
        ("flowchart TD\na b\n", 2),
        ("flowchart TD\na\n%% step a {]\n", 3),
        ("flowchart TD\n%% step a " + '{"x":' * 100_000, 2),
        ("flowchart TD\n" + "a-->" * 6000 + "b", 2),
        ("flowchart TD\n" + ("a & " * 300 + "a --> " + "b & " * 300 + "b\n"), 2),
        ("flowchart TD\n" + "\n".join(f"n{number}" for number in range(10_001)), 10_002),
        ("flowchart TD\n" + "x" * 4_000_001, 1),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_cannot_be_read_is_refused_with_its_line(text: str, line: int) -> None:
    assert list(faults(text)) == [f"line {line}"]


def test_lines_made_to_be_slow_are_read_all_the_same() -> None:
    for line in (
        "a[[x] " * 3000,
        "a[" * 9000,
        "a -- " * 3900,
        'a["' * 6000,
        "a == b -- " * 1900,
        "a@{" * 6000,
    ):
        with pytest.raises(Invalid):
            from_mermaid("flowchart TD\n" + "\n".join([line] * 20))

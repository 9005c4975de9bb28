"""A tree as plain data: what the editor sends is kept or refused with its place."""

from __future__ import annotations

from typing import Any

import pytest

from cbr.trees.plain_tree import read_json, read_tree, to_plain
from cbr.trees.tree import DONE, FAILED, OTHERWISE, Kind, Node, Tree, Way
from kb.errors import Invalid


def node(**settings: object) -> dict[str, Any]:
    return {"id": "a", **settings}


def faults(data: object) -> list[str]:
    with pytest.raises(Invalid) as refused:
        read_tree(data)
    return list(refused.value.fields)


def test_the_usual_need_not_be_said() -> None:
    tree = read_tree({"nodes": [node(title=" A\nb ", ways=[{"target": "b"}, {"target": "b"}]), {"id": "b"}]})
    assert tree == Tree(
        (
            Node("a", Kind.CHOICE, "A b", ways=(Way("b", "b"), Way("b-2", "b"))),
            Node("b", Kind.OUTCOME),
        )
    )
    assert to_plain(tree) == {
        "nodes": [
            {
                "id": "a",
                "kind": "choice",
                "title": "A b",
                "ways": [{"key": "b", "target": "b"}, {"key": "b-2", "target": "b"}],
            },
            {"id": "b", "kind": "outcome"},
        ]
    }


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("choice", ["x", "x-2", "x-3"]),
        ("instruction", [DONE, FAILED, "x"]),
        ("article", [DONE, FAILED, "x"]),
        ("guide", [OTHERWISE, "x", "x-2"]),
        ("cases", [OTHERWISE, "x", "x-2"]),
        ("decision", ["x", "x-2", "x-3"]),
    ],
)
def test_ways_are_named_as_usual_for_their_kind(kind: str, keys: list[str]) -> None:
    ways = [{"target": "x"}] * 3
    assert [way.key for way in read_tree({"nodes": [node(kind=kind, ways=ways)]}).nodes[0].ways] == keys


def test_numbers_may_be_numbers() -> None:
    ways = [{"target": "a", "low": 2, "high": 2.5}]
    assert read_tree({"nodes": [node(kind="number", ways=ways, at=[1.4, -2.6])]}).nodes[0] == Node(
        "a", Kind.NUMBER, ways=(Way("a", "a", low="2", high="2.5"),), at=(1, -3)
    )


def test_what_a_database_cannot_hold_is_replaced() -> None:
    made = read_tree({"nodes": [node(title="a\0b", text="x\ud800y\r\nz\n\n")]}).nodes[0]
    assert (made.title, made.text) == ("a�b", "x�y\nz")


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (None, "."),
        ([], "."),
        ({"nodes": {}}, "nodes"),
        ({"nodes": [1]}, "nodes[0]"),
        ({"nodes": [], "name": "x"}, "name"),
        ({"nodes": [], "start": "x"}, "start"),
        ({"nodes": [], "intro": "## A"}, "intro"),
        ({"nodes": [{}]}, "nodes[0].id"),
        ({"nodes": [node(id="a b")]}, "nodes[0].id"),
        ({"nodes": [node(id="x" * 61)]}, "nodes[0].id"),
        ({"nodes": [node(id=5)]}, "nodes[0].id"),
        ({"nodes": [node(kind="guess")]}, "nodes[0].kind"),
        ({"nodes": [node(kind=["choice"])]}, "nodes[0].kind"),
        ({"nodes": [node(colour="red")]}, "nodes[0].colour"),
        ({"nodes": [node(title="x" * 501)]}, "nodes[0].title"),
        ({"nodes": [node(text="x" * 20_001)]}, "nodes[0].text"),
        ({"nodes": [node(text="## B {#b}")]}, "nodes[0].text"),
        ({"nodes": [node(text="- [b](#b)")]}, "nodes[0].text"),
        ({"nodes": [node(text="x\n\n~~~")]}, "nodes[0].text"),
        ({"nodes": [node(text="<!-- step: choice -->")]}, "nodes[0].text"),
        ({"nodes": [node(text="<!-- canvas")]}, "nodes[0].text"),
        ({"nodes": [node(attribute="a b")]}, "nodes[0].attribute"),
        ({"nodes": [node(kind="guide", subject="a b")]}, "nodes[0].subject"),
        ({"nodes": [node(subject="b")]}, "nodes[0].subject"),
        ({"nodes": [node(afresh=1)]}, "nodes[0].afresh"),
        ({"nodes": [node(at=[1])]}, "nodes[0].at"),
        ({"nodes": [node(at="12")]}, "nodes[0].at"),
        ({"nodes": [node(at=[1, float("nan")])]}, "nodes[0].at"),
        ({"nodes": [node(at=[1, 1e9])]}, "nodes[0].at"),
        ({"nodes": [node(ways=5)]}, "nodes[0].ways"),
        ({"nodes": [node(ways=[{}] * 201)]}, "nodes[0].ways"),
        ({"nodes": [node(ways=[{"to": "b"}])]}, "nodes[0].ways[0].to"),
        ({"nodes": [node(ways=[{"key": "a b"}])]}, "nodes[0].ways[0].key"),
        ({"nodes": [node(ways=[{"target": "?"}])]}, "nodes[0].ways[0].target"),
        ({"nodes": [node(ways=[{"low": 2}])]}, "nodes[0].ways[0].low"),
        ({"nodes": [node(kind="number", ways=[{"low": "two"}])]}, "nodes[0].ways[0].low"),
        ({"nodes": [node(kind="number", ways=[{"low": True}])]}, "nodes[0].ways[0].low"),
        ({"nodes": [node(kind="number", ways=[{"low": 1e999}])]}, "nodes[0].ways[0].low"),
        ({"nodes": [node(kind="date", ways=[{"high": 5}])]}, "nodes[0].ways[0].high"),
        ({"nodes": [node(ways=[{"when": 5}])]}, "nodes[0].ways[0].when"),
        ({"nodes": [node(ways=[{"when": [{}] * 21}])]}, "nodes[0].ways[0].when"),
        ({"nodes": [node(ways=[{"when": [{"attribute": "a"}]}])]}, "nodes[0].ways[0].when[0].values"),
        (
            {"nodes": [node(ways=[{"when": [{"attribute": "a", "values": "b"}]}])]},
            "nodes[0].ways[0].when[0].values",
        ),
        (
            {"nodes": [node(ways=[{"when": [{"attribute": "a", "values": [{}]}]}])]},
            "nodes[0].ways[0].when[0].values",
        ),
        ({"nodes": [node(ways=[{"when": [{"relation": "likes"}]}])]}, "nodes[0].ways[0].when[0].relation"),
        ({"nodes": [{"id": "a"}] * 10_001}, "nodes"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_what_cannot_be_kept_is_refused_with_its_place(data: object, place: str) -> None:
    assert place in faults(data)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "line 1"),
        ("{\n}\nx", "line 3"),
        ("[" * 200_000, "line 1"),
        ('{"nodes": ' + "9" * 5000 + "}", "line 1"),
        ("x" * 8_000_001, "line 1"),
        ("5", "."),
    ],
    ids=lambda value: str(value)[:10],
)
def test_what_is_not_json_is_refused_with_its_line(text: str, place: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_json(text)
    assert list(refused.value.fields) == [place]

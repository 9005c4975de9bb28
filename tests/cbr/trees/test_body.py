"""A guide as the text of an article: what people read and write there, and how faults are named."""

from __future__ import annotations

import pytest

from authoring.lifetimes.kind_defaults import TEMPLATES
from cbr.trees import body
from cbr.trees.checks import check, is_playable
from cbr.trees.conditions import Condition, Relation
from cbr.trees.plain_tree import read_tree, to_plain
from cbr.trees.tree import DONE, FAILED, OTHERWISE, UNKNOWN, Kind, Node, Tree, Way
from kb import content
from kb.errors import Invalid

TEXT = """\
Have the **phone** at hand.

## How much data is used? {#data}

<!-- step: number; attribute: data_used; unit: GB; start -->

Look under *My plan*.

- [Less than 2 GB](#settings) <!-- below: 2 -->
- [2 GB or more](#refuel) <!-- from: 2 -->
- [I don't know](#help) <!-- unknown -->

## Check the settings {#settings}

<!-- step: instruction -->

1. Open **Settings**.
2. Turn *mobile data* on.

### On older phones

It is called *data*.

- [Done](#fine)
- [I could not](#help)

## Is it a matter of roaming? {#abroad}

<!-- step: decision -->

- [Roaming is off](#settings) <!-- when: roaming is false and country is-not HU | "at home" -->
- [→](#help)

## No service {#sub}

<!-- step: guide -->

[No service](kb:no-service)

- [It works](#fine) <!-- solved -->
- [→](#help)

## Ask the cases {#ask}

<!-- step: cases; subject: telecom -->

- [→](#help)

## Buy more data {#refuel}

<!-- step: article -->

[Buy more data](kb:refuel-data)

## Fine {#fine}

Enjoy.

## We will help {#help}

<!-- step: escalate -->

<!-- canvas
data 0 0
settings -260 160
-->
"""
TREE = Tree(
    nodes=(
        Node(
            "data",
            Kind.NUMBER,
            "How much data is used?",
            "Look under *My plan*.",
            (
                Way("settings", "settings", "Less than 2 GB", high="2"),
                Way("refuel", "refuel", "2 GB or more", low="2"),
                Way(UNKNOWN, "help", "I don't know"),
            ),
            attribute="data_used",
            unit="GB",
            at=(0, 0),
        ),
        Node(
            "settings",
            Kind.INSTRUCTION,
            "Check the settings",
            "1. Open **Settings**.\n2. Turn *mobile data* on.\n\n### On older phones\n\nIt is called *data*.",
            (Way(DONE, "fine", "Done"), Way(FAILED, "help", "I could not")),
            at=(-260, 160),
        ),
        Node(
            "abroad",
            Kind.DECISION,
            "Is it a matter of roaming?",
            ways=(
                Way(
                    "settings",
                    "settings",
                    "Roaming is off",
                    when=(
                        Condition("roaming", Relation.IS, ("false",)),
                        Condition("country", Relation.IS_NOT, ("HU", "at home")),
                    ),
                ),
                Way("help", "help"),
            ),
        ),
        Node(
            "sub",
            Kind.GUIDE,
            "No service",
            ways=(Way("solved", "fine", "It works"), Way(OTHERWISE, "help")),
            subject="no-service",
        ),
        Node("ask", Kind.CASES, "Ask the cases", ways=(Way(OTHERWISE, "help"),), subject="telecom"),
        Node("refuel", Kind.ARTICLE, "Buy more data", subject="refuel-data"),
        Node("fine", Kind.OUTCOME, "Fine", "Enjoy."),
        Node("help", Kind.ESCALATE, "We will help"),
    ),
    start="data",
    intro="Have the **phone** at hand.",
)


def faults(text: str) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        body.read(text)
    return refused.value.fields


def test_a_tree_reads_as_markdown() -> None:
    assert body.write(TREE) == TEXT


def test_markdown_reads_as_a_tree() -> None:
    assert body.read(TEXT) == TREE


def test_line_ends_and_empty_lines_do_not_matter() -> None:
    assert body.read("\r\n\r\n" + TEXT.replace("\n## ", "\n \n\n## ").replace("\n", "\r\n")) == TREE


def test_as_a_page_a_guide_can_be_walked_without_a_player() -> None:
    page = content.render(TEXT)
    assert "step:" not in page.text
    assert "canvas" not in page.text
    assert [heading.id for heading in page.headings if heading.level == 2] == [
        f"at-{node.id}" for node in TREE.nodes
    ]
    assert '<a href="#at-help">I don\'t know</a>' in page.html
    assert set(page.links) == {"no-service", "refuel-data"}


@pytest.mark.parametrize("language", ["en", "hu", "sv", "ru"])
def test_what_a_new_guide_begins_with_is_a_tree_that_can_be_played(language: str) -> None:
    tree = body.read(TEMPLATES["guide"][language])
    assert [node.id for node in tree.nodes] == ["start", "first", "second", "solved", "contact"]
    assert is_playable(check(tree))
    assert body.write(tree) == TEMPLATES["guide"][language]


def test_a_change_of_one_thing_changes_one_line() -> None:
    moved = body.read(TEXT.replace("data 0 0", "data 20 0"))
    lines = zip(body.write(TREE).split("\n"), body.write(moved).split("\n"), strict=True)
    assert [one for one, other in lines if one != other] == ["data 0 0"]


def test_code_is_not_looked_into() -> None:
    text = "## A {#a}\n\n```\n## B {#b}\n- [x](#y)\n```\n"
    assert body.read(text).nodes[0].text == "```\n## B {#b}\n- [x](#y)\n```"


def test_code_within_a_line_opens_no_block() -> None:
    assert len(body.read("## A {#a}\n```code``` first\n## B {#b}\n").nodes) == 2


def test_what_stands_before_all_steps_may_link_to_them() -> None:
    text = "Go to:\n\n- [A](#a)\n\n## A {#a}\n"
    assert body.read(text).intro == "Go to:\n\n- [A](#a)"
    assert read_tree(to_plain(body.read(text))) == body.read(text)


def test_ways_may_have_any_bullet() -> None:
    tree = body.read("## A {#a}\n* [One](#b)\n + [Two](#b)\n## B {#b}\n")
    assert [way.key for way in tree.nodes[0].ways] == ["b", "b-2"]


def test_comments_may_be_indented_and_spaced_as_people_do() -> None:
    tree = body.read(
        "## A {#a}\n  <!--step : number ;unit:GB-->\n- [B](#a)<!--below:2-->\n\n <!--canvas\na 1 2\n -->\n"
    )
    assert tree.nodes[0] == Node(
        "a", Kind.NUMBER, "A", ways=(Way("a", "a", "B", high="2"),), unit="GB", at=(1, 2)
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("## A\n", 1),
        ("\n\n## A {#a b}\n", 3),
        ("## A {#" + "x" * 61 + "}", 1),
        ("## A {#a}\n<!-- step: guess -->\n", 2),
        ("## A {#a}\n<!-- step: number; colour: red -->\n", 2),
        ("## A {#a}\n<!-- step: number; unit: -->\n", 2),
        ("## A {#a}\n<!-- step: number\n-->\n", 2),
        ('## A {#a}\n<!-- step: number; unit: "GB -->\n', 2),
        ("## A {#a}\n<!-- step: number -->\n<!-- step: number -->\n", 3),
        ("## A {#a}\n<!-- step: outcome; subject: x -->\n", 1),
        ("## A {#a}\n- [B](#b) <!-- from: 2 -->\n", 2),
        ("## A {#a}\n<!-- step: number -->\n- [B](#b) <!-- from: two -->\n", 3),
        ("## A {#a}\n<!-- step: date -->\n- [B](#b) <!-- from: 2 -->\n", 3),
        ("## A {#a}\n- [B](#b) <!-- when: sim -->\n", 2),
        ("## A {#a}\n- [B](#b) <!-- when: sim likes milk -->\n", 2),
        ("## A {#a}\n- [B](#b) <!-- when: sim is in or out -->\n", 2),
        ("## A {#a}\n- [B](#b) <!-- one; two -->\n", 2),
        ("## A {#a}\n\n```\nnever ends\n", 3),
        ("## A {#a}\n<!-- canvas\na one two\n-->\n", 3),
        ("## A {#a}\n<!-- canvas\na 1 99999999999999999999999\n-->\n", 3),
        ("## " + "A" * 501 + " {#a}\n", 1),
        ("## A {#a}\n" + "long " * 5000, 1),
        ("## A {#a}\n" + "- [B](#a)\n" * 201, 1),
    ],
)
def test_a_fault_is_named_by_its_line(text: str, line: int) -> None:
    assert f"line {line}" in faults(text)


def test_all_faults_are_told_up_to_a_limit() -> None:
    assert len(faults("## A\n" * 3)) == 3
    assert len(faults("## A\n" * 500)) == 50


def test_too_much_is_refused() -> None:
    assert "line 10001" in faults("".join(f"## A {{#a{number}}}\n" for number in range(10_001)))
    assert "line 1" in faults("x" * 8_000_001)


def test_a_line_made_to_be_slow_is_read_all_the_same() -> None:
    for line in (
        "- [" + "](#a <!-- " * 100_000,
        "## " + " " * 500_000 + "{#",
        "- [a](#b) <!-- " + '"' * 100_001,
    ):
        with pytest.raises(Invalid):
            body.read("## A {#a}\n" + line + "\n```\n")

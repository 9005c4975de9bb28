"""What is wrong with a tree is found, with its place, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cbr.trees import body
from cbr.trees.checks import ERRORS, WARNINGS, Known, check, is_playable
from cbr.trees.translation import compare, translated
from cbr.trees.tree import Kind, Node, Tree, Way
from tests.cbr.trees.strategies import playable_trees, trees

FINE = """\
## Is it on? {#on}

- [Yes](#restart) <!-- yes -->
- [No](#fine) <!-- no -->
- [No idea](#help) <!-- unknown -->

## Restart it {#restart}

<!-- step: instruction -->

- [Done](#fine)
- [Could not](#help)

## Fine {#fine}

## We help {#help}

<!-- step: escalate -->
"""


def found(text: str, known: Known | None = None) -> set[tuple[str, str, str]]:
    tree = body.read(text)
    findings = check(tree, known) if known else check(tree)
    return {(one.code, one.node, one.way) for one in findings}


def changed(old: str, new: str) -> set[tuple[str, str, str]]:
    assert old in FINE
    return found(FINE.replace(old, new))


def test_a_good_tree_has_no_findings() -> None:
    assert found(FINE) == set()


def test_a_tree_without_steps_is_empty() -> None:
    assert [one.code for one in check(Tree())] == ["empty"]


END = "## Fine {#fine}"
IN_ITS_PLACE = [
    ("[Yes](#restart)", "[Yes](#fine)", {("unreachable", "restart", "")}),
    ("[Yes](#restart)", "[Yes](#)", {("way-without-target", "on", "yes"), ("unreachable", "restart", "")}),
    ("[Yes](#restart)", "[Yes](#x)", {("unknown-target", "on", "yes"), ("unreachable", "restart", "")}),
    ("[Yes]", "[]", {("no-way-text", "on", "yes")}),
    ("<!-- no -->", "<!-- yes -->", {("duplicate-way", "on", "yes")}),
    ("- [No idea](#help) <!-- unknown -->\n", "", {("no-way-for-unknown", "on", "")}),
    ("- [Could not](#help)\n", "", {("no-way-for-failed", "restart", "")}),
    (
        "[Done](#fine)",
        "[Later](#fine) <!-- later -->",
        {("dead-end", "restart", ""), ("never-taken", "restart", "later")},
    ),
    ("[Could not](#help)", "[Could not](#on)", {("loop", "on", "")}),
    ("<!-- no -->", "<!-- no; when: sim known -->", {("unused-condition", "on", "no")}),
    (END, "## {#fine}", {("no-text", "fine", "")}),
    (END, f"{END}\n\n{END}", {("duplicate-step", "fine", "")}),
]
INSTEAD_OF_AN_END = [
    ("outcome", "- [→](#help)", {("ways-from-end", "fine", "")}),
    ("choice", "", {("dead-end", "fine", "")}),
    ("number", "", {("dead-end", "fine", "")}),
    ("instruction", "", {("dead-end", "fine", "")}),
    ("decision", "", {("dead-end", "fine", "")}),
    ("decision", "- [→](#help) <!-- when: sim known -->", {("no-otherwise", "fine", "")}),
    ("decision", "- [→](#help)\n- [→](#help) <!-- two -->", {("never-taken", "fine", "two")}),
    ("decision", "- [→](#fine)", {("endless", "fine", ""), ("no-way-out", "fine", "")}),
    ("cases; subject: x", "- [→](#help) <!-- found -->", {("never-taken", "fine", "found")}),
    ("cases; subject: x", "- [→](#help)", set()),
    ("guide", "", {("no-subject", "fine", "")}),
    ("article", "", {("no-subject", "fine", "")}),
]


@pytest.mark.parametrize(("old", "new", "expected"), IN_ITS_PLACE)
def test_what_is_wrong_is_found_with_its_place(
    old: str, new: str, expected: set[tuple[str, str, str]]
) -> None:
    assert changed(old, new) == expected


@pytest.mark.parametrize(("step", "ways", "expected"), INSTEAD_OF_AN_END)
def test_each_kind_of_step_has_ways_of_its_own(
    step: str, ways: str, expected: set[tuple[str, str, str]]
) -> None:
    assert changed(END, f"{END}\n\n<!-- step: {step} -->\n\n{ways}\n") == expected


def test_steps_of_which_none_leads_out_are_found() -> None:
    text = "## A {#a}\n- [x](#b)\n## B {#b}\n- [x](#c)\n## C {#c}\n- [x](#b)\n"
    assert found(text) == {("no-way-out", "b", "")}
    assert check(body.read(text))[0].values == {"steps": ["b", "c"]}


def test_an_endless_loop_is_not_told_as_any_other_too() -> None:
    text = """\
## A {#a}
<!-- step: decision -->
- [x](#b) <!-- when: sim known -->
- [y](#c)
## B {#b}
<!-- step: decision -->
- [→](#a)
## C {#c}
"""
    assert found(text) == {("endless", "a", "")}


def test_a_guide_inside_may_be_the_way_out() -> None:
    text = "## A {#a}\n<!-- step: guide -->\n[A](kb:b)\n- [x](#q) <!-- x -->\n## Q {#q}\n- [y](#a)\n"
    assert found(text) == {("loop", "a", "")}


def test_a_loop_in_which_somebody_is_asked_is_no_endless_one() -> None:
    text = """\
## A {#a}
<!-- step: decision -->
- [x](#b)
## B {#b}
- [x](#a)
- [y](#c)
- [?](#c) <!-- unknown -->
## C {#c}
"""
    assert found(text) == {("loop", "a", "")}


@pytest.mark.parametrize(
    ("ways", "expected"),
    [
        (["below: 2", "from: 2"], set()),
        (["below: 2", "from: 3"], {"gap"}),
        (["from: 0", "below: 0"], set()),
        (["from: 1; below: 3", "from: 2; below: 4", ""], set()),
        (["below: 5", "from: 1; below: 3", "from: 5"], {"never-taken"}),
        (["", "from: 5"], {"never-taken"}),
        (["from: 5; below: 1", ""], {"never-taken"}),
    ],
)
def test_ranges_are_looked_through_for_gaps(ways: list[str], expected: set[str]) -> None:
    lines = [f"- [x](#end) <!-- w{at}; {way} -->" for at, way in enumerate(ways)]
    text = "## A {#a}\n<!-- step: number -->\n" + "\n".join(lines) + "\n## E {#end}\n"
    assert {code for code, _, _ in found(text)} == expected


def test_days_are_ranges_too() -> None:
    text = """\
## A {#a}
<!-- step: date -->
- [x](#e) <!-- old; below: today-14 -->
- [y](#e) <!-- new; from: today-14 -->
## E {#e}
"""
    assert found(text) == set()


def test_what_a_step_is_about_must_be_there() -> None:
    text = """\
## A {#a}
<!-- step: choice; attribute: roaming -->
- [x](#b)
- [y](#c)
- [z](#d) <!-- unknown -->
## B {#b}
<!-- step: guide -->
[B](kb:no-service)
## C {#c}
<!-- step: cases; subject: telecom -->
## D {#d}
<!-- step: decision -->
- [x](#e) <!-- when: sim known -->
- [→](#e) <!-- rest -->
## E {#e}
<!-- step: article -->
[E](kb:coverage)
"""
    everything = Known(
        frozenset({"no-service"}),
        frozenset({"telecom"}),
        frozenset({"coverage"}),
        frozenset({"roaming", "sim"}),
    )
    assert found(text) == found(text, everything) == set()
    nothing: frozenset[str] = frozenset()
    assert found(text, Known(nothing, nothing, nothing, nothing)) == {
        ("unknown-attribute", "a", ""),
        ("unknown-subject", "b", ""),
        ("unknown-subject", "c", ""),
        ("unknown-attribute", "d", "e"),
        ("unknown-subject", "e", ""),
    }


@settings(max_examples=50)
@given(trees())
def test_findings_stand_in_the_order_of_the_tree_errors_first(tree: Tree) -> None:
    findings = check(tree)
    assert all(one.code in ERRORS | WARNINGS for one in findings)
    order = {key: at for at, key in enumerate(tree.by_id)}
    places = [(not one.is_error, order.get(one.node, -1)) for one in findings]
    assert places == sorted(places)


@settings(max_examples=50)
@given(playable_trees())
def test_a_tree_made_without_faults_has_no_errors(tree: Tree) -> None:
    assert is_playable(check(tree))


@settings(max_examples=50)
@given(playable_trees(), st.data())
def test_what_breaks_a_tree_is_found(tree: Tree, data: st.DataObject) -> None:
    if len(tree.nodes) == 1:
        return
    at = data.draw(st.integers(0, len(tree.nodes) - 2))
    broken = replace(tree.nodes[at], kind=Kind.CHOICE, ways=(Way("x", "", "x"),))
    findings = check(replace(tree, nodes=(*tree.nodes[:at], broken, *tree.nodes[at + 1 :])))
    assert ("way-without-target", broken.id) in {(one.code, one.node) for one in findings}


# Translations.


def lacks(text: str) -> set[tuple[str, str, str]]:
    return {(one.code, one.node, one.way) for one in compare(body.read(FINE), body.read(text))}


HUNGARIAN = (
    FINE.replace("Is it on?", "Be van kapcsolva?")
    .replace("Restart it", "Indítsa újra")
    .replace("[Yes]", "[Igen]")
)


def test_a_whole_translation_lacks_nothing() -> None:
    assert lacks(HUNGARIAN) == set()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("## Fine {#fine}\n", "", {("missing-step", "fine", "")}),
        ("## Fine {#fine}", "## {#fine}", {("missing-translation", "fine", "")}),
        ("[Igen]", "[]", {("missing-translation", "on", "yes")}),
        ("- [Igen](#restart) <!-- yes -->\n", "", {("missing-way", "on", "yes")}),
        ("<!-- yes -->", "<!-- igen -->", {("missing-way", "on", "yes"), ("extra-way", "on", "igen")}),
        ("[Igen](#restart)", "[Igen](#fine)", {("missing-way", "on", "yes")}),
        ("## Fine {#fine}", "## Fine {#fine}\n## Más {#mas}", {("extra-step", "mas", "")}),
    ],
)
def test_what_a_translation_lacks_is_found(old: str, new: str, expected: set[tuple[str, str, str]]) -> None:
    assert old in HUNGARIAN
    assert lacks(HUNGARIAN.replace(old, new)) == expected


def test_a_text_that_nobody_translated_is_noticed() -> None:
    tree = Tree((Node("a", Kind.OUTCOME, "Fine", "All is well."),))
    assert [one.code for one in compare(tree, tree)] == ["untranslated"]


def test_what_a_translation_lacks_is_said_in_the_words_of_its_source() -> None:
    partly = HUNGARIAN.replace("## Fine {#fine}\n", "").replace("[No]", "[]") + "\n## Más {#mas}\n"
    played = translated(body.read(FINE), body.read(partly))
    assert body.write(played) == HUNGARIAN
    assert compare(body.read(FINE), played) == []


@settings(max_examples=50)
@given(trees())
def test_a_tree_is_its_own_translation(tree: Tree) -> None:
    if not {"duplicate-step", "duplicate-way"} & {one.code for one in check(tree)}:
        assert not [one for one in compare(tree, tree) if one.is_error]
        assert translated(tree, tree) == tree

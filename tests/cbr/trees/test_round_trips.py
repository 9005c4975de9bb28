"""A tree comes back from every form it can be kept in or sent as."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cbr.trees import body
from cbr.trees.checks import check
from cbr.trees.conditions import Condition, read_conditions, tokens, write_conditions
from cbr.trees.forms import FORMS, form_of
from cbr.trees.plain_tree import read_tree, to_plain
from cbr.trees.tree import Tree
from kb.errors import Invalid
from tests.cbr.trees.strategies import conditions, raw_texts, trees


@settings(max_examples=150)
@given(trees())
def test_a_tree_comes_back_from_every_form(tree: Tree) -> None:
    assert read_tree(to_plain(tree)) == tree
    for name, form in FORMS.items():
        if tree.nodes or name not in {"dot", "mermaid"}:  # a chart of nothing is refused
            assert form.read(form.write(tree)) == tree


@settings(max_examples=50)
@given(trees())
def test_what_was_found_in_a_tree_is_found_again(tree: Tree) -> None:
    assert check(body.read(body.write(tree))) == check(tree)


@given(st.lists(conditions, min_size=1, max_size=4))
def test_conditions_come_back(some: list[Condition]) -> None:
    written = write_conditions(some)
    assert "-->" not in written
    assert list(read_conditions(tokens(written))) == some


@pytest.mark.parametrize("name", FORMS)
@settings(max_examples=80)
@given(text=st.one_of(raw_texts, st.lists(raw_texts, max_size=20).map("\n".join)))
def test_any_text_is_read_or_refused_with_its_place(name: str, text: str) -> None:
    for begin in ("", "digraph {\n", "flowchart TD\n", "## A {#a}\n"):
        tree, places = outcome(name, begin + text)
        assert all(places.values())
        assert bool(places) == (tree is None)
        assert tree is None or read_tree(to_plain(tree)) == tree


def outcome(name: str, text: str) -> tuple[Tree | None, dict[str, str]]:
    try:
        return FORMS[name].read(text), {}
    except Invalid as refused:
        return None, refused.fields


def test_a_chart_of_nothing_is_refused() -> None:
    for text in ("digraph {}", "flowchart TD"):
        with pytest.raises(Invalid):
            FORMS["mermaid" if text.startswith("flow") else "dot"].read(text)


def test_the_name_of_a_file_says_its_form() -> None:
    assert [form_of("a" + form.ending.upper()) for form in FORMS.values()] == list(FORMS)
    for name in ("a.exe", "dot", ""):
        with pytest.raises(Invalid):
            form_of(name)

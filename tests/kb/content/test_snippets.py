"""Snippets are put where they belong, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.content import expand_snippets, render
from kb.content.snippets import MAX_INSERTED

SNIPPETS = {"phone": "0800 1234", "steps": "1. one\n2. two\n\n   more", "empty": ""}
PIECES = st.lists(
    st.sampled_from(["{{snippet:a}}", "{{snippet:b}}", "`", "``", "\n", "> ", "- ", "    ", "```", "x", "\\"])
)


def test_a_snippet_takes_the_place_of_its_name() -> None:
    assert expand_snippets("Call {{snippet:phone}} or {{ snippet:phone }}.", SNIPPETS) == (
        "Call 0800 1234 or {{ snippet:phone }}."
    )
    assert expand_snippets("a{{snippet:empty}}b {{snippet: phone }}", SNIPPETS) == "ab 0800 1234"


def test_markdown_without_snippets_is_left_as_it_is() -> None:
    assert expand_snippets("a\r\nb\n", SNIPPETS) == "a\r\nb\n"


def test_an_unknown_snippet_stays_visible_as_code() -> None:
    markdown = expand_snippets("Call {{snippet:nobody}}!", SNIPPETS)
    assert markdown == "Call `{{snippet:nobody}}`!"
    assert render(markdown).html == "<p>Call <code>{{snippet:nobody}}</code>!</p>\n"


def test_snippets_may_contain_snippets_three_deep() -> None:
    chain = {"a": "A {{snippet:b}}", "b": "B {{snippet:c}}", "c": "C {{snippet:d}}", "d": "D"}
    assert expand_snippets("{{snippet:b}}", chain) == "B C D"
    assert expand_snippets("{{snippet:a}}", chain) == "A B C `{{snippet:d}}`"


def test_a_circle_ends_where_it_would_begin_again() -> None:
    circle = {"a": "A {{snippet:b}}", "b": "B {{snippet:a}}"}
    assert expand_snippets("{{snippet:a}}", circle) == "A B `{{snippet:a}}`"


@pytest.mark.parametrize(
    "code",
    [
        "`{{snippet:phone}}`",
        "``a ` {{snippet:phone}}``",
        "```\n{{snippet:phone}}\n```",
        "> ~~~\n> {{snippet:phone}}\n> ~~~",
        "    {{snippet:phone}}",
        "- a\n\n      {{snippet:phone}}",
        r"\{{snippet:phone}}",
    ],
)
def test_in_code_and_behind_a_backslash_a_name_stays_a_name(code: str) -> None:
    assert expand_snippets(code, SNIPPETS) == code


@pytest.mark.parametrize(
    "text",
    [
        "a ` b {{snippet:phone}}",
        "`a` {{snippet:phone}} `b`",
        "\\`{{snippet:phone}}\\`",
        "`a\n\n{{snippet:phone}} `",
    ],
)
def test_backticks_that_are_no_code_do_not_hide_a_name(text: str) -> None:
    assert expand_snippets(text, SNIPPETS) == text.replace("{{snippet:phone}}", "0800 1234")


def test_a_snippet_stays_inside_the_list_or_quotation_where_it_stands() -> None:
    assert expand_snippets("- {{snippet:steps}}\n- b", SNIPPETS) == "- 1. one\n  2. two\n  \n     more\n- b"
    assert expand_snippets("> {{snippet:steps}}", SNIPPETS) == "> 1. one\n> 2. two\n> \n>    more"
    html = render(expand_snippets("- {{snippet:steps}}\n- b", SNIPPETS)).html
    assert html.count("<ul>") == html.count("<ol>") == 1


def test_snippets_of_snippets_do_not_explode() -> None:
    bomb = {"a": "{{snippet:b}}" * 1000, "b": "{{snippet:c}}" * 1000, "c": "x" * 1000}
    expanded = expand_snippets("{{snippet:a}}" * 100, bomb)
    assert len(expanded) < 3 * MAX_INSERTED
    assert "`{{snippet:" in expanded


def test_indentation_does_not_explode_either() -> None:
    expanded = expand_snippets(" " * 90 + "\n" + "> " * 45 + "{{snippet:a}}", {"a": "x\n" * 100_000})
    assert len(expanded) < MAX_INSERTED


@given(PIECES, PIECES, PIECES)
def test_it_always_ends_and_is_bounded(text: list[str], a: list[str], b: list[str]) -> None:
    expanded = expand_snippets("".join(text), {"a": "".join(a), "b": "".join(b)})
    assert len(expanded) <= MAX_INSERTED + 2 * len("".join(text)) + 2000


@given(st.text(), st.text())
def test_any_text_may_be_around_and_inside(text: str, inside: str) -> None:
    expanded = expand_snippets(f"{text}\n\n{{{{snippet:a}}}}", {"a": inside})
    assert len(expanded) <= len(text) + 4 * len(inside) + 100

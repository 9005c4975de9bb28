"""Nothing that an author writes, a snippet brings or another system sends can harm a reader."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb import content
from kb.content import ExternalValue, LinkTarget
from tests.kb.content import safety, xss_vectors

QUOTE_OUT = '"onmouseover="alert(1)'
BREAK_OUT = '"><script>alert(1)</script><img src=x onerror=alert(1) title="'
VECTORS = xss_vectors.RAW_HTML + xss_vectors.MARKDOWN
AROUND = [
    "text {} text",
    "> {}",
    "- {}",
    "## {}",
    "**{}**",
    "[{}](kb:x)",
    "|{}|\n|-|\n|{}|",
    "<div>{}</div>",
    "```{}",
]
MARKS = [
    "\n",
    "\n\n",
    " ",
    "    ",
    "> ",
    "- ",
    "# ",
    "|",
    "`",
    "*",
    "[",
    "](",
    ")",
    "<",
    ">",
    '"',
    "'",
    "{",
    "x",
]
MIXTURES = st.lists(st.sampled_from([*VECTORS, *MARKS]), max_size=12).map("".join)


def shown(markdown: str) -> str:
    """The article as a viewer gets it, when everything that can be inserted is hostile."""
    return content.resolve(
        content.render(markdown).html,
        link=lambda key, fragment: LinkTarget(f"/a/{key}{QUOTE_OUT}", BREAK_OUT),
        attachment=lambda name: f"/files/{name}'{QUOTE_OUT}",
        external=lambda path: ExternalValue(BREAK_OUT, as_of=BREAK_OUT, stale=True),
        labels=dict.fromkeys(("note", "tip", "important", "warning", "caution", "table"), BREAK_OUT),
    )


def unseen(markdown: str) -> str:
    """The article as a viewer gets it who may see nothing that it refers to."""
    return content.resolve(
        content.render(markdown).html,
        link=lambda key, fragment: None,
        attachment=lambda name: None,
        external=lambda path: None,
        labels={},
    )


def test_the_inspector_notices_what_is_unsafe() -> None:
    noticed = [
        "<script>1</script>",
        "<p onclick=x>",
        "<p style=x>",
        "<a href='javascript:x'>",
        "<a href='java\tscript:x'>",
        "<img src='https://e.example/x'>",
        "<img src='/files/../x'>",
        "<img src='/files/%2E./x'>",
        "<img src='/logout'>",
        "<p id=location>",
        "<p id=at-x></p><p id=at-x></p>",
        "<p class=modal>",
        "<!-- x -->",
        "<form>",
    ]
    assert [html for html in noticed if not safety.complaints(html)] == []


@pytest.mark.parametrize("vector", VECTORS)
def test_no_attack_survives(vector: str) -> None:
    assert safety.complaints(shown(vector)) == []
    assert safety.complaints(unseen(vector)) == []


@pytest.mark.parametrize("around", AROUND)
def test_no_attack_survives_inside_other_markdown(around: str) -> None:
    for vector in VECTORS:
        assert safety.complaints(shown(around.replace("{}", vector))) == [], vector


@pytest.mark.parametrize("vector", xss_vectors.SNIPPET_ATTACKS)
def test_no_attack_comes_in_by_a_snippet(vector: str) -> None:
    assert safety.complaints(shown(content.expand_snippets(vector, xss_vectors.SNIPPETS))) == []


@pytest.mark.parametrize("vector", VECTORS)
def test_no_attack_survives_an_import(vector: str) -> None:
    assert safety.complaints(shown(content.from_html(vector))) == []


def test_there_are_enough_attacks_to_learn_from() -> None:
    assert len(set(VECTORS)) >= 150


def test_urls_from_the_application_are_not_trusted_either() -> None:
    html = content.resolve(
        content.render("[a](kb:x) [b](attachment:1) ![c](attachment:1)").html,
        link=lambda key, fragment: LinkTarget("javascript:alert(1)", ""),
        attachment=lambda name: "//evil.example/x",
        external=lambda path: None,
        labels={},
    )
    assert safety.complaints(html) == []
    assert "evil" not in html


@given(st.text())
def test_any_text_is_rendered_and_safe(text: str) -> None:
    assert safety.complaints(shown(text)) == []


@settings(max_examples=300)
@given(MIXTURES)
def test_any_mixture_of_attacks_is_rendered_and_safe(markdown: str) -> None:
    assert safety.complaints(shown(markdown)) == []


@settings(max_examples=200)
@given(MIXTURES)
def test_any_mixture_of_attacks_can_be_imported(html: str) -> None:
    assert safety.complaints(shown(content.from_html(html))) == []
